// SPDX-License-Identifier: ISC
// What a receiver of a sequence tells its sender (specification: delivery.md, "Sequences"): a report is an
// rtx packet whose packet_id is the first missing part and whose body is a bitmap of what else is missing up to
// the highest part that came; the end is an ack whose packet_id is seq_size and whose body is an End. An equal's answer
// to a single packet has the same body.
#pragma once

#include "micropycelium/base/bytes.hpp"
#include "micropycelium/packet/ids.hpp"

#include <algorithm>
#include <optional>

namespace mp {

inline constexpr std::uint32_t kWindow = 256;  // parts a receiver tracks from the first missing one
inline constexpr std::size_t kWindowBytes = kWindow / 8;

enum class EndStatus : std::uint8_t { delivered = 0, not_wanted = 1, no_room = 2, bad_digest = 3 };

// How a Package ended at the other end, and which one: ids of one byte come round, and a node that has lost its memory
// gives them anew, so an answer to an older packet may still be on its way.
struct End {
  static constexpr std::size_t kNamed = 4;  // bytes of its digest
  static constexpr std::size_t kSize = 1 + kNamed;
  EndStatus status = EndStatus::delivered;
  HalfSha256 package;

  ByteArray<kSize> encode() const {
    ByteArray<kSize> body{static_cast<std::byte>(status)};
    copy(package.bytes().first(kNamed), MutableBytes(body).subspan(1));
    return body;
  }
  // The status, if the body is of kSize, the status known, and the Package this one.
  static std::optional<EndStatus> of(const HalfSha256& package, Bytes body) {
    if (body.size() != kSize || body[0] > std::byte{static_cast<std::uint8_t>(EndStatus::bad_digest)} ||
        !std::equal(body.begin() + 1, body.end(), package.bytes().begin()))
      return std::nullopt;
    return static_cast<EndStatus>(body[0]);
  }
};

// One bit for each part of the window, addressed by part number modulo 256.
class PartWindow {
 public:
  bool has(std::uint32_t part) const { return (bits_[index(part)] & mask(part)) != std::byte{0}; }
  void set(std::uint32_t part) { bits_[index(part)] |= mask(part); }
  void clear(std::uint32_t part) { bits_[index(part)] &= ~mask(part); }

 private:
  static std::size_t index(std::uint32_t part) { return part % kWindow / 8; }
  static std::byte mask(std::uint32_t part) { return std::byte{0x80} >> (part % 8); }
  ByteArray<kWindowBytes> bits_{};
};

struct Report {
  std::uint32_t first_missing = 0;
  Bytes more;  // bit i (most significant first): part first_missing + 1 + i is missing too

  // One past the highest part that the report says anything about.
  std::uint32_t end() const { return first_missing + 1 + static_cast<std::uint32_t>(more.size()) * 8; }
  // Precondition: first_missing <= part < end().
  bool missing(std::uint32_t part) const {
    if (part == first_missing) return true;
    const std::uint32_t i = part - first_missing - 1;
    return (more[i / 8] & (std::byte{0x80} >> (i % 8))) != std::byte{0};
  }
};

}  // namespace mp
