// SPDX-License-Identifier: ISC
// The receiving half of the sequencer: puts the parts of a larger Package together in the Application's
// Blob, knows what is missing, proves the digest (specification: delivery.md, "Sequences").
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/packet/package.hpp"
#include "micropycelium/packet/packet.hpp"
#include "micropycelium/platform/blob.hpp"
#include "micropycelium/transport/report.hpp"
#include "micropycelium/transport/source.hpp"

namespace mp {

class InSequence {
 public:
  enum class State : std::uint8_t {
    free,
    receiving,  // parts are missing
    proving,    // all parts are here, the digest is being computed
    ended,      // kept for a while, so that repeated parts are answered and not taken for a new transfer
  };
  enum class Took : std::uint8_t { stored, duplicate, outside_window, bad_size, unwanted, storage_failed };

  // How long an ended transfer is remembered.
  static constexpr Duration kMemory = seconds(30);
  // Silence after which we ask on our own, unless longer pauses between two parts are usual; then after twice as long
  // each, so many times in all.
  static constexpr Duration kQuiet = milliseconds(20);
  static constexpr std::uint8_t kSilentReports = 8;
  // Silence that ends the transfer, unless 16 usual pauses are longer, or so many full frames on the air, or so many of
  // the pauses that the law commands: longer than an equal's patience, and a prototype cannot be asked.
  static constexpr Duration kGiveUpEqual = seconds(13);
  static constexpr Duration kGiveUpPrototype = seconds(30);
  static constexpr int kFramesBorne = 128;
  static constexpr int kPausesBorne = 4;

  // `first` is part 0, already accepted into `blob`. `airtime`: of a full frame on the link it came by; `pause`: what
  // the law makes whoever sends there wait between two. Precondition: free or ended; what was remembered is forgotten.
  void begin(const Source& source, const PacketView& first, const PackageHead& head, Blob& blob, Duration airtime,
             Duration pause, Instant now);
  // Remembers a transfer that was refused, so that its other parts are answered alike.
  void refuse(const Source& source, const PacketView& first, const PackageHead& head, EndStatus why, Instant now);

  // Stores a part. Moves to proving when it was the last one missing.
  Took take(const PacketView& part, Instant now);
  // Hashes up to `budget` bytes of what is here without a gap, and takes them off it. True when the digest is known.
  bool prove(std::uint32_t& budget);
  // Whether prove() has anything to do.
  bool unproven() const { return state_ == State::proving || (state_ == State::receiving && hashed_ < contiguous()); }
  bool digest_ok();
  void end(EndStatus status, Instant now);
  void release() { *this = InSequence{}; }

  bool matches(const Source& source, const PacketView& part) const {
    return state_ != State::free && seq_id_ == part.seq_id() && source_ == source;
  }
  // Same sequence id, but another sequence: the sender started anew.
  bool same_shape(const PacketView& part) const { return schema_ == &part.schema() && last_part_ == part.seq_size(); }

  // What is missing, for a report; the bitmap is written to `room`.
  Report report(std::span<std::byte, kWindowBytes> room) const;

  State state() const { return state_; }
  const Source& source() const { return source_; }
  void move_to(const Source& source) { source_ = source; }
  const Schema& schema() const { return *schema_; }
  std::uint8_t seq_id() const { return seq_id_; }
  std::uint16_t seq_size() const { return last_part_; }
  const PackageHead& head() const { return head_; }
  Blob* blob() const { return blob_; }
  std::uint32_t size() const { return size_; }  // of the blob; known once the last part is here
  EndStatus end_status() const { return end_status_; }
  Instant last_heard() const { return last_heard_; }

  // --- silence, while parts are missing: at `due`, in this order ---
  bool gave_up(bool equal, Instant now) const { return now >= last_heard_ + give_up(equal); }
  // Whether it is time to ask on our own; plans the next look either way.
  bool silence(bool equal, Instant now);

  Instant due = Instant::never();  // when the owner wants to look again
  std::uint8_t answers = 0;        // reports and ends sent: each differs from the one before
  std::uint8_t via = 0xff;         // slot of the neighbour that hands its parts over, when routed
  Address own_address;             // that it was sent to, when routed: the sender knows us by it

 private:
  std::uint32_t parts() const { return std::uint32_t{last_part_} + 1; }
  std::uint32_t contiguous() const;  // bytes of the blob without a gap from its start
  void heard(Instant now);
  // On a busy channel pauses differ widely: longer than usual is not yet silence.
  Duration quiet() const {
    const std::int64_t gap = gap_us_;
    return std::max({kQuiet, microseconds(gap * 3), microseconds(gap + std::int64_t{gap_deviation_us_} * 6)});
  }
  Duration give_up(bool equal) const {
    return std::max({equal ? kGiveUpEqual : kGiveUpPrototype, microseconds(std::int64_t{gap_us_} * 16), pause_});
  }

  State state_ = State::free;
  EndStatus end_status_ = EndStatus::delivered;
  std::uint8_t silent_reports_ = 0;  // asked on our own since the last part came
  std::uint8_t seq_id_ = 0;
  std::uint16_t last_part_ = 0;  // index of the last part: seq_size on the wire
  std::uint32_t first_missing_ = 0;
  std::uint32_t highest_ = 0;  // highest part that came
  std::uint32_t size_ = 0;
  std::uint32_t hashed_ = 0;
  std::uint32_t gap_us_ = 0;            // what usually lies between two parts, smoothed
  std::uint32_t gap_deviation_us_ = 0;  // by how much the pauses differ from it
  const Schema* schema_ = nullptr;
  Blob* blob_ = nullptr;
  Duration pause_{};  // that is borne because the link is slow or the law commands it
  Instant last_heard_{};
  Source source_;
  PackageHead head_;
  PartWindow window_;
  Sha256 hash_;
};

// All transfers being received, or just received.
class Inbound {
 public:
  explicit Inbound(std::span<InSequence> slots) : slots_(slots) {}

  std::span<InSequence> all() { return slots_; }
  std::span<const InSequence> all() const { return slots_; }
  InSequence* find(const Source& source, const PacketView& part);
  // A free slot, else the one that ended longest ago; null when all are at work.
  InSequence* allocate();

 private:
  std::span<InSequence> slots_;
};

}  // namespace mp
