// SPDX-License-Identifier: ISC
// Radios that sleep 90 ms of each 130: how soon a Package reaches one, at how many questions, for how much energy; how
// long the radio is on when nobody has anything to say; whether broadcasts reach those who sleep. With the phase that
// neighbours tell, and by the blind rule of who has told nothing. Frames, and what radios did with their time, are
// counted at the medium.
#include "field.hpp"
#include "simulator/engine/random.hpp"
#include "simulator/report/text.hpp"
#include "simulator/world/flows.hpp"

#include <algorithm>

namespace mp::bench {
namespace {

constexpr std::uint32_t kLoss_ppm = 100'000;
constexpr std::uint32_t kDrift_ppm = 100;
constexpr std::uint32_t kPackage = 200;
constexpr std::int64_t kClose_mm = 2'000;
// Of the phase: Packages come so far apart, so it is never older.
constexpr Duration kGapMin = seconds(2), kGapMax = seconds(60);
constexpr std::uint32_t kPerWorld = 20;

constexpr double kLatencyMax_ms = 110, kRnsMax = 1.3, kOnMax = 0.35;

enum class Rule { told, blind, always_on };

struct Measured {
  std::vector<double> latency_ms;  // from sending to arrival
  std::vector<double> asked_ms;    // from sending to the first frame of the Package
  std::uint64_t packages = 0, delivered = 0;
  std::uint64_t rns = 0;         // that the sender gave to its radio
  std::uint64_t rns_frames = 0;  // that were on the air: the radio repeats what is not acknowledged
  double energy_mj = 0;          // of both radios
  Duration time{};
};

double percentile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(p / 100 * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

Scenario cell(std::uint32_t nodes, sim::MediumKind kind) {
  Scenario scenario = line_of(nodes, kind, kClose_mm);
  scenario.nodes.clock_drift_ppm = kDrift_ppm;
  scenario.nodes.clock_offset_max = seconds(1000);
  scenario.nodes.start_spread = seconds(10);
  return scenario;
}

double energy_mj(const sim::EnergySpec& e, const sim::RadioTimes& t) {
  const double uA_us = static_cast<double>(t.tx.us) * e.tx_ua + static_cast<double>(t.rx.us) * e.rx_ua +
                       static_cast<double>(t.idle.us) * e.idle_ua + static_cast<double>(t.asleep.us) * e.sleep_ua;
  return uA_us * 1e-12 * e.supply_mv;  // uA us mV = 1e-15 J; in mJ
}

double energy_mj(World& world) {
  world.medium(0).settle();
  double sum = 0;
  for (sim::RadioIndex r = 0; r < world.medium(0).size(); ++r)
    sum += energy_mj(world.medium(0).spec().energy, world.medium(0).radio(r).times());
  return sum;
}

// Node 0 sends to node 1, which is not heard of in between but for its Beacons.
void send_now_and_then(Scenario scenario, Rule rule, std::uint32_t packages, std::uint64_t seed, Measured& m,
                       bool silent) {
  if (rule != Rule::always_on) scenario.nodes.modem_sleep = SleepPlan{};
  Field field(scenario, seed);
  World& world = field.world();
  const Instant limit = world.now() + seconds(3600);
  while (!world.all_neighbours_know_each_other() || !world.powered(0) || !world.powered(1)) {
    if (world.now() > limit) throw BenchError("the nodes did not find each other (seed " + std::to_string(seed) + ")");
    world.run_for(seconds(1));
  }
  field.loses(kLoss_ppm);
  world.run_for(seconds(5));
  const double before_mj = energy_mj(world);
  const Instant before = world.now();
  std::uint64_t serial = 0;
  bool on_the_air = false;
  field.on_sent = [&](std::uint32_t node, const Transmission& t) {
    const auto packet = PacketView::parse(t.frame.view());
    if (!packet || node != 0) return;
    if (packet->flags().control() == Control::rns) {
      ++m.rns_frames;
      m.rns += t.tries == 1 ? 1U : 0U;
    }
    if (packet->body().size() != kPackageHeader + kPackage || on_the_air || serial == 0) return;
    on_the_air = true;
    m.asked_ms.push_back(static_cast<double>((t.begin - field.entry(serial).sent).us) / 1000);
  };
  sim::Stream dice(sim::Seed(seed).child("gaps"));
  for (std::uint32_t i = 0; i < packages; ++i) {
    world.run_for(dice.between(kGapMin, kGapMax));
    Node& sender = *world.board(0).node();
    if (rule == Rule::blind) {
      const LinkAddress link = sim::Radio::address_of(1);
      sender.remove_peer(world.id_of(1));
      if (sender.add_peer(world.id_of(1), 0, link, Duration{}, false) != Status::ok)
        throw BenchError("a peer was refused");
    }
    if (silent) continue;
    on_the_air = false;
    serial = 0;
    serial = field.send(0, 1, kPackage);
    (void)field.run_until_ended({serial}, seconds(120));
    ++m.packages;
    const Ledger::Entry& e = field.entry(serial);
    if (!e.delivered) continue;
    ++m.delivered;
    m.latency_ms.push_back(static_cast<double>((e.got - e.sent).us) / 1000);
  }
  m.energy_mj += energy_mj(world) - before_mj;
  m.time = m.time + (world.now() - before);
  if (field.violations() > 0) throw BenchError(field.first_violation());
}

Measured run_many(const Scenario& scenario, Rule rule, const Context& context, const char* what, bool silent = false) {
  Measured m;
  const std::uint32_t worlds = std::max(1U, context.transfers / kPerWorld);
  for (std::uint32_t i = 0; i < worlds; ++i) {
    context.progress.at(i, worlds, what);
    send_now_and_then(scenario, rule, kPerWorld, context.seed + i, m, silent);
  }
  return m;
}

double each(double sum, std::uint64_t n) { return n == 0 ? 0 : sum / static_cast<double>(n); }

void reach_a_sleeper(const Context& context, std::vector<Figure>& figures) {
  using Bar = Figure::Bar;
  const Scenario espnow = cell(2, sim::MediumKind::espnow);
  const Measured told = run_many(espnow, Rule::told, context, "told phase");
  const Measured blind = run_many(espnow, Rule::blind, context, "blind");
  const Measured awake = run_many(espnow, Rule::always_on, context, "always on");
  const auto share = [](const Measured& m) { return each(static_cast<double>(m.delivered), m.packages); };
  figures.push_back({"first Package to a sleeper: delivered", share(told), 6, Bar::at_least, 1.0,
                     std::to_string(told.packages) + " Packages"});
  figures.push_back({"... ms to arrival, 95th percentile", percentile(told.latency_ms, 95), 1, Bar::at_most,
                     kLatencyMax_ms, "median " + sim::text::fixed(percentile(told.latency_ms, 50), 1)});
  figures.push_back({"... RNS frames on the air, mean", each(static_cast<double>(told.rns_frames), told.packages), 3,
                     Bar::at_most, kRnsMax,
                     "RNS " + sim::text::fixed(each(static_cast<double>(told.rns), told.packages), 3)});
  figures.push_back({"blind: delivered", share(blind), 6});
  figures.push_back({"blind: ms to arrival, 95th percentile", percentile(blind.latency_ms, 95), 1, Bar::none, 0,
                     "median " + sim::text::fixed(percentile(blind.latency_ms, 50), 1)});
  figures.push_back({"blind: RNS frames on the air, mean", each(static_cast<double>(blind.rns_frames), blind.packages),
                     3, Bar::none, 0,
                     "RNS " + sim::text::fixed(each(static_cast<double>(blind.rns), blind.packages), 3)});
  figures.push_back({"always on: ms to arrival, 95th percentile", percentile(awake.latency_ms, 95), 1});
  const double base = each(told.energy_mj, told.delivered);
  const auto energy = [&](const char* name, Rule rule, const Measured& m) {
    const double mj = each(m.energy_mj, m.delivered);
    const Measured silent = run_many(espnow, rule, context, "silence", true);
    const double seconds_of_it = static_cast<double>(m.time.us) / 1e6;
    const double idle_mw = silent.energy_mj / (static_cast<double>(silent.time.us) / 1e6);
    figures.push_back(
        {std::string("mJ of both radios per Package, one in 31 s, ") + name, mj, 0, Bar::none, 0,
         sim::text::fixed(mj / base, 2) + " times told; " + sim::text::fixed(idle_mw, 1) + " mW without Packages, " +
             sim::text::fixed(each(m.energy_mj - idle_mw * seconds_of_it, m.delivered), 1) + " mJ more for each"});
  };
  energy("told", Rule::told, told);
  energy("blind", Rule::blind, blind);
  energy("always on", Rule::always_on, awake);
  // Where the radio repeats nothing: what the issue of one frame in ten lost means for the questions themselves.
  Scenario bare = espnow;
  bare.media[0].espnow.retry_limit = 1;
  const Measured bare_told = run_many(bare, Rule::told, context, "told, radio repeats nothing");
  const Measured bare_blind = run_many(bare, Rule::blind, context, "blind, radio repeats nothing");
  figures.push_back({"radio repeats nothing: ms until asked, 95th percentile", percentile(bare_told.asked_ms, 95), 1,
                     Bar::none, 0, "blind " + sim::text::fixed(percentile(bare_blind.asked_ms, 95), 1)});
  figures.push_back({"radio repeats nothing: RNS, mean", each(static_cast<double>(bare_told.rns), bare_told.packages),
                     3, Bar::none, 0,
                     "blind " + sim::text::fixed(each(static_cast<double>(bare_blind.rns), bare_blind.packages), 3)});
}

// How far the grid that a node tells is from where it was at first.
class Grid {
 public:
  Grid(World& world, std::uint32_t node) : world_(world), node_(node), at_first_(phase()) {}
  double shift_ms() const {
    const std::int64_t period = period_us();
    const std::int64_t apart = (phase() - at_first_ + period) % period;
    return static_cast<double>(std::min(apart, period - apart)) / 1000;
  }

 private:
  const Node& node() const { return *world_.board(node_).node(); }
  std::int64_t period_us() const { return node().wake_time(0).period_ms * 1000; }
  std::int64_t phase() const { return (node().now().us + node().wake_time(0).opens_ms * 1000) % period_us(); }
  World& world_;
  std::uint32_t node_;
  std::int64_t at_first_;
};

constexpr std::uint32_t kIdleNodes = 5;
constexpr Duration kIdle = seconds(1800);

std::vector<double> idle_shares(sim::MediumKind kind, std::uint64_t seed, std::vector<double>* shifts) {
  Scenario scenario = cell(kIdleNodes, kind);
  scenario.nodes.modem_sleep = SleepPlan{};
  Field field(scenario, seed);
  field.loses(kLoss_ppm);
  field.world().run_for(seconds(120));
  std::vector<sim::RadioTimes> before;
  std::vector<Grid> grids;
  sim::Medium& medium = field.world().medium(0);
  medium.settle();
  for (std::uint32_t n = 0; n < kIdleNodes; ++n) {
    before.push_back(medium.radio(n).times());
    grids.emplace_back(field.world(), n);
  }
  for (Duration t{}; t < kIdle; t = t + seconds(10)) {
    field.world().run_for(seconds(10));
    if (shifts != nullptr)
      for (const Grid& g : grids) shifts->push_back(g.shift_ms());
  }
  medium.settle();
  std::vector<double> shares;
  for (std::uint32_t n = 0; n < kIdleNodes; ++n) {
    const sim::RadioTimes& t = medium.radio(n).times();
    const std::int64_t asleep = (t.asleep - before[n].asleep).us;
    shares.push_back(1 - static_cast<double>(asleep) / static_cast<double>(kIdle.us));
  }
  return shares;
}

void idle(const Context& context, std::vector<Figure>& figures) {
  std::vector<double> shares, shifts, lora;
  const std::uint32_t worlds = std::max(1U, context.transfers / 100);
  for (std::uint32_t i = 0; i < worlds; ++i) {
    context.progress.at(i, worlds, "idle");
    for (const double s : idle_shares(sim::MediumKind::espnow, context.seed + i, &shifts)) shares.push_back(s);
    for (const double s : idle_shares(sim::MediumKind::lora, context.seed + i, nullptr)) lora.push_back(s);
  }
  using Bar = Figure::Bar;
  figures.push_back({"idle, five sleepers: share of the time on, largest", largest(shares), 4, Bar::at_most, kOnMax,
                     "mean " + sim::text::fixed(mean(shares), 4)});
  figures.push_back(
      {"the grid has shifted by, ms, largest", largest(shifts), 3, Bar::at_most, 1.0, "told in whole ms"});
  figures.push_back({"lora, idle: share of the time on, largest", largest(lora), 4, Bar::none, 0,
                     "mean " + sim::text::fixed(mean(lora), 4)});
}

// Frames of node 0 that carry something, and Packages of the world's traffic that arrive anywhere.
struct Arrivals final : sim::Onlooker {
  std::uint64_t frames = 0, packages = 0;
  bool counts = false;
  void on_frame(const sim::Medium&, const Transmission& t) override {
    const bool data = t.frame.from == 0 && sim::classify(t.frame.view()) == FrameClass::data;
    frames += counts && data ? 1U : 0U;
  }
  void on_delivery(std::uint32_t, const Package&, const Ledger::Entry* entry) override {
    packages += counts && entry != nullptr ? 1U : 0U;
  }
};

// One that listens always, and sleepers around it.
void broadcasts(const Context& context, std::uint32_t sleepers, std::uint32_t loss_ppm, std::vector<Figure>& figures) {
  const std::uint32_t worlds = std::max(1U, context.transfers / 100);
  Arrivals arrivals;
  std::uint64_t sent = 0;
  for (std::uint32_t i = 0; i < worlds; ++i) {
    context.progress.at(i, worlds, "broadcasts");
    Scenario scenario = cell(1 + sleepers, sim::MediumKind::espnow);
    sim::GroupSpec group;
    group.name = "sleepers";
    group.nodes.text = "1-" + std::to_string(sleepers);
    group.node = scenario.nodes;
    group.node.modem_sleep = SleepPlan{};
    scenario.groups.push_back(group);
    Field field(scenario, context.seed + i);
    field.world().run_for(seconds(11));
    field.meet();
    if (loss_ppm > 0) field.loses(loss_ppm);
    field.world().run_for(seconds(60));
    field.world().set_onlooker(&arrivals);
    sim::Stream dice(sim::Seed(context.seed + i).child("broadcasts"));
    for (std::uint32_t b = 0; b < kPerWorld; ++b) {
      field.world().run_for(dice.between(kGapMin, kGapMax));
      arrivals.counts = true;
      (void)field.world().send(sim::Flows::kStory, 0, sim::kNoNode, kPackage);
      ++sent;
      field.world().run_for(milliseconds(400));
      arrivals.counts = false;
    }
  }
  figures.push_back(
      {"broadcast to " + std::to_string(sleepers) + " sleepers" + (loss_ppm > 0 ? ", 10 % loss" : "") + ": reached",
       each(static_cast<double>(arrivals.packages), sent * sleepers), 4,
       loss_ppm > 0 ? Figure::Bar::none : Figure::Bar::at_least, 1.0,
       sim::text::fixed(each(static_cast<double>(arrivals.frames), sent), 2) + " frames each"});
}

void on_lora(const Context& context, std::vector<Figure>& figures) {
  Scenario lora = cell(2, sim::MediumKind::lora);
  lora.media[0].lora.duty_ppm = 0;  // a Package in half a minute is more than the law allows
  Context fewer = context;
  fewer.transfers = std::max(kPerWorld, context.transfers / 5);
  const Measured told = run_many(lora, Rule::told, fewer, "lora");
  Field field(
      [&] {
        Scenario s = lora;
        s.nodes.modem_sleep = SleepPlan{};
        return s;
      }(),
      context.seed);
  field.world().run_for(seconds(11));
  const WakeTime wake = field.world().board(0).node()->wake_time(0);
  const double rns_ms = static_cast<double>(field.world().medium(0).airtime(5).us) / 1000;
  figures.push_back({"lora: window in RNS airtimes", wake.wake_ms / rns_ms, 3, Figure::Bar::at_least, 2.0,
                     std::to_string(wake.wake_ms) + " of " + std::to_string(wake.period_ms) + " ms, an RNS " +
                         sim::text::fixed(rns_ms, 1) + " ms"});
  figures.push_back({"lora: ms to arrival, 95th percentile", percentile(told.latency_ms, 95), 0, Figure::Bar::none, 0,
                     "median " + sim::text::fixed(percentile(told.latency_ms, 50), 0) + ", RNS " +
                         sim::text::fixed(each(static_cast<double>(told.rns), told.packages), 2) + ", delivered " +
                         sim::text::fixed(each(static_cast<double>(told.delivered), told.packages), 3)});
}

// Two that sleep, at the law's one percent, and know nothing of each other: how long until both do.
void strangers_on_lora(const Context& context, std::vector<Figure>& figures) {
  std::vector<double> seconds_of_it;
  const std::uint32_t worlds = std::max(1U, context.transfers / 10);
  for (std::uint32_t i = 0; i < worlds; ++i) {
    context.progress.at(i, worlds, "strangers on lora");
    Scenario lora = cell(2, sim::MediumKind::lora);
    lora.nodes.modem_sleep = SleepPlan{};
    Field field(lora, context.seed + i);
    const auto met = [&] { return field.world().all_neighbours_know_each_other(); };
    const Instant limit = field.world().now() + seconds(4 * 3600);
    field.world().run_for(seconds(11));
    while (!met() && field.world().now() < limit) field.world().run_for(seconds(1));
    seconds_of_it.push_back(static_cast<double>(field.world().now().us) / 1e6);
  }
  figures.push_back({"lora, 1 %: s until two sleeping strangers know each other, 95th percentile",
                     percentile(seconds_of_it, 95), 0, Figure::Bar::none, 0,
                     "median " + sim::text::fixed(percentile(seconds_of_it, 50), 0) + ", largest " +
                         sim::text::fixed(largest(seconds_of_it), 0)});
}

std::vector<Figure> run(const Context& context) {
  std::vector<Figure> figures;
  reach_a_sleeper(context, figures);
  idle(context, figures);
  for (const std::uint32_t sleepers : {1U, 3U, 12U}) broadcasts(context, sleepers, 0, figures);
  broadcasts(context, 12, kLoss_ppm, figures);
  on_lora(context, figures);
  strangers_on_lora(context, figures);
  return figures;
}

const Registered kRow({"sleep", 60, "espnow radios that sleep, 10 % loss, clocks off by up to 100 ppm", run});

}  // namespace
}  // namespace mp::bench
