// SPDX-License-Identifier: ISC
// Records in the machine's second NOR flash bank, one sector of it. Records are only ever appended, so the
// old one stands until the new one is whole; the last whole one counts.
#pragma once

#include "micropycelium/platform/storage.hpp"

namespace board {

class Flash final : public mp::Storage {
 public:
  static constexpr std::size_t kRecordMax = 1024;  // bytes of key and value together

  // Finds where the records end. Status: unsupported (there is no flash there).
  mp::Status start();

  mp::Result<std::size_t> read(std::string_view key, mp::MutableBytes out) override;
  // Status: too_large (over kRecordMax), io_error (the sector is full, or the flash did not take it).
  mp::Status write(std::string_view key, mp::Bytes value) override;

 private:
  std::uint32_t end_ = 0;  // offset of the first erased word after the last written one
};

}  // namespace board
