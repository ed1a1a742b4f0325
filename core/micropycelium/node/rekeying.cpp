// SPDX-License-Identifier: ISC
// Changing the key of a closed network while it runs (specification: closed-networks.md, "Changing the key"): another
// key is accepted beside the one in use, before the change as the next, and for a while after it as the previous one.
#include "micropycelium/node/network_record.hpp"
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

// Neighbours that are still under the previous key are asked one after the other, and all of them again later: they may
// sleep, or get the key in the meantime.
constexpr Duration kUnchangedPace = milliseconds(500);
constexpr Duration kUnchangedPause = seconds(60);
// So many challenges stay free for newcomers.
constexpr std::size_t kChallengesSpared = 1;

}  // namespace

// Which key is in use: what was installed since the key was configured, or that one. A key that was put into the
// configuration by hand wins, and what was there before is forgotten. Status: io_error.
Status Node::restore_keys() {
  auto record = NetworkRecord::load(platform_.storage);
  if (!record && record.status() == Status::not_found) return Status::ok;
  if (!record && record.status() == Status::io_error) return Status::io_error;
  if (!record) {
    counters_.add(Counter::keys_lost);
    return Status::ok;  // the configured key is what is left
  }
  if (!(record->configured == network_.configured)) return platform_.storage.write(NetworkRecord::kStorageKey, {});
  if (record->key) network_.secret = NetworkSecret(*record->key, record->generation);
  if (record->next) network_.other = NetworkSecret(*record->next, next_generation(network_.secret.generation()));
  return Status::ok;
}

Status Node::install_key(const NetworkKey& key, std::uint8_t generation) {
  if (!closed()) return Status::unsupported;
  if (!started_) return Status::not_started;
  const std::uint8_t used = network_.secret.generation();
  if (generation == used) return network_.secret.is_of(key) ? Status::exists : Status::bad_value;
  if (generation != next_generation(used) || network_.secret.is_of(key)) return Status::bad_value;
  if (network_.has_previous()) return Status::would_block;
  if (network_.other.is_of(key)) return Status::ok;
  auto record = NetworkRecord::load(platform_.storage);
  if (!record && record.status() == Status::io_error) return Status::io_error;
  NetworkRecord fresh;
  NetworkRecord& r = record ? *record : fresh;
  r.configured = network_.configured;
  r.generation = used;
  r.next = key.copy();
  MP_TRY(r.save(platform_.storage));
  if (network_.has_next()) forget_admissions(generation);
  network_.other = NetworkSecret(key, generation);
  return Status::ok;
}

// The record first, so that whoever has heard of the change of this node finds it changed after a power cut too.
Status Node::use_key(std::uint8_t generation) {
  if (!closed()) return Status::unsupported;
  if (generation == network_.secret.generation()) return Status::exists;
  if (!network_.has_next() || network_.other.generation() != generation) return Status::not_found;
  auto record = NetworkRecord::load(platform_.storage);
  if (!record || !record->next) return Status::io_error;
  record->key = std::move(record->next);
  record->next.reset();
  record->generation = generation;
  MP_TRY(record->save(platform_.storage));
  NetworkSecret previous = std::move(network_.secret);
  network_.secret = std::move(network_.other);
  network_.other = std::move(previous);
  network_.group = network_.secret.group_key(id(), network_.salt);
  network_.previous_until = now_ + Network::kGrace;
  network_.change_due = now_;
  network_.change_at = 0;
  counters_.add(Counter::keys_changed);
  return Status::ok;
}

NetworkState Node::network() const {
  NetworkState state;
  state.closed = closed();
  state.generation = network_.secret.generation();
  if (network_.has_next()) state.next = network_.other.generation();
  if (network_.has_previous()) {
    state.previous = network_.other.generation();
    state.grace = std::max(network_.previous_until - now_, Duration{});
  }
  return state;
}

void Node::tend_change() {
  if (network_.change_due > now_) return;
  if (now_ >= network_.previous_until) return forget_previous();
  network_.change_due = earlier(look_after_the_unchanged(), network_.previous_until);
}

// Asks the next neighbour that is still under the previous key. Returns when to go on.
Instant Node::look_after_the_unchanged() {
  std::size_t free = 0;
  for (const Challenge& c : network_.challenges) free += c.used() ? 0U : 1U;
  if (free <= kChallengesSpared) return now_ + kUnchangedPace;
  while (network_.change_at < seals_.size()) {
    const PeerIndex index = network_.change_at++;
    const Peer& peer = peers_[index];
    if (!seals_[index].ready || seals_[index].generation == network_.secret.generation() || peer.banned) continue;
    const PeerLink* heard_last = nullptr;
    for (const PeerLink& l : peer.links)
      if (l.used() && (heard_last == nullptr || l.last_heard > heard_last->last_heard)) heard_last = &l;
    if (heard_last == nullptr) continue;
    challenge(heard_last->interface, heard_last->address);
    return now_ + kUnchangedPace;
  }
  network_.change_at = 0;
  return now_ + kUnchangedPause;
}

// Who has not followed is no neighbour any more.
void Node::forget_previous() {
  const std::uint8_t generation = network_.other.generation();
  network_.other.clear();
  network_.previous_until = Instant::never();
  network_.change_due = Instant::never();
  forget_admissions(generation);
}

void Node::forget_admissions(std::uint8_t generation) {
  for (std::size_t i = 0; i < seals_.size(); ++i) {
    const auto index = static_cast<PeerIndex>(i);
    if (!seals_[i].ready || seals_[i].generation != generation) continue;
    if (peers_[index].banned)
      forget_keys(index);
    else
      drop_peer(index);
  }
}

}  // namespace mp
