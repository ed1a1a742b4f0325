// SPDX-License-Identifier: ISC
#include "micropycelium/messages/handover.hpp"

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

#include <algorithm>

namespace mp {
namespace {

constexpr std::string_view kDomain = "Micropycelium hand-over 1";
using Text = ByteArray<kDomain.size() + 2 * NodeId::kSize + 4>;

// What both keys sign.
Text signed_text(const NodeId& before, const NodeId& after, std::uint32_t counter) {
  Text text;
  Writer out(text);
  out.put(bytes(kDomain));
  out.put(before.bytes());
  out.put(after.bytes());
  out.u32(counter);
  MP_CHECK(out.ok() && out.size() == text.size());
  return text;
}

NodeId id_of(const Ed25519KeyPair& keys) { return NodeId::from(keys.public_key().bytes()); }

}  // namespace

Handover make_handover(const Ed25519KeyPair& before, const Ed25519KeyPair& after, std::uint32_t counter) {
  Handover h{.before = id_of(before), .after = id_of(after), .counter = counter, .by_before = {}, .by_after = {}};
  const Text text = signed_text(h.before, h.after, counter);
  h.by_before = before.sign(text);
  h.by_after = after.sign(text);
  return h;
}

Status verify(const Handover& h) {
  const Text text = signed_text(h.before, h.after, h.counter);
  MP_TRY(ed25519_verify(Ed25519PublicKey::from(h.before.bytes()), text, h.by_before));
  return ed25519_verify(Ed25519PublicKey::from(h.after.bytes()), text, h.by_after);
}

Result<Handover> decode_handover(Bytes record) {
  if (record.size() < kHandoverSize) return Status::truncated;
  if (record.size() > kHandoverSize) return Status::too_large;
  Reader in(record);
  Handover h;
  h.before.value = in.array<NodeId::kSize>();
  h.after.value = in.array<NodeId::kSize>();
  h.counter = in.u32();
  h.by_before.value = in.array<Ed25519Signature::kSize>();
  h.by_after.value = in.array<Ed25519Signature::kSize>();
  if (h.counter == 0 || h.before == h.after || h.before.is_zero() || h.after.is_zero()) return Status::bad_value;
  return h;
}

void encode_handover(const Handover& h, std::span<std::byte, kHandoverSize> record) {
  Writer out(record);
  out.put(h.before.bytes());
  out.put(h.after.bytes());
  out.u32(h.counter);
  out.put(h.by_before.bytes());
  out.put(h.by_after.bytes());
  MP_CHECK(out.ok() && out.size() == kHandoverSize);
}

Handover HandoverChain::operator[](std::size_t i) const {
  MP_CHECK(i < size());
  return *decode_handover(bytes_.subspan(i * kHandoverSize, kHandoverSize));
}

HandoverChain HandoverChain::first(std::size_t n) const {
  return HandoverChain(bytes_.first(std::min(n, size()) * kHandoverSize));
}

Result<HandoverChain> decode_chain(Bytes records) {
  if (records.empty() || records.size() % kHandoverSize != 0) return Status::truncated;
  const std::size_t n = records.size() / kHandoverSize;
  if (n > kHandoversMax) return Status::too_large;
  std::array<NodeId, kHandoversMax + 1> ids;
  std::uint32_t counter = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto h = decode_handover(records.subspan(i * kHandoverSize, kHandoverSize));
    if (!h) return h.status();
    if (i > 0 && (!(h->before == ids[i]) || h->counter != counter + 1)) return Status::bad_value;
    if (i == 0) ids[0] = h->before;
    for (std::size_t j = 0; j <= i; ++j)
      if (ids[j] == h->after) return Status::bad_value;
    ids[i + 1] = h->after;
    counter = h->counter;
  }
  return HandoverChain(records);
}

Result<HandoverChain> decode_contacts(Bytes message) {
  if (message.empty()) return Status::truncated;
  if (message[0] != static_cast<std::byte>(ContactsOp::handovers)) return Status::bad_value;
  return decode_chain(message.subspan(1));
}

Result<Bytes> encode_contacts(const HandoverChain& chain, MutableBytes out) {
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(ContactsOp::handovers));
  w.put(chain.bytes());
  if (!w.ok()) return Status::too_large;
  return w.written();
}

}  // namespace mp
