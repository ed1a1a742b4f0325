// SPDX-License-Identifier: ISC
// A session of Seal: what two nodes that have proven themselves to each other keep, one direction each way
// (specification: seal.md, "Sessions"). Every message has a number. Keys change every 256 numbers on both sides, by the
// number alone; a window of 64 knows what was taken.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/crypto/noise.hpp"
#include "micropycelium/messages/seal.hpp"
#include "micropycelium/node/sealer.hpp"

namespace mp {

// What both ends of a handshake must have given alike: the version, the pattern, and whom it is for if that is known.
struct SealPrologue {
  ByteArray<53> room{};
  std::size_t size = 0;
  Bytes bytes_of() const { return Bytes(room).first(size); }
};
SealPrologue seal_prologue(NoisePattern pattern, const NodeId& responder = {});

class SealSession {
 public:
  static constexpr std::uint32_t kEpoch = 256;       // messages under one key
  static constexpr std::uint32_t kWindow = 64;       // numbers below the highest that may still come
  static constexpr std::uint32_t kEpochsAhead = 16;  // keys that a number may be ahead: the work it may cost
  static constexpr std::uint32_t kNumbersMax = 0x8000'0000;

  enum class Seen : std::uint8_t { no, taken, too_old };

  bool used() const { return mine != 0; }
  // Whether it leads there.
  bool matches(const SealTarget& to) const {
    return to.by_address ? addressed && reach.address == to.address : node == to.node;
  }
  // Takes the keys out of a handshake that is finished. Precondition: it is.
  void begin(NoiseHandshake& finished);
  // Forgets everything.
  void clear();

  // Numbers are left to seal with.
  bool can_seal() const { return used() && next_ < kNumbersMax; }
  bool fresh() const { return next_ == 0; }  // nothing was sealed
  // Writes head, and `app` and `blob` sealed, to the front of `out`. With `records` it is the beginning of a larger
  // Package, whose records are under the key that is written there. Status: too_large, exhausted.
  Result<Bytes> seal(const AppId* app, Bytes blob, MutableBytes out, AeadKey* records = nullptr);

  // That of the last message that was sealed. Precondition: not fresh.
  std::uint32_t last_number() const { return next_ - 1; }
  // What was delivered, and the other end is to be told: it is owed a receipt. False: too far from what is owed already
  // to go with it.
  [[nodiscard]] bool owe(std::uint32_t number);
  bool owes() const { return owes_; }
  // A receipt for all that is owed, which stays so. Status: as seal.
  Result<Bytes> seal_receipt(std::span<std::byte, kSealReceipt> out);
  void owe_nothing() { owes_ = false; }

  // Opens the first `sealed` bytes of the body, tag included, to the front of `out`, and changes nothing: take() the
  // number if it is wanted. Status: forged, exhausted (too far ahead, or its key is gone).
  Result<Bytes> open(const SealMessage& message, std::size_t sealed, MutableBytes out,
                     AeadKey* records = nullptr) const;
  Seen seen(std::uint32_t number) const;
  // Precondition: open() took a message of this number.
  void take(std::uint32_t number);

  NodeId node;               // who is proven to be at the other end
  SealTarget reach;          // how it is reached
  bool addressed = false;    // reach.address says where it is
  bool doubted = false;      // a message of it was not wanted: it may not know this session any more
  bool retired = false;      // another has come in its place: only taken from
  std::uint32_t mine = 0;    // names it in what we get; 0: no session
  std::uint32_t theirs = 0;  // and in what we send
  Instant established{};
  Instant used_at{};

 private:
  Result<Bytes> seal(SealKind kind, const AppId* app, Bytes blob, MutableBytes out, AeadKey* records);

  AeadKey out_, in_, in_before_;
  std::uint32_t next_ = 0;      // number of the next to be sealed
  std::uint32_t in_epoch_ = 0;  // of in_
  std::uint32_t highest_ = 0;
  std::uint64_t window_ = 0;  // bit i: highest_ - i was taken; 0: nothing was
  bool has_before_ = false;
  bool owes_ = false;
  std::uint32_t owed_ = 0;        // the highest that is owed
  std::uint32_t owed_below_ = 0;  // bit i: that 1 + i below is too
};

static_assert(sizeof(SealSession) <= 248);

}  // namespace mp
