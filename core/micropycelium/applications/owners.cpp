// SPDX-License-Identifier: ISC
#include "micropycelium/applications/owners.hpp"

#include <algorithm>

namespace mp {
namespace {

constexpr SendOptions kEndToEnd{.sealed = true};

OwnersResult result_of(Status status) {
  switch (status) {
    case Status::ok:
      return OwnersResult::done;
    case Status::exists:
      return OwnersResult::in_use;
    case Status::bad_value:
      return OwnersResult::refused;
    case Status::would_block:
      return OwnersResult::busy;
    case Status::not_found:
      return OwnersResult::no_key;
    case Status::unsupported:
      return OwnersResult::open;
    default:
      return OwnersResult::failed;
  }
}

}  // namespace

Owners::Owners(std::span<const NodeId> owners)
    : Application({.name = kOwnersApp.name, .description = kOwnersApp.description, .version = kOwnersApp.version}) {
  for (const NodeId& owner : owners.first(std::min(owners.size(), owners_.size())))
    owners_[count_++] = Ed25519PublicKey(owner.value);
}

// Without owners nothing is written, unless there were some: what they signed must not come again once they are back.
void Owners::on_start(Instant) {
  Storage& storage = node().platform_.storage;
  if (count_ == 0 && storage.read(Authority::kStorageKey, {}).status() == Status::not_found) return;
  const Status status = authority_.start(node().platform_, node().identity_, std::span(owners_).first(count_));
  obeys_ = count_ != 0 && (status == Status::ok || status == Status::corrupt);
}

// --- asking and telling ------------------------------------------------------------------------------------

SendId Owners::query(const NodeId& to) {
  ByteArray<kOwnersMessageMax> text;
  return node().send(*this, to, encode_owners({}, text), kEndToEnd);
}

SendId Owners::command(const NodeId& to, const OwnersState& state, Bytes command) {
  if (command.size() > kOwnersCommandMax) return Status::too_large;
  if (command.empty() || state.counter + 1 == 0) return Status::bad_value;
  ByteArray<kCommandHead + kOwnersCommandMax + Ed25519Signature::kSize> whole;
  const auto envelope = encode_command(node().keys(), to, state.epoch, state.counter + 1, command, whole);
  if (!envelope) return envelope.status();
  const auto signed_one = decode_command(*envelope);
  MP_CHECK(signed_one.ok());
  OwnersMessage m;
  m.op = OwnersOp::command;
  m.epoch = state.epoch;
  m.counter = signed_one->counter;
  m.command = command;
  m.signature = signed_one->signature;
  ByteArray<kOwnersMessageMax> text;
  const SendId id = node().send(*this, to, encode_owners(m, text), kEndToEnd);
  wipe(text);
  wipe(whole);
  return id;
}

void Owners::on_sent(SendId id, Outcome outcome) {
  if (listener_ != nullptr && outcome != Outcome::delivered) listener_->on_lost(id, outcome);
}

// --- taking ------------------------------------------------------------------------------------------------

// What nobody is proven to have sent is nobody's.
bool Owners::wants(const Package& package) { return !package.from.proven.is_zero(); }

void Owners::on_package(const Package& package) {
  if (package.stream != nullptr || package.from.proven.is_zero()) return;
  const auto message = decode_owners(package.blob);
  if (!message) return;
  const NodeId& from = package.from.proven;
  switch (message->op) {
    case OwnersOp::query: {
      OwnersMessage m;
      m.op = OwnersOp::state;
      m.state = state_for(from);
      return answer(package.from, m);
    }
    case OwnersOp::command:
      return obey(*message, package.from);
    case OwnersOp::state:
      if (listener_ != nullptr) listener_->on_state(from, message->state);
      return;
    case OwnersOp::verdict:
      if (listener_ != nullptr) listener_->on_verdict(from, *message);
      return;
  }
}

void Owners::obey(const OwnersMessage& message, const Origin& from) {
  OwnerCommand c;
  c.owner = Ed25519PublicKey(from.proven.value);
  c.target = node().id();
  c.epoch = message.epoch;
  c.counter = message.counter;
  c.command = message.command;
  c.signature = message.signature;
  const auto verdict = obeys_ ? authority_.accept(c) : Authority::Verdict::unknown_owner;
  OwnersMessage m;
  m.op = OwnersOp::verdict;
  m.counter = message.counter;
  m.verdict = static_cast<std::uint8_t>(verdict);
  if (verdict == Authority::Verdict::accepted) m.result = carry_out(message.command);
  m.state = state_for(from.proven);
  answer(from, m);
}

OwnersResult Owners::carry_out(Bytes text) {
  const auto c = decode_key_command(text);
  if (!c) return OwnersResult::unknown;
  if (c->what == KeyCommand::What::use) return result_of(node().use_key(c->generation));
  NetworkKey key;
  copy(c->key, key.fill());
  return result_of(node().install_key(key, c->generation));
}

OwnersState Owners::state_for(const NodeId& asker) const {
  OwnersState s;
  const Ed25519PublicKey key(asker.value);
  s.owner = obeys_ && std::find(owners_.begin(), owners_.begin() + count_, key) != owners_.begin() + count_;
  if (obeys_) s.epoch = authority_.epoch();
  if (s.owner) s.counter = authority_.counter(key);
  const NetworkState network = node().network();
  s.closed = network.closed;
  if (!s.closed) return s;
  s.generation = network.generation;
  s.next = network.next.has_value();
  s.previous = network.previous.has_value();
  return s;
}

// An answer that finds no room is lost: who asked asks again.
void Owners::answer(const Origin& to, const OwnersMessage& message) {
  ByteArray<kOwnersMessageMax> buffer;
  const Bytes text = encode_owners(message, buffer);
  if (node().send(*this, to.proven, text, kEndToEnd).refusal() == Status::unreachable && to.routed)
    (void)node().send(*this, to.address, text, kEndToEnd);
}

}  // namespace mp
