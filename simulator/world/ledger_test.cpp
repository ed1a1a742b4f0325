// SPDX-License-Identifier: ISC
// What the ledger takes for right and for wrong, fed by hand.
#include "simulator/world/ledger.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

class LedgerTest : public testing::Test {
 protected:
  static constexpr Incarnation kAlice{0, 1}, kBob{1, 1};

  std::uint64_t send(std::uint32_t size) { return ledger.enter(0, kAlice, kBob.node, size); }
  const Ledger::Entry* arrive(std::uint64_t serial, std::uint32_t size, bool damaged = false, Incarnation at = kBob) {
    std::vector<std::byte> contents(size);
    ledger.contents(serial, 0, contents);
    return ledger.arrived(at, kAlice.node, contents, damaged);
  }
  std::string struck() const { return referee.kept().empty() ? "" : referee.kept().back().checker; }

  EventQueue events;
  Referee referee{events};
  Ledger ledger{events, referee, Seed(7)};
};

TEST_F(LedgerTest, DeliveredOnceAndToldSo_Right) {
  for (const std::uint32_t size : {0u, 1u, 7u, 8u, 100u, 5000u}) {
    const std::uint64_t serial = send(size);
    ASSERT_NE(arrive(serial, size), nullptr) << size;
    ledger.told(serial, kAlice, Outcome::delivered);
  }
  EXPECT_EQ(referee.total(), 0u) << struck();
  EXPECT_TRUE(ledger.all_told());
  EXPECT_EQ(ledger.delivered(), 6u);
}

TEST_F(LedgerTest, ToldDeliveredWhenItWasNot_Wrong) {
  ledger.told(send(100), kAlice, Outcome::delivered);
  EXPECT_EQ(struck(), "truth for the sender");
}

// The storm's seeds 68, 79, 426 and 924: one bit of an acknowledgement's packet id changed, and it passed for that of
// the packet sent just before.
TEST_F(LedgerTest, ToldDeliveredByADamagedAcknowledgement_CountedApart) {
  ledger.told(send(100), kAlice, Outcome::delivered, true);
  EXPECT_EQ(referee.total(), 0u) << struck();
  EXPECT_EQ(ledger.damaged_acks(), 1u);
}

TEST_F(LedgerTest, ToldOfNothing_Wrong) {
  ledger.told_of_nothing(kAlice);
  EXPECT_EQ(struck(), "one outcome");
}

TEST_F(LedgerTest, SecondArrival_WrongUnlessDamagedOrForgotten) {
  const std::uint64_t serial = send(100);
  (void)arrive(serial, 100);
  (void)arrive(serial, 100, true);
  EXPECT_EQ(ledger.damaged_repeats(), 1u);
  (void)arrive(serial, 100, false, {kBob.node, 2});
  EXPECT_EQ(ledger.redelivered(), 1u);
  EXPECT_EQ(referee.total(), 0u) << struck();
  (void)arrive(serial, 100);
  EXPECT_EQ(struck(), "duplicate delivery");
}

// Contents of one byte come again every 256 Packages: what a second receiver hears of a broadcast is not a repeat of an
// old unicast that looked the same.
TEST_F(LedgerTest, TinyBroadcastThatLooksLikeAnOldUnicast_Right) {
  constexpr Incarnation kCarol{2, 1};
  const std::uint64_t unicast = send(1);
  (void)arrive(unicast, 1);
  while (ledger.next_serial() % 256 != unicast % 256) (void)ledger.enter(0, kAlice, kNoNode, 100);
  const std::uint64_t broadcast = ledger.enter(1, kAlice, kNoNode, 1);
  (void)arrive(broadcast, 1, false, kCarol);
  const Ledger::Entry* entry = arrive(broadcast, 1);
  EXPECT_EQ(referee.total(), 0u) << struck();
  EXPECT_EQ(entry, &ledger.entry(broadcast));
}

TEST_F(LedgerTest, TinyUnicastTwice_Wrong) {
  const std::uint64_t serial = send(1);
  (void)arrive(serial, 1);
  (void)arrive(serial, 1);
  EXPECT_EQ(struck(), "duplicate delivery");
}

TEST_F(LedgerTest, WrongPlaceOrContents_Wrong) {
  const std::uint64_t serial = send(100);
  (void)arrive(serial, 100, false, {5, 1});
  EXPECT_EQ(struck(), "right target");
  (void)arrive(send(100), 99);
  EXPECT_EQ(struck(), "right contents");
  std::vector<std::byte> noise(50, std::byte{0x5a});
  EXPECT_EQ(ledger.arrived(kBob, kAlice.node, noise), nullptr);
  EXPECT_EQ(struck(), "nothing from nowhere");
}

}  // namespace
}  // namespace mp::sim
