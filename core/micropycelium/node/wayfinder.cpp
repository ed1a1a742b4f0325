// SPDX-License-Identifier: ISC
#include "micropycelium/node/wayfinder.hpp"

namespace mp {

TreePlaces Wayfinder::own_places() const {
  if (neighbours.leaf) return seeker != nullptr && neighbours.parent != kNobody ? seeker->leased() : TreePlaces{};
  TreePlaces out;
  for (std::size_t i = 0; i < trees.count(); ++i) {
    const Tree::Place now = trees[i].place(), place = now.used ? now : trees[i].former();
    if (place.used) out.all[out.count++] = {static_cast<std::uint8_t>(i), place.epoch, place.address};
  }
  return out;
}

}  // namespace mp
