// SPDX-License-Identifier: ISC
// Frames of a closed network (specification: closed-networks.md): the keys and what they are made of, sealing and
// opening, and which counters were taken. Decides nothing and keeps no table: node/sealing.cpp does.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/crypto/aead.hpp"
#include "micropycelium/crypto/hkdf.hpp"
#include "micropycelium/crypto/x25519.hpp"
#include "micropycelium/messages/hello.hpp"
#include "micropycelium/packet/ids.hpp"
#include "micropycelium/packet/schema.hpp"
#include "micropycelium/platform/interface.hpp"

namespace mp {

// What makes a node a member: 32 random bytes, or what was derived from a passphrase.
using NetworkKey = Secret<32, struct NetworkKeyTag>;
// New at each start of a node: no key of before is used again.
using SealSalt = Fixed<16, struct SealSaltTag>;

// Byte 1 of a sealed or opening frame.
struct SealByte {
  std::uint8_t generation = 0;  // of the network key, 0 .. 3
  bool group = false;           // under the group key of the sender
  std::uint8_t number = 0;      // of the Interface at the sender, 0 .. 7

  std::byte encode() const { return static_cast<std::byte>(unsigned{generation} << 6 | (group ? 0x20U : 0U) | number); }
  // Status: bad_value (bits that must be 0).
  static Result<SealByte> decode(std::byte b) {
    const auto v = std::to_integer<std::uint8_t>(b);
    if ((v & 0x18U) != 0) return Status::bad_value;
    return SealByte{static_cast<std::uint8_t>(v >> 6), (v & 0x20U) != 0, static_cast<std::uint8_t>(v & 7U)};
  }
};

// All that follows from one network key.
class NetworkSecret {
 public:
  NetworkSecret() = default;
  NetworkSecret(const NetworkKey& key, std::uint8_t generation);

  bool used() const { return used_; }
  std::uint8_t generation() const { return generation_; }
  // Whether it is made of this key.
  bool is_of(const NetworkKey& key) const;
  const AeadKey& opening() const { return opening_; }
  AeadKey group_key(const NodeId& sender, const SealSalt& salt) const;
  // What only these two have. Status: bad_value (theirs is no proper key).
  Status pair(const X25519KeyPair& ours, const NodeId& theirs, HkdfKey& out) const;
  void clear();

 private:
  HkdfKey secret_;
  AeadKey opening_;
  std::uint8_t generation_ = 0;
  bool used_ = false;
};

// Of a pair secret.
AeadKey frame_key(const HkdfKey& pair, const NodeId& from, const NodeId& to, const SealSalt& from_salt,
                  const SealSalt& to_salt);
HkdfKey hello_key(const HkdfKey& pair);

// Which frames of one link were taken: the highest counter, and the 64 below it. 12 bytes.
class ReplayWindow {
 public:
  static constexpr std::uint32_t kWidth = 64;
  // Nothing below `next` is ever taken.
  void begin(std::uint32_t next);
  bool fresh(std::uint32_t counter) const;
  // Precondition: fresh, and the frame is authentic.
  void take(std::uint32_t counter);

 private:
  // Bit i: highest_ - 1 - i was taken.
  std::uint64_t taken() const { return std::uint64_t{upper_} << 32 | lower_; }
  void set_taken(std::uint64_t bits) {
    upper_ = static_cast<std::uint32_t>(bits >> 32);
    lower_ = static_cast<std::uint32_t>(bits);
  }

  std::uint32_t upper_ = 0xffff'ffff;  // in two halves, so that a table of many is a third smaller
  std::uint32_t lower_ = 0xffff'ffff;
  std::uint32_t highest_ = 0;
};
static_assert(sizeof(ReplayWindow) == 12);

// Seals a packet of a sealed schema into `out` (12 bytes longer) and returns the frame. Precondition: `packet` parses,
// `out` has room.
Bytes seal_frame(const AeadKey& key, SealByte byte, std::uint32_t counter, const Schema& schema, Bytes packet,
                 MutableBytes out);
// The counter of a frame that is long enough for its schema (see sealed_frame_fits).
std::uint32_t frame_counter(const Schema& schema, Bytes frame);
bool sealed_frame_fits(const Schema& schema, std::size_t size);
// Opens a frame in place and returns the packet in it, which lies in `frame` from its first byte on. Precondition:
// sealed_frame_fits. Status: forged (the frame is unchanged).
Result<MutableBytes> open_frame(const AeadKey& key, const Schema& schema, MutableBytes frame);

// --- opening frames ------------------------------------------------------------------------------------------

inline constexpr std::size_t kOpeningHead = kFixedHeader + AeadNonce24::kSize;
inline constexpr std::size_t kOpeningSize = kOpeningHead + AeadTag::kSize;  // bytes more than the plaintext
// The largest plaintext that fits every Interface.
inline constexpr std::size_t kOpeningTextMax = kLoraFrame - kOpeningSize;

// `nonce` is fresh and random. Precondition: `out` has room.
Bytes seal_opening(const AeadKey& key, std::uint8_t schema, SealByte byte, const AeadNonce24& nonce, Bytes text,
                   MutableBytes out);
// The plaintext, which lies in `frame`. Status: truncated, forged.
Result<MutableBytes> open_opening(const AeadKey& key, MutableBytes frame);

// Of an answer or a proof: over all of it but its mac, and over what both ends know besides. `key`: hello_key; `byte`:
// of the frame that it goes in; `address`: of the sender, as the receiver sees it, or empty; `receiver_salt`: in a
// proof only.
ByteArray<kHelloMacSize> hello_mac(const HkdfKey& key, const Hello& hello, const NodeId& to, SealByte byte,
                                   const LinkAddress& address, const SealSalt& receiver_salt);

}  // namespace mp
