// SPDX-License-Identifier: ISC
// The decision, node by node on small meshes: with places that are right, and with any.
#include "micropycelium/routing/next_hop.hpp"

#include "tests/support/vectors.hpp"

#include <deque>

namespace mp {
namespace {

using test::Dice;

NodeTag tag_of(std::uint32_t node) {
  NodeTag tag;
  store_be(tag.value.data(), (node + 1) * 0x9e37'79b9'7f4a'7c15U);
  return tag;
}

// A random connected mesh with one table for each node.
class Mesh {
 public:
  struct Node {
    std::vector<std::uint32_t> links;
    std::vector<Neighbour> rows;
    std::vector<TreeNeighbour> places;
    std::vector<Detour> ring;
    std::optional<Neighbours> table;
    std::optional<DetourTable> detours;
  };

  Mesh(Dice& dice, std::uint32_t size, unsigned more_links, std::size_t ring, const DetourPolicy& policy)
      : nodes(size), parent(size), address(size) {
    std::vector<std::uint32_t> children(size);
    for (std::uint32_t i = 1; i < size; ++i) {
      parent[i] = dice.below(i);
      join(i, parent[i]);
      address[i] = *address[parent[i]].child(++children[parent[i]], 0);
    }
    for (unsigned k = 0; k < more_links; ++k) {
      const std::uint32_t a = dice.below(size), b = dice.below(size);
      if (a != b && std::find(nodes[a].links.begin(), nodes[a].links.end(), b) == nodes[a].links.end()) join(a, b);
    }
    for (std::uint32_t i = 0; i < size; ++i) {
      Node& n = nodes[i];
      n.rows.resize(n.links.size());
      n.places.resize(tree_rows(n.links.size(), 1));
      n.ring.resize(ring);
      n.table.emplace(n.rows, n.places, std::uint8_t{1});
      n.detours.emplace(n.ring, policy);
      n.table->set_self(tag_of(i));
      for (std::uint8_t slot = 0; slot < n.links.size(); ++slot) n.table->set(slot, tag_of(n.links[slot]), kCostUnit);
    }
  }

  void tell_places(const std::vector<CompactAddress>& told) {
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
      nodes[i].table->set_own_place({0, 1, told[i]});
      for (std::uint8_t slot = 0; slot < nodes[i].links.size(); ++slot)
        nodes[i].table->set_place(slot, {0, 1, told[nodes[i].links[slot]]});
    }
  }

  RouteHeader header(std::uint32_t target, std::uint8_t budget) const {
    RouteHeader h;
    h.target = tag_of(target);
    h.source.value.fill(std::byte{1});
    h.message = 77;
    h.trees = 1;
    h.places[0] = {0, 1, address[target]};
    h.state.budget = budget;
    return h;
  }

  // How it ends, after how many hops; at each, `each(before, decision)`.
  template <typename F>
  Decision::Kind run(std::uint32_t at, RouteHeader h, F&& each, unsigned& hops) {
    Arrival arrival = Arrival::own;
    std::uint8_t from = kNobody;
    for (hops = 0; hops < 5000; ++hops) {
      const Decision d = decide(h, *nodes[at].table, *nodes[at].detours, arrival, from);
      if (d.kind != Decision::Kind::send && d.kind != Decision::Kind::back) return d.kind;
      each(at, h, d);
      const std::uint32_t next = nodes[at].links[d.to];
      const auto& back = nodes[next].links;
      from = static_cast<std::uint8_t>(std::find(back.begin(), back.end(), at) - back.begin());
      arrival = Arrival::received;
      h.state = d.state;
      at = next;
    }
    ADD_FAILURE() << "no end";
    return Decision::Kind::drop;
  }

  std::vector<Node> nodes;
  std::vector<std::uint32_t> parent;
  std::vector<CompactAddress> address;

 private:
  void join(std::uint32_t a, std::uint32_t b) {
    nodes[a].links.push_back(b);
    nodes[b].links.push_back(a);
  }
};

constexpr DetourPolicy kExact{.visited_first = 0, .visited_last = 0, .slack = kFar};
const auto nothing = [](std::uint32_t, const RouteHeader&, const Decision&) {};

TEST(NextHop, RightPlaces_DeliveredAndEachHopNearer) {
  Dice dice(31);
  for (int round = 0; round < 300; ++round) {
    Mesh mesh(dice, 2 + dice.below(60), dice.below(60), 4, {});
    mesh.tell_places(mesh.address);
    const auto size = static_cast<std::uint32_t>(mesh.nodes.size());
    RouteHeader h = mesh.header(dice.below(size), 0);
    h.metric = dice.coin() ? Metric::tree : Metric::prefix;
    unsigned hops = 0;
    bool nearer = true;
    const auto end = mesh.run(
        dice.below(size), h,
        [&](std::uint32_t at, const RouteHeader& before, const Decision& d) {
          const bool direct = (*mesh.nodes[at].table)[d.to].tag == before.target;
          nearer = nearer && d.kind == Decision::Kind::send && (direct || d.state.watermark < before.state.watermark);
        },
        hops);
    EXPECT_EQ(end, Decision::Kind::deliver);
    EXPECT_TRUE(nearer);
  }
}

TEST(NextHop, AnyPlaces_WholeMeshReachedWithExactMemory) {
  Dice dice(32);
  for (int round = 0; round < 300; ++round) {
    const std::uint32_t size = 2 + dice.below(60);
    Mesh mesh(dice, size, dice.below(60), 4, kExact);
    auto told = mesh.address;
    for (CompactAddress& a : told)
      if (dice.coin()) a = mesh.address[dice.below(size)];
    mesh.tell_places(told);
    unsigned hops = 0;
    EXPECT_EQ(mesh.run(dice.below(size), mesh.header(dice.below(size), 255), nothing, hops), Decision::Kind::deliver);
  }
}

TEST(NextHop, AnyPlacesThatDifferBetweenNodes_SmallRing_EndsWithinTtlAndBudget) {
  Dice dice(33);
  unsigned asked = 0;
  for (int round = 0; round < 500; ++round) {
    const std::uint32_t size = 3 + dice.below(60);
    Mesh mesh(dice, size, dice.below(60), dice.below(3), {});
    for (Mesh::Node& n : mesh.nodes) {
      n.table->set_own_place({0, 1, mesh.address[dice.below(size)]});
      for (std::uint8_t slot = 0; slot < n.links.size(); ++slot)
        n.table->set_place(slot, {0, 1, mesh.address[dice.below(size)]});
    }
    RouteHeader h = mesh.header(dice.below(size), static_cast<std::uint8_t>(dice.below(256)));
    h.target = tag_of(1'000'000);  // nobody
    unsigned hops = 0, greedy = 0;
    const auto end = mesh.run(
        dice.below(size), h,
        [&](std::uint32_t, const RouteHeader& before, const Decision& d) {
          greedy += d.state.ttl < before.state.ttl ? 1U : 0U;
          EXPECT_LE(d.state.watermark, before.state.watermark);
        },
        hops);
    EXPECT_NE(end, Decision::Kind::deliver);
    EXPECT_LE(hops, 2 * (greedy + h.state.budget));
    asked += end == Decision::Kind::ask ? 1U : 0U;
  }
  EXPECT_GT(asked, 400U);
}

// a - b - c, the target beyond c; a hangs nearest by its place, and leads nowhere.
class Line : public ::testing::Test {
 protected:
  std::array<Neighbour, 2> rows{};
  std::array<TreeNeighbour, 3> places{};
  std::array<Detour, 2> ring{};
  Neighbours table{rows, places, 1};
  DetourTable detours{ring};
  RouteHeader header;

  void SetUp() override {
    header.target = tag_of(9);
    header.trees = 1;
    header.places[0] = {0, 1, *CompactAddress().child(1, 0)->child(1, 0)->child(1, 0)};
    header.state = first_state(3);
    table.set_self(tag_of(0));
    table.set_own_place({0, 1, CompactAddress()});
    table.set(0, tag_of(1), 8);
    table.set(1, tag_of(2), 8);
    table.set_place(0, {0, 1, *CompactAddress().child(1, 0)});
    table.set_place(1, {0, 1, *CompactAddress().child(2, 0)});
  }
};

TEST_F(Line, NotTaken_TheOtherIsTried_ThenBackToWhoSentIt) {
  Decision d = decide(header, table, detours, Arrival::own, kNobody);
  EXPECT_EQ(d.kind, Decision::Kind::send);
  EXPECT_EQ(d.to, 0);
  EXPECT_EQ(d.state.watermark, kNear + 16);
  EXPECT_EQ(d.state.visited.size(), 0U) << "no room for visited nodes before a detour";
  table.set_alive(0, false);
  d = decide(header, table, detours, Arrival::undelivered, kNobody);
  EXPECT_EQ(d.kind, Decision::Kind::send);
  EXPECT_EQ(d.to, 1);
  EXPECT_EQ(d.state.visited.size(), 16U);
  EXPECT_EQ(d.state.budget, header.state.budget - 1);
  header.state = d.state;
  header.state.returning = true;
  EXPECT_EQ(decide(header, table, detours, Arrival::received, 1).kind, Decision::Kind::ask);
  EXPECT_EQ(decide(header, table, detours, Arrival::received, 1).kind, Decision::Kind::ask) << "given back twice";
}

TEST_F(Line, BeenHere_GoesStraightBack) {
  ASSERT_EQ(decide(header, table, detours, Arrival::own, kNobody).kind, Decision::Kind::send);
  const Decision d = decide(header, table, detours, Arrival::received, 1);
  EXPECT_EQ(d.kind, Decision::Kind::back);
  EXPECT_EQ(d.to, 1);
  EXPECT_TRUE(d.state.returning);
}

TEST_F(Line, TargetIsNeighbour_BeforeAnyDistance) {
  table.set(1, header.target, 128);
  EXPECT_EQ(decide(header, table, detours, Arrival::received, 0).to, 1);
}

TEST_F(Line, ForMe_Delivered) {
  header.target = tag_of(0);
  EXPECT_EQ(decide(header, table, detours, Arrival::received, 0).kind, Decision::Kind::deliver);
}

TEST_F(Line, ForMeThoughGivenBack_DeliveredAndTheFlagIsGone) {
  header.target = tag_of(0);
  header.state.returning = true;
  const Decision d = decide(header, table, detours, Arrival::received, 0);
  EXPECT_EQ(d.kind, Decision::Kind::deliver);
  EXPECT_FALSE(d.state.returning);
}

TEST_F(Line, NoTreeInCommon_AskedForAtOnce) {
  header.places[0].epoch = 2;
  EXPECT_EQ(decide(header, table, detours, Arrival::own, kNobody).kind, Decision::Kind::ask);
}

TEST_F(Line, NoTtl_Dropped) {
  header.state.ttl = 0;
  EXPECT_EQ(decide(header, table, detours, Arrival::own, kNobody).kind, Decision::Kind::drop);
}

TEST_F(Line, WithoutState_NearestBelowMyOwnDistance) {
  EXPECT_EQ(nearer_neighbour(table, Distances(header, table)), 0);
  table.set_alive(0, false);
  EXPECT_EQ(nearer_neighbour(table, Distances(header, table)), kNobody);
}

TEST(FirstState, BudgetOfEightTimesTheWayAnd32) {
  EXPECT_EQ(first_state(3).budget, 56);
  EXPECT_EQ(first_state(1000).budget, 255);
}

}  // namespace
}  // namespace mp
