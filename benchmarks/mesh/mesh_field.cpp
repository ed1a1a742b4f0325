// SPDX-License-Identifier: ISC
#include "mesh_field.hpp"

#include "micropycelium/packet/package.hpp"
#include "simulator/media/medium.hpp"
#include "simulator/report/text.hpp"
#include "simulator/scenario/defaults.hpp"
#include "simulator/world/flows.hpp"
#include "simulator/world/whole_trees.hpp"

#include <algorithm>
#include <numeric>

namespace mp::bench {
namespace {

// Between looks at what was started meanwhile.
constexpr Duration kLook = seconds(1);
// A second look-up takes so long.
constexpr Duration kAgain = seconds(1);

Said said_by(const PacketView& packet) {
  const Schema& schema = packet.schema();
  if (packet.flags().error()) return Said::error;
  const Control control = packet.flags().control();
  if (schema.by_id()) return control == Control::none || control == Control::ask ? Said::data : Said::answer;
  if (schema.id == kHopSchemaEspNow || schema.id == kHopSchemaLora) return Said::hop_ack;
  const Bytes body = packet.contents();
  if ((control != Control::none && control != Control::ask) || body.size() < kPackageHeader) return Said::other;
  static const AppId kBeacon = kBeaconApp.id(), kTrees = kSpanningTreeApp.id();
  const auto app = AppId::from(body.first(AppId::kSize));
  if (app == kBeacon) return Said::beacon;
  if (!(app == kTrees)) return Said::data;
  const bool advert = body.size() > kPackageHeader && body[kPackageHeader] == std::byte{0};
  return advert ? Said::advert : Said::trees;
}

}  // namespace

const char* name(Said said) {
  switch (said) {
    case Said::beacon:
      return "Beacons";
    case Said::advert:
      return "adverts";
    case Said::trees:
      return "other words of trees";
    case Said::hop_ack:
      return "hop acks";
    case Said::data:
      return "data";
    case Said::answer:
      return "answers";
    case Said::error:
      return "errors";
    case Said::other:
    case Said::count_:
      break;
  }
  return "others";
}

std::uint64_t Air::total() const { return std::accumulate(frames.begin(), frames.end(), std::uint64_t{0}); }

Duration Air::on_air() const {
  Duration sum{};
  for (const Duration d : airtime) sum = sum + d;
  return sum;
}

std::string text(const Air& air, std::uint32_t nodes) {
  std::string out;
  for (std::size_t s = 0; s < kSaid; ++s) {
    if (air.frames[s] == 0) continue;
    out += (out.empty() ? "" : ", ") + sim::text::fixed(static_cast<double>(air.frames[s]) / nodes, 2) + ' ' +
           name(static_cast<Said>(s));
  }
  return out;
}

sim::Scenario mesh_of(std::uint32_t nodes, sim::MediumKind kind, std::uint8_t trees, std::uint32_t degree) {
  sim::Scenario s;
  s.name = "mesh_bench";
  s.topology.kind = sim::TopologyKind::geometric;
  s.topology.nodes = nodes;
  s.topology.degree_milli = degree * 1000;
  s.media = {sim::defaults_of(kind)};
  s.nodes.trees = trees;
  s.nodes.limits.peers = 32;
  s.sample = seconds(1'000'000);  // nobody looks at the series
  return s;
}

// --- where is that node? ---------------------------------------------------------------------------------------

// Says where a node is as it stands there at this moment: what the best of directories would say.
class MeshField::Oracle final : public Seeker {
 public:
  explicit Oracle(MeshField& field)
      : Seeker({.name = "Oracle", .description = "Knows where all nodes are", .version = 1, .listed = false}),
        field_(field) {}
  std::uint32_t incarnation = 0;  // of the node that it was given to

  // Where it was said to be it was not: no directory knows better at once.
  void seek(const NodeTag& target, bool anew) override {
    if (!anew) return tell(target);
    for (Again& again : again_) {
      if (again.due != Instant::never()) continue;
      again = {target, node().now() + kAgain};
      return node().wake(*this);
    }
    not_found(target);
  }
  // Places are shown as everywhere.
  void check(std::uint8_t slot, std::uint8_t tree) override {
    const auto self = field_.by_tag_.find(load_be<std::uint64_t>(node_tag(node().id()).value.data()));
    if (self == field_.by_tag_.end()) return;
    if (SpanningTree* const trees = field_.world_.board(self->second).tree()) trees->check(slot, tree);
  }
  // Whoever does not know who this is is told at once, too: the best of directories names sources as well.
  void introduce_to(const NodeId& to, std::uint32_t) override {
    const auto known = field_.by_tag_.find(load_be<std::uint64_t>(node_tag(to).value.data()));
    if (known != field_.by_tag_.end() && field_.powered(known->second) && field_.oracles_[known->second])
      field_.oracles_[known->second]->found(node().id(), node().places().view());
  }
  void tell(const NodeTag& target) {
    const auto known = field_.by_tag_.find(load_be<std::uint64_t>(target.value.data()));
    if (known == field_.by_tag_.end() || !field_.powered(known->second)) return not_found(target);
    const Node& there = *field_.world_.board(known->second).node();
    const TreePlaces places = there.places();
    if (places.count == 0) return not_found(target);
    found(there.id(), places.view());
  }

 private:
  struct Again {
    NodeTag target;
    Instant due = Instant::never();
  };

  void on_start(Instant) override { offer(); }
  Instant on_time(Instant now) override {
    Instant due = Instant::never();
    for (Again& again : again_) {
      if (again.due <= now) {
        again.due = Instant::never();
        tell(again.target);
      }
      due = std::min(due, again.due);
    }
    return due;
  }
  std::array<Again, 16> again_{};
  MeshField& field_;
};

void MeshField::give_oracles() {
  for (std::uint32_t n = 0; n < size(); ++n) {
    sim::Board& board = world_.board(n);
    if (!board.powered() || oracles_[n]->incarnation == board.incarnation().number) continue;
    oracles_[n] = std::make_unique<Oracle>(*this);
    oracles_[n]->incarnation = board.incarnation().number;
    by_tag_[load_be<std::uint64_t>(board.node()->id().value.data())] = n;
    if (board.node()->attach(*oracles_[n]) != Status::ok) throw BenchError("a node took no oracle");
    ++powers_;
  }
}

// --- the field -------------------------------------------------------------------------------------------------

MeshField::MeshField(const sim::Scenario& scenario, std::uint64_t seed)
    : world_(scenario, seed), stream_(sim::Seed(seed).child("mesh_bench")), near_(world_.size()) {
  world_.set_onlooker(this);
  const sim::Medium& medium = world_.medium(0);
  for (std::uint32_t i = 0; i < world_.size(); ++i) oracles_.push_back(std::make_unique<Oracle>(*this));
  for (sim::RadioIndex a = 0; a < medium.size(); ++a)
    for (const sim::Hearer& h : medium.reach().hearers(a))
      if (medium.in_range(a, h.radio) && medium.in_range(h.radio, a))
        near_[medium.radio(a).node()].push_back(medium.radio(h.radio).node());
}

MeshField::~MeshField() = default;

void MeshField::run(Duration time) {
  const Instant end = now() + time;
  for (;;) {
    Instant next = std::min(end, now() + kLook);
    if (!plan_.empty()) next = std::min(next, std::max(plan_.top().when, now()));
    world_.run_for(next - now());
    give_oracles();
    while (!plan_.empty() && plan_.top().when <= now()) {
      const auto what = plan_.top().what;
      plan_.pop();
      what();
    }
    if (now() >= end) return;
  }
}

void MeshField::power_off(std::uint32_t node) {
  world_.power_off(node);
  ++powers_;
}

void MeshField::power_on(std::uint32_t node) {
  world_.power_on(node);
  give_oracles();
}

std::vector<std::vector<std::uint32_t>> MeshField::components() {
  std::vector<std::vector<std::uint32_t>> all;
  component_of_.assign(size(), sim::kNoNode);
  for (std::uint32_t from = 0; from < size(); ++from) {
    if (!powered(from) || component_of_[from] != sim::kNoNode) continue;
    const auto number = static_cast<std::uint32_t>(all.size());
    component_of_[from] = number;
    all.push_back({from});
    for (std::size_t i = 0; i < all.back().size(); ++i)
      for (const std::uint32_t b : near_[all.back()[i]])
        if (powered(b) && component_of_[b] == sim::kNoNode) {
          component_of_[b] = number;
          all.back().push_back(b);
        }
  }
  components_of_ = powers_;
  return all;
}

bool MeshField::connected(std::uint32_t a, std::uint32_t b) {
  if (components_of_ != powers_) (void)components();
  return powered(a) && powered(b) && component_of_[a] == component_of_[b];
}

std::string MeshField::wrong() {
  for (const auto& all : components())
    if (std::string what = sim::wrong_in_trees(world_, all); !what.empty()) return what;
  return "";
}

std::pair<std::uint64_t, std::uint64_t> MeshField::placed() {
  std::uint64_t placed = 0, of = 0;
  for (const auto& all : components())
    for (std::size_t t = 0; t < world_.board(all[0]).node()->trees().count(); ++t) {
      std::map<std::uint16_t, std::uint64_t> epochs;
      for (const std::uint32_t i : all) {
        const Tree& tree = world_.board(i).node()->trees()[t];
        if (tree.has_claim() && tree.place().used) ++epochs[tree.epoch()];
      }
      std::uint64_t most = 0;
      for (const auto& [epoch, n] : epochs) most = std::max(most, n);
      placed += most;
      of += all.size();
    }
  return {placed, of};
}

Duration MeshField::whole(Duration limit, Duration step) {
  const Instant begun = now(), end = now() + limit;
  while (!wrong().empty()) {
    if (now() >= end) return microseconds(-1);
    run(step);
  }
  return now() - begun;
}

std::uint32_t MeshField::root(std::size_t tree) {
  std::uint32_t found = sim::kNoNode;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!powered(i) || world_.board(i).node()->trees()[tree].state() != Tree::State::root) continue;
    if (found != sim::kNoNode) return sim::kNoNode;
    found = i;
  }
  return found;
}

// --- traffic ---------------------------------------------------------------------------------------------------

const MeshField::Offered& MeshField::send(std::uint32_t from, std::uint32_t to, std::uint32_t bytes, bool ask) {
  if (powered(from) && powered(to)) oracles_[from]->tell(node_tag(world_.board(to).node()->id()));
  const auto sent = world_.send(sim::Flows::kStory, from, to, bytes, ask);
  offered_.push_back({sent.serial, from, to, sent.refusal, now()});
  return offered_.back();
}

void MeshField::offer(std::uint32_t from, Duration every, std::uint32_t bytes, Instant until, bool ask) {
  if (powered(from)) {
    if (components_of_ != powers_) (void)components();
    for (int tries = 0; tries < 100; ++tries) {
      const auto to = static_cast<std::uint32_t>(stream_.below(size()));
      if (to == from || !connected(from, to)) continue;
      (void)send(from, to, bytes, ask);
      break;
    }
  }
  if (now() + every < until) at(now() + every, [=, this] { offer(from, every, bytes, until, ask); });
}

void MeshField::traffic(Duration every, std::uint32_t bytes, Instant until, bool ask) {
  for (std::uint32_t n = 0; n < size(); ++n)
    at(now() + stream_.between(Duration{}, every), [=, this] { offer(n, every, bytes, until, ask); });
}

MeshField::Outcomes MeshField::outcomes(Duration allowed) {
  Outcomes out;
  for (const Offered& o : offered_) {
    ++out.offered;
    if (o.serial == 0) {
      ++out.refused;
      ++out.ends[std::string("refused: ") + mp::name(o.refusal)];
      continue;
    }
    const sim::Ledger::Entry& e = world_.ledger().entry(o.serial);
    if (e.delivered && e.got - e.sent <= allowed) {
      ++out.arrived;
      out.latencies_s.push_back(static_cast<double>((e.got - e.sent).us) / 1e6);
      continue;
    }
    if (e.delivered) ++out.late;
    ++out.ends[e.delivered                       ? "late"
               : e.outcome == sim::Ledger::kOpen ? "open"
                                                 : mp::name(static_cast<Outcome>(e.outcome))];
  }
  std::sort(out.latencies_s.begin(), out.latencies_s.end());
  return out;
}

double MeshField::Outcomes::latency_s(double quantile) const {
  if (latencies_s.empty()) return 0;
  return latencies_s[std::min(static_cast<std::size_t>(quantile * static_cast<double>(latencies_s.size())),
                              latencies_s.size() - 1)];
}

std::string MeshField::Outcomes::text() const {
  std::string out = std::to_string(arrived) + " of " + std::to_string(offered);
  for (const auto& [end, n] : ends) out += ", " + std::to_string(n) + " " + end;
  return out;
}

// --- the air ---------------------------------------------------------------------------------------------------

void MeshField::on_frame(const sim::Medium& medium, const sim::Transmission& t) {
  const auto packet = PacketView::parse(t.frame.view());
  const Said said = packet ? said_by(*packet) : Said::other;
  ++air_.frames[static_cast<std::size_t>(said)];
  Duration& spent = air_.airtime[static_cast<std::size_t>(said)];
  spent = spent + t.airtime;
  if (said != Said::data || !packet->schema().by_id()) return;
  const Bytes route = packet->route();
  const NodeTag from = route_source(route), to = route_target(route);
  const auto key = std::uint64_t{load_be<std::uint32_t>(from.value.data())} << 32 | route_message(route);
  Way& way = ways_[key];
  if (way.senders.empty()) {
    const auto a = by_tag_.find(load_be<std::uint64_t>(from.value.data()));
    const auto b = by_tag_.find(load_be<std::uint64_t>(to.value.data()));
    if (a == by_tag_.end() || b == by_tag_.end()) return;
    way.from = a->second;
    way.to = b->second;
  }
  const std::uint32_t sender = medium.radio(t.frame.from).node();
  if (std::find(way.senders.begin(), way.senders.end(), sender) == way.senders.end()) way.senders.push_back(sender);
}

std::vector<std::uint8_t> MeshField::hops_from(std::uint32_t node) {
  std::vector<std::uint8_t> hops(size(), 0xff);
  std::vector<std::uint32_t> all{node};
  hops[node] = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const std::uint32_t b : near_[all[i]])
      if (powered(b) && hops[b] == 0xff && hops[all[i]] < 0xfe) {
        hops[b] = static_cast<std::uint8_t>(hops[all[i]] + 1);
        all.push_back(b);
      }
  return hops;
}

MeshField::Ways MeshField::ways() {
  Ways out;
  std::vector<std::vector<std::uint8_t>> hops(size());
  for (const auto& [key, way] : ways_) {
    if (way.senders.empty()) continue;
    auto& from = hops[way.from];
    if (from.empty()) from = hops_from(way.from);
    // What did not get there says nothing.
    if (from[way.to] == 0xff || way.senders.size() < from[way.to]) continue;
    ++out.packets;
    out.hops += way.senders.size();
    out.shortest += from[way.to];
  }
  return out;
}

void MeshField::count_from_here() {
  air_ = {};
  ways_.clear();
  offered_.clear();
}

}  // namespace mp::bench
