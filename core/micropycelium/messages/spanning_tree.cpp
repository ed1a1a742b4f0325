// SPDX-License-Identifier: ISC
#include "micropycelium/messages/spanning_tree.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

constexpr std::string_view kAdvertLabel = "Micropycelium advert 1";
constexpr std::string_view kPlaceLabel = "Micropycelium place 1";
constexpr std::string_view kBootLabel = "Micropycelium boot 1";

// What is signed: a label, what is known and not sent, then the message up to the signature.
struct Signed {
  ByteArray<kAdvertLabel.size() + 16 + NodeId::kSize + std::max(kAdvertMax, kSeekAnswerMax)> buffer;
  std::size_t size = 0;

  Signed(std::string_view label, Bytes context, const NodeId& id, Bytes message) {
    Writer out(buffer);
    out.put(bytes(label));
    out.put(context);
    out.put(id.bytes());
    out.put(message);
    MP_CHECK(out.ok());
    size = out.size();
  }
  Bytes view() const { return Bytes(buffer).first(size); }
};

Ed25519Signature signature_of(Bytes message) { return Ed25519Signature::from(message.last(Ed25519Signature::kSize)); }

bool genuine(const NodeId& by, const Signed& what, Bytes message) {
  return ed25519_verify(Ed25519PublicKey(by.value), what.view(), signature_of(message)) == Status::ok;
}

void put_places(Writer& out, const TreePlaces& places) {
  ByteArray<kSeekMax - SeekMessage::kHead> buffer;
  const MutableBytes text = MutableBytes(buffer).first(bytes_of(places.view()));
  encode_places(places.view(), text);
  out.put(text);
}

}  // namespace

Result<TreeMessage> tree_message_kind(Bytes message) {
  if (message.empty()) return Status::truncated;
  const auto kind = std::to_integer<std::uint8_t>(message[0]);
  const bool of_trees = kind <= static_cast<std::uint8_t>(TreeMessage::boot_answer);
  const bool of_leaves = kind >= static_cast<std::uint8_t>(TreeMessage::lease) &&
                         kind <= static_cast<std::uint8_t>(TreeMessage::leaf_answer);
  if (!of_trees && !of_leaves) return Status::bad_value;
  return static_cast<TreeMessage>(kind);
}

Status begin_message(Reader& in, TreeMessage kind) {
  const std::uint8_t first = in.u8();
  if (!in.ok()) return Status::truncated;
  return first == static_cast<std::uint8_t>(kind) ? Status::ok : Status::bad_value;
}

// --- adverts -------------------------------------------------------------------------------------------------

Result<SignedAdvert> decode_signed_advert(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::advert));
  if (message.size() < kAdvertHead + 1 + kAdvertTail) return Status::truncated;
  if (message.size() > kAdvertMax) return Status::too_large;
  SignedAdvert out;
  out.count = in.u32();
  out.boot = in.u32();
  const auto advert = decode_tree_advert(message.first(message.size() - kAdvertTail).subspan(kAdvertHead));
  if (!advert) return advert.status();
  out.advert = *advert;
  out.signature = signature_of(message);
  return out;
}

bool signed_advert_genuine(Bytes message, const NodeId& sender, const ByteArray<16>& salt) {
  return genuine(sender, Signed(kAdvertLabel, salt, sender, message.first(message.size() - kAdvertTail)), message);
}

Result<Bytes> encode_signed_advert(const SignedAdvert& a, const NodeId& sender, const ByteArray<16>& salt,
                                   const Ed25519KeyPair& keys, MutableBytes buffer) {
  ByteArray<kAdvertMax> entries;
  const auto text = encode_tree_advert(a.advert, entries);
  if (!text) return text.status();
  Writer out(buffer.first(std::min(buffer.size(), kAdvertMax)));
  out.u8(static_cast<std::uint8_t>(TreeMessage::advert));
  out.u32(a.count);
  out.u32(a.boot);
  out.put(text->subspan(1));  // its boot byte stands there already
  if (!out.ok()) return Status::too_large;
  out.put(keys.sign(Signed(kAdvertLabel, salt, sender, out.written()).view()).value);
  if (!out.ok()) return Status::too_large;
  return out.written();
}

bool AdvertParts::next(TreeAdvert& part) {
  part.boot = whole_.boot;
  part.count = 0;
  if (begun_ && entry_ == whole_.count) return false;
  begun_ = true;
  std::size_t left = room_ - 1;
  while (entry_ < whole_.count) {
    const TreeEntry& entry = whole_.entries[entry_];
    TreeEntry& some = part.entries[part.count];
    some = entry;
    some.child_count = 0;
    const std::size_t bare = entry_size(some);
    const auto children = static_cast<std::uint8_t>(entry.child_count - child_);
    const std::size_t fit = bare + 1 > left ? 0 : (left - bare - 1) / 6;
    if (bare > left || (children > 0 && fit == 0)) {
      MP_CHECK(part.count > 0);
      return true;
    }
    some.child_count = static_cast<std::uint8_t>(std::min<std::size_t>(children, fit));
    for (std::size_t i = 0; i < some.child_count; ++i) some.children[i] = entry.children[child_ + i];
    for (std::size_t i = some.child_count; i < some.children.size(); ++i) some.children[i] = {};
    left -= entry_size(some);
    ++part.count;
    child_ += some.child_count;
    if (child_ < entry.child_count) return true;
    ++entry_;
    child_ = 0;
  }
  return true;
}

// --- probes --------------------------------------------------------------------------------------------------

Result<RootProbe> decode_root_probe(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::probe));
  const unsigned what = in.u8();
  if (!in.ok()) return Status::truncated;
  if (in.left() > 0) return Status::too_large;
  if ((what & 0x0f) != 0 || (what >> 4 & 3) > 2) return Status::bad_value;
  return RootProbe{static_cast<std::uint8_t>(what >> 6), static_cast<RootProbe::What>(what >> 4 & 3)};
}

ByteArray<RootProbe::kSize> encode_root_probe(const RootProbe& probe) {
  return {static_cast<std::byte>(TreeMessage::probe),
          static_cast<std::byte>(unsigned{probe.tree} << 6 | static_cast<unsigned>(probe.what) << 4)};
}

// --- introductions -------------------------------------------------------------------------------------------

Result<Introduction> decode_introduction(Bytes message) {
  const auto kind = tree_message_kind(message);
  if (!kind) return kind.status();
  if (*kind < TreeMessage::introduction || *kind > TreeMessage::farewell) return Status::bad_value;
  Reader in(message.subspan(1));
  Introduction out;
  out.kind = *kind;
  out.node.value = in.array<NodeId::kSize>();
  if (!in.ok()) return Status::truncated;
  if (in.left() > 0) return Status::too_large;
  if (out.node.is_zero()) return Status::bad_value;
  return out;
}

ByteArray<kIntroductionSize> encode_introduction(const Introduction& introduction) {
  ByteArray<kIntroductionSize> out{};
  out[0] = static_cast<std::byte>(introduction.kind);
  copy(introduction.node.bytes(), MutableBytes(out).subspan(1));
  return out;
}

// --- which start is it? --------------------------------------------------------------------------------------

Result<std::uint64_t> decode_boot_question(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::boot_question));
  const std::uint64_t nonce = in.u64();
  if (!in.ok()) return Status::truncated;
  if (in.left() > 0) return Status::too_large;
  if (nonce == 0) return Status::bad_value;
  return nonce;
}

ByteArray<kBootQuestionSize> encode_boot_question(std::uint64_t nonce) {
  ByteArray<kBootQuestionSize> out{};
  out[0] = static_cast<std::byte>(TreeMessage::boot_question);
  store_be(out.data() + 1, nonce);
  return out;
}

Result<BootAnswer> decode_boot_answer(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::boot_answer));
  BootAnswer out;
  out.nonce = in.u64();
  out.boot = in.u32();
  out.count = in.u32();
  if (!in.ok() || message.size() < BootAnswer::kSize) return Status::truncated;
  if (message.size() > BootAnswer::kSize) return Status::too_large;
  if (out.nonce == 0 || out.boot == 0) return Status::bad_value;
  return out;
}

bool boot_answer_genuine(Bytes message, const NodeId& sender, const NodeId& asker) {
  return genuine(sender, Signed(kBootLabel, {}, asker, message.first(message.size() - Ed25519Signature::kSize)),
                 message);
}

ByteArray<BootAnswer::kSize> encode_boot_answer(const BootAnswer& answer, const NodeId& asker,
                                                const Ed25519KeyPair& keys) {
  ByteArray<BootAnswer::kSize> buffer{};
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::boot_answer));
  out.u64(answer.nonce);
  out.u32(answer.boot);
  out.u32(answer.count);
  out.put(keys.sign(Signed(kBootLabel, {}, asker, out.written()).view()).value);
  MP_CHECK(out.ok());
  return buffer;
}

// --- looking for a node --------------------------------------------------------------------------------------

Result<SeekMessage> decode_seek(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::seek));
  SeekMessage out;
  out.hops = in.u8();
  out.request = in.u32();
  out.target.value = in.array<NodeTag::kSize>();
  out.origin.value = in.array<NodeId::kSize>();
  if (!in.ok()) return Status::truncated;
  const auto places = decode_places(in.rest());
  if (!places) return places.status();
  out.places = *places;
  return out;
}

Result<Bytes> encode_seek(const SeekMessage& seek, MutableBytes buffer) {
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::seek));
  out.u8(seek.hops);
  out.u32(seek.request);
  out.put(seek.target.bytes());
  out.put(seek.origin.bytes());
  put_places(out, seek.places);
  if (!out.ok()) return Status::too_large;
  return out.written();
}

Result<SeekAnswer> decode_seek_answer(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::seek_answer));
  if (message.size() < SeekAnswer::kHead + 1 + SeekAnswer::kTail) return Status::truncated;
  SeekAnswer out;
  out.request = in.u32();
  out.node.value = in.array<NodeId::kSize>();
  const auto places = decode_places(message.first(message.size() - SeekAnswer::kTail).subspan(SeekAnswer::kHead));
  if (!places) return places.status();
  out.places = *places;
  return out;
}

bool seek_answer_genuine(Bytes message, const NodeId& origin) {
  const auto answer = decode_seek_answer(message);
  MP_CHECK(answer.ok());
  return genuine(answer->node, Signed(kPlaceLabel, {}, origin, message.first(message.size() - SeekAnswer::kTail)),
                 message);
}

Result<Bytes> encode_seek_answer(const SeekAnswer& answer, const NodeId& origin, const Ed25519KeyPair& keys,
                                 MutableBytes buffer) {
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::seek_answer));
  out.u32(answer.request);
  out.put(answer.node.bytes());
  put_places(out, answer.places);
  if (!out.ok()) return Status::too_large;
  out.put(keys.sign(Signed(kPlaceLabel, {}, origin, out.written()).view()).value);
  if (!out.ok()) return Status::too_large;
  return out.written();
}

}  // namespace mp
