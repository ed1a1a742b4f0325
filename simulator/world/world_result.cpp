// SPDX-License-Identifier: ISC
// What a run gave: collects the books of all parts into a Result.
#include "simulator/world/faults.hpp"
#include "simulator/world/flows.hpp"
#include "simulator/world/probes.hpp"
#include "simulator/world/world.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace mp::sim {
namespace {

const char* name(MediumKind kind) {
  switch (kind) {
    case MediumKind::ideal:
      return "ideal";
    case MediumKind::espnow:
      return "espnow";
    case MediumKind::lora:
      return "lora";
    case MediumKind::udp:
      return "udp";
  }
  return "?";
}

// What the process holds in memory now; 0 where the system does not tell.
std::uint64_t process_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

RadioCounts since(const RadioCounts& now, const RadioCounts& then) {
  return {.sent = now.sent - then.sent,
          .sent_bytes = now.sent_bytes - then.sent_bytes,
          .received = now.received - then.received,
          .would_block = now.would_block - then.would_block,
          .collided = now.collided - then.collided,
          .faded = now.faded - then.faded,
          .deaf = now.deaf - then.deaf,
          .slept = now.slept - then.slept,
          .faulted = now.faulted - then.faulted,
          .overflowed = now.overflowed - then.overflowed,
          .unanswered = now.unanswered - then.unanswered};
}

void add(RadioCounts& sum, const RadioCounts& c) {
  sum.sent += c.sent;
  sum.sent_bytes += c.sent_bytes;
  sum.received += c.received;
  sum.would_block += c.would_block;
  sum.collided += c.collided;
  sum.faded += c.faded;
  sum.deaf += c.deaf;
  sum.slept += c.slept;
  sum.faulted += c.faulted;
  sum.overflowed += c.overflowed;
  sum.unanswered += c.unanswered;
}

RadioTimes since(const RadioTimes& now, const RadioTimes& then) {
  return {now.tx - then.tx, now.rx - then.rx, now.idle - then.idle, now.asleep - then.asleep, now.off - then.off};
}

void add(RadioTimes& sum, const RadioTimes& t) {
  sum = {sum.tx + t.tx, sum.rx + t.rx, sum.idle + t.idle, sum.asleep + t.asleep, sum.off + t.off};
}

double energy_mwh(const EnergySpec& spec, const RadioTimes& t) {
  const double microampere_us = static_cast<double>(t.tx.us) * spec.tx_ua + static_cast<double>(t.rx.us) * spec.rx_ua +
                                static_cast<double>(t.idle.us) * spec.idle_ua +
                                static_cast<double>(t.asleep.us) * spec.sleep_ua;
  return microampere_us * 1e-6 / 3.6e9 * spec.supply_mv;  // uA us -> A h (over 1e12 * 3600) -> mWh at millivolts
}

// The fullest that a table of any node was. Limits may differ from group to group.
struct Fullest {
  std::uint64_t used = 0, limit = 0;
  void raise(std::uint64_t by, std::uint64_t of) {
    if (limit == 0 || by * limit > used * of) used = by, limit = of;
  }
  std::string text() const { return std::to_string(used) + " / " + std::to_string(limit); }
};

}  // namespace

void World::end_warm_up() {
  for (std::size_t m = 0; m < media_.size(); ++m) {
    books_[m] = {};
    media_[m]->settle();
    baselines_[m].clear();
    for (RadioIndex r = 0; r < media_[m]->size(); ++r)
      baselines_[m].push_back({media_[m]->radio(r).counts(), media_[m]->radio(r).times()});
  }
}

World::Baseline World::since_warm_up(std::size_t m, RadioIndex r) const {
  const Radio& radio = media_[m]->radio(r);
  if (r >= baselines_[m].size()) return {radio.counts(), radio.times()};
  return {since(radio.counts(), baselines_[m][r].counts), since(radio.times(), baselines_[m][r].times)};
}

void World::fill_media(Result& result) {
  for (std::size_t m = 0; m < media_.size(); ++m) {
    Medium& medium = *media_[m];
    medium.settle();
    MediumResult r;
    r.name = medium.spec().name;
    r.kind = name(medium.spec().kind);
    r.radios = static_cast<std::uint32_t>(medium.size());
    r.airtime = books_[m].airtime;
    r.frames = books_[m].frames;
    for (RadioIndex i = 0; i < medium.size(); ++i) {
      const Baseline b = since_warm_up(m, i);
      add(r.total, b.counts);
      add(r.times, b.times);
      const std::int64_t all = (b.times.tx + b.times.rx + b.times.idle + b.times.asleep + b.times.off).us;
      if (all > 0)
        r.busy_ppm.add(static_cast<std::uint64_t>(b.times.tx.us) * kCertain_ppm / static_cast<std::uint64_t>(all));
      const double energy = energy_mwh(medium.spec().energy, b.times);
      r.energy_mwh_mean += energy / static_cast<double>(medium.size());
      r.energy_mwh_max = std::max(r.energy_mwh_max, energy);
      result.node_results[medium.radio(i).node()].energy_mwh += energy;
      result.node_results[medium.radio(i).node()].frames_sent += b.counts.sent;
      result.node_results[medium.radio(i).node()].frames_received += b.counts.received;
      result.node_results[medium.radio(i).node()].frames_collided += b.counts.collided;
      r.duty_worst_ppm = std::max(r.duty_worst_ppm, medium.duty_worst_ppm(i));
    }
    result.media.push_back(std::move(r));
  }
}

void World::fill_flows(Result& result) const {
  const std::size_t flows = scenario_.flows.size();
  std::vector<std::array<std::uint64_t, 256>> outcomes(flows);
  for (std::size_t f = 0; f < flows; ++f) {
    FlowResult r;
    r.name = scenario_.flows[f].name;
    r.everyone = scenario_.flows[f].to_kind == FlowTo::everyone;
    r.refused = flows_->refused(f);
    r.no_target = flows_->no_target(f);
    r.arrivals = f < arrivals_.size() ? arrivals_[f] : 0;
    result.flows.push_back(std::move(r));
  }
  for (const Ledger::Entry& e : ledger_.entries()) {
    if (e.to != kNoNode) ++result.node_results[e.from].sent;
    if (e.to != kNoNode && e.delivered) ++result.node_results[e.to].received;
    if (e.flow >= flows) continue;
    FlowResult& r = result.flows[e.flow];
    ++r.sent;
    ++outcomes[e.flow][e.outcome];
    if (e.delivered) {
      ++r.delivered;
      r.bytes_delivered += e.size;
      r.latency_us.add(static_cast<std::uint64_t>((e.got - e.sent).us));
    } else if (e.outcome == Ledger::kOpen) {
      ++r.open;
    }
    const bool told_well = e.outcome == Ledger::kOpen || e.outcome == static_cast<std::uint8_t>(Outcome::delivered) ||
                           e.outcome == static_cast<std::uint8_t>(Outcome::unconfirmed);
    if (e.delivered && !told_well) ++r.told_failed_but_delivered;
  }
  for (std::size_t f = 0; f < flows; ++f)
    for (std::size_t o = 0; o < outcomes[f].size(); ++o)
      if (outcomes[f][o] != 0)
        result.flows[f].outcomes.emplace_back(o == Ledger::kOpen ? "open" : mp::name(static_cast<Outcome>(o)),
                                              outcomes[f][o]);
}

std::vector<TreeResult> World::trees_of(const Node& node) const {
  std::vector<TreeResult> all(node.trees().count());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Tree& tree = node.trees()[i];
    if (!tree.has_claim()) continue;
    TreeResult& r = all[i];
    const Tree::Place place = tree.place();
    r.root = tree.state() == Tree::State::root;
    r.hangs = place.used;
    r.epoch = tree.epoch();
    r.cost = static_cast<double>(tree.cost()) / kCostUnit;
    r.depth = place.used ? place.address.levels() : 0;
    if (place.used)
      place.address.each([&](std::uint32_t index, CostClass, unsigned) {
        r.address += (r.address.empty() ? "" : ".") + std::to_string(index);
      });
    if (tree.parent() != Tree::kNobody) r.parent = node_of(node.peers()[tree.parent()].id);
  }
  return all;
}

void World::fill_nodes(Result& result) {
  Fullest peers, routes, datagrams, sequences_in, sequences_out, seen;
  std::array<std::uint64_t, kCounters> counters = retired_;
  for (std::uint32_t n = 0; n < size(); ++n) {
    Board& board = *boards_[n];
    board.inspect();
    NodeResult& r = result.node_results[n];
    r.at = places_[n];
    r.name = layout_.names.empty() ? std::to_string(n) : layout_.names[n];
    r.live = powered_[n];
    r.restarts = board.incarnation().number - (board.incarnation().number > 0 ? 1 : 0);
    if (const Node* node = board.node()) {
      r.trees = trees_of(*node);
      for (const Peer& peer : node->peers())
        if (peer.used && peer.connected()) ++r.peers;
      for (std::size_t i = 0; i < kCounters; ++i) counters[i] += node->counters().all()[i];
    }
    const HighWater& h = board.high_water();
    const Limits& limits = board.spec().limits;
    peers.raise(h.peers, limits.peers);
    routes.raise(h.routes, limits.routes);
    datagrams.raise(h.datagrams, limits.datagrams);
    sequences_in.raise(h.sequences_in, limits.sequences_in);
    sequences_out.raise(h.sequences_out, limits.sequences_out);
    seen.raise(h.seen, limits.seen);
    result.node_bytes = std::max<std::uint64_t>(result.node_bytes, sizeof(Node) + memory_required(limits));
  }
  for (std::size_t i = 0; i < kCounters; ++i)
    if (counters[i] != 0) result.counters.emplace_back(mp::name(static_cast<Counter>(i)), counters[i]);
  result.high_water = {{"peers", peers.text()},
                       {"routes", routes.text()},
                       {"datagrams", datagrams.text()},
                       {"sequences in", sequences_in.text()},
                       {"sequences out", sequences_out.text()},
                       {"seen", seen.text()}};
}

Result World::result() {
  Result r;
  r.scenario = scenario_.name;
  r.description = scenario_.description;
  r.seed = seed_.value();
  TraceHash hash = hash_;
  hash.add(ledger_.hash());
  r.trace_hash = hash.value();
  r.nodes = size();
  r.events = events_.happened();
  r.virtual_s = static_cast<double>(now().us) / 1e6;
  r.measured_s = static_cast<double>(now().us - std::min(now().us, scenario_.warm_up.us)) / 1e6;
  r.wall_s = wall_s_;
  r.interrupted = interrupted_;
  r.node_results.resize(size());
  fill_media(r);
  fill_flows(r);
  fill_nodes(r);
  sample();
  r.series = series_;
  series_.pop_back();
  r.converged_us = neighbourhood_->converged_us();
  for (const Neighbourhood::Pair& pair : neighbourhood_->pairs()) {
    const bool live = neighbourhood_->live(pair);
    const bool known = live && pair.known();
    if (live && !pair.met && !known) ++r.never_met;
    r.links.push_back({pair.a, pair.b, pair.medium, known});
  }
  r.walls = layout_.walls;
  r.timeline = timeline_;
  r.process_bytes = process_bytes();

  const ExpectSpec& expect = scenario_.expect;
  std::uint64_t asked = 0, delivered = 0;
  for (const Ledger::Entry& e : ledger_.entries())
    if (e.flow < scenario_.flows.size() && scenario_.flows[e.flow].ask && e.to != kNoNode) {
      ++asked;
      delivered += e.delivered ? 1 : 0;
    }
  if (expect.delivered_ppm != 0 && asked == 0) r.unmet.push_back("no Package was sent, so none could be delivered");
  if (expect.delivered_ppm != 0 && delivered * kCertain_ppm < asked * expect.delivered_ppm)
    r.unmet.push_back(std::to_string(delivered) + " of " + std::to_string(asked) +
                      " Packages were delivered, fewer than the share that is expected");
  if (probes_)
    for (std::string& line : probes_->unmet()) r.unmet.push_back(std::move(line));
  r.violations = referee_.kept();
  r.violations_total = referee_.total();
  r.damaged_repeats = ledger_.damaged_repeats();
  r.damaged_acks = ledger_.damaged_acks();
  r.redelivered = ledger_.redelivered();
  return r;
}

}  // namespace mp::sim
