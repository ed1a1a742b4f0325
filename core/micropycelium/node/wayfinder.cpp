// SPDX-License-Identifier: ISC
#include "micropycelium/node/wayfinder.hpp"

namespace mp {

std::uint8_t Wayfinder::own_places(std::array<TreePlace, kTreesMax>& out) const {
  std::uint8_t count = 0;
  for (std::size_t i = 0; i < trees.count(); ++i) {
    const Tree::Place& place = trees[i].place().used ? trees[i].place() : trees[i].former();
    if (place.used) out[count++] = {static_cast<std::uint8_t>(i), place.epoch, place.address};
  }
  return count;
}

void Wayfinder::refresh() {
  for (std::size_t i = 0; i < trees.count(); ++i) {
    const auto tree = static_cast<std::uint8_t>(i);
    const Tree::Place& own = trees[i].place().used ? trees[i].place() : trees[i].former();
    if (own.used)
      neighbours.set_own_place({tree, own.epoch, own.address});
    else
      neighbours.forget_own_place(tree);
    const auto told = trees.neighbours(i);
    for (std::uint8_t slot = 0; slot < neighbours.slots(); ++slot)
      if (trees.slots()[slot].used && told[slot].placed)
        neighbours.set_place(slot, {tree, told[slot].epoch, told[slot].place});
  }
}

}  // namespace mp
