// SPDX-License-Identifier: ISC
#include "micropycelium/applications/seal_session.hpp"

#include "micropycelium/crypto/hkdf.hpp"

namespace mp {
namespace {

// The next key (Noise, section 4.2).
AeadKey after(const AeadKey& key) {
  NoiseCipher cipher{key.copy()};
  MP_CHECK(cipher.rekey() == Status::ok);
  return cipher.key().copy();
}

AeadKey records_key(const AeadKey& key, std::uint32_t number) {
  constexpr std::string_view kPurpose = "Micropycelium Seal records";
  ByteArray<kPurpose.size() + 4> info;
  copy(bytes(kPurpose), info);
  store_be(info.data() + kPurpose.size(), number);
  AeadKey records;
  hkdf_expand(HkdfKey(key.bytes()), info, records.fill());
  return records;
}

}  // namespace

void SealSession::begin(NoiseHandshake& finished) {
  NoiseCipher send, receive;
  MP_CHECK(finished.split(send, receive) == Status::ok);
  out_ = send.key().copy();
  in_ = receive.key().copy();
  in_before_.clear();
  next_ = in_epoch_ = highest_ = 0;
  window_ = 0;
  has_before_ = false;
  owes_ = false;
}

void SealSession::clear() { *this = SealSession(); }

Result<Bytes> SealSession::seal(const AppId* app, Bytes blob, MutableBytes out, AeadKey* records) {
  return seal(records != nullptr ? SealKind::blob : SealKind::package, app, blob, out, records);
}

bool SealSession::owe(std::uint32_t number) {
  constexpr std::uint32_t kBits = 32;
  if (!std::exchange(owes_, true)) {
    owed_ = number;
    owed_below_ = 0;
    return true;
  }
  if (number <= owed_) {
    const std::uint32_t below = owed_ - number;
    if (below > kBits) return false;
    if (below != 0) owed_below_ |= 1U << (below - 1);
    return true;
  }
  const std::uint32_t ahead = number - owed_;
  if (ahead > kBits || (std::uint64_t{owed_below_} << ahead) > 0xffff'ffffU) return false;
  owed_below_ = (ahead < kBits ? owed_below_ << ahead : 0) | 1U << (ahead - 1);
  owed_ = number;
  return true;
}

Result<Bytes> SealSession::seal_receipt(std::span<std::byte, kSealReceipt> out) {
  ByteArray<kSealReceiptText> text;
  store_be(text.data(), owed_);
  store_be(text.data() + 4, owed_below_);
  return seal(SealKind::receipt, nullptr, text, out, nullptr);
}

Result<Bytes> SealSession::seal(SealKind kind, const AppId* app, Bytes blob, MutableBytes out, AeadKey* records) {
  const std::size_t inner = (app != nullptr ? kSealAppSize : 0) + blob.size();
  if (out.size() < kSealHead + inner + kSealTag) return Status::too_large;
  if (!can_seal()) return Status::exhausted;
  if (next_ != 0 && next_ % kEpoch == 0) out_ = after(out_);
  const std::uint32_t number = next_++;
  const Bytes head = encode_seal_head({kind, theirs, number, {}}, out.first<kSealHead>());
  const MutableBytes text = out.subspan(kSealHead, inner);
  if (app != nullptr) copy(app->bytes().first(kSealAppSize), text);
  copy(blob, text.last(blob.size()));
  const AeadTag tag = aead_seal(out_, aead_nonce(number), {head}, text);
  copy(tag.value, out.subspan(kSealHead + inner));
  if (records != nullptr) *records = records_key(out_, number);
  return Bytes(out.first(kSealHead + inner + kSealTag));
}

Result<Bytes> SealSession::open(const SealMessage& message, std::size_t sealed, MutableBytes out,
                                AeadKey* records) const {
  MP_CHECK(sealed >= kSealTag && sealed <= message.body.size() && out.size() >= sealed - kSealTag);
  const std::uint32_t epoch = message.number / kEpoch;
  if (message.number >= kNumbersMax) return Status::exhausted;
  if (epoch < in_epoch_ ? !(has_before_ && epoch + 1 == in_epoch_) : epoch - in_epoch_ > kEpochsAhead)
    return Status::exhausted;
  AeadKey key = (epoch < in_epoch_ ? in_before_ : in_).copy();
  for (std::uint32_t e = in_epoch_; e < epoch; ++e) key = after(key);
  ByteArray<kSealHead> room;
  const Bytes head = encode_seal_head(message, room);
  const std::size_t size = sealed - kSealTag;
  MP_TRY(aead_open_to(key, aead_nonce(message.number), {head}, message.body.first(size),
                      AeadTag::from(message.body.subspan(size, kSealTag)), out.first(size)));
  if (records != nullptr) *records = records_key(key, message.number);
  return Bytes(out.first(size));
}

SealSession::Seen SealSession::seen(std::uint32_t number) const {
  if (window_ == 0 || number > highest_) return Seen::no;
  if (highest_ - number >= kWindow) return Seen::too_old;
  return (window_ >> (highest_ - number) & 1U) != 0 ? Seen::taken : Seen::no;
}

void SealSession::take(std::uint32_t number) {
  for (; in_epoch_ < number / kEpoch; ++in_epoch_) {
    AeadKey next = after(in_);
    in_before_ = std::move(in_);
    in_ = std::move(next);
    has_before_ = true;
  }
  if (window_ == 0 || number > highest_) {
    const std::uint32_t ahead = number - highest_;
    window_ = (window_ == 0 || ahead >= kWindow ? 0 : window_ << ahead) | 1U;
    highest_ = number;
  } else {
    window_ |= std::uint64_t{1} << (highest_ - number);
  }
  // Nothing of the key before can be taken any more.
  if (has_before_ && highest_ >= in_epoch_ * kEpoch + kWindow - 1) {
    in_before_.clear();
    has_before_ = false;
  }
}

}  // namespace mp
