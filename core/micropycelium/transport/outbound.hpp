// SPDX-License-Identifier: ISC
// The sending half of the sequencer: which part goes next, when to wait, when to give up
// (specification: delivery.md, "Sequences"). Decides; the node sends.
//
// To an equal: part 0 alone, so that it can refuse; then bursts of up to kBurst parts inside its window, the
// last of each burst asking for a report. To a peer of the existing implementation: all parts once, paced,
// since it neither reports nor bears questions.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/packet/package.hpp"
#include "micropycelium/packet/packet.hpp"
#include "micropycelium/platform/blob.hpp"
#include "micropycelium/transport/backoff.hpp"
#include "micropycelium/transport/report.hpp"

#include <optional>

namespace mp {

class Application;  // opaque down here: the node knows whom to tell

class OutSequence {
 public:
  enum class State : std::uint8_t {
    free,
    hashing,   // the digest must be known before part 0
    sending,   // parts of the burst are left to send
    waiting,   // for a report on the burst, or the end
    finished,  // paced mode: every part went out
  };
  static constexpr std::uint32_t kBurst = 64;

  struct Plan {
    AppId app_id;
    const Schema* schema = nullptr;
    std::uint8_t seq_id = 0;
    bool equal = false;  // reports, and asks to be asked
    Duration pace{};     // between parts, towards a peer that cannot report
  };

  // Precondition: state is free; the Package fits the schema (see parts_needed).
  void begin(const Plan& plan, Blob& blob, Instant now);
  void release() { *this = OutSequence{}; }

  static std::uint32_t parts_needed(const Schema& schema, std::uint32_t blob_size) {
    return (blob_size + static_cast<std::uint32_t>(kPackageHeader) + schema.max_body - 1) / schema.max_body;
  }

  // Hashes up to `budget` bytes, and takes them off it. Status: would_block (more to do), ok (ready to send), or
  // what the Blob said.
  Status hash_step(Instant now, std::uint32_t& budget);

  // The part to send now, if any. The same one again until sent() says that it went out.
  struct Next {
    std::uint32_t part;
    bool ask;
    bool repeat = false;
  };
  std::optional<Next> next(Instant now) const;
  void sent(const Next& what, Instant now);
  // Nothing more to do before; the owner then calls on_due.
  Instant due() const { return due_; }
  // The wait is over: the question is put again. False: every try was made.
  [[nodiscard]] bool on_due(Instant now);
  // Waits before the same part is tried again, because the link would not take it.
  void hold(Instant until) { due_ = until; }

  // A report came. False: it makes no sense for this sequence and was ignored.
  bool on_report(const Report& report, Instant now);

  // Whether an end that the receiver declares can be meant for this sequence, and not for an old one.
  bool may_end(bool delivered) const { return !delivered || next_ == parts_ || next_ == 1; }

  // Fills `body` (exactly body_size(part) bytes) with the part. Status: what the Blob said.
  Status read_part(std::uint32_t part, MutableBytes body) const;
  std::size_t body_size(std::uint32_t part) const;

  State state() const { return state_; }
  bool equal() const { return plan_.equal; }
  const Schema& schema() const { return *plan_.schema; }
  std::uint8_t seq_id() const { return plan_.seq_id; }
  std::uint32_t parts() const { return parts_; }
  std::uint16_t seq_size() const { return static_cast<std::uint16_t>(parts_ - 1); }
  std::uint32_t parts_done() const { return plan_.equal ? base_ : next_; }

  // For the owner: whom it is for.
  std::uint32_t send_id = 0;
  Application* owner = nullptr;
  std::uint8_t link_failures = 0;
  Instant busy_until = Instant::never();  // a link that takes nothing until then never will
  std::uint8_t peer = 0xff;               // slot of the neighbour, or of the next hop when routed
  bool routed = false;
  bool cpl_mode = false;
  TreeAddress to;
  Address from;  // ours when it began: the receiver knows us by it

 private:
  // Reports in a row that brought nothing, before they count as silence.
  static constexpr std::uint8_t kStalledMax = 64;

  // No part from here on may be sent yet.
  std::uint32_t send_limit() const;
  // The first part from `part` on that was reported missing.
  std::optional<std::uint32_t> needed_from(std::uint32_t part) const;

  State state_ = State::free;
  std::uint8_t tries_ = 0;
  std::uint8_t stalled_ = 0;
  Plan plan_;
  Blob* blob_ = nullptr;
  HalfSha256 half_;
  std::uint32_t size_ = 0;
  std::uint32_t hashed_ = 0;
  std::uint32_t parts_ = 0;
  std::uint32_t base_ = 0;      // all below have arrived
  std::uint32_t next_ = 0;      // the first part never sent
  std::uint32_t question_ = 0;  // the part that asked last
  std::uint32_t in_burst_ = 0;
  bool repeat_question_ = false;
  Instant due_ = Instant::never();
  PartWindow needed_;  // reported missing, to be sent again
  Sha256 hash_;
};

}  // namespace mp
