// SPDX-License-Identifier: ISC
#include "programs/mpnode/places.hpp"

#include "programs/mpnode/text.hpp"

#include <nlohmann/json.hpp>

namespace mp::host {

std::string place_text(const CompactAddress& address) {
  std::string text;
  address.each(
      [&](std::uint32_t index, CostClass, unsigned) { text += (text.empty() ? "" : ".") + std::to_string(index); });
  return text.empty() ? "root" : text;
}

std::string place_text(const Place& place) {
  LevelCosts any;  // one bit for each level
  any.classes.fill(~0U);
  any.bits = place.levels;
  return place_text(CompactAddress(place, any));
}

std::string epoch_text(std::uint16_t epoch) {
  ByteArray<2> bytes;
  store_be(bytes.data(), epoch);
  return hex(bytes);
}

Json places_json(std::span<const TreePlace> places) {
  Json all = Json::array();
  for (const TreePlace& p : places)
    all.push_back({{"tree", p.tree}, {"epoch", epoch_text(p.epoch)}, {"address", place_text(p.address)}});
  return all;
}

}  // namespace mp::host
