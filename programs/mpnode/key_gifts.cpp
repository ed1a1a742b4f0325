// SPDX-License-Identifier: ISC
#include "programs/mpnode/key_gifts.hpp"

#include "micropycelium/node/network_record.hpp"

#include <algorithm>

namespace mp::host {
namespace {

// Another of our commands was on its way: once more, with the counter that the node has told since.
constexpr unsigned kAsksMax = 3;

}  // namespace

KeyGifts::KeyGifts(Node& node, Owners& owners, Storage& storage) : node_(node), owners_(owners), storage_(storage) {
  owners_.set_listener(this);
}

KeyGifts::~KeyGifts() { owners_.set_listener(nullptr); }

Status KeyGifts::prepare(Random& random, bool anew) {
  const NetworkState network = node_.network();
  if (!network.closed) return Status::unsupported;
  if (network.previous) return anew ? Status::would_block : Status::ok;
  if (network.next && !anew) return Status::ok;
  NetworkKey key;
  random.fill(key.fill());
  return node_.install_key(key, next_generation(network.generation));
}

std::uint8_t KeyGifts::generation() const {
  const NetworkState network = node_.network();
  return network.next.value_or(network.generation);
}

Status KeyGifts::give(KeyGift& gift, const NodeId& to) {
  gift.node_ = to;
  gift.asked_ = 0;
  MP_TRY(ask(gift));
  gifts_.push_back(&gift);
  return Status::ok;
}

void KeyGifts::cancel(KeyGift& gift) {
  gift.step_ = KeyGift::Step::ended;
  std::erase(gifts_, &gift);
}

Status KeyGifts::ask(KeyGift& gift) {
  gift.send_ = owners_.query(gift.node_);
  if (!gift.send_) return gift.send_.refusal();
  ++gift.asked_;
  gift.step_ = KeyGift::Step::asked;
  return Status::ok;
}

void KeyGifts::end(KeyGift& gift, const std::string& state) {
  cancel(gift);
  gift.on_end(state);
}

template <typename Act>
void KeyGifts::for_each(KeyGift::Step step, const NodeId& node, Act act) {
  const std::vector<KeyGift*> all = gifts_;
  for (KeyGift* gift : all)
    if (std::find(gifts_.begin(), gifts_.end(), gift) != gifts_.end() && gift->step_ == step && gift->node_ == node)
      act(*gift);
}

void KeyGifts::on_state(const NodeId& node, const OwnersState& state) {
  for_each(KeyGift::Step::asked, node, [&](KeyGift& gift) {
    if (!state.closed) return end(gift, name(OwnersResult::open));
    if (state.generation == generation()) return end(gift, name(OwnersResult::in_use));
    if (!state.owner) return end(gift, "not_an_owner");
    tell(gift, state);
  });
}

// The key is in storage, and in nobody's memory for longer than this takes.
void KeyGifts::tell(KeyGift& gift, const OwnersState& state) {
  const auto record = NetworkRecord::load(storage_);
  const bool has_next = node_.network().next.has_value();
  if (!record || !(has_next ? record->next : record->key)) return end(gift, name(OwnersResult::failed));
  const NetworkKey& key = has_next ? *record->next : *record->key;
  ByteArray<KeyCommand::kSizeMax> text;
  gift.send_ = owners_.command(gift.node_, state,
                               encode_key_command({KeyCommand::What::install, generation(), key.bytes()}, text));
  wipe(text);
  if (!gift.send_) return end(gift, name(gift.send_.refusal()));
  gift.step_ = KeyGift::Step::told;
}

void KeyGifts::on_verdict(const NodeId& node, const OwnersMessage& m) {
  for_each(KeyGift::Step::told, node, [&](KeyGift& gift) {
    const auto verdict = static_cast<Authority::Verdict>(m.verdict);
    const bool outdated = verdict == Authority::Verdict::old_counter || verdict == Authority::Verdict::other_epoch;
    if (outdated && gift.asked_ < kAsksMax && ask(gift) == Status::ok) return;
    if (verdict != Authority::Verdict::accepted) return end(gift, name(verdict));
    end(gift, m.result == OwnersResult::done ? "next" : name(m.result));
  });
}

void KeyGifts::on_lost(SendId send, Outcome outcome) {
  const std::vector<KeyGift*> all = gifts_;
  for (KeyGift* gift : all)
    if (std::find(gifts_.begin(), gifts_.end(), gift) != gifts_.end() && gift->send_ == send) end(*gift, name(outcome));
}

}  // namespace mp::host
