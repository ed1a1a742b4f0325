// SPDX-License-Identifier: ISC
// The sending half of the sequencer: which part goes next, when to wait, when to give up
// (specification: delivery.md, "Sequences"). Decides; the node sends.
//
// To an equal: part 0 alone, so that it can refuse; then parts without a pause as long as the window allows, every
// now and then one that asks for a report. What a report shows to be lost goes first. To a peer of the existing
// implementation: all parts once, paced, since it neither reports nor bears questions.
#pragma once

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/time.hpp"
#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/packet/package.hpp"
#include "micropycelium/packet/packet.hpp"
#include "micropycelium/packet/route_header.hpp"
#include "micropycelium/platform/blob.hpp"
#include "micropycelium/transport/backoff.hpp"
#include "micropycelium/transport/priority.hpp"
#include "micropycelium/transport/scoreboard.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace mp {

class Application;  // opaque down here: the node knows whom to tell

class OutSequence {
 public:
  // Pauses of the law that are borne over relays.
  static constexpr std::int64_t kRelayPauses = 16;

  enum class State : std::uint8_t {
    free,
    hashing,  // the digest must be known before part 0
    sending,
    finished,  // paced mode: every part went out
  };
  // An equal is asked at least once in so many parts.
  static constexpr std::uint32_t kAskEvery = 64;
  // Routed, so many parts may be under way at once; and so many sendings may overtake a part.
  static constexpr std::uint32_t kRoutedFlight = 64;
  // And so many at most where the owner has room for them and the round trip is shorter than this: then they are soon
  // out of the way, and what costs is the waking of each hop for a few parts.
  static constexpr std::uint32_t kRoutedFlightFast = 192;
  static constexpr Duration kFastRoundTrip = milliseconds(20);
  static constexpr std::uint16_t kRoutedOvertaking = 32;

  struct Plan {
    AppId app_id;
    const Schema* schema = nullptr;
    std::uint8_t seq_id = 0;
    bool equal = false;  // reports, and understands questions
    bool routed = false;
    bool half_duplex = false;  // what is sent while the answer comes drowns it
    Duration pace{};           // between parts, towards a peer that cannot report
    Duration airtime{};        // of a full frame on the first link
    Duration pause{};          // that the law commands there between two of them
    RoundTrip round_trip;      // to the receiver, as far as it is known
  };

  // Precondition: state is free; the Package fits the schema (see parts_needed).
  void begin(const Plan& plan, Blob& blob, Instant now);
  void release() { *this = OutSequence{}; }

  static std::uint32_t parts_needed(const Schema& schema, std::uint32_t blob_size) {
    return (blob_size + static_cast<std::uint32_t>(kPackageHeader) + schema.max_part() - 1) / schema.max_part();
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
  // Whether next() would give a part.
  bool ready(Instant now) const { return state_ == State::sending && now >= hold_ && can_send(); }
  // Whether any part went out.
  bool begun() const { return plan_.equal ? hashed() && board().next() > 0 : paced_ > 0; }
  // Nothing more to do before.
  Instant due() const;
  // Nothing may be sent until a report comes, and it is overdue: the owner then calls on_due.
  bool overdue(Instant now) const { return state_ == State::sending && !can_send() && answer_due_ <= now; }
  // The question is put again. False: silence has lasted too long.
  [[nodiscard]] bool on_due(Instant now);
  // Waits before the same part is tried again, because the link would not take it.
  void hold(Instant until) {
    hold_ = until;
    paused_ = false;
  }
  // What it was held for is over. Its own pauses are not: until the report on half duplex, between parts that are
  // paced.
  void wake(Instant now) {
    if (!paused_) hold_ = earlier(hold_, now);
  }

  // What was sent is known not to have been taken, and it is again worth asking: nobody need wait until it is overdue.
  void ask_again(Instant now) {
    if (state_ != State::sending || can_send()) return;
    probe_ = true;
    hold(now);
  }

  // A report came. False: it makes no sense for this sequence and was ignored.
  bool on_report(const Report& report, Instant now);

  // Whether an end that the receiver declares can be meant for this sequence, and not for an old one.
  bool may_end(bool delivered) const {
    return !delivered || (hashed() && (board().next() == parts_ || board().next() == 1));
  }

  // Fills `body` (exactly body_size(part) bytes) with the part. Status: what the Blob said.
  Status read_part(std::uint32_t part, MutableBytes body) const;
  std::size_t body_size(std::uint32_t part) const;

  State state() const { return state_; }
  bool used() const { return state_ != State::free; }
  bool equal() const { return plan_.equal; }
  const Schema& schema() const { return *plan_.schema; }
  std::uint8_t seq_id() const { return plan_.seq_id; }
  // Precondition: not hashing.
  const HalfSha256& half_sha256() const { return half_; }
  std::uint32_t parts() const { return parts_; }
  std::uint16_t seq_size() const { return static_cast<std::uint16_t>(parts_ - 1); }
  std::uint32_t parts_done() const { return !plan_.equal ? paced_ : hashed() ? board().base() : 0; }
  // What the reports have taught of it.
  const RoundTrip& round_trip() const { return plan_.round_trip; }

  // For the owner: whom it is for.
  std::uint32_t send_id = 0;
  Application* owner = nullptr;
  std::uint8_t link_failures = 0;
  std::uint8_t flight = kRoutedFlight;    // routed and fast: so many parts may be under way
  Instant busy_until = Instant::never();  // a link that takes nothing until then never will
  std::uint8_t peer = 0xff;               // slot of the neighbour, or of the next hop when routed
  bool routed = false;
  bool by_id = false;  // to `node`: the next hop is chosen anew for each part
  bool cpl_mode = false;
  std::uint8_t searches = 0;  // by id: how often the target was looked for since a report came
  NodeTag node;
  bool relayed = false;      // the next hop has taken a part
  std::uint8_t repeats = 0;  // parts sent again: each sending of a part differs from the one before
  Priority priority = Priority::bulk;
  std::uint32_t destination = 0;  // a number for whom it is for, when it was last served, and its own turn there
  std::uint32_t turn = 0;
  std::uint32_t order = 0;
  Instant expires = Instant::never();
  bool fresh = false;  // came since the last poll
  TreeAddress to;
  Address from;  // ours when it began: the receiver knows us by it

 private:
  // Reports in a row that brought nothing, before they count as silence.
  static constexpr std::uint8_t kStalledMax = 64;
  // How often the pause between two questions is halved at most.
  static constexpr std::uint8_t kUnheardMax = 3;
  // Questions in silence before it is given up, unless so many first waits are longer than the patience.
  static constexpr std::int64_t kTriesMin = 72;
  // And not before so many were really sent: a link may have had no airtime for them.
  static constexpr std::uint8_t kTriesLeast = 10;
  bool hashed() const { return std::holds_alternative<Scoreboard>(work_); }
  // Precondition: hashed().
  Scoreboard& board() { return const_cast<Scoreboard&>(std::as_const(*this).board()); }
  const Scoreboard& board() const {
    const auto* board = std::get_if<Scoreboard>(&work_);
    MP_CHECK(board != nullptr);
    return *board;
  }
  // No part from here on may be sent yet.
  std::uint32_t send_limit() const;
  bool can_send() const;
  std::uint32_t routed_flight() const;
  Duration first_answer_wait() const { return first_wait(plan_.round_trip, plan_.airtime); }
  Duration answer_wait() const;
  Duration report_age() const;
  std::uint32_t ask_every(Instant now) const;

  State state_ = State::free;
  bool paused_ = false;  // hold_ is the end of a pause of its own
  bool probe_ = false;   // an answer is overdue: the first missing part goes again, and asks
  std::uint8_t tries_ = 0;
  std::uint8_t stalled_ = 0;
  std::uint8_t unheard_ = 0;  // questions whose answer was overdue when the next went out, since the last report
  Plan plan_;
  Blob* blob_ = nullptr;
  HalfSha256 half_;
  std::uint32_t size_ = 0;
  std::uint32_t hashed_ = 0;
  std::uint32_t parts_ = 0;
  std::uint32_t paced_ = 0;    // parts sent to a peer that cannot report
  std::uint32_t unasked_ = 0;  // parts sent since the last that asked
  Instant hold_{};
  Instant answer_due_ = Instant::never();
  Instant silent_since_ = Instant::never();  // the first question that nothing has answered
  std::variant<Sha256, Scoreboard> work_;    // the digest first, then the parts
};

}  // namespace mp
