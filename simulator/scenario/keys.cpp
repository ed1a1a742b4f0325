// SPDX-License-Identifier: ISC
#include "simulator/scenario/keys.hpp"

#include "simulator/scenario/key_makers.hpp"

#include <algorithm>
#include <limits>

namespace mp::sim {

using namespace make;

const Key* KeyTable::kind_key() const {
  for (const Key& key : keys)
    if (key.name == "kind") return &key;
  return nullptr;
}

std::size_t KeyTable::kind_of(const void* self) const {
  const Key* kind = kind_key();
  if (kind == nullptr) return 0;
  const auto& all = kind->words;
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), std::get<std::string>(kind->get(self))) -
                                  all.begin());
}

std::string number_text(std::int64_t value, std::int64_t scale) {
  const bool negative = value < 0;
  const std::uint64_t magnitude = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const auto divisor = static_cast<std::uint64_t>(scale);
  std::string out = (negative ? "-" : "") + std::to_string(magnitude / divisor);
  if (std::uint64_t rest = magnitude % divisor; rest != 0) {
    out += '.';
    for (std::uint64_t digit = divisor / 10; rest != 0; digit /= 10) {
      out += static_cast<char>('0' + rest / digit);
      rest %= digit;
    }
  }
  return out;
}

KeyTable topology_keys() {
  using S = TopologySpec;
  using K = TopologyKind;
  KeyTable t = single("topology", &Scenario::topology, "Where the nodes stand, and who is whose neighbour.");
  t.keys = {
      word("kind", &S::kind,
           "line, ring and grid: evenly spaced. geometric: at random in a square, dense enough for the wanted degree. "
           "maze: a grid with walls. barabasi_albert: few nodes with many links, many with few. villages: clusters, "
           "joined by few links between their gateways (the tag \"gateways\"; \"village_0\" and so on are tags too). "
           "file: as a CSV says."),
  };
  append(t.keys, only(bits(K::line, K::ring, K::grid, K::geometric, K::maze, K::barabasi_albert, K::villages),
                      {number("nodes", &S::nodes, kNone, 1, 1'000'000, "How many.")}));
  append(t.keys, only(bits(K::line, K::ring, K::grid, K::maze),
                      {number("spacing_m", &S::spacing_mm, kMetres, 0, kFar_mm,
                              "Between neighbours. 0: 60 % of the range of the first medium.")}));
  append(
      t.keys,
      only(bits(K::geometric, K::villages),
           {number("degree", &S::degree_milli, kThousandths, 100, 1'000'000, "Neighbours that a node has, on average."),
            boolean("connected", &S::connected,
                    "Draw again until every node can reach every other (villages: within its village).")}));
  append(t.keys, only(bits(K::grid, K::maze), {number("columns", &S::columns, kNone, 0, 1'000'000,
                                                      "Nodes in a row. 0: as square as it gets.")}));
  append(t.keys, only(bits(K::maze), {number("passages", &S::passages_ppm, kShare, 0, kWhole_ppm,
                                             "The share of walls left out beyond those of a perfect maze, in which "
                                             "there is one way only between any two nodes.")}));
  append(t.keys, only(bits(K::barabasi_albert),
                      {number("links_each", &S::links_each, kNone, 1, 1'000, "Links that each new node brings.")}));
  append(t.keys, only(bits(K::villages),
                      {number("villages", &S::villages, kNone, 1, 100'000, "How many villages share the nodes."),
                       number("bridges", &S::bridges, kNone, 0, 1'000, "Links between a village and the next.")}));
  append(t.keys, only(bits(K::file), {text("positions", &S::positions,
                                           "A CSV file with a row for each node: name,x,y in metres. Its path is "
                                           "relative to the scenario's folder."),
                                      text("links", &S::links,
                                           "A CSV file with a row for each link: a,b or a,b,loss_db. With it, distance "
                                           "plays no part.")}));
  return t;
}

KeyTable mobility_keys() {
  using S = MobilitySpec;
  KeyTable t = single("mobility", &Scenario::mobility,
                      "Nodes walk to a random place, pause, and walk on (random waypoint). Nobody moves unless this "
                      "table is there.");
  t.on_open = [](void*, void* self) { of<S>(self).on = true; };
  t.keys = {
      boolean("on", &S::on, "Whether they walk; true where the table is."),
      selector("nodes", &S::nodes, "Who walks."),
      span("speed_m_s", &S::speed_min_mm_s, &S::speed_max_mm_s, kMetresPerSecond, 1, 1'000'000,
           "The speed of each walk, drawn between the two; never 0, so that nobody comes to rest for good."),
      number("pause_s", &S::pause, kSeconds, 0, kLong_us, "Between two walks."),
      number("step_s", &S::step, kSeconds, 1'000, 3'600'000'000, "Between two positions."),
  };
  return t;
}

KeyTable expect_keys() {
  using S = ExpectSpec;
  KeyTable t = single("expect", &Scenario::expect, "What must hold, or the run fails.");
  t.keys = {
      number("delivered", &S::delivered_ppm, kShare, 0, kWhole_ppm,
             "Of the Packages sent with `ask`, at least this share is delivered. 0: not asked."),
      number("neighbours_exchange_within_s", &S::neighbours_exchange_within, kSeconds, 0, kLong_us,
             "After the last fault has ended, every pair of live neighbours exchanges a Package in this time; the run "
             "goes on for it. 0: not asked."),
  };
  return t;
}

const KeyTable& scenario_keys() {
  static const KeyTable all = [] {
    using S = Scenario;
    KeyTable t;
    t.help = "The run.";
    t.keys = {
        text("name", &S::name, "What the scenario is called in reports. Empty: the name of its file."),
        text("description", &S::description, "What it is for; a sentence or two."),
        number("seed", &S::seed, kNone, 0, std::numeric_limits<std::int64_t>::max(),
               "Everything random follows from it: the same seed, the same run."),
        number("duration_s", &S::duration, kSeconds, 1'000, kLong_us, "How long, in the world's own time."),
        number("warm_up_s", &S::warm_up, kSeconds, 0, kLong_us,
               "Traffic and its figures begin here; before that nodes find each other."),
        number("sample_s", &S::sample, kSeconds, 0, kLong_us,
               "Between two points of the series in the report. 0: a 200th of the duration."),
        word("routes", &S::routes,
             "tree: nodes get addresses and static routes along a breadth-first tree from outside. none: they reach "
             "their neighbours only."),
    };
    t.tables = {topology_keys(), mobility_keys(), medium_keys(), nodes_keys(),
                group_keys(),    traffic_keys(),  fault_keys(),  expect_keys()};
    return t;
  }();
  return all;
}

}  // namespace mp::sim
