// SPDX-License-Identifier: ISC
#include "micropycelium/applications/seal_records.hpp"

#include "micropycelium/applications/seal.hpp"

namespace mp {
namespace {

constexpr std::uint32_t kTag = 16;

// The last one has a number that no other has, so nothing can be cut off unseen.
AeadNonce record_nonce(std::uint32_t index, bool last) {
  return aead_nonce(std::uint64_t{index} | (last ? std::uint64_t{1} << 63 : 0));
}

}  // namespace

Result<std::uint32_t> opened_size(std::uint32_t sealed) {
  const std::uint32_t records = (sealed + kSealRecordSealed - 1) / kSealRecordSealed;
  const std::uint32_t last = sealed - (records == 0 ? 0 : records - 1) * kSealRecordSealed;
  if (last < kTag || (records > 1 && last == kTag)) return Status::truncated;
  return sealed - records * kTag;
}

void seal_record(const AeadKey& key, std::uint32_t index, bool last, MutableBytes room) {
  const MutableBytes text = room.first(room.size() - kTag);
  copy(aead_seal(key, record_nonce(index, last), {}, text).value, room.subspan(text.size()));
}

Status open_record(const AeadKey& key, std::uint32_t index, bool last, MutableBytes sealed) {
  const std::size_t size = sealed.size() - kTag;
  return aead_open(key, record_nonce(index, last), {}, sealed.first(size), AeadTag::from(sealed.subspan(size)));
}

// --- out ----------------------------------------------------------------------------------------------

void SealedOut::begin(Bytes head, AeadKey key, Blob* contents, Bytes small) {
  copy(head, head_);
  head_size_ = static_cast<std::uint8_t>(head.size());
  key_ = std::move(key);
  contents_ = contents;
  small_ = small;
}

void SealedOut::clear() {
  key_.clear();
  contents_ = nullptr;
  small_ = {};
}

std::uint32_t SealedOut::size() const {
  const auto plain = contents_ != nullptr ? contents_->size() : static_cast<std::uint32_t>(small_.size());
  return head_size_ + sealed_size(plain);
}

Status SealedOut::read(std::uint32_t offset, MutableBytes out) {
  const auto plain = contents_ != nullptr ? contents_->size() : static_cast<std::uint32_t>(small_.size());
  if (offset > size() || out.size() > size() - offset) return Status::too_large;
  if (offset < head_size_) {
    const std::size_t n = std::min<std::size_t>(out.size(), head_size_ - offset);
    copy(Bytes(head_).subspan(offset, n), out);
    out = out.subspan(n);
    offset += static_cast<std::uint32_t>(n);
  }
  offset -= head_size_;
  ByteArray<kSealRecordSealed> room;
  while (!out.empty()) {
    const std::uint32_t index = offset / kSealRecordSealed, inside = offset % kSealRecordSealed;
    const std::uint32_t begin = index * kSealRecord;
    const std::uint32_t size = std::min(kSealRecord, plain - begin);
    const MutableBytes record = MutableBytes(room).first(size + kTag);
    if (contents_ == nullptr)
      copy(small_.subspan(begin, size), record);
    else if (size != 0)
      MP_TRY(contents_->read(begin, record.first(size)));
    seal_record(key_, index, begin + size == plain, record);
    const std::size_t n = std::min<std::size_t>(out.size(), record.size() - inside);
    copy(record.subspan(inside, n), out);
    out = out.subspan(n);
    offset += static_cast<std::uint32_t>(n);
  }
  return Status::ok;
}

// --- in -----------------------------------------------------------------------------------------------

void SealedIn::clear() {
  state = State::free;
  key.clear();
  owner = nullptr;
  inner = nullptr;
  head = 0;
  session = number = 0;
}

// The node's own look at the digest of what came out of order; the head it has seen as it came.
Status SealedIn::read(std::uint32_t offset, MutableBytes out) {
  if (inner == nullptr || offset < head) return Status::io_error;
  return inner->read(offset - head, out);
}

Status SealedIn::write(std::uint32_t offset, Bytes part) {
  if (head == 0) {
    if (offset != 0) return Status::io_error;
    // Whatever the reason: as one packet that is not for us. A session that was lost is begun anew on that.
    if (seal->begin_incoming(*this, part) != Status::ok) return Status::unsupported;
    part = part.subspan(head);
    offset = head;
  }
  if (inner == nullptr || offset < head) return Status::io_error;
  return part.empty() ? Status::ok : inner->write(offset - head, part);
}

Status SealedIn::open(std::uint32_t records) {
  const auto plain = opened_size(sealed);
  if (!plain) return Status::forged;
  const std::uint32_t all = (sealed + kSealRecordSealed - 1) / kSealRecordSealed;
  ByteArray<kSealRecordSealed> room;
  for (; next < all && records > 0; ++next, --records) {
    const std::uint32_t size = std::min(kSealRecordSealed, sealed - next * kSealRecordSealed);
    const MutableBytes record = MutableBytes(room).first(size);
    MP_TRY(inner->read(next * kSealRecordSealed, record));
    MP_TRY(open_record(key, next, next + 1 == all, record));
    if (size > kTag) MP_TRY(inner->write(next * kSealRecord, record.first(size - kTag)));
  }
  wipe(room);
  return next < all ? Status::would_block : Status::ok;
}

}  // namespace mp
