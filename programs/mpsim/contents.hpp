// SPDX-License-Identifier: ISC
// What a world is made of, counted before anything runs.
#pragma once

#include "simulator/world/world.hpp"

namespace mp::sim {

struct MediumContents {
  std::uint32_t radios = 0;
  std::uint64_t links = 0;    // pairs of radios that hear each other
  std::uint64_t one_way = 0;  // pairs of which only one hears the other
};

struct Contents {
  std::vector<MediumContents> media;
  std::vector<std::vector<std::uint32_t>> neighbours;  // per node: those it can talk with on any medium, ascending
  std::uint32_t islands = 0;                           // parts between which nothing passes
  std::uint32_t alone = 0;                             // nodes without any neighbour

  double mean_degree() const;
};

Contents contents_of(World& world);

// For a person; each line ends with a line feed.
std::string text_of(const World& world, const Contents& contents);

}  // namespace mp::sim
