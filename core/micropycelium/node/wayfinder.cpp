// SPDX-License-Identifier: ISC
#include "micropycelium/node/wayfinder.hpp"

namespace mp {

std::uint8_t Wayfinder::own_places(std::array<TreePlace, kTreesMax>& out) const {
  std::uint8_t count = 0;
  for (std::size_t i = 0; i < trees.count(); ++i) {
    const Tree::Place now = trees[i].place(), place = now.used ? now : trees[i].former();
    if (place.used) out[count++] = {static_cast<std::uint8_t>(i), place.epoch, place.address};
  }
  return count;
}

}  // namespace mp
