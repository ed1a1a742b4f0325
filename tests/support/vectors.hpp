// SPDX-License-Identifier: ISC
// The golden vectors in tests/vectors for tests of the core, and what such tests share: hex, and
// random values from a printed seed. JSON stays behind this header, it is slow to compile.
#pragma once

#include "micropycelium/base/bytes.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace mp::test {

using Octets = std::vector<std::byte>;

Octets from_hex(std::string_view hex);
std::string to_hex(Bytes b);

// One object of the file. A key that is missing or of another type ends the test program.
class Vector {
 public:
  explicit Vector(const void* json) : json_(json) {}

  bool has(const char* key) const;
  bool is_true(const char* key) const;  // false for false and null
  bool is_null(const char* key) const;
  std::uint64_t number(const char* key) const;
  double real(const char* key) const;
  std::string text(const char* key) const;
  Octets bytes(const char* key) const { return from_hex(text(key)); }
  Vector object(const char* key) const;
  std::vector<Vector> objects(const char* key) const;
  std::vector<std::string> texts(const char* key) const;
  std::vector<unsigned> numbers(const char* key) const;

  // An identifier or address, as many bytes as it has.
  template <typename Fixed>
  Fixed fixed(const char* key) const {
    const Octets b = bytes(key);
    Fixed out;
    EXPECT_EQ(b.size(), out.value.size()) << key;
    copy(Bytes(b).first(std::min(b.size(), out.value.size())), out.value);
    return out;
  }

 private:
  const void* json_;
};

// All of a category of a file in tests/vectors, at least one.
std::vector<Vector> vectors(const char* category, const char* file = "public.json");

// What long vectors give instead of bytes: byte i = (i*mul + add + (i>>8)) & 255.
Octets rule_bytes(unsigned mul, unsigned add, std::size_t size);

// Random values. Failures inside its scope print the seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed), trace_(__FILE__, __LINE__, "seed " + std::to_string(seed)) {}

  // 0 .. n-1
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }
  bool coin() { return below(2) == 0; }
  template <typename Int>
  Int any() {
    return static_cast<Int>(engine_());
  }
  void fill(MutableBytes out) {
    for (std::byte& b : out) b = static_cast<std::byte>(engine_());
  }
  Octets octets(std::size_t size) {
    Octets b(size);
    fill(b);
    return b;
  }
  template <typename Fixed>
  Fixed fixed() {
    Fixed out;
    fill(out.value);
    return out;
  }

 private:
  std::mt19937_64 engine_;
  testing::ScopedTrace trace_;
};

}  // namespace mp::test
