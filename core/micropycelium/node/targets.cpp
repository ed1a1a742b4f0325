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

Target* Targets::take(const NodeTag& tag, Instant now) {
  if (Target* known = find(tag)) return known;
  Target* oldest = nullptr;
  for (Target& t : slots_) {
    if (t.state() == Target::State::sought) continue;  // something waits to go there
    if (oldest == nullptr || !t.used() || (oldest->used() && t.used_at < oldest->used_at)) oldest = &t;
  }
  if (oldest == nullptr) return nullptr;
  *oldest = Target{};
  copy(tag.bytes(), MutableBytes(oldest->node_.value).first<NodeTag::kSize>());
  oldest->state_ = Target::State::unknown;
  oldest->used_at = now;
  return oldest;
}

}  // namespace mp
