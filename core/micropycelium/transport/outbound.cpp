// SPDX-License-Identifier: ISC
#include "micropycelium/transport/outbound.hpp"

#include "micropycelium/base/check.hpp"

namespace mp {

void OutSequence::begin(const Plan& plan, Blob& blob, Instant now) {
  MP_CHECK(state_ == State::free);
  plan_ = plan;
  blob_ = &blob;
  size_ = blob.size();
  parts_ = parts_needed(*plan.schema, size_);
  MP_CHECK(parts_ >= 1 && parts_ <= plan.schema->max_parts());
  state_ = State::hashing;
  hold_ = now;
}

Status OutSequence::hash_step(Instant now, std::uint32_t& budget) {
  auto* hash = std::get_if<Sha256>(&work_);
  MP_CHECK(hash != nullptr);
  ByteArray<256> piece;
  while (hashed_ < size_ && budget > 0) {
    const std::uint32_t n = std::min({size_ - hashed_, budget, static_cast<std::uint32_t>(piece.size())});
    const MutableBytes out = MutableBytes(piece).first(n);
    MP_TRY(blob_->read(hashed_, out));
    hash->update(out);
    hashed_ += n;
    budget -= n;
  }
  hold_ = now;
  if (hashed_ < size_) return Status::would_block;
  const Sha256Digest digest = hash->finish();
  half_ = HalfSha256::from(Bytes(digest).first(HalfSha256::kSize));
  work_.emplace<Scoreboard>();
  state_ = State::sending;
  return Status::ok;
}

// Parts that may be under way over relays.
std::uint32_t OutSequence::routed_flight() const {
  const RoundTrip& known = plan_.round_trip;
  return known.known() && known.smoothed() < kFastRoundTrip ? flight : kRoutedFlight;
}

// Part 0 goes alone until the receiver has said that it wants the Package.
std::uint32_t OutSequence::send_limit() const {
  if (board().base() == 0) return 1;
  const std::uint32_t most = plan_.routed ? routed_flight() : kWindow;
  const std::uint32_t room = most - std::min(board().in_flight() + board().lost_count(), most);
  return std::min({parts_, board().base() + kWindow, board().next() + room});
}

bool OutSequence::can_send() const {
  return !plan_.equal || probe_ || board().lost_count() > 0 || board().next() < send_limit();
}

// A question that nothing has answered in time was lost, or its answer: the next one comes sooner.
std::uint32_t OutSequence::ask_every(Instant now) const {
  const bool overdue = silent_since_ != Instant::never() && now >= answer_due_;
  return (plan_.routed ? routed_flight() / 2 : kAskEvery) >> std::min(unheard_ + (overdue ? 1 : 0), int{kUnheardMax});
}

// Many tries fit into the patience: a question and its answer both have to get through.
Duration OutSequence::answer_wait() const {
  const Duration first = first_answer_wait();
  return std::min(nth_wait(first, tries_ + 1U),
                  std::max(first, microseconds(patience(plan_.round_trip, plan_.airtime).us / kTriesMin)));
}

// A report tells of all that was sent longer ago than this.
Duration OutSequence::report_age() const {
  return (plan_.round_trip.known() ? plan_.round_trip.timeout(Duration{}) : kFirstWait) +
         plan_.airtime * kFramesWaitedFor;
}

std::optional<OutSequence::Next> OutSequence::next(Instant now) const {
  if (state_ != State::sending || now < hold_) return std::nullopt;
  if (!plan_.equal) return Next{paced_, false};

  const std::uint32_t limit = send_limit();
  const bool turn_to_ask = unasked_ + 1 >= ask_every(now);
  if (const auto lost = board().lost()) {
    const bool nothing_left = board().lost_count() == 1 && board().next() >= limit;
    return Next{*lost, probe_ || turn_to_ask || nothing_left, true};
  }
  if (probe_) return Next{board().base(), true, true};
  if (board().next() >= limit) return std::nullopt;
  return Next{board().next(), turn_to_ask || board().next() + 1 == limit};
}

void OutSequence::sent(const Next& what, Instant now) {
  if (!plan_.equal) {
    ++paced_;
    hold_ = now + plan_.pace;
    paused_ = true;
    if (paced_ == parts_) state_ = State::finished;
    return;
  }
  board().sent(what.part, what.ask, now);
  ++unasked_;
  if (!what.ask) return;
  unasked_ = 0;
  probe_ = false;
  if (silent_since_ == Instant::never())
    silent_since_ = now;
  else if (now >= answer_due_ && unheard_ < kUnheardMax)
    ++unheard_;
  answer_due_ = now + answer_wait();
  if (!plan_.half_duplex) return;
  hold_ = now + report_age();
  paused_ = true;
}

Instant OutSequence::due() const {
  switch (state_) {
    case State::free:
      return Instant::never();
    case State::hashing:
    case State::finished:
      return hold_;
    case State::sending:
      break;
  }
  return can_send() ? hold_ : answer_due_;
}

bool OutSequence::on_due(Instant now) {
  // Relays wait for their airtime too, with a few frames in a row.
  const Duration lawful = plan_.routed ? plan_.pause * kRelayPauses : Duration{};
  const Duration borne = std::max(patience(plan_.round_trip, plan_.airtime), lawful);
  if (now - silent_since_ >= borne && tries_ + 1 >= kTriesLeast) return false;
  if (tries_ < 0xff) ++tries_;
  probe_ = true;
  hold(now);
  return true;
}

bool OutSequence::on_report(const Report& report, Instant now) {
  if (!plan_.equal || state_ != State::sending || report.first_missing < board().base() ||
      report.first_missing > board().next() || report.first_missing >= parts_)
    return false;
  const Scoreboard::Taken taken = board().take(report, now, plan_.routed ? kRoutedOvertaking : std::uint16_t{0},
                                               plan_.routed ? first_answer_wait() : report_age());
  // An answer that comes late may be to another question, or was nobody's: the receiver's own. So it is no sample, but
  // waits grow, until one is in time again (Karn's algorithm).
  if (taken.sample) {
    if (!plan_.round_trip.known() || *taken.sample <= first_answer_wait())
      plan_.round_trip.add(*taken.sample);
    else
      plan_.round_trip.doubt();
  }
  if (taken.news) {
    stalled_ = 0;
  } else if (stalled_ >= kStalledMax) {
    return false;  // it answers, but never gets on: let it count as silence
  } else {
    ++stalled_;
  }
  tries_ = unheard_ = 0;
  probe_ = false;
  silent_since_ = Instant::never();
  answer_due_ = now + first_answer_wait();
  if (plan_.half_duplex) hold(now);
  return true;
}

std::size_t OutSequence::body_size(std::uint32_t part) const {
  const std::uint32_t package = size_ + static_cast<std::uint32_t>(kPackageHeader);
  return std::min<std::uint32_t>(plan_.schema->max_part(), package - part * plan_.schema->max_part());
}

Status OutSequence::read_part(std::uint32_t part, MutableBytes body) const {
  std::uint32_t offset = part * plan_.schema->max_part() - static_cast<std::uint32_t>(kPackageHeader);
  if (part == 0) {
    write_package_head({plan_.app_id, half_}, body.first<kPackageHeader>());
    body = body.subspan(kPackageHeader);
    offset = 0;
  }
  return body.empty() ? Status::ok : blob_->read(offset, body);
}

}  // namespace mp
