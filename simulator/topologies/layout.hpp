// SPDX-License-Identifier: ISC
// Where nodes stand, and who can hear whom where that does not follow from where they stand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mp::sim {

struct Point {
  std::int64_t x_mm = 0, y_mm = 0;
  bool operator==(const Point&) const = default;
};

// A link given as such (a maze without walls there, a row of a file), both directions.
struct FixedLink {
  std::uint32_t a = 0, b = 0;
  std::int32_t loss_mdb = 60'000;  // path loss; radios of the usual power hear it well
};

struct Tag {
  std::string name;  // e.g. "gateways"
  std::vector<std::uint32_t> nodes;
};

struct Layout {
  std::vector<Point> points;       // one per node; where links are fixed, only for the map
  bool geometric = true;           // nodes hear each other by distance
  std::vector<FixedLink> links;    // besides that, or instead
  std::vector<std::string> names;  // empty, or one per node (from a file)
  std::vector<Tag> tags;
  std::vector<FixedLink> walls;  // maze: pairs of neighbouring cells with a wall between, for the map
};

}  // namespace mp::sim
