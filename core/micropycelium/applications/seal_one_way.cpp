// SPDX-License-Identifier: ISC
// Packages that need no answer to be sealed: Noise X (specification: seal.md, "One way"). Anyone may repeat one at any
// time, so each has a number, and what was taken of whom survives a restart.
#include "micropycelium/applications/seal.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/ed25519.hpp"

namespace mp {
namespace {

constexpr std::size_t kPayload = NodeId::kSize + 8 + kSealAppSize;
constexpr std::size_t kSenderSize = NodeId::kSize + 8;
constexpr std::uint64_t kNumbers = 64;

}  // namespace

// --- out ----------------------------------------------------------------------------------------------

SendId Seal::send_one_way(Application& from, const NodeId& to, Bytes blob, const SendOptions& options) {
  if (blob.size() > SealSend::kBlobMax) return Status::too_large;
  SealSend* slot = free_send();
  if (slot == nullptr) return Status::no_buffer;
  slot->stream = nullptr;
  slot->size = static_cast<std::uint8_t>(blob.size());
  copy(blob, slot->blob);
  return send_one_way(slot, from, to, options);
}

SendId Seal::send_one_way(Application& from, const NodeId& to, Blob& blob, const SendOptions& options) {
  SealSend* slot = free_send();
  if (slot == nullptr) return Status::no_buffer;
  slot->stream = &blob;
  return send_one_way(slot, from, to, options);
}

SendId Seal::send_one_way(SealSend* slot, Application& from, const NodeId& to, const SendOptions& options) {
  if (&from == this || !self_) return Status::unsupported;
  const auto remote = ed25519_to_x25519(Ed25519PublicKey(to.value));
  if (!remote) return Status::bad_value;
  NoiseHandshake noise;
  noise.initiate_x(*self_, *remote, ephemeral(), seal_prologue(NoisePattern::x, to).bytes_of());
  ByteArray<kPayload> room;
  Writer payload(room);
  payload.put(node().id().bytes());
  payload.u32(node().boot());
  payload.u32(++one_way_);
  payload.put(from.id().bytes().first(kSealAppSize));
  ByteArray<kSealOneWay> head;
  head[0] = static_cast<std::byte>(SealKind::one_way);
  const auto written = noise.write_message(payload.written(), MutableBytes(head).subspan(1));
  if (!written) return Status::bad_value;
  NoiseCipher send, none;
  MP_CHECK(noise.split(send, none) == Status::ok);
  slot->records.begin(head, send.key().copy(), slot->stream, slot->contents());
  SendOptions plain = options;
  plain.sealed = false;
  const SendId transport = node().send(*this, to, slot->records, plain);
  if (!transport) {
    slot->clear();
    return transport.refusal();
  }
  slot->step = SealSend::Step::under_way;
  slot->state = SendState::queued;
  slot->again = true;  // it has no session to be lost
  slot->transport = transport.value();
  slot->owner = &from;
  slot->to = {.node = to};
  slot->options = plain;
  slot->expires = Instant::never();
  slot->due = slot->until = Instant{};
  slot->order = ++order_;
  const SendId id = new_send();
  slot->id = id.value();
  return id;
}

// --- in -----------------------------------------------------------------------------------------------

// Who speaks, and for whom, to opened_node_ and opened_; the number is left to be taken.
bool Seal::open_one_way(Bytes noise, AeadKey& key, std::uint64_t& number, bool& repeated) {
  opened_size_ = 0;
  repeated = false;
  if (!senders_known_ || !may_answer()) {
    ++counters_.refused;
    return false;
  }
  NoiseHandshake handshake;
  handshake.respond(NoisePattern::x, *self_, X25519PrivateKey(),
                    seal_prologue(NoisePattern::x, node().id()).bytes_of());
  ByteArray<kPayload> payload;
  const auto read = handshake.read_message(noise, payload);
  Reader in(read ? *read : Bytes{});
  NodeId who;
  who.value = in.array<NodeId::kSize>();
  number = in.u64();
  const auto app = in.array<kSealAppSize>();
  if (!in.ok() || !proves(who, handshake)) {
    ++counters_.forged;
    return false;
  }
  opened_node_ = who;
  if (const SealSender* s = sender(opened_node_); s != nullptr && number <= s->highest) {
    const std::uint64_t below = s->highest - number;
    if (below >= kNumbers || (s->window >> below & 1U) != 0) {
      ++counters_.repeated;
      repeated = below < kNumbers;
      return false;
    }
  }
  NoiseCipher none, receive;
  MP_CHECK(handshake.split(none, receive) == Status::ok);
  key = receive.key().copy();
  copy(app, opened_);
  opened_size_ = kSealAppSize;
  return true;
}

SealSender* Seal::sender(const NodeId& node) {
  for (SealSender& s : tables_.senders)
    if (s.node == node) return &s;
  return nullptr;
}

// From opened_node_. Written down first: a restart must not make it new again. False: it cannot be, or there is no room
// for one more sender. Nobody gives way, for what was taken of him would be new again.
bool Seal::take_one_way(std::uint64_t number) {
  SealSender* s = sender(opened_node_);
  const bool newcomer = s == nullptr;
  if (newcomer) s = sender(NodeId{});
  if (s == nullptr) {
    ++counters_.refused;
    return false;
  }
  const SealSender before = *s;
  if (newcomer || number > s->highest) {
    const std::uint64_t ahead = number - s->highest;
    s->window = newcomer ? 1 : ahead >= kNumbers ? 1 : s->window << ahead | 1U;
    s->highest = number;
  } else {
    s->window |= std::uint64_t{1} << (s->highest - number);
    return true;  // in Storage all up to the highest is taken
  }
  s->node = opened_node_;
  ByteArray<kSendersMax * kSenderSize + 4> record;
  Writer out(record);
  for (const SealSender& one : tables_.senders) {
    if (one.node.is_zero()) continue;
    out.put(one.node.bytes());
    out.u64(one.highest);
  }
  out.u32(crc32(out.written()));
  if (storage().write(kStorageKey, out.written()) == Status::ok) return true;
  *s = before;
  ++counters_.refused;
  return false;
}

// If it cannot be read, nothing is taken one way: it may have been taken before.
void Seal::load_senders() {
  ByteArray<kSendersMax * kSenderSize + 4> record;
  const auto size = storage().read(kStorageKey, record);
  std::fill(tables_.senders.begin(), tables_.senders.end(), SealSender{});
  senders_known_ = size ? *size >= 4 && (*size - 4) % kSenderSize == 0 : size.status() == Status::not_found;
  if (!size || !senders_known_) return;
  const Bytes all = Bytes(record).first(*size - 4);
  const std::size_t count = all.size() / kSenderSize;
  senders_known_ = load_be<std::uint32_t>(record.data() + all.size()) == crc32(all) && count <= tables_.senders.size();
  if (!senders_known_) return;
  Reader in(all);
  for (std::size_t i = 0; i < count; ++i) {
    SealSender& s = tables_.senders[i];
    s.node.value = in.array<NodeId::kSize>();
    s.highest = in.u64();
    s.window = ~std::uint64_t{0};
  }
}

}  // namespace mp
