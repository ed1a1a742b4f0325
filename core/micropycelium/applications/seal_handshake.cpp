// SPDX-License-Identifier: ISC
// How sessions come about: Noise handshakes, both sides (specification: seal.md, "Handshakes").
#include "micropycelium/applications/seal.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/ed25519.hpp"

namespace mp {
namespace {

using Stage = SealHandshake::Stage;

constexpr std::size_t kIkFirstPayload = NodeId::kSize + 4 + 4;
constexpr std::size_t kXxPayload = NodeId::kSize + 4;

std::uint64_t order_of(Bytes first) { return load_be<std::uint64_t>(first.data()); }

}  // namespace

SealPrologue seal_prologue(NoisePattern pattern, const NodeId& responder) {
  constexpr std::string_view kVersion = "Micropycelium Seal 1";
  static_assert(kVersion.size() + 1 + NodeId::kSize == sizeof(SealPrologue::room));
  SealPrologue p;
  copy(bytes(kVersion), p.room);
  p.room[kVersion.size()] = static_cast<std::byte>(pattern);
  p.size = kVersion.size() + 1;
  if (pattern == NoisePattern::xx) return p;
  copy(responder.bytes(), MutableBytes(p.room).subspan(p.size));
  p.size += NodeId::kSize;
  return p;
}

void SealHandshake::clear() {
  stage = Stage::free;
  noise.clear();
  session.clear();
  mine = lost = transport = 0;
}

// --- what every handshake needs ------------------------------------------------------------------------

std::uint32_t Seal::new_name() {
  for (;;) {
    const std::uint32_t name = node().random().u32();
    bool taken = name == 0 || session_named(name) != nullptr;
    for (const SealHandshake& h : tables_.out) taken = taken || h.mine == name;
    for (const SealHandshake& h : tables_.in) taken = taken || h.mine == name;
    if (!taken) return name;
  }
}

X25519PrivateKey Seal::ephemeral() {
  X25519PrivateKey key;
  node().random().fill(key.fill());
  return key;
}

bool Seal::may_answer() {
  const Instant now = node().now();
  const Instant next = std::max(answer_at_, now);
  if (next - now > kAnswerPause * (kAnswerBurst - 1)) return false;
  answer_at_ = next + kAnswerPause;
  return true;
}

bool Seal::seen_first(Bytes message) const {
  return std::find(firsts_.begin(), firsts_.end(), short_hash(firsts_key_, message)) != firsts_.end();
}

// Whether the node id that the other side names belongs to the key that Noise has proven.
bool Seal::proves(const NodeId& id, const NoiseHandshake& noise) const {
  const auto key = ed25519_to_x25519(Ed25519PublicKey(id.value));
  const auto proven = noise.remote_static();
  return key && proven && *key == *proven && !(id == node().id());
}

// --- as initiator -------------------------------------------------------------------------------------

// Status: no_buffer (no slot), bad_value (the id is no key), and why the node did not take the message.
Status Seal::start_handshake(const SealTarget& target, const SealSession* doubted) {
  const auto free =
      std::find_if(tables_.out.begin(), tables_.out.end(), [](const SealHandshake& h) { return !h.used(); });
  if (free == tables_.out.end() || session_slot(target.node) == nullptr) return Status::no_buffer;
  SealHandshake& h = *free;
  h.clear();
  h.target = h.session.reach = target;
  h.session.node = target.node;
  h.session.addressed = target.by_address;
  if (const SealSession* before = session_before(target)) {
    h.session.reach = before->reach;
    h.session.addressed = before->addressed;
  }
  if (doubted != nullptr) {
    h.session.node = doubted->node;
    h.lost = doubted->theirs;
  }
  h.mine = new_name();
  ByteArray<kSealIkFirst> out;
  Result<Bytes> noise = Status::bad_value;
  const bool ik = !h.session.node.is_zero();
  out[0] = static_cast<std::byte>(ik ? SealKind::ik_first : SealKind::xx_first);
  ByteArray<kIkFirstPayload> room;
  Writer payload(room);
  if (ik) {
    const auto remote = ed25519_to_x25519(Ed25519PublicKey(h.session.node.value));
    if (!remote) {
      h.clear();
      return Status::bad_value;
    }
    h.noise.initiate_ik(*self_, *remote, ephemeral(), seal_prologue(NoisePattern::ik, h.session.node).bytes_of());
    payload.put(node().id().bytes());
  } else {
    h.noise.initiate_xx(*self_, ephemeral(), seal_prologue(NoisePattern::xx).bytes_of());
  }
  payload.u32(h.mine);
  if (ik) payload.u32(h.lost);
  noise = h.noise.write_message(payload.written(), MutableBytes(out).subspan(1));
  if (!noise) {
    h.clear();
    return noise.status();
  }
  h.order = order_of(*noise);
  h.stage = Stage::first_sent;
  h.begun = node().now();
  h.until = Instant{};
  const SendId id = send_to(h.session.reach, Bytes(out).first(1 + noise->size()), {.priority = Priority::interactive});
  if (!id) {
    h.clear();
    return id.refusal();
  }
  h.transport = id.value();
  node().wake(*this);
  return Status::ok;
}

void Seal::take_second(const SealMessage& message) {
  SealHandshake* h = handshake_named(tables_.out, message.session, Stage::first_sent);
  if (h == nullptr) return;
  const bool xx = message.kind == SealKind::xx_second;
  ByteArray<kXxPayload> payload;
  const auto read = h->noise.read_message(message.body, payload);
  if (!read || read->size() != (xx ? kXxPayload : kSealIkSecond - 5 - 48)) {
    // Whoever has heard the first one knows the name of the session, and each of these costs an X25519.
    wrong_at_ = std::max(wrong_at_, node().now()) + kAnswerPause;
    ++counters_.forged;
    return;
  }
  Reader in(*read);
  if (xx) {
    h->session.node = NodeId::from(in.take(NodeId::kSize));
    // Somebody claims to be who it is not; or we talk to ourselves.
    if (!proves(h->session.node, h->noise)) {
      ++counters_.forged;
      return fail(*h, Outcome::no_answer);
    }
  }
  h->session.mine = h->mine;
  h->session.theirs = in.u32();
  h->transport = 0;  // it has arrived, whatever its acknowledgement says
  if (!xx) {
    const bool known = in.u8() != 0;
    h->session.begin(h->noise);
    resolve(*h, known);
    return establish(*h);
  }
  if (answer(*h, SealKind::xx_third, node().id().bytes()) != Status::ok) return fail(*h, Outcome::unreachable);
  h->session.begin(h->noise);
  h->stage = Stage::third_sent;
}

// What was not wanted in a session that the other end still has, its Application did not want. What met a lost one goes
// again.
void Seal::resolve(SealHandshake& h, bool known) {
  if (h.lost == 0) return;
  for (SealSession& before : tables_.sessions) {
    if (!before.used() || before.theirs != h.lost || !(before.node == h.session.node)) continue;
    const std::uint32_t name = before.mine;
    before.doubted = false;
    if (!known) before.clear();
    const std::uint32_t last = order_;
    std::uint32_t order = 0;
    while (SealSend* s = next_waiting(order, last)) {
      order = s->order;
      if (!s->again || s->session != name) continue;
      s->proven = !known;
      if (known) finish(*s, Outcome::not_wanted);
    }
    return;
  }
}

// One of ours is done.
void Seal::establish(SealHandshake& h) {
  const bool ik = h.stage == Stage::first_sent;
  SealSession* session = install(h.session);
  if (session == nullptr) return fail(h, Outcome::no_room);
  h.clear();
  const std::uint32_t name = session->mine;
  flush(name);
  // Without a word of ours it would not know that this was no replay.
  session = session_named(name);
  if (ik && session != nullptr && session->fresh()) {
    ByteArray<kSealHead + kSealTag> out;
    if (const auto sealed = session->seal(nullptr, {}, out)) (void)send_to(session->reach, *sealed, {});
  }
}

void Seal::fail(SealHandshake& h, Outcome outcome) {
  const SealTarget target = h.target;
  const NodeId node_id = h.session.node;
  const std::uint32_t transport = h.transport;
  h.clear();
  node().wake(*this);
  if (transport != 0) (void)node().cancel(SendId(transport));
  const std::uint32_t last = order_;
  std::uint32_t order = 0;
  while (SealSend* s = next_waiting(order, last)) {
    order = s->order;
    const bool served = s->to == target || (!s->to.by_address && !node_id.is_zero() && s->to.node == node_id);
    if (!served || handshake_for(s->to) != nullptr) continue;
    if (s->again && !s->proven)
      finish(*s, Outcome::not_wanted);
    else if (session_for(s->to) == nullptr)
      finish(*s, outcome);
    else
      s->due = node().now();
  }
}

// --- as responder -------------------------------------------------------------------------------------

// Two handshakes cross: the one whose first message is smaller goes on, as both see. True: theirs does.
bool Seal::yields(const SealTarget& to, std::uint64_t order) {
  SealHandshake* h = handshake_for(to);
  if (h == nullptr || h->stage != Stage::first_sent) return true;
  if (h->order < order) return false;
  const std::uint32_t transport = h->transport;
  h->clear();
  if (transport != 0) (void)node().cancel(SendId(transport));
  const std::uint32_t last = order_;
  for (std::uint32_t n = 0; SealSend* s = next_waiting(n, last);) {
    n = s->order;
    if (s->to == to || s->due == Instant::never()) s->due = node().now() + kHandshakeWait / 4;  // should that one fail
  }
  node().wake(*this);
  return true;
}

// The answer of this handshake, which goes to where it is reached.
Status Seal::answer(SealHandshake& h, SealKind kind, Bytes payload) {
  ByteArray<kSealXxSecond> out;
  const std::uint32_t theirs = h.session.theirs;
  ByteArray<kSealHead> room;
  const Bytes head = encode_seal_head({kind, theirs, 0, {}}, room);
  copy(head, out);
  const auto noise = h.noise.write_message(payload, MutableBytes(out).subspan(head.size()));
  if (!noise) return noise.status();
  const SendId id =
      send_to(h.session.reach, Bytes(out).first(head.size() + noise->size()), {.priority = Priority::interactive});
  if (!id) return id.refusal();
  h.transport = id.value();
  return Status::ok;
}

void Seal::take_first(const SealMessage& message, const Origin& from) {
  const std::uint64_t order = order_of(message.body);
  const bool ik = message.kind == SealKind::ik_first;
  const SealTarget there{.node = {}, .address = from.address, .by_address = true};
  if (from.routed && !ik && !yields(there, order)) return;
  SealHandshake* h = half_open_slot();
  if (h == nullptr) return;
  h->clear();
  const NoisePattern pattern = ik ? NoisePattern::ik : NoisePattern::xx;
  h->noise.respond(pattern, *self_, ephemeral(), seal_prologue(pattern, node().id()).bytes_of());
  ByteArray<kIkFirstPayload> payload;
  const auto read = h->noise.read_message(message.body, payload);
  Reader in(read ? *read : Bytes{});
  if (ik) h->session.node = NodeId::from(read ? in.take(NodeId::kSize) : Bytes(NodeId{}.value));
  h->session.theirs = in.u32();
  const std::uint32_t lost = ik ? in.u32() : 0;
  if (!in.ok() || in.left() != 0 || h->session.theirs == 0 || (ik && !proves(h->session.node, h->noise))) {
    ++counters_.forged;
    return h->clear();
  }
  if (ik && !yields({.node = h->session.node}, order)) return h->clear();
  h->session.reach = {.node = from.node, .address = from.address, .by_address = from.node.is_zero()};
  h->session.addressed = from.routed;
  h->mine = h->session.mine = new_name();
  h->begun = node().now();
  h->until = h->begun + kHandshakeWait;
  h->stage = ik ? Stage::answered : Stage::second_sent;
  ByteArray<kXxPayload> room;
  Writer out(room);
  if (!ik) out.put(node().id().bytes());
  out.u32(h->mine);
  if (ik) {
    const SealSession* named = lost != 0 ? session_named(lost) : nullptr;
    out.u8(named != nullptr && named->node == h->session.node ? 1 : 0);
  }
  if (answer(*h, ik ? SealKind::ik_second : SealKind::xx_second, out.written()) != Status::ok) return h->clear();
  if (ik) h->session.begin(h->noise);
  node().wake(*this);
}

void Seal::take_third(const SealMessage& message) {
  SealHandshake* h = handshake_named(tables_.in, message.session, Stage::second_sent);
  if (h == nullptr) return;
  ByteArray<NodeId::kSize> payload;
  const auto read = h->noise.read_message(message.body, payload);
  if (!read) {
    ++counters_.forged;
    return;
  }
  h->session.node = NodeId::from(*read);
  if (!proves(h->session.node, h->noise)) {
    ++counters_.forged;
    return h->clear();
  }
  h->session.begin(h->noise);
  const SealSession* session = install(h->session);
  h->clear();
  if (session != nullptr) flush(session->mine);
}

// --- time ---------------------------------------------------------------------------------------------

Instant Seal::tend(SealHandshake& h, Instant now) {
  if (!h.used()) return Instant::never();
  if (h.until == Instant{}) h.until = now + kHandshakeWait;
  if (now < h.until) return h.until;
  const bool ours = h.stage == Stage::first_sent || h.stage == Stage::third_sent;
  ours ? fail(h, Outcome::no_answer) : h.clear();
  return Instant::never();
}

}  // namespace mp
