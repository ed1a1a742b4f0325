// SPDX-License-Identifier: ISC
// What neighbours say: their claims and places, who wants an address, and which one this node got.
#include "micropycelium/routing/tree_v0_rules.hpp"

namespace mp {

using namespace tree_v0;

bool TreeV0::may_speak(TreeV0Neighbour& n, Instant now) {
  const Duration breath = options_.beat / kBreaths;
  const std::int64_t more = breath.us > 0 ? (now - n.refilled).us / breath.us : kRoom;
  if (more > 0) {
    n.room = static_cast<std::uint8_t>(std::min<std::int64_t>(kRoom, n.room + more));
    n.refilled = now;
  }
  if (n.room == 0) return false;
  --n.room;
  return true;
}

void TreeV0::take(std::uint8_t slot, const TreeMessageV0& m, Instant now) {
  TreeV0Neighbour& n = at(slot);
  if (!n.used) return;
  if (!may_speak(n, now)) {
    ++counters_.too_many;
    return;
  }
  // An assignment names its sender, or who is to have it: prototypes differ.
  const bool own_name = m.op == TreeOp::assign_address && m.node_id == self_;
  if ((!own_name && node_tag(m.node_id) != n.tag) || m.claim.is_zero()) {
    ++counters_.untrue;
    return;
  }
  if (seconds(m.age) > options_.lifetime()) {
    ++counters_.too_old;
    return;
  }
  ++counters_.taken;
  n.speaks = true;
  switch (m.op) {
    case TreeOp::send: {
      const bool news = note(slot, m, now);
      // Who is new here, or follows a worse root, is told.
      n.respond = n.respond || (placed_ && (news || (n.claim != claim_ && better(claim_, n.claim))));
      break;
    }
    case TreeOp::respond:
      (void)note(slot, m, now);
      break;
    case TreeOp::request_address_assignment:
      take_request(slot, m, now);
      break;
    case TreeOp::assign_address:
      take_assignment(slot, m, now);
      break;
  }
  decide(now);
  look_due_ = now;
}

// Returns whether nothing was known of it.
bool TreeV0::note(std::uint8_t slot, const TreeMessageV0& m, Instant now) {
  TreeV0Neighbour& n = at(slot);
  const bool news = !n.told;
  const Instant made = now - seconds(m.age);
  if (news || n.claim != m.claim) {
    n.claim = m.claim;
    n.ts = m.ts;
    n.made = made;
    n.deaf_until = now;
    if (collides(m.claim)) ++counters_.collisions;
  } else if (newer(m.ts, made, n.ts, n.made)) {
    n.ts = m.ts;
    n.made = made;
  }
  n.told = true;
  n.address = m.address;
  n.place = m.address.decode();
  const bool root = node_tag(m.claim) == n.tag;
  n.placed = root ? n.place.size == 0 : n.place.size > 0 && n.place.routable().size() == n.place.size;
  if (placed_ && n.claim == claim_ && n.placed) meet_child(n, now);
  hear_of_root(n, now);
  return news;
}

bool TreeV0::newer(std::uint64_t ts, Instant made, std::uint64_t than_ts, Instant than_made) const {
  const Duration much = options_.lifetime() / kYoungerParts;
  return (ts > than_ts && made + much >= than_made) || made > than_made + much;
}

// Whoever does not hang below us may bring news of the root: what the parent says is lost at times.
void TreeV0::hear_of_root(const TreeV0Neighbour& n, Instant now) {
  if (!placed_ || is_root() || yields_ || n.claim != claim_ || !n.placed || within(n.place, place_)) return;
  if (!newer(n.ts, n.made, ts_, made_)) return;
  made_ = n.made;
  ts_ = n.ts;
  // It goes on.
  send_due_ = std::min(send_due_, std::max(now, last_send_ + options_.beat / 2) + jitter(options_.beat / 40));
}

// It says that it hangs directly below us.
void TreeV0::meet_child(TreeV0Neighbour& n, Instant now) {
  if (n.place.size != place_.size + 1 || !within(n.place, place_)) return;
  const std::uint8_t coordinate = n.place.value[place_.size];
  TreeV0Child* child = find_child(n.tag);
  if (child == nullptr) child = number_child(n.tag, coordinate, now);
  if (child == nullptr) return;
  child->heard = now;
  if (child->coordinate != coordinate) n.child = child->coordinate;
}

TreeV0Child* TreeV0::find_child(const NodeTag& tag) {
  for (TreeV0Child& c : children_)
    if (c.coordinate != 0 && c.tag == tag) return &c;
  return nullptr;
}

bool TreeV0::is_neighbour(const NodeTag& tag) const {
  return std::any_of(neighbours_.begin(), neighbours_.end(),
                     [&](const TreeV0Neighbour& n) { return n.used && n.tag == tag; });
}

// `wanted`: what it says that it has, which counts unless another has it; 0: nothing. Null: there is none left. A
// coordinate is never given twice under one claim, though who had it be forgotten.
TreeV0Child* TreeV0::number_child(const NodeTag& tag, std::uint8_t wanted, Instant now) {
  const auto given = [this](unsigned c) { return (given_[c / 32] >> c % 32 & 1U) != 0; };
  unsigned coordinate = wanted <= kCoordinateMax && !given(wanted) ? wanted : 0;
  for (unsigned c = 1; coordinate == 0 && c <= kCoordinateMax; ++c)
    if (!given(c)) coordinate = c;
  if (coordinate == 0 || !child_address(place_, static_cast<std::uint8_t>(coordinate))) {
    ++counters_.no_room;
    return nullptr;
  }
  TreeV0Child* entry = nullptr;
  for (TreeV0Child& c : children_) {
    if (c.coordinate == 0) {
      entry = &c;
      break;
    }
    if (!is_neighbour(c.tag) && (entry == nullptr || c.heard < entry->heard)) entry = &c;
  }
  if (entry == nullptr) {
    ++counters_.no_room;
    return nullptr;
  }
  *entry = {.tag = tag, .heard = now, .coordinate = static_cast<std::uint8_t>(coordinate)};
  given_[coordinate / 32] |= 1U << coordinate % 32;
  return entry;
}

void TreeV0::take_request(std::uint8_t slot, const TreeMessageV0& m, Instant now) {
  TreeV0Neighbour& n = at(slot);
  if (!placed_ || m.claim != claim_) {
    n.respond = n.respond || placed_;
    return;
  }
  // From above us: a place below us would be a circle.
  const Coordinates place = m.address.decode();
  if (slot == parent_ || (place.size > 0 && within(place_, place)) ||
      (n.told && n.placed && n.claim == claim_ && within(place_, n.place))) {
    n.respond = true;
    return;
  }
  TreeV0Child* child = find_child(n.tag);
  if (child == nullptr) child = number_child(n.tag, 0, now);
  if (child == nullptr) return;
  child->heard = now;
  if (n.told && n.claim == claim_ && place.size > 0) {
    n.place = place;
    n.address = m.address;
    n.placed = place.routable().size() == place.size;
  }
  passed_on_until_ = now + options_.beat / 2 * kHalfBeatsPassedOn;
  wanted_until_ = std::max(wanted_until_, now + options_.beat * kLinger);
  // An equal that only says that it is still there knows.
  const auto address = child_address(place_, child->coordinate);
  if (address && !(n.equal && m.address == *address)) n.child = child->coordinate;
}

void TreeV0::take_assignment(std::uint8_t slot, const TreeMessageV0& m, Instant now) {
  const bool asked = slot == joining_ && m.claim == joining_claim_;
  const bool by_parent = slot == parent_ && placed_ && m.claim == claim_;
  const Coordinates place = m.address.decode();
  if ((!asked && !by_parent) || place.size == 0 || place.routable().size() != place.size || m.claim == self_) return;
  // Below where we are: its giver hangs below us.
  if (placed_ && m.claim == claim_ && place.size > place_.size && within(place, place_)) {
    at(slot).deaf_until = now + options_.lifetime();
    if (asked) end_join();
    return;
  }
  // Where it gives us a place, it is itself above that.
  TreeV0Neighbour& n = at(slot);
  if (n.told && n.claim == m.claim) {
    Coordinates above = place;
    above.value[--above.size] = 0;
    if (const auto address = Address::encode(above.all()); address && !(above == n.place)) {
      n.place = above;
      n.address = *address;
      n.placed = true;
    }
  }
  if (asked) end_join();
  commit(slot, m, now);
}

}  // namespace mp
