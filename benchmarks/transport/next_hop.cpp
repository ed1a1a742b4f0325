// SPDX-License-Identifier: ISC
// How soon a node knows that its next hop is gone, from the send that meets nobody; and how often it thinks so of one
// that is there, where three frames in ten are lost each way. By frames alone: no Beacon is missed as fast.
#include "field.hpp"
#include "simulator/world/flows.hpp"

#include <algorithm>

namespace mp::bench {
namespace {

constexpr std::uint32_t kHops = 2;
constexpr std::uint32_t kBytes = 60;
constexpr std::uint32_t kWarmUp = 24;  // sends before, so that round trip and cost are known
constexpr std::uint32_t kLoss_ppm = 300'000;
constexpr std::uint32_t kRunsIn = 100;        // so many transfers make one death
constexpr std::uint32_t kSendsIn = 20;        // and each so many sends over the lossy hop,
constexpr std::uint32_t kSendsMin = 100'000;  // but at least these: the bar is one in ten thousand
constexpr double kSuspectedMax_s = 1.0;       // where a frame takes milliseconds
constexpr double kWrongMax = 0.0001;

struct Death {
  std::vector<double> suspected, lost;  // seconds
};

Scenario line_with_routes(sim::MediumKind medium) {
  Scenario scenario = line_of(kHops + 1, medium, medium == sim::MediumKind::udp ? 100'000 : 0);
  scenario.routes = sim::RoutesKind::tree;
  // Who starts in one moment is deaf to the others' first Beacons there, and the next are minutes away.
  if (medium == sim::MediumKind::lora) scenario.nodes.start_spread = seconds(60);
  if (medium == sim::MediumKind::udp)
    scenario.media[0].propagation.range_mm = 150'000;  // else all are neighbours there
  return scenario;
}

// To the end of the line, unasked: it ends when the next hop has it, or does not take it.
std::uint64_t hand_over(Field& field) { return field.world().send(sim::Flows::kStory, 0, kHops, kBytes, false).serial; }

bool suspects(Field& field) {
  const Node& node = *field.world().board(0).node();
  const Peer* peer = node.peer(field.world().id_of(1));
  return peer == nullptr || !peer->answers;
}

void die(sim::MediumKind medium, std::uint32_t warm_up, std::uint64_t seed, Death& death) {
  Field field(line_with_routes(medium), seed);
  field.meet(seconds(1800));
  for (std::uint32_t i = 0; i < warm_up; ++i) (void)field.run_until_ended({hand_over(field)}, seconds(600));
  World& world = field.world();
  world.run_for(seconds(1));
  world.power_off(1);
  const Instant begun = world.now();
  const auto since = [&] { return static_cast<double>((world.now() - begun).us) / 1e6; };
  const std::uint64_t serial = hand_over(field);
  bool suspected = false, lost = false;
  const auto both = [&] {
    if (!suspected && suspects(field)) death.suspected.push_back(since());
    if (!lost && field.ended(serial)) death.lost.push_back(since());
    suspected = suspected || suspects(field);
    lost = lost || field.ended(serial);
    return suspected && lost;
  };
  world.run_until(both, seconds(1800));
}

struct Living {
  std::uint64_t sends = 0, suspected = 0, lost = 0;
  double share(std::uint64_t n) const {
    return static_cast<double>(n) / static_cast<double>(std::max<std::uint64_t>(sends, 1));
  }
};

Living live(sim::MediumKind medium, std::uint32_t sends, std::uint64_t seed) {
  Field field(line_with_routes(medium), seed);
  field.meet();
  field.loses(kLoss_ppm);
  Living living;
  for (; living.sends < sends; ++living.sends) {
    const std::uint64_t serial = hand_over(field);
    bool suspected = false;
    field.world().run_until(
        [&] {
          suspected = suspected || suspects(field);
          return field.ended(serial);
        },
        seconds(60));
    living.suspected += suspected ? 1U : 0U;
    living.lost += field.entry(serial).outcome != static_cast<std::uint8_t>(Outcome::unconfirmed) ? 1U : 0U;
    field.world().run_for(milliseconds(5));
  }
  return living;
}

std::vector<Figure> run(const Context& context) {
  struct Case {
    const char* name;
    sim::MediumKind medium;
    std::uint32_t warm_up;
    bool fast;
  };
  constexpr Case kCases[] = {{"udp", sim::MediumKind::udp, kWarmUp, true},
                             {"udp, nothing was sent before", sim::MediumKind::udp, 0, false},
                             {"espnow", sim::MediumKind::espnow, kWarmUp, true},
                             {"espnow, nothing was sent before", sim::MediumKind::espnow, 0, true},
                             {"lora", sim::MediumKind::lora, kWarmUp, false}};
  const std::uint32_t runs = std::clamp(context.transfers / kRunsIn, 3U, 10U);
  using Bar = Figure::Bar;
  std::vector<Figure> figures;
  for (const Case& c : kCases) {
    Death death;
    for (std::uint32_t i = 0; i < runs; ++i) {
      context.progress.at(i, runs, "next hops that die");
      die(c.medium, c.warm_up, context.seed + i, death);
    }
    const std::string name = std::string(c.name) + ": seconds until the next hop ";
    const std::string all = std::to_string(runs) + " deaths";
    const bool known = death.suspected.size() == runs;
    figures.push_back({name + "is not alive, mean", known ? mean(death.suspected) : 1e9, 2,
                       c.fast ? Bar::at_most : Bar::none, kSuspectedMax_s, all});
    figures.push_back({name + "has not taken the frame, mean", mean(death.lost), 2, Bar::none, 0, all});
  }
  const Living living = live(sim::MediumKind::ideal, std::max(context.transfers * kSendsIn, kSendsMin), context.seed);
  const std::string all = std::to_string(living.sends) + " frames";
  figures.push_back({"a hop that loses 30 % each way: taken for gone, of all frames", living.share(living.suspected), 6,
                     Bar::at_most, kWrongMax, all});
  figures.push_back({"a hop that loses 30 % each way: not taken, of all frames", living.share(living.lost), 6,
                     Bar::at_most, kWrongMax, all});
  return figures;
}

const Registered kRow({"next_hop", 45, "how soon a next hop that dies is known to be gone", run});

}  // namespace
}  // namespace mp::bench
