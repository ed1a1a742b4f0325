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
  due_ = now;
}

Status OutSequence::hash_step(Instant now, std::uint32_t& budget) {
  ByteArray<256> piece;
  while (hashed_ < size_ && budget > 0) {
    const std::uint32_t n = std::min({size_ - hashed_, budget, static_cast<std::uint32_t>(piece.size())});
    const MutableBytes out = MutableBytes(piece).first(n);
    MP_TRY(blob_->read(hashed_, out));
    hash_.update(out);
    hashed_ += n;
    budget -= n;
  }
  due_ = now;
  if (hashed_ < size_) return Status::would_block;
  const Sha256Digest digest = hash_.finish();
  half_ = HalfSha256::from(Bytes(digest).first(HalfSha256::kSize));
  state_ = State::sending;
  return Status::ok;
}

std::optional<std::uint32_t> OutSequence::needed_from(std::uint32_t part) const {
  for (const std::uint32_t end = std::min(next_, base_ + kWindow); part < end; ++part)
    if (needed_.has(part)) return part;
  return std::nullopt;
}

// Part 0 goes alone until the receiver has said that it wants the Package.
std::uint32_t OutSequence::send_limit() const { return base_ == 0 ? 1 : std::min(parts_, base_ + kWindow); }

std::optional<OutSequence::Next> OutSequence::next(Instant now) const {
  if (state_ != State::sending || now < due_) return std::nullopt;
  if (!plan_.equal) return Next{next_, false};
  if (repeat_question_) return Next{question_, true, true};

  const std::uint32_t limit = send_limit();
  const bool burst_ends = in_burst_ + 1 >= kBurst;
  if (const auto again = needed_from(base_)) {
    const bool nothing_left = !needed_from(*again + 1) && next_ >= limit;
    return Next{*again, burst_ends || nothing_left, true};
  }
  if (next_ >= limit) return std::nullopt;
  return Next{next_, burst_ends || next_ + 1 == limit};
}

void OutSequence::sent(const Next& what, Instant now) {
  if (!plan_.equal) {
    ++next_;
    due_ = now + plan_.pace;
    if (next_ == parts_) state_ = State::finished;
    return;
  }
  if (repeat_question_) {
    repeat_question_ = false;
  } else {
    if (what.part == next_)
      ++next_;
    else
      needed_.clear(what.part);
    ++in_burst_;
    if (!what.ask) return;
    question_ = what.part;
    tries_ = 1;
  }
  state_ = State::waiting;
  due_ = now + kEqualBackoff.wait(tries_);
}

bool OutSequence::on_due(Instant now) {
  if (tries_ >= kEqualBackoff.tries_max) return false;
  ++tries_;
  repeat_question_ = true;
  state_ = State::sending;
  due_ = now;
  return true;
}

bool OutSequence::on_report(const Report& report, Instant now) {
  if (!plan_.equal || state_ == State::hashing || report.first_missing < base_ || report.first_missing > next_ ||
      report.first_missing >= parts_)
    return false;
  if (report.first_missing > base_) {
    for (std::uint32_t part = base_; part < report.first_missing; ++part) needed_.clear(part);
    base_ = report.first_missing;
    stalled_ = 0;
  } else if (stalled_ >= kStalledMax) {
    return false;  // it answers, but never gets on: let the tries run out
  } else {
    ++stalled_;
  }
  // Everything up to the question went out before it, so what the report lacks of that is lost.
  for (std::uint32_t part = base_; part < std::min(report.end(), next_); ++part)
    if (report.missing(part) && (part != base_ || part <= question_)) needed_.set(part);
  // A report that overtook another can leave nothing to send: then the first missing part asks again.
  if (!needed_from(base_) && next_ >= send_limit()) needed_.set(base_);
  repeat_question_ = false;
  in_burst_ = 0;
  state_ = State::sending;
  due_ = now;
  return true;
}

std::size_t OutSequence::body_size(std::uint32_t part) const {
  const std::uint32_t package = size_ + static_cast<std::uint32_t>(kPackageHeader);
  return std::min<std::uint32_t>(plan_.schema->max_body, package - part * plan_.schema->max_body);
}

Status OutSequence::read_part(std::uint32_t part, MutableBytes body) const {
  std::uint32_t offset = part * plan_.schema->max_body - static_cast<std::uint32_t>(kPackageHeader);
  if (part == 0) {
    write_package_head({plan_.app_id, half_}, body.first<kPackageHeader>());
    body = body.subspan(kPackageHeader);
    offset = 0;
  }
  return body.empty() ? Status::ok : blob_->read(offset, body);
}

}  // namespace mp
