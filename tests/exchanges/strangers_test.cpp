// SPDX-License-Identifier: ISC
// Packets by id from nodes that the target does not know, and from those who say that they are somebody else
// (specification: routing.md, "Strangers").
#include "support/air.hpp"

#include "micropycelium/applications/spanning_tree.hpp"
#include "micropycelium/packet/packet.hpp"
#include "micropycelium/packet/route_header.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

// A Package in one piece at the front of `out`; its size.
std::size_t write_package(const AppId& app, Bytes blob, MutableBytes out) {
  write_package_head({app, half_sha256(blob)}, out.first<kPackageHeader>());
  copy(blob, out.subspan(kPackageHeader));
  return kPackageHeader + blob.size();
}

// A line 0 - 1 - 2 - 3 with trees. 2 is the liar: its radio also says what the test makes up.
struct Line {
  explicit Line(std::uint64_t seed, std::uint16_t targets = 8) : air(seed) {
    Limits limits = kBoardLimits;
    limits.targets = targets;
    for (std::size_t i = 0; i < 4; ++i) {
      TestNode& node = air.add_node(limits);
      air.add_radio(node);
      trees.push_back(std::make_unique<SpanningTree>());
      EXPECT_EQ(node.node.attach(*trees.back()), Status::ok);
    }
    for (std::size_t i = 0; i + 1 < 4; ++i) air.connect(*air[i].radios[0], *air[i + 1].radios[0]);
    for (std::size_t i = 0; i < 4; ++i) air.start(air[i]);
    air.run(seconds(20));
  }

  Outcome send(std::size_t from, std::size_t to) {
    const SendId id = air[from].app.send(air[to].id(), Blob8(20, std::byte{static_cast<unsigned char>(++sends)}));
    EXPECT_TRUE(id);
    EXPECT_TRUE(air.run_until([&] { return air[from].app.ended(id); }));
    return air[from].app.outcome(id);
  }

  // From 2 to 0, by 1. A Package for the Recorder, or an acknowledgement.
  void say(const NodeTag& source, Control control, const TreePlaces& places = {}, std::uint8_t packet_id = 1) {
    const Schema& schema = *find_schema(52);
    RouteHeader header;
    header.target = node_tag(air[0].id());
    header.source = source;
    header.message = air.random.below(0xffff'ffff);
    header.state = first_state(0);
    header.tells_source = places.count > 0;
    header.source_trees = places.count;
    header.source_places = places.all;
    ByteArray<kFrameMax> buffer;
    const auto size = encode(header, MutableBytes(buffer).subspan(schema.body_offset));
    ASSERT_TRUE(size.ok());
    std::size_t body = *size;
    if (control == Control::none) {
      const Blob8 blob = air.random.blob(20);
      body += write_package(air[0].app.id(), blob, MutableBytes(buffer).subspan(schema.body_offset + body));
    }
    PacketFields fields;
    fields.flags = Flags(control);
    fields.packet_id = packet_id;
    const auto datagram = write_header(schema, fields, body, buffer);
    ASSERT_TRUE(datagram.ok());
    air.inject(*air[1].radios[0], air[2].radios[0]->link(), false, *datagram);
  }
  NodeTag made_up() {
    NodeTag t;
    air.random.fill(t.value);
    return t;
  }

  Air air;
  std::vector<std::unique_ptr<SpanningTree>> trees;
  unsigned sends = 0;
};

TEST(Strangers, WhoWasForgotten_SaysWhoItIs_AndIsDelivered) {
  Line w(1, 1);
  ASSERT_EQ(w.send(0, 3), Outcome::delivered);
  ASSERT_EQ(w.send(1, 3), Outcome::delivered);  // takes the only slot that 3 has
  const std::uint32_t before = w.air[3].count(Counter::targets_sought);
  ASSERT_EQ(w.send(0, 3), Outcome::delivered);
  EXPECT_EQ(w.air[3].app.got.size(), 3U);
  EXPECT_EQ(w.air[3].app.got.back().from.node, w.air[0].id());
  EXPECT_EQ(w.air[3].count(Counter::rx_stranger), 1U);
  EXPECT_EQ(w.trees[3]->counts().strangers_met, 1U);
  EXPECT_EQ(w.air[3].count(Counter::targets_sought), before) << "nobody was searched for";
}

TEST(Strangers, ALongPackageFromOne_IsDelivered) {
  Line w(2, 1);
  ASSERT_EQ(w.send(0, 3), Outcome::delivered);
  ASSERT_EQ(w.send(1, 3), Outcome::delivered);
  const Blob8 blob = w.air.random.blob(20'000);
  const SendId id = w.air[0].app.send_large(w.air[3].id(), blob);
  // Once its first part went again only when a report was overdue, 200 ms later.
  ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.progress > 0; }, milliseconds(100)));
  ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(id); }));
  EXPECT_EQ(w.air[0].app.outcome(id), Outcome::delivered);
  EXPECT_TRUE(w.air[3].app.got.back().blob == blob);
  EXPECT_EQ(w.air[3].app.got.back().from.node, w.air[0].id());
}

// Once each made-up source took a slot and was searched for in the whole mesh, and all sends here ended unreachable.
TEST(Strangers, MadeUpSources_AreNotSearchedFor_AndWhatGoesOnGoesOn) {
  Line w(3);
  ASSERT_EQ(w.send(0, 3), Outcome::delivered);
  const std::uint32_t before = w.air[0].count(Counter::targets_sought);
  for (int n = 0; n < 200; ++n) {
    w.say(w.made_up(), Control::none);
    if (n % 20 == 0) {
      EXPECT_EQ(w.send(0, 3), Outcome::delivered);
      EXPECT_EQ(w.send(3, 0), Outcome::delivered);
    }
    w.air.run(milliseconds(20));
  }
  EXPECT_EQ(w.air[0].count(Counter::targets_sought), before);
  EXPECT_GE(w.air[0].count(Counter::rx_stranger), 150U);
  EXPECT_EQ(w.trees[0]->counts().seeks_begun, 1U);
}

// Once a single acknowledgement that answered nothing, and named no place, made its node be looked for anew.
TEST(Strangers, WordsInAnothersName_MoveNobody) {
  Line w(4);
  ASSERT_EQ(w.send(0, 3), Outcome::delivered);
  const std::uint32_t before = w.air[0].count(Counter::targets_sought);
  TreePlaces wrong;
  wrong.count = 1;
  wrong.all[0].tree = 0;
  const NodeTag other = node_tag(w.air[3].id());
  for (int n = 0; n < 20; ++n) {
    w.say(other, Control::ack);
    w.say(other, Control::ack, wrong);
    w.say(other, Control::none, wrong);
    w.air.run(milliseconds(50));
    EXPECT_EQ(w.send(0, 3), Outcome::delivered);
  }
  EXPECT_EQ(w.air[0].count(Counter::targets_sought), before);
}

// Once a packet of somebody else in our name, on its way nowhere, ended what we had under way.
TEST(Strangers, APacketInOurOwnName_IsDropped) {
  Line w(5);
  ASSERT_EQ(w.send(0, 3), Outcome::delivered);
  w.say(node_tag(w.air[1].id()), Control::none);  // 1 has it from 2, to be sent on to 0
  w.air.run(seconds(1));
  EXPECT_EQ(w.air[1].count(Counter::rx_unexpected), 1U);
  EXPECT_EQ(w.air[0].app.got.size(), 0U);
}

// A seek in somebody's name without a place asked for an answer that could go nowhere, and so for another search.
TEST(Strangers, ASeekThatNamesNoPlace_IsNotAnswered) {
  Line w(6);
  SeekMessage m;
  m.hops = 3;
  m.request = 4;
  m.target = node_tag(w.air[0].id());
  w.air.random.fill(m.origin.value);
  ByteArray<kSeekMax> buffer;
  const auto message = encode_seek(m, buffer);
  ASSERT_TRUE(message.ok());
  ByteArray<kFrameMax> frame;
  const Schema& schema = *find_schema(0);
  const std::size_t size = write_package(w.trees[0]->id(), *message, MutableBytes(frame).subspan(schema.body_offset));
  const auto datagram = write_header(schema, PacketFields{}, size, frame);
  ASSERT_TRUE(datagram.ok());
  w.air.inject(*w.air[0].radios[0], w.air[1].radios[0]->link(), true, *datagram);
  w.air.run(seconds(2));
  EXPECT_EQ(w.trees[0]->counts().seeks_refused, 1U);
  EXPECT_EQ(w.trees[0]->counts().answers_sent, 0U);
  EXPECT_EQ(w.air[0].count(Counter::targets_sought), 0U);
}

}  // namespace
}  // namespace mp::test
