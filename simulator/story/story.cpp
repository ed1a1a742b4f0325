// SPDX-License-Identifier: ISC
#include "simulator/story/story.hpp"

#include "simulator/scenario/defaults.hpp"
#include "simulator/world/flows.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

namespace mp::sim {

// --- Sending -----------------------------------------------------------------------------------------------

const Ledger::Entry& Sending::entry() const { return story_->world().ledger().entry(serial_); }
bool Sending::ended() const { return queued() && entry().outcome != Ledger::kOpen; }
Outcome Sending::outcome() const { return static_cast<Outcome>(entry().outcome); }
bool Sending::arrived() const { return queued() && entry().delivered; }
Duration Sending::latency() const { return entry().got - entry().sent; }

Sending StoryNode::Parcel::to(std::uint32_t node) const {
  return {story_, story_.world().send(Flows::kStory, from_, node, size_, ask_)};
}
Sending StoryNode::Parcel::to_everyone() const { return to(kNoNode); }

// --- nodes -------------------------------------------------------------------------------------------------

void StoryNode::crashes() const { story_.world().power_off(number_); }
void StoryNode::restarts() const { story_.world().power_on(number_); }
void StoryNode::is_wiped() const { story_.world().board(number_).flash().wipe(); }
void StoryNode::loses_power_in_next_write() const { story_.world().board(number_).flash().arm_power_cut(true); }
void StoryNode::moves_to(Point place) const { story_.world().move(number_, place); }
bool StoryNode::has_power() const { return story_.world().powered(number_); }
Node& StoryNode::node() const { return *story_.world().board(number_).node(); }
const NodeId& StoryNode::id() const { return story_.world().id_of(number_); }
std::uint32_t StoryNode::count(Counter counter) const { return node().counters()[counter]; }

bool StoryNode::knows(std::uint32_t other) const {
  const Node* node = story_.world().board(number_).node();
  const Peer* peer = node != nullptr ? node->peer(story_.world().id_of(other)) : nullptr;
  return peer != nullptr && peer->connected();
}

void StoryNode::runs(Application& application) const {
  ASSERT_EQ(node().attach(application), Status::ok);
  story_.world().board(number_).nudge();
}

// --- links -------------------------------------------------------------------------------------------------

StoryLink& StoryLink::add(FaultSpec spec) {
  spec.both_ways = both_ways_;
  LinkFaults& conditions = story_.world().conditions();
  const std::size_t fault = conditions.add(spec, from_, to_);
  conditions.set_active(fault, true);
  story_.faults_.push_back(fault);
  return *this;
}

StoryLink& StoryLink::loses(std::uint32_t share_ppm) {
  FaultSpec spec;
  spec.kind = FaultKind::loss;
  spec.share_ppm = share_ppm;
  return add(spec);
}

StoryLink& StoryLink::loses_in_bursts(std::uint32_t share_ppm, Duration good, Duration bad) {
  FaultSpec spec;
  spec.kind = FaultKind::burst_loss;
  spec.share_ppm = share_ppm;
  spec.good = good;
  spec.bad = bad;
  return add(spec);
}

StoryLink& StoryLink::repeats(std::uint32_t share_ppm, Duration later) {
  FaultSpec spec;
  spec.kind = FaultKind::duplicate;
  spec.share_ppm = share_ppm;
  spec.delay = later;
  return add(spec);
}

StoryLink& StoryLink::reorders(std::uint32_t share_ppm, Duration by_up_to) {
  FaultSpec spec;
  spec.kind = FaultKind::reorder;
  spec.share_ppm = share_ppm;
  spec.delay = by_up_to;
  return add(spec);
}

StoryLink& StoryLink::corrupts(std::uint32_t share_ppm) {
  FaultSpec spec;
  spec.kind = FaultKind::corrupt;
  spec.share_ppm = share_ppm;
  spec.undetected = true;
  return add(spec);
}

void StoryLink::heals() { story_.world().conditions().remove(from_, to_); }

// --- the story ---------------------------------------------------------------------------------------------

std::uint64_t Story::seed_from_environment() {
  const char* text = std::getenv("MP_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
}

Story::Story(std::uint64_t seed) : seed_(seed) {
  scenario_.name = "story";
  scenario_.media = {defaults_of(MediumKind::ideal)};
  scenario_.nodes.start_spread = milliseconds(100);
}

Story::~Story() {
  if (world_ && !violations_expected_)
    for (const Violation& v : world_->referee().kept())
      ADD_FAILURE() << "at " << static_cast<double>(v.at.us) / 1e6 << " s, node " << v.node << ": " << v.checker << ": "
                    << v.what;
  if (!testing::Test::HasFailure()) return;
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  const auto& arguments = testing::internal::GetArgvs();
  std::cout << "This story had seed " << seed_ << ". To see it again:\n  MP_SEED=" << seed_ << " "
            << (arguments.empty() ? "<test program>" : arguments.front())
            << " --gtest_filter=" << test->test_suite_name() << "." << test->name() << "\n";
}

Scenario& Story::scenario() {
  if (world_) throw std::logic_error("the world of this story is made already: describe it before the first action");
  return scenario_;
}

Story& Story::line(std::uint32_t nodes) {
  scenario().topology.kind = TopologyKind::line;
  scenario().topology.nodes = nodes;
  return *this;
}

Story& Story::ring(std::uint32_t nodes) {
  scenario().topology.kind = TopologyKind::ring;
  scenario().topology.nodes = nodes;
  return *this;
}

Story& Story::grid(std::uint32_t columns, std::uint32_t rows) {
  scenario().topology.kind = TopologyKind::grid;
  scenario().topology.columns = columns;
  scenario().topology.nodes = columns * rows;
  return *this;
}

Story& Story::scattered(std::uint32_t nodes, std::uint32_t degree) {
  scenario().topology.kind = TopologyKind::geometric;
  scenario().topology.nodes = nodes;
  scenario().topology.degree_milli = degree * 1000;
  return *this;
}

Story& Story::routes() {
  scenario().routes = RoutesKind::tree;
  return *this;
}

Story& Story::medium(MediumKind kind) {
  scenario().media = {defaults_of(kind)};
  return *this;
}

Story& Story::also_medium(MediumKind kind, std::vector<std::uint32_t> nodes) {
  MediumSpec spec = defaults_of(kind);
  spec.name += std::to_string(scenario().media.size());
  GroupSpec group;
  group.name = "on_" + spec.name;
  group.nodes.text.clear();
  for (const std::uint32_t n : nodes) group.nodes.text += (group.nodes.text.empty() ? "" : ",") + std::to_string(n);
  group.node = scenario().nodes;
  if (scenario().nodes.media.empty()) scenario().nodes.media = {scenario().media.front().name};
  group.node.media = {scenario().media.front().name, spec.name};
  scenario().groups.push_back(std::move(group));
  scenario().media.push_back(std::move(spec));
  return *this;
}

Story& Story::limits(const Limits& limits) {
  scenario().nodes.limits = limits;
  return *this;
}

Story& Story::closed(const std::string& network) {
  scenario().nodes.network = network;
  for (GroupSpec& group : scenario().groups) group.node.network = network;
  return *this;
}

World& Story::world() {
  if (!world_) world_ = std::make_unique<World>(scenario_, seed_);
  return *world_;
}

StoryLink Story::link(std::uint32_t a, std::uint32_t b) {
  std::vector<bool> from(world().size()), to(world().size());
  from[a] = true;
  to[b] = true;
  return {*this, std::move(from), std::move(to)};
}

StoryLink Story::way(std::uint32_t from, std::uint32_t to) {
  std::vector<bool> sender(world().size()), hearer(world().size());
  sender[from] = true;
  hearer[to] = true;
  return {*this, std::move(sender), std::move(hearer), false};
}

StoryLink Story::every_link() {
  const std::vector<bool> all(world().size(), true);
  return {*this, all, all};
}

StoryLink Story::parted(const std::vector<std::uint32_t>& nodes) {
  std::vector<bool> inside(world().size());
  for (const std::uint32_t n : nodes) inside[n] = true;
  std::vector<bool> outside(inside);
  outside.flip();
  StoryLink link{*this, std::move(inside), std::move(outside)};
  FaultSpec spec;
  spec.kind = FaultKind::partition;
  return link.add(spec);
}

void Story::meet(Duration limit) {
  const auto met = [&] {
    for (std::uint32_t a = 0; a < world().size(); ++a)
      if (!world().powered(a)) return false;
    return world().all_neighbours_know_each_other();
  };
  EXPECT_TRUE(run_until(met, limit)) << "not all neighbours know each other after " << limit.us / 1'000'000 << " s";
}

void Story::run(Duration time) { world().run_for(time); }

void Story::run_until_idle(Duration limit) {
  EXPECT_TRUE(run_until([&] { return world().ledger().all_told(); }, limit))
      << "there are Packages that have not ended";
}

bool Story::run_until(const std::function<bool()>& condition, Duration limit) {
  return world().run_until(condition, limit);
}

Instant Story::now() { return world().now(); }

}  // namespace mp::sim
