// SPDX-License-Identifier: ISC
// Results as worlds could have given them, for the tests of the reports: a small mesh that went well, the same with
// faults and broken rules, and a large one. Nothing in them is random but what comes from fixed seeds.
#pragma once

#include "simulator/engine/random.hpp"
#include "simulator/report/result.hpp"

#include <algorithm>

namespace mp::sim::test {

inline Instant at_s(std::int64_t s) { return Instant{} + seconds(s); }

inline constexpr std::size_t kBeaconClass = 0, kControlClass = 1, kAckClass = 2, kDataClass = 3;

// A medium on which each of `radios` lived for `duration` and beaconed and talked a little.
inline MediumResult medium_result(const char* name, const char* kind, std::uint32_t radios, Duration duration,
                                  Stream& dice) {
  MediumResult m;
  m.name = name;
  m.kind = kind;
  m.radios = radios;
  const Duration all = duration * radios;
  m.airtime = {all / 100, all / 900, all / 400, all / 60, Duration{}};
  m.frames = {radios * 20U, radios * 3U, radios * 55U, radios * 60U, 0};
  for (const Duration d : m.airtime) m.times.tx = m.times.tx + d;
  m.times.rx = all / 5;
  m.times.asleep = all / 4;
  m.times.off = all / 50;
  m.times.idle = all - m.times.tx - m.times.rx - m.times.asleep - m.times.off;
  m.total.sent = radios * 138U;
  m.total.sent_bytes = radios * 138U * 120U;
  m.total.received = radios * 700U;
  m.total.collided = radios * 41U;
  m.total.faded = radios * 12U;
  m.total.deaf = radios * 3U;
  m.total.slept = radios * 90U;
  m.total.faulted = radios;
  for (std::uint32_t i = 0; i < radios; ++i) m.busy_ppm.add(20'000 + dice.below(25'000));
  m.energy_mwh_mean = 21.5;
  m.energy_mwh_max = 44.25;
  return m;
}

inline void add_series(Result& r, std::uint64_t sends_per_s) {
  constexpr std::int64_t kPoints = 200;
  const auto total_us = static_cast<std::int64_t>(r.virtual_s * 1e6);
  std::int64_t delivered = 0;
  for (std::int64_t i = 0; i <= kPoints; ++i) {
    Sample s;
    s.at = Instant{} + microseconds(total_us * i / kPoints);
    const bool dark = i >= 90 && i < 110;  // a brown-out in the middle
    s.live = dark ? r.nodes * 7 / 10 : r.nodes;
    s.known_ppm = static_cast<std::uint32_t>(i < 20 ? i * i * 2'450 : dark ? 700'000 : 982'000);
    s.sent = sends_per_s * static_cast<std::uint64_t>(s.at.us) / 1'000'000;
    const std::int64_t step = static_cast<std::int64_t>(sends_per_s) * total_us / kPoints / 1'000'000;
    if (i > 0) delivered += dark ? step * 6 / 10 : step * 98 / 100;
    s.delivered = static_cast<std::uint64_t>(delivered);
    for (std::size_t c = 0; c < kFrameClasses; ++c)
      for (const MediumResult& m : r.media)
        s.airtime[c] = s.airtime[c] + m.airtime[c] *
                                          (c == kBeaconClass ? std::min<std::int64_t>(i * 4, 60 + i * 7 / 10) : i) /
                                          kPoints;
    r.series.push_back(s);
  }
}

// Nodes on a jittered grid with links to those beside, below and across.
inline void add_mesh(Result& r, std::uint32_t columns, Stream& dice) {
  const std::int64_t spacing = 60'000;
  for (std::uint32_t i = 0; i < r.nodes; ++i) {
    NodeResult n;
    n.at = {i % columns * spacing + dice.between(-20'000, 20'000),
            i / columns * spacing + dice.between(-20'000, 20'000)};
    n.name = std::to_string(i);
    n.peers = static_cast<std::uint32_t>(2 + dice.below(6));
    n.sent = 55 + dice.below(10);
    n.received = 50 + dice.below(20);
    n.frames_sent = 100 + dice.below(80);
    n.energy_mwh = 15 + static_cast<double>(dice.below(1000)) / 100 + (i % 17 == 0 ? 19 : 0);
    r.node_results.push_back(n);
    const auto join = [&](std::uint32_t other) {
      if (other >= r.nodes) return;
      const auto medium = static_cast<std::uint8_t>(r.media.size() > 1 && dice.chance(150'000) ? 1 : 0);
      r.links.push_back({i, other, medium, !dice.chance(20'000)});
    };
    if (i % columns + 1 < columns) {
      join(i + 1);
      join(i + columns + 1);
    }
    join(i + columns);
  }
}

// Trees by the links that are known, each from another root, as breadth finds them.
inline void add_trees(Result& r, std::size_t trees) {
  std::vector<std::vector<std::uint32_t>> neighbours(r.node_results.size());
  for (const LinkResult& l : r.links) {
    if (!l.known || !r.node_results[l.a].live || !r.node_results[l.b].live) continue;
    neighbours[l.a].push_back(l.b);
    neighbours[l.b].push_back(l.a);
  }
  for (NodeResult& n : r.node_results) n.trees.assign(n.live ? trees : 0, {});
  for (std::size_t tree = 0; tree < trees; ++tree) {
    std::vector<std::uint32_t> queue{static_cast<std::uint32_t>((tree * 11 + 3) % r.node_results.size())};
    if (!r.node_results[queue[0]].live) continue;
    TreeResult& root = r.node_results[queue[0]].trees[tree];
    root.root = root.hangs = true;
    root.epoch = static_cast<std::uint16_t>(tree + 1);
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const TreeResult above = r.node_results[queue[i]].trees[tree];
      std::uint32_t index = 0;
      for (const std::uint32_t n : neighbours[queue[i]]) {
        TreeResult& t = r.node_results[n].trees[tree];
        if (t.hangs) continue;
        t.hangs = true;
        t.parent = queue[i];
        t.depth = above.depth + 1;
        t.cost = above.cost + 1.25;
        t.epoch = above.epoch;
        t.address = above.address + (above.root ? "" : ".") + std::to_string(++index);
        queue.push_back(n);
      }
    }
  }
}

inline FlowResult flow_result(const char* name, std::uint64_t sent, std::uint64_t delivered, Stream& dice) {
  FlowResult f;
  f.name = name;
  f.sent = sent;
  f.delivered = delivered;
  f.bytes_delivered = delivered * 200;
  f.open = 3;
  f.outcomes = {{"delivered", delivered}, {"no_answer", sent - delivered - 3}};
  for (std::uint64_t i = 0; i < delivered; ++i)
    f.latency_us.add(4'000 + static_cast<std::uint64_t>(dice.exponential(milliseconds(30)).us));
  return f;
}

inline void add_common(Result& r, Stream& dice) {
  for (std::uint32_t i = 0; i < r.links.size(); ++i)
    r.converged_us.add(static_cast<std::uint64_t>(dice.exponential(seconds(12)).us));
  r.counters = {{"rx_package", 52'000},
                {"rx_control", 51'000},
                {"rx_duplicate", 312},
                {"rx_too_short", 0},
                {"tx_datagrams", 110'000}};
  r.node_bytes = 23'480;
  r.process_bytes = 64ULL << 20U;
  r.high_water = {{"peers", "11 / 16"}, {"datagrams", "5 / 8"}, {"sequences in", "1 / 2"}};
}

inline Result small_result() {
  Stream dice(Seed(7));
  Result r;
  r.scenario = "village";
  r.description = "Forty nodes in the open, each sends a neighbour 200 B every 10 s.";
  r.seed = 7;
  r.trace_hash = 0x0123'4567'89ab'cdef;
  r.nodes = 40;
  r.events = 1'234'567;
  r.virtual_s = 600;
  r.wall_s = 1.5;
  r.replay = "mpsim run village.toml --seed 7";
  r.media.push_back(medium_result("air", "espnow", 40, seconds(600), dice));
  add_mesh(r, 8, dice);
  add_trees(r, 4);
  r.flows.push_back(flow_result("neighbours", 2400, 2350, dice));
  add_common(r, dice);
  add_series(r, 4);
  return r;
}

// Two media, a maze, faults, broken rules, names that want to be markup.
inline Result broken_result() {
  Stream dice(Seed(8));
  Result r = small_result();
  r.scenario = "maze <script>alert('1')</script> & co";
  r.description = "\"Quoted\" <b>bold</b> & more";
  r.replay = "mpsim run 'maze <1>.toml' --seed 8 --set topology.nodes=40";
  r.seed = 8;
  r.media.push_back(medium_result("far <i>", "lora", 12, seconds(600), dice));
  r.media.back().duty_worst_ppm = 12'345;
  r.node_results.clear();
  r.links.clear();
  add_mesh(r, 8, dice);
  for (const std::uint32_t dead : {5U, 6U, 13U, 14U}) r.node_results[dead].live = false;
  r.node_results[3].name = "<img src=x onerror=alert(1)>";
  add_trees(r, 2);
  r.walls = {{0, 1, 0}, {9, 17, 0}, {20, 21, 0}};
  r.flows.push_back(flow_result("alarms", 120, 100, dice));
  r.flows.back().told_failed_but_delivered = 4;
  r.flows.push_back(flow_result("news", 60, 57, dice));
  r.flows.back().everyone = true;
  r.flows.back().arrivals = 2'210;
  r.never_met = 3;
  r.timeline = {{at_s(270), "brown_out: 12 nodes within 100 m go down"},
                {at_s(330), "brown_out ends"},
                {at_s(400), "partition of 0-19 from the others"},
                {at_s(460), "partition heals"}};
  r.violations = {{at_s(301), 17, "duplicate delivery", "Package 4 of node 3 was delivered twice"},
                  {Instant{302'000'123}, 3, "forward while off", "sent 31 B at 302.000123 s, off since 270 s"}};
  r.violations_total = 212;
  for (Sample& s : r.series) s.violations = s.at >= at_s(301) ? 212 : 0;
  r.unmet = {"delivered: 97.2 % of the Packages arrived, 98 % expected"};
  return r;
}

inline Result large_result(std::uint32_t nodes = 10'000) {
  Stream dice(Seed(9));
  Result r;
  r.scenario = "city";
  r.description = "Ten thousand nodes at random places, two kinds of radio.";
  r.seed = 9;
  r.trace_hash = 0xfeed;
  r.nodes = nodes;
  r.events = 98'765'432'100;
  r.virtual_s = 86'400;
  r.wall_s = 1'700;
  r.replay = "mpsim run city.toml --seed 9";
  r.media.push_back(medium_result("air", "espnow", nodes, seconds(86'400), dice));
  r.media.push_back(medium_result("far", "lora", nodes / 5, seconds(86'400), dice));
  add_mesh(r, 100, dice);
  for (std::uint32_t i = 0; i < nodes; i += 37) r.node_results[i].live = false;
  add_trees(r, 4);
  r.flows.push_back(flow_result("neighbours", 400'000, 391'234, dice));
  r.flows.push_back(flow_result("gateways", 90'000, 77'000, dice));
  add_common(r, dice);
  for (std::int64_t i = 0; i < 1'000; ++i)
    r.timeline.push_back({at_s(20'000 + i * 37), "crash: node " + std::to_string(i * 9)});
  add_series(r, 50);
  return r;
}

}  // namespace mp::sim::test
