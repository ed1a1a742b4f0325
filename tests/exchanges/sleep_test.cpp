// SPDX-License-Identifier: ISC
// Who asks whether a radio is awake is answered, but not without end (specification: sleep.md, "Answering").
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

// A node, and somebody who sends whatever he likes.
struct Asked {
  explicit Asked(AirtimeRule rule = {}, std::uint32_t bit_rate = 1'000'000) : air(1), stranger(air.add_stranger()) {
    Radio& radio = air.add_radio(air.add_node(), bit_rate);
    radio.rule = rule;
    radio.can_sleep = true;
    air.connect(stranger, radio);
    air.start(air[0], false);
    radio.tap = [this, &radio](Bytes datagram) {
      if (PacketView::parse(datagram)->flags().control() != Control::nia) return;
      ++nias;
      on_air = on_air + radio.airtime(datagram.size());
    };
  }
  void sends(Control control) {
    ByteArray<kFrameMax> frame;
    PacketFields fields;
    fields.flags = Flags(control);
    EXPECT_EQ(stranger.send(air[0].radios[0]->link(), *write_packet(*find_schema(0), fields, {}, frame)), Status::ok);
  }

  Air air;
  Radio& stranger;
  std::uint32_t nias = 0;
  Duration on_air{};
};

TEST(Rns, FloodOfAStranger_TakesAQuarterOfWhatTheLawAllowsAndSomeAhead) {
  Asked node({.share_ppm = 10'000}, 1'000);
  node.air.run(seconds(1));
  for (int i = 0; i < 3600 * 20; ++i) {
    node.sends(Control::rns);
    node.air.run(milliseconds(50));
  }
  EXPECT_GE(node.on_air, seconds(9));
  EXPECT_LE(node.on_air, milliseconds(9'000 + 2'250 + 200));
}

TEST(Rns, NeighbourThatOnlyAsks_GetsSixteenAnswersAndThenFew_UntilItSaysSomethingElse) {
  Asked node;
  NodeId who;
  who.value.fill(std::byte{7});
  ASSERT_EQ(node.air[0].node.add_peer(who, 0, node.stranger.link(), seconds(1000)), Status::ok);
  const auto answers_to = [&](int questions) {
    const std::uint32_t before = node.nias;
    for (int i = 0; i < questions; ++i) {
      node.sends(Control::rns);
      node.air.run(milliseconds(36));
    }
    return node.nias - before;
  };
  // Both rounds of the blind rule, and as many at known windows.
  EXPECT_EQ(answers_to(16), 16U);
  EXPECT_EQ(answers_to(160), 10U);
  node.sends(Control::nia);
  EXPECT_EQ(answers_to(16), 16U);
}

}  // namespace
}  // namespace mp::test
