// SPDX-License-Identifier: ISC
// The tree of version 0 between whole nodes, and packets by it (specification: tree-v0.md, "The tree of version 0";
// delivery.md, "By the tree of version 0").
#include "micropycelium/applications/spanning_tree_v0.hpp"
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

class ByAddress : public ::testing::Test {
 protected:
  explicit ByAddress(std::uint64_t seed = 1) : air(seed) {}
  ~ByAddress() override {
    for (std::size_t i = 0; i < trees.size(); ++i) air[i].node.detach(*trees[i]);
  }

  void line(std::size_t n, const TreeV0Options& options = {.always = true}) {
    make_line(air, n);
    for (std::size_t i = 0; i < n; ++i) hang(i, options);
    if (!options.always) return;
    air.run(seconds(90));
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(tree(i).claim(), tree(0).claim()) << i;
  }
  void hang(std::size_t i, const TreeV0Options& options) {
    trees.push_back(std::make_unique<StaticSpanningTreeV0<>>(options));
    SpanningTreeV0& app = *trees.back();
    ASSERT_EQ(air[i].node.attach(app), Status::ok);
    air[i].beacon.set_listener(&app);
  }
  const TreeV0& tree(std::size_t i) { return (*trees[i])->tree(); }
  TreeAddress address(std::size_t i) { return air[i].node.address(); }

  Outcome send(std::size_t from, const TreeAddress& to, const Blob8& blob, bool by_prefix = false) {
    const SendId id = air[from].node.send(air[from].app, to, Bytes(blob), {.cpl_mode = by_prefix});
    if (!id) return Outcome::cancelled;
    EXPECT_TRUE(air.run_until([&] { return air[from].app.ended(id); }));
    return air[from].app.outcome(id);
  }

  Air air;
  std::vector<std::unique_ptr<StaticSpanningTreeV0<>>> trees;
};

TEST_F(ByAddress, AllPairsOfALine_InBothModes) {
  line(5);
  for (std::size_t from = 0; from < 5; ++from)
    for (std::size_t to = 0; to < 5; ++to)
      for (const bool by_prefix : {false, true}) {
        if (from == to) continue;
        const Blob8 blob = air.random.blob(50);
        EXPECT_EQ(send(from, address(to), blob, by_prefix), Outcome::delivered) << from << to << by_prefix;
        ASSERT_FALSE(air[to].app.got.empty());
        EXPECT_TRUE(air[to].app.got.back().blob == blob);
        EXPECT_EQ(air[to].app.got.back().from.address, address(from));
        const bool neighbours = from + 1 == to || to + 1 == from;
        EXPECT_EQ(air[to].app.got.back().from.node, neighbours ? air[from].id() : NodeId{});
      }
}

// At the far end may be a prototype: nothing is asked of it, and nothing said of what came.
TEST_F(ByAddress, LargerPackage_ArrivesUnconfirmed) {
  line(4);
  const Blob8 blob = air.random.blob(3'000);
  VectorBlob outgoing(blob);
  const SendId id = air[0].node.send(air[0].app, address(3), outgoing);
  ASSERT_TRUE(id);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unconfirmed);
  ASSERT_TRUE(air.run_until([&] { return !air[3].app.got.empty(); }));
  EXPECT_TRUE(air[3].app.got[0].blob == blob);
  EXPECT_EQ(air[0].count(Counter::rx_unexpected), 0U);
}

TEST_F(ByAddress, NobodyIsNearer_ComesBack) {
  line(4);
  Coordinates nowhere = address(3).address.decode();
  nowhere.value[nowhere.size++] = 100;
  const TreeAddress to{address(3).tree_state, *Address::encode(nowhere.all())};
  EXPECT_EQ(send(0, to, bytes_of("x")), Outcome::unreachable);
  EXPECT_EQ(air[0].count(Counter::rx_error_returned), 1U);
}

TEST_F(ByAddress, Leased_GoesToTheNodeBeforeTheZero) {
  line(4);
  Coordinates leased = address(3).address.decode();
  leased.value[leased.size] = 0;
  leased.value[leased.size + 1U] = 5;
  leased.size = static_cast<std::uint8_t>(leased.size + 2);
  const TreeAddress to{address(3).tree_state, *Address::encode(leased.all())};
  for (const bool by_prefix : {false, true}) {
    EXPECT_EQ(send(0, to, bytes_of("x"), by_prefix), Outcome::unreachable);  // it leases nothing
    EXPECT_EQ(air[3].count(Counter::rx_no_route), by_prefix ? 2U : 1U);
  }
}

TEST_F(ByAddress, AStaticRoute_GoesFirst) {
  line(3);
  const TreeAddress to = address(2);
  ASSERT_EQ(air[1].node.set_route({to.tree_state, {}}, air[0].id()), Status::ok);  // everything back to 0
  EXPECT_EQ(send(0, to, bytes_of("x")), Outcome::unreachable);
  ASSERT_EQ(air[1].node.remove_route({to.tree_state, {}}), Status::ok);
  EXPECT_EQ(send(0, to, bytes_of("x")), Outcome::delivered);
}

TEST_F(ByAddress, DetachedTree_NoWay) {
  line(3);
  const TreeAddress to = address(2);
  air[0].node.detach(*trees[0]);
  EXPECT_EQ(air[0].node.send(air[0].app, to, bytes("x")).refusal(), Status::unreachable);
}

// --- with a prototype, frame by frame ----------------------------------------------------------------------

class BesidePrototype : public ByAddress {
 protected:
  BesidePrototype() : ByAddress(2) {
    line(2, {});
    radio = &air.add_stranger();
    air.connect(*radio, *air[0].radios[0]);
    air.run(seconds(30));
  }
  static NodeId prototype() {  // the best of all ids
    NodeId id;
    for (std::size_t i = 0; i < id.value.size(); ++i) id.value[i] = bytes("1234")[i % 4];
    return id;
  }
  void say(const AppId& app, Bytes blob) {
    ByteArray<kFrameMax> frame;
    Blob8 package(kPackageHeader + blob.size());
    write_package_head({app, half_sha256(blob)}, std::span(package).first<kPackageHeader>());
    copy(blob, MutableBytes(package).subspan(kPackageHeader));
    PacketFields fields;
    fields.packet_id = next++;
    const auto datagram = write_packet(*find_schema(0), fields, package, frame);
    ASSERT_EQ(radio->send(air[0].radios[0]->link(), *datagram), Status::ok);
    air.run(milliseconds(10));
  }
  void beacon(std::initializer_list<AppId> apps) {
    ByteArray<kBeaconSizeMax> out;
    say(kBeaconApp.id(), *encode_beacon(BeaconOp::beacon, prototype(), std::vector<AppId>(apps), out));
  }
  void tell(TreeOp op, const Address& address, std::uint64_t ts) {
    ByteArray<kTreeMessageSize> out;
    say(kSpanningTreeV0App.id(), *encode_tree({op, ts, 0, prototype(), address, prototype()}, out));
  }
  // What it heard, of the tree.
  std::vector<TreeMessageV0> heard() {
    std::vector<TreeMessageV0> all;
    while (const auto got = radio->receive()) {
      const auto packet = PacketView::parse(got->datagram);
      const auto inner = PackageView::parse(packet->body());
      if (inner && inner->head.app_id == kSpanningTreeV0App.id()) {
        EXPECT_EQ(packet->flags(), Flags());
        EXPECT_EQ(packet->schema().id, 0);
        all.push_back(*decode_tree(inner->blob));
      }
    }
    return all;
  }
  void join() {
    beacon({kBeaconApp.id(), kSpanningTreeV0App.id()});
    tell(TreeOp::send, {}, 1);
    tell(TreeOp::assign_address, *Address::encode(std::vector<std::uint8_t>{9}), 1);
    air.run(seconds(1));
    ASSERT_EQ(address(0), (TreeAddress{53, *Address::encode(std::vector<std::uint8_t>{9})}));
    (void)heard();
  }

  Radio* radio = nullptr;
  std::uint8_t next = 1;
};

TEST_F(BesidePrototype, OneThatHasNoTree_HearsNothing) {
  beacon({kBeaconApp.id()});
  air.run(seconds(200));
  EXPECT_TRUE(heard().empty());
  EXPECT_FALSE(tree(0).placed());
  EXPECT_FALSE(tree(1).placed());
}

TEST_F(BesidePrototype, OneThatListsIt_HearsAClaim) {
  beacon({kBeaconApp.id(), kSpanningTreeV0App.id()});
  air.run(seconds(10));
  bool claimed = false;
  for (const TreeMessageV0& m : heard()) claimed = claimed || (m.op == TreeOp::send && m.node_id == air[0].id());
  EXPECT_TRUE(claimed);
  EXPECT_TRUE(tree(1).placed());  // those behind are in it too
}

TEST_F(BesidePrototype, ItsTree_ReachesThoseBehind) {
  join();
  air.run(seconds(2));
  EXPECT_EQ(address(1), (TreeAddress{53, *Address::encode(std::vector<std::uint8_t>{9, 1})}));
}

TEST_F(BesidePrototype, OverRelays_NobodyIsHeard) {
  join();
  air.run(seconds(2));
  // In a routed packet to the node's address.
  ByteArray<kTreeMessageSize> out;
  const Bytes message = *encode_tree(
      {TreeOp::assign_address, 5, 0, prototype(), *Address::encode(std::vector<std::uint8_t>{77}), prototype()}, out);
  Blob8 package(kPackageHeader + message.size());
  write_package_head({kSpanningTreeV0App.id(), half_sha256(message)}, std::span(package).first<kPackageHeader>());
  copy(message, MutableBytes(package).subspan(kPackageHeader));
  PacketFields fields;
  fields.ttl = 10;
  fields.tree_state = 53;
  fields.to_addr = address(0).address;
  ByteArray<kFrameMax> frame;
  ASSERT_EQ(radio->send(air[0].radios[0]->link(), *write_packet(*find_schema(5), fields, package, frame)), Status::ok);
  air.run(seconds(1));
  EXPECT_EQ(air[0].count(Counter::rx_refused), 1U);
  EXPECT_EQ(address(0).address, *Address::encode(std::vector<std::uint8_t>{9}));
}

// Without a ttl a packet crosses one relay: to the relay's own neighbour, or not at all.
TEST_F(BesidePrototype, OneHopSchemas) {
  join();
  air.run(seconds(25));  // node 0 has heard where node 1 is
  const Blob8 blob = bytes_of("over one");
  Blob8 package(kPackageHeader + blob.size());
  write_package_head({air[1].app.id(), half_sha256(blob)}, std::span(package).first<kPackageHeader>());
  copy(blob, MutableBytes(package).subspan(kPackageHeader));
  const auto send_to = [&](std::initializer_list<std::uint8_t> coordinates) {
    PacketFields fields;
    fields.packet_id = next++;
    fields.tree_state = 53;
    fields.to_addr = *Address::encode(std::vector<std::uint8_t>(coordinates));
    ByteArray<kFrameMax> frame;
    ASSERT_EQ(radio->send(air[0].radios[0]->link(), *write_packet(*find_schema(11), fields, package, frame)),
              Status::ok);
    air.run(milliseconds(50));
  };
  send_to({9, 1});
  ASSERT_EQ(air[1].app.got.size(), 1U);
  while (radio->receive()) {
  }
  send_to({9, 1, 1});
  const auto back = radio->receive();
  ASSERT_TRUE(back.has_value());
  EXPECT_TRUE(PacketView::parse(back->datagram)->flags().error());
  EXPECT_EQ(air[1].app.got.size(), 1U);
}

TEST_F(BesidePrototype, WhenItIsGone_SilenceAfterAWhile) {
  join();
  for (int i = 0; i < 10; ++i) {
    air.run(seconds(20));
    beacon({kBeaconApp.id(), kSpanningTreeV0App.id()});
    tell(TreeOp::send, {}, static_cast<std::uint64_t>(10 + i));
  }
  EXPECT_EQ(tree(1).claim(), prototype());
  air.run(seconds(1200));  // its Beacons stop: the peer goes, then the claim, then the need
  EXPECT_FALSE(tree(0).placed());
  EXPECT_FALSE(tree(1).placed());
  (void)heard();
  air.run(seconds(600));
  EXPECT_TRUE(heard().empty());
}

}  // namespace
}  // namespace mp::test
