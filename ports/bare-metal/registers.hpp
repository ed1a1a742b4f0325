// SPDX-License-Identifier: ISC
// Loads and stores of device registers: each exactly once, in order, and never before or after what memory it
// speaks of.
#pragma once

#include <cstdint>

namespace board {

inline std::uint8_t load8(std::uintptr_t at) { return *reinterpret_cast<volatile std::uint8_t*>(at); }
inline void store8(std::uintptr_t at, std::uint8_t value) { *reinterpret_cast<volatile std::uint8_t*>(at) = value; }
inline std::uint32_t load32(std::uintptr_t at) { return *reinterpret_cast<volatile std::uint32_t*>(at); }
inline void store32(std::uintptr_t at, std::uint32_t value) { *reinterpret_cast<volatile std::uint32_t*>(at) = value; }

// Memory that a device reads or writes is in its place before the next register is touched.
inline void fence() { asm volatile("fence" ::: "memory"); }

}  // namespace board
