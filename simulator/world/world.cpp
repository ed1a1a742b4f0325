// SPDX-License-Identifier: ISC
#include "simulator/world/world.hpp"

#include "simulator/report/frame_class.hpp"
#include "simulator/report/text.hpp"
#include "simulator/topologies/curve.hpp"
#include "simulator/topologies/topology.hpp"
#include "simulator/world/faults.hpp"
#include "simulator/world/flows.hpp"
#include "simulator/world/mobility.hpp"
#include "simulator/world/probes.hpp"
#include "simulator/world/routes.hpp"

#include <algorithm>
#include <chrono>

namespace mp::sim {
namespace {

// What the world's own events mean: a point of the series, the end of the warm-up, or a node that gets its first power.
constexpr std::uint64_t kSample = std::uint64_t{1} << 62;
constexpr std::uint64_t kWarm = std::uint64_t{2} << 62;
constexpr std::uint64_t kEventsBetweenLooks = 4096;
constexpr std::int64_t kSamples = 200;

}  // namespace

World::World(const Scenario& scenario, std::uint64_t seed)
    : scenario_(scenario),
      seed_(seed),
      ledger_(events_, referee_, Seed(seed).child("contents")),
      conditions_(events_, Seed(seed).child("conditions")) {
  if (scenario_.media.empty()) throw ScenarioError("the scenario has no medium: add a [[medium]] table");
  layout_ = make_layout(scenario_.topology, range_mm(scenario_.media.front()), seed_.child("topology"));
  places_ = layout_.points;
  for (const Tag& tag : layout_.tags) named_.push_back({tag.name, tag.nodes});
  const auto nodes = static_cast<std::uint32_t>(layout_.points.size());
  for (const GroupSpec& group : scenario_.groups)
    named_.push_back({group.name, select(group.nodes, nodes, named_, seed_.child("group").child(group.name))});
  arrivals_.assign(scenario_.flows.size(), 0);
  powered_.assign(nodes, false);
  ids_.assign(nodes, {});
  make_media();
  make_boards();
  neighbourhood_ = std::make_unique<Neighbourhood>(*this);
  neighbourhood_->find();
  if (scenario_.routes == RoutesKind::tree) routes_ = std::make_unique<Routes>(*this, *neighbourhood_);
  if (routes_) ledger_.set_relayed();
  flows_ = std::make_unique<Flows>(*this, seed_.child("flows"));
  faults_ = std::make_unique<Faults>(*this, seed_.child("faults"));
  if (scenario_.mobility.on) mobility_ = std::make_unique<Mobility>(*this, *neighbourhood_, seed_.child("mobility"));
  const Duration within = scenario_.expect.neighbours_exchange_within;
  if (within != Duration{})
    probes_ = std::make_unique<Probes>(*this, *neighbourhood_, std::max(faults_->over(), all_started_), within);
  if (scenario_.sample == Duration{}) scenario_.sample = std::max(scenario_.duration / kSamples, milliseconds(1));
  events_.plan({}, *this, kSample);
  if (scenario_.warm_up != Duration{}) events_.plan(Instant{} + scenario_.warm_up, *this, kWarm);
}

World::~World() = default;

void World::make_media() {
  for (const MediumSpec& spec : scenario_.media) {
    const auto number = static_cast<std::uint8_t>(media_.size());
    media_.push_back(make_medium(spec, number, events_, seed_.child("medium", number)));
    media_.back()->set_conditions(&conditions_);
    media_.back()->set_witness(this);
  }
  books_.resize(media_.size());
  baselines_.resize(media_.size());
}

void World::make_boards() {
  const auto nodes = static_cast<std::uint32_t>(places_.size());
  std::vector<const NodeSpec*> specs(nodes, &scenario_.nodes);
  for (std::size_t g = 0; g < scenario_.groups.size(); ++g)
    for (const std::uint32_t n : nodes_of({scenario_.groups[g].name}, "group")) specs[n] = &scenario_.groups[g].node;
  std::int32_t gain_max_mdb = 0;
  for (const NodeSpec* spec : specs) gain_max_mdb = std::max(gain_max_mdb, spec->tx_gain_mdb);
  for (const auto& medium : media_) medium->set_gain_max(gain_max_mdb);
  // The radio of each node on each medium, for the links that the layout gives as such.
  std::vector<std::vector<RadioIndex>> radio_of(media_.size(), std::vector<RadioIndex>(nodes, Frame::kEveryone));
  boards_.resize(nodes);
  for (const std::uint32_t n : along_curve(places_)) {
    const NodeSpec& spec = *specs[n];
    replayers_ |= spec.misbehaviour == Misbehaviour::replayer;
    const Seed seed = seed_.child("node", n);
    boards_[n] = std::make_unique<Board>(Board::World{events_, referee_, ledger_, *this}, n, spec, seed);
    std::uint8_t number = 0;
    for (std::size_t m = 0; m < media_.size(); ++m) {
      const auto& wanted = spec.media;
      if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), scenario_.media[m].name) == wanted.end()) continue;
      Radio& radio = media_[m]->add_radio(n, number++, *boards_[n], places_[n], spec.tx_gain_mdb, layout_.geometric);
      boards_[n]->add_radio(radio);
      radio_of[m][n] = radio.index();
    }
    if (number == 0) throw ScenarioError("node " + std::to_string(n) + " has no medium: check `media` of its group");
    Stream stream(seed.child("start"));
    const Instant start = Instant{} + stream.between(Duration{}, spec.start_spread);
    events_.plan(start, *this, n);
    all_started_ = std::max(all_started_, start);
  }
  for (const FixedLink& link : layout_.links)
    for (std::size_t m = 0; m < media_.size(); ++m)
      if (radio_of[m][link.a] != Frame::kEveryone && radio_of[m][link.b] != Frame::kEveryone)
        media_[m]->join(radio_of[m][link.a], radio_of[m][link.b], link.loss_mdb);
}

std::vector<std::uint32_t> World::nodes_of(const Selector& selector, std::string_view purpose) const {
  return select(selector, static_cast<std::uint32_t>(places_.size()), named_, seed_.child("select").child(purpose));
}

std::uint32_t World::node_of(const NodeId& id) const {
  const auto it = nodes_by_id_.find(id);
  return it != nodes_by_id_.end() ? it->second : kNoNode;
}

bool World::neighbours(std::uint32_t a, std::uint32_t b) const {
  for (const std::uint32_t i : neighbourhood_->pairs_of(a)) {
    const Neighbourhood::Pair& pair = neighbourhood_->pairs()[i];
    if (pair.a == b || pair.b == b) return neighbourhood_->live(pair);
  }
  return false;
}

bool World::all_neighbours_know_each_other() const {
  return neighbourhood_->known_pairs() == neighbourhood_->live_pairs();
}

void World::move(std::uint32_t node, Point to) {
  places_[node] = to;
  for (Radio* radio : boards_[node]->radios()) radio->medium().move(radio->index(), to);
}

// --- running -----------------------------------------------------------------------------------------------

void World::run(const std::function<bool(const Progress&)>& stop) {
  const auto began = std::chrono::steady_clock::now();
  const Instant wanted = Instant{} + scenario_.duration;
  const Instant end = probes_ ? std::max(wanted, probes_->deadline()) : wanted;
  std::uint64_t look = events_.happened() + kEventsBetweenLooks;
  while (events_.step(end)) {
    if (events_.happened() < look) continue;
    look = events_.happened() + kEventsBetweenLooks;
    if (stop && stop({now(), end, events_.happened()})) {
      interrupted_ = true;
      break;
    }
    if (probes_ && probes_->over() && now() >= wanted) break;
  }
  if (!interrupted_ && !(probes_ && probes_->over())) events_.run_until(end);
  wall_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void World::run_for(Duration time) {
  const auto began = std::chrono::steady_clock::now();
  events_.run_until(now() + time);
  wall_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

bool World::run_until(const std::function<bool()>& condition, Duration limit) {
  const Instant end = now() + limit;
  while (!condition())
    if (!events_.step(end)) {
      events_.run_until(end);
      return condition();
    }
  return true;
}

void World::on_event(std::uint64_t what) {
  if (what == kWarm) return end_warm_up();
  if (what != kSample) return power_on(static_cast<std::uint32_t>(what));
  sample();
  events_.plan_in(scenario_.sample, *this, kSample);
}

void World::sample() {
  Sample s{.at = now(),
           .sent = flow_sent_,
           .delivered = flow_delivered_,
           .violations = static_cast<std::uint32_t>(referee_.total())};
  s.live = static_cast<std::uint32_t>(std::count(powered_.begin(), powered_.end(), true));
  const std::uint64_t live = neighbourhood_->live_pairs();
  s.known_ppm = live == 0 ? 0 : static_cast<std::uint32_t>(neighbourhood_->known_pairs() * kCertain_ppm / live);
  s.airtime = airtime_;
  series_.push_back(s);
}

// --- power -------------------------------------------------------------------------------------------------

void World::power_on(std::uint32_t node) {
  if (powered_[node]) return;
  powered_[node] = true;
  boards_[node]->power_on();
}

void World::power_off(std::uint32_t node) {
  if (!powered_[node]) return;
  neighbourhood_->before_power_off(node);
  powered_[node] = false;
  if (const Node* gone = boards_[node]->node())
    for (std::size_t i = 0; i < kCounters; ++i) retired_[i] += gone->counters().all()[i];
  boards_[node]->power_off();
  flows_->on_power_off(node);
  ledger_.forget_sender(boards_[node]->incarnation());
}

void World::on_started(Board& board) {
  const std::uint32_t n = board.number();
  ids_[n] = board.node()->id();
  nodes_by_id_[ids_[n]] = n;
  neighbourhood_->on_started(n);
  if (routes_) routes_->on_started(n);
}

void World::on_struck(Board& board) { faults_->on_struck(board.number()); }

// --- Packages ----------------------------------------------------------------------------------------------

TrafficApp::Sent World::send(std::uint32_t flow, std::uint32_t from, std::uint32_t to, std::uint32_t size, bool ask,
                             bool sealed) {
  Board& board = *boards_[from];
  if (!powered_[from] || board.app() == nullptr || !board.node()->started()) return {0, Status::not_started};
  // A probe asks whether neighbours reach each other, not whether others carry it.
  const bool probe = flow == Flows::kProbe;
  const bool direct = to != kNoNode && (probe || !routes_ || !routes_->has(to) || neighbourhood_->knows(from, to));
  const NodeId* id = direct ? &ids_[to] : nullptr;
  const TreeAddress* address = to != kNoNode && !direct ? &routes_->address(to) : nullptr;
  const TrafficApp::Sent sent = board.app()->send(flow, to, id, address, size, ask, sealed);
  if (sent.serial != 0 && flow < scenario_.flows.size() && to != kNoNode) ++flow_sent_;
  board.nudge();
  return sent;
}

void World::on_arrived(std::uint32_t node, const Package& package, Bytes contents) {
  const std::uint32_t from = package.from.node.is_zero() ? kNoNode : node_of(package.from.node);
  if (!powered_[node]) referee_.report(node, "silent when off", "a node without power takes in a Package");
  // The frame that completed the Package is the last that the node took from this radio.
  const bool damaged = boards_[node]->radios()[package.from.interface]->took_damaged();
  const std::uint64_t before = ledger_.delivered();
  const Ledger::Entry* entry = ledger_.arrived(boards_[node]->incarnation(), from, contents, damaged);
  if (entry != nullptr && entry->flow < arrivals_.size()) {
    ++arrivals_[entry->flow];
    if (entry->to != kNoNode) flow_delivered_ += ledger_.delivered() - before;
  }
  if (entry != nullptr && probes_ && entry->flow == Flows::kProbe) probes_->on_arrived(*entry);
  if (onlooker_ != nullptr) onlooker_->on_delivery(node, package, entry);
}

void World::on_told(std::uint32_t node, std::uint64_t serial, Outcome outcome) {
  const Board& board = *boards_[node];
  const Ledger::Entry& entry = ledger_.entry(serial);
  ledger_.told(serial, board.incarnation(), outcome, board.took_damaged_since(entry.sent, entry.to));
  flows_->on_told(serial);
  const auto told = told_.find(node);
  if (told != told_.end()) told->second(serial, outcome);
}

void World::on_meeting(std::uint32_t node, const NodeId& peer, bool added) {
  // A name that its owner no longer has is nobody's.
  const std::uint32_t other = node_of(peer);
  if (other != kNoNode && other != node && ids_[other] == peer) neighbourhood_->on_meeting(node, other, added);
}

// --- frames ------------------------------------------------------------------------------------------------

void World::on_transmission(const Medium& medium, const Transmission& t) {
  const std::uint32_t node = medium.radio(t.frame.from).node();
  if (!powered_[node]) referee_.report(node, "silent when off", "a frame is on the air from a node without power");
  hash_.add(static_cast<std::uint64_t>(t.begin.us));
  hash_.add(std::uint64_t{medium.number()} << 56 | std::uint64_t{t.tries} << 48 | t.frame.from);
  hash_.add(t.frame.to);
  hash_.add(t.frame.view());
  MediumBook& book = books_[medium.number()];
  const auto c = static_cast<std::size_t>(classify(t.frame.view()));
  book.airtime[c] = book.airtime[c] + t.airtime;
  ++book.frames[c];
  airtime_[c] = airtime_[c] + t.airtime;
  if (onlooker_ != nullptr) onlooker_->on_frame(medium, t);
}

void World::on_fate(const Medium& medium, const Frame& frame, RadioIndex at, Fate fate) {
  if (replayers_ && fate == Fate::received) boards_[medium.radio(at).node()]->overhear(frame);
}

void World::on_duty_breach(const Medium& medium, RadioIndex at, std::uint32_t share_ppm) {
  referee_.report(medium.radio(at).node(), "airtime inside the law",
                  std::to_string(share_ppm) + " ppm of the window on " + medium.spec().name);
}

void World::on_long_transmission(const Medium& medium, RadioIndex at, Duration length) {
  referee_.report(medium.radio(at).node(), "airtime inside the law",
                  text::duration(static_cast<double>(length.us)) + " in one transmission on " + medium.spec().name);
}

}  // namespace mp::sim
