// SPDX-License-Identifier: ISC
#include "micropycelium/routing/targets.hpp"

namespace mp {
namespace {

constexpr unsigned kTreeBits = 2, kEpochBits = 16;

unsigned bits_of(const TreePlace& place) { return kTreeBits + kEpochBits + place.address.wire_bits(); }

}  // namespace

void Target::set_places(std::span<const TreePlace> places) {
  unsigned left_out = 0;
  unsigned all = 0;
  for (const TreePlace& p : places) all += bits_of(p);
  while (all > 8 * kPlacesMax) {
    std::size_t longest = places.size();
    for (std::size_t i = 0; i < places.size(); ++i)
      if ((left_out >> i & 1U) == 0 && (longest == places.size() || bits_of(places[i]) > bits_of(places[longest])))
        longest = i;
    left_out |= 1U << longest;
    all -= bits_of(places[longest]);
  }
  places_.fill(std::byte{0});
  BitWriter bits(places_);
  trees_ = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if ((left_out >> i & 1U) != 0) continue;
    bits.put(places[i].tree, kTreeBits);
    bits.put(places[i].epoch, kEpochBits);
    places[i].address.write(bits);
    ++trees_;
  }
  size_ = static_cast<std::uint8_t>((all + 7) / 8);
  state_ = State::known;
}

void Target::write_to(RouteHeader& header) const {
  header.target = tag();
  header.trees = trees_;
  BitReader bits(Bytes(places_).first(size_));
  for (std::size_t i = 0; i < trees_; ++i) {
    TreePlace& place = header.places[i];
    place.tree = static_cast<std::uint8_t>(bits.take(kTreeBits));
    place.epoch = static_cast<std::uint16_t>(bits.take(kEpochBits));
    const auto address = CompactAddress::read(bits);
    MP_CHECK(address.ok());  // we wrote it
    place.address = *address;
  }
}

Target* Targets::find(const NodeTag& tag) {
  for (Target& t : slots_)
    if (t.used() && t.tag() == tag) return &t;
  return nullptr;
}

Target* Targets::take(const NodeTag& tag, Instant now) {
  if (Target* known = find(tag)) return known;
  if (slots_.empty()) return nullptr;
  Target* oldest = &slots_[0];
  for (Target& t : slots_)
    if (!t.used() || (oldest->used() && t.used_at < oldest->used_at)) oldest = &t;
  *oldest = Target{};
  copy(tag.bytes(), MutableBytes(oldest->node_.value).first<NodeTag::kSize>());
  oldest->state_ = Target::State::unknown;
  oldest->used_at = now;
  return oldest;
}

}  // namespace mp
