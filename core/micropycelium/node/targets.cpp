// SPDX-License-Identifier: ISC
#include "micropycelium/node/targets.hpp"

namespace mp {

void Target::set_places(std::span<const TreePlace> places) {
  TreePlaces some;
  for (const TreePlace& p : places) some.all[some.count++] = p;
  fit_places(some, kPlacesMax);
  size_ = static_cast<std::uint8_t>(bytes_of(some.view()));
  encode_places(some.view(), MutableBytes(places_).first(size_));
  state_ = State::known;
}

TreePlaces Target::places() const {
  if (size_ == 0) return {};
  const auto places = decode_places(Bytes(places_).first(size_));
  MP_CHECK(places.ok());  // we wrote it
  return *places;
}

void Target::write_to(RouteHeader& header, std::size_t room) const {
  TreePlaces known = places();
  fit_places(known, room - kRouteHeaderFixed);
  header.target = tag();
  header.trees = known.count;
  header.places = known.all;
}

Target* Targets::find(const NodeTag& tag) {
  for (Target& t : slots_)
    if (t.used() && t.tag() == tag) return &t;
  return nullptr;
}

Target* Targets::begin(Target* slot, const NodeTag& tag, Instant now) {
  if (slot == nullptr) return nullptr;
  *slot = Target{};
  copy(tag.bytes(), MutableBytes(slot->node_.value).first<NodeTag::kSize>());
  slot->state_ = Target::State::unknown;
  slot->used_at = now;
  return slot;
}

}  // namespace mp
