// SPDX-License-Identifier: ISC
// Intel's command set (CFI 0001) on QEMU's `virt`: two 16-bit chips side by side, so each command goes to both.
//
// A record: "MPR1" | size of key 2 | size of value 2 | CRC-32 of all but the first 4 bytes and this 4 | key | value,
// padded to words, all little-endian. A torn one fails its CRC and is passed over word by word.
#include "flash.hpp"

#include "micropycelium/base/crc32.hpp"
#include "registers.hpp"

#include <array>
#include <optional>

namespace board {
namespace {

constexpr std::uintptr_t kBank = 0x22000000;
constexpr std::uint32_t kSector = 256 * 1024;
constexpr std::uint32_t kErased = 0xffffffff;
constexpr std::uint32_t kMagic = 0x3152504d;  // "MPR1"
constexpr std::uint32_t kHead = 12;

constexpr std::uint32_t both(std::uint32_t command) { return command << 16 | command; }
constexpr std::uint32_t kReadArray = both(0xff), kReadStatus = both(0x70), kClearStatus = both(0x50),
                        kProgram = both(0x40), kQuery = both(0x98), kReady = both(0x80), kErrors = both(0x3a);

std::uint32_t word(std::uint32_t offset) { return load32(kBank + offset); }
constexpr std::uint32_t padded(std::uint32_t n) { return (n + 3) / 4 * 4; }

mp::Status program(std::uint32_t offset, std::uint32_t value) {
  store32(kBank + offset, kProgram);
  store32(kBank + offset, value);
  store32(kBank, kReadStatus);
  std::uint32_t status;
  while (((status = load32(kBank)) & kReady) != kReady) {
  }
  store32(kBank, kClearStatus);
  store32(kBank, kReadArray);
  return (status & kErrors) == 0 && word(offset) == value ? mp::Status::ok : mp::Status::io_error;
}

struct Record {
  std::uint32_t key_size, value_size;
  mp::Bytes contents;   // key, then value; in flash
  std::uint32_t bytes;  // of the whole record
};

mp::Bytes in_flash(std::uint32_t offset, std::uint32_t size) {
  return {reinterpret_cast<const std::byte*>(kBank + offset), size};
}

std::uint32_t checksum(std::uint32_t sizes, mp::Bytes contents) {
  std::array<std::byte, 4 + Flash::kRecordMax> all{};
  mp::store_be(all.data(), sizes);
  mp::copy(contents, mp::MutableBytes(all).subspan(4));
  return mp::crc32(mp::Bytes(all).first(4 + contents.size()));
}

// The whole record that begins at `offset`, if one does.
std::optional<Record> record_at(std::uint32_t offset) {
  if (kSector - offset < kHead || word(offset) != kMagic) return std::nullopt;
  const std::uint32_t sizes = word(offset + 4);
  Record r{sizes & 0xffff, sizes >> 16, {}, 0};
  if (r.key_size + r.value_size > Flash::kRecordMax) return std::nullopt;
  r.bytes = kHead + padded(r.key_size + r.value_size);
  if (kSector - offset < r.bytes) return std::nullopt;
  r.contents = in_flash(offset + kHead, r.key_size + r.value_size);
  if (checksum(sizes, r.contents) != word(offset + 8)) return std::nullopt;
  return r;
}

}  // namespace

mp::Status Flash::start() {
  store32(kBank + 0x55 * 4, kQuery);
  const bool there = (load32(kBank + 0x10 * 4) & 0xff) == 'Q' && (load32(kBank + 0x11 * 4) & 0xff) == 'R';
  store32(kBank, kReadArray);
  if (!there) return mp::Status::unsupported;
  end_ = kSector;
  while (end_ > 0 && word(end_ - 4) == kErased) end_ -= 4;
  return mp::Status::ok;
}

mp::Result<std::size_t> Flash::read(std::string_view key, mp::MutableBytes out) {
  std::optional<Record> last;
  for (std::uint32_t at = 0; at < end_;) {
    const auto r = record_at(at);
    if (r && mp::text(r->contents.first(r->key_size)) == key) last = r;
    at += r ? r->bytes : 4;
  }
  if (!last) return mp::Status::not_found;
  if (last->value_size > out.size()) return mp::Status::too_large;
  mp::copy(last->contents.subspan(last->key_size), out);
  return static_cast<std::size_t>(last->value_size);
}

mp::Status Flash::write(std::string_view key, mp::Bytes value) {
  if (key.size() + value.size() > kRecordMax) return mp::Status::too_large;
  std::array<std::byte, kHead + kRecordMax> record{};
  const mp::MutableBytes contents = mp::MutableBytes(record).subspan(kHead);
  mp::copy(mp::bytes(key), contents);
  mp::copy(value, contents.subspan(key.size()));
  const auto size = static_cast<std::uint32_t>(key.size() + value.size());
  const auto sizes = static_cast<std::uint32_t>(value.size() << 16 | key.size());
  const std::array<std::uint32_t, 3> head{kMagic, sizes, checksum(sizes, contents.first(size))};
  std::memcpy(record.data(), head.data(), kHead);

  const std::uint32_t bytes = kHead + padded(size);
  if (kSector - end_ < bytes) return mp::Status::io_error;
  const std::uint32_t at = end_;
  for (std::uint32_t i = 0; i < bytes; i += 4) {
    std::uint32_t w;
    std::memcpy(&w, record.data() + i, 4);
    end_ = at + i + 4;  // even a word that fails is not written twice
    if (program(at + i, w) != mp::Status::ok) return mp::Status::io_error;
  }
  return mp::Status::ok;
}

}  // namespace board
