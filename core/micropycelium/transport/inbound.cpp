// SPDX-License-Identifier: ISC
#include "micropycelium/transport/inbound.hpp"

#include "micropycelium/transport/backoff.hpp"

namespace mp {
namespace {

// Bytes of the blob before part `part`: the Package header lies in part 0.
std::uint32_t blob_offset(const Schema& schema, std::uint32_t part) {
  return part == 0 ? 0 : part * schema.max_part() - static_cast<std::uint32_t>(kPackageHeader);
}

}  // namespace

void InSequence::begin(const Source& source, const PacketView& first, const PackageHead& head, Blob& blob,
                       Duration airtime, Duration pause, Instant now) {
  release();
  state_ = State::receiving;
  source_ = source;
  schema_ = &first.schema();
  seq_id_ = first.seq_id();
  last_part_ = first.seq_size();
  head_ = head;
  blob_ = &blob;
  pause_ = std::max(pause * kPausesBorne, airtime * kFramesBorne);
  last_heard_ = now;
  // Until the first pauses are known: the sender has to hear from us before it goes on.
  gap_us_ = static_cast<std::uint32_t>((airtime * 2 + kFirstWait / 4).us);
  due = now + quiet();
}

void InSequence::heard(Instant now) {
  const std::int64_t pause = std::min(now - last_heard_, seconds(600)).us;
  const std::int64_t error = pause > gap_us_ ? pause - gap_us_ : gap_us_ - pause;
  gap_us_ = static_cast<std::uint32_t>((std::int64_t{gap_us_} * 7 + pause) / 8);
  gap_deviation_us_ = static_cast<std::uint32_t>((std::int64_t{gap_deviation_us_} * 7 + error) / 8);
  last_heard_ = now;
  silent_reports_ = 0;
  due = now + quiet();
}

bool InSequence::silence(bool equal, Instant now) {
  const Instant end = last_heard_ + give_up(equal);
  if (silent_reports_ == kSilentReports) {
    due = end;
    return false;
  }
  ++silent_reports_;
  due = silent_reports_ == kSilentReports ? end : earlier(end, now + quiet() * (std::int64_t{1} << silent_reports_));
  return true;
}

void InSequence::refuse(const Source& source, const PacketView& first, const PackageHead& head, EndStatus why,
                        Instant now) {
  release();
  source_ = source;
  schema_ = &first.schema();
  seq_id_ = first.seq_id();
  last_part_ = first.seq_size();
  head_ = head;
  end(why, now);
}

InSequence::Took InSequence::take(const PacketView& packet, Instant now) {
  heard(now);
  const std::uint32_t part = packet.packet_id();
  if (part > last_part_) return Took::bad_size;
  if (part < first_missing_) return Took::duplicate;
  if (part >= first_missing_ + kWindow) return Took::outside_window;
  if (window_.has(part)) return Took::duplicate;

  Bytes body = packet.contents();
  const bool last = part == last_part_;
  if (last ? body.empty() : body.size() != schema_->max_part()) return Took::bad_size;
  if (part == 0) body = body.subspan(kPackageHeader);  // part 0 is full, and every schema's body holds a head
  const std::uint32_t offset = blob_offset(*schema_, part);
  if (const Status status = body.empty() ? Status::ok : blob_->write(offset, body); status != Status::ok)
    return status == Status::unsupported ? Took::unwanted : Took::storage_failed;
  if (last) size_ = offset + static_cast<std::uint32_t>(body.size());
  // In order, the usual case: hash what is at hand instead of reading it back.
  if (part == first_missing_ && hashed_ == offset) {
    hash_.update(body);
    hashed_ += static_cast<std::uint32_t>(body.size());
  }
  window_.set(part);
  if (part > highest_) highest_ = part;
  while (first_missing_ < parts() && window_.has(first_missing_)) {
    window_.clear(first_missing_);
    ++first_missing_;
  }
  if (first_missing_ == parts()) state_ = State::proving;
  return Took::stored;
}

std::uint32_t InSequence::contiguous() const {
  return first_missing_ == parts() ? size_ : blob_offset(*schema_, first_missing_);
}

bool InSequence::prove(std::uint32_t& budget) {
  const std::uint32_t known = contiguous();
  ByteArray<256> piece;
  while (hashed_ < known && budget > 0) {
    const std::uint32_t n = std::min({known - hashed_, budget, static_cast<std::uint32_t>(piece.size())});
    const MutableBytes out = MutableBytes(piece).first(n);
    if (blob_->read(hashed_, out) != Status::ok) {
      // What was written cannot be read back: leave the digest wrong, it is the truth.
      hashed_ = known;
      hash_.update(bytes("unreadable"));
      break;
    }
    hash_.update(out);
    hashed_ += n;
    budget -= n;
  }
  return state_ == State::proving && hashed_ == size_;
}

bool InSequence::digest_ok() {
  const Sha256Digest digest = hash_.finish();
  return equal(Bytes(digest).first(HalfSha256::kSize), head_.half_sha256.bytes());
}

void InSequence::end(EndStatus status, Instant now) {
  state_ = State::ended;
  end_status_ = status;
  blob_ = nullptr;
  last_heard_ = now;
  due = now + kMemory;
}

Report InSequence::report(std::span<std::byte, kWindowBytes> room) const {
  Report r;
  r.first_missing = std::min<std::uint32_t>(first_missing_, last_part_);
  if (highest_ <= first_missing_) return r;
  const std::uint32_t n = highest_ - first_missing_;  // parts first_missing+1 .. highest
  const std::size_t size = std::min<std::size_t>((n + 7) / 8, kWindowBytes);
  fill_zero(room);
  // The bits left over in the last byte stand for parts that have not come either: else parts that are still on their
  // way would be taken for arrived.
  for (std::uint32_t i = 0; i < size * 8; ++i)
    if (i >= n || !window_.has(first_missing_ + 1 + i)) room[i / 8] |= std::byte{0x80} >> (i % 8);
  r.more = Bytes(room).first(size);
  return r;
}

InSequence* Inbound::find(const Source& source, const PacketView& part) {
  for (InSequence& s : slots_)
    if (s.matches(source, part)) return &s;
  return nullptr;
}

InSequence* Inbound::allocate() {
  InSequence* oldest = nullptr;
  for (InSequence& s : slots_) {
    if (s.state() == InSequence::State::free) return &s;
    if (s.state() == InSequence::State::ended && (oldest == nullptr || s.last_heard() < oldest->last_heard()))
      oldest = &s;
  }
  return oldest;
}

}  // namespace mp
