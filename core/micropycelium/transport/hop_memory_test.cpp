// SPDX-License-Identifier: ISC
// What one neighbour handed over, and what of it is still to be acknowledged.
#include "micropycelium/transport/hop_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace mp {
namespace {

using Prints = std::vector<std::uint32_t>;

class HopMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override { memory.begin(1, link(5), now); }

  static LinkAddress link(std::uint8_t n) {
    const std::byte b{n};
    return LinkAddress::from(Bytes(&b, 1));
  }
  Prints say() const {
    std::array<std::uint32_t, HopMemory::kRemembered> out{};
    const auto said = memory.say(out);
    return Prints(said.begin(), said.end());
  }
  // A frame comes and is taken, unless it came before.
  bool take(std::uint32_t fingerprint) {
    if (memory.repeated(fingerprint, now, kPace)) return false;
    memory.taken(fingerprint, now, kPace);
    return true;
  }

  static constexpr Duration kDelay = milliseconds(3);
  static constexpr HopMemory::Pace kPace{.delay = kDelay, .every = 4};
  Instant now = Instant{} + seconds(100);
  HopMemory memory;
};

TEST_F(HopMemoryTest, Nothing_IsOwed) {
  EXPECT_TRUE(memory.used());
  EXPECT_TRUE(memory.is(1, link(5)));
  EXPECT_FALSE(memory.is(0, link(5)));
  EXPECT_FALSE(memory.is(1, link(6)));
  EXPECT_EQ(memory.due(), Instant::never());
  EXPECT_TRUE(say().empty());
  memory.release();
  EXPECT_FALSE(memory.is(1, link(5)));
}

TEST_F(HopMemoryTest, Taken_IsAcknowledgedWithinTheDelayOfTheFirst) {
  EXPECT_TRUE(take(7));
  EXPECT_EQ(memory.due(), now + kDelay);
  const Instant first = now;
  now = now + milliseconds(1);
  EXPECT_TRUE(take(8));
  EXPECT_EQ(memory.due(), first + kDelay);
  EXPECT_EQ(say(), (Prints{8, 7})) << "the newest first";
  memory.said(3, 1);
  EXPECT_EQ(memory.due(), Instant::never());
}

TEST_F(HopMemoryTest, SoMany_AreAcknowledgedAtOnce) {
  for (std::uint32_t i = 1; i < kPace.every; ++i) {
    EXPECT_TRUE(take(i));
    EXPECT_EQ(memory.due(), now + kDelay);
  }
  EXPECT_TRUE(take(99));
  EXPECT_EQ(memory.due(), now);
}

TEST_F(HopMemoryTest, Repeated_IsKnownAndAcknowledgedAgainFirst) {
  for (std::uint32_t i = 0; i < 20; ++i) EXPECT_TRUE(take(i));
  memory.said(3, 1);
  EXPECT_FALSE(take(2)) << "far behind what each acknowledgement repeats";
  EXPECT_EQ(memory.due(), now + kDelay);
  const Prints said = say();
  ASSERT_EQ(said.size(), 1 + HopMemory::kRepeated);
  EXPECT_EQ(said[0], 2U);
  for (std::uint32_t i = 0; i < HopMemory::kRepeated; ++i)
    EXPECT_EQ(said[1 + i], 19 - i) << "the others keep their order";
}

TEST_F(HopMemoryTest, AcknowledgementLost_TheNextRepeatsEight) {
  for (std::uint32_t i = 0; i < 12; ++i) EXPECT_TRUE(take(i));
  EXPECT_EQ(say().size(), 12U) << "all new ones";
  memory.said(3, 1);
  EXPECT_TRUE(take(100));
  const Prints said = say();
  EXPECT_EQ(said, (Prints{100, 11, 10, 9, 8, 7, 6, 5, 4}));
  memory.said(3, 1);
  EXPECT_EQ(say().size(), HopMemory::kRepeated);
}

TEST_F(HopMemoryTest, RingIsFull_TheOldestIsForgotten) {
  for (std::uint32_t i = 0; i < HopMemory::kRemembered + 1; ++i) EXPECT_TRUE(take(i));
  EXPECT_EQ(say().size(), HopMemory::kRemembered);
  EXPECT_EQ(say().back(), 1U);
  EXPECT_TRUE(memory.repeated(1, now, kPace));
  EXPECT_FALSE(memory.repeated(0, now, kPace)) << "it would be taken anew";
}

// Against a plain list: newest first, 32 long.
TEST_F(HopMemoryTest, AnyOrderOfFrames_AsAListWould) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 engine(seed);
    memory.begin(1, link(5), now);
    std::deque<std::uint32_t> list;
    std::size_t fresh = 0;
    for (int i = 0; i < 1000; ++i) {
      const auto print = static_cast<std::uint32_t>(engine() % (10 + seed));
      const auto at = std::find(list.begin(), list.end(), print);
      const bool known = at != list.end();
      EXPECT_EQ(take(print), !known);
      if (known) list.erase(at);
      list.push_front(print);
      if (list.size() > HopMemory::kRemembered) list.pop_back();
      fresh = std::min<std::size_t>(fresh + 1, HopMemory::kRemembered);
      const std::size_t n = std::min(list.size(), std::min(fresh + HopMemory::kRepeated, HopMemory::kRemembered));
      ASSERT_EQ(say(), Prints(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(n)));
      if (engine() % 6 == 0) {
        memory.said(1, 1);
        fresh = 0;
      }
    }
  }
}

TEST_F(HopMemoryTest, HalfAMinuteOfSilence_Forgets) {
  EXPECT_TRUE(take(7));
  memory.said(3, 1);
  now = now + HopMemory::kMemory - microseconds(1);
  EXPECT_FALSE(take(7));
  memory.said(3, 1);
  now = now + HopMemory::kMemory;
  EXPECT_TRUE(take(7)) << "a neighbour that comes back may count anew";
  EXPECT_EQ(say(), Prints{7});
}

// At 500 bit/s a full frame is 4 s on the air, and the next hop's patience for one frame minutes.
TEST_F(HopMemoryTest, OnASlowRadio_ForgetsLater) {
  constexpr HopMemory::Pace kSlow{.delay = Duration{}, .every = 1, .memory = seconds(512)};
  EXPECT_FALSE(memory.repeated(7, now, kSlow));
  memory.taken(7, now, kSlow);
  now = now + seconds(512) - microseconds(1);
  EXPECT_TRUE(memory.repeated(7, now, kSlow));
  now = now + seconds(512);
  EXPECT_FALSE(memory.repeated(7, now, kSlow));
}

TEST_F(HopMemoryTest, NoRoom_IsSaidAtOnceAndWhenThereIsRoomAgain) {
  EXPECT_FALSE(memory.starved());
  EXPECT_FALSE(memory.repeated(7, now, kPace));
  memory.refused(now);
  EXPECT_TRUE(memory.starved());
  EXPECT_EQ(memory.due(), now);
  EXPECT_TRUE(say().empty()) << "it is not named: we do not have it";
  memory.said(0, 1);
  EXPECT_TRUE(memory.starved());
  EXPECT_EQ(memory.due(), Instant::never());
  EXPECT_FALSE(memory.repeated(7, now, kPace)) << "it comes again, and is new";
  memory.relieve(now + seconds(1));
  EXPECT_EQ(memory.due(), now + seconds(1));
  memory.said(1, 2);
  EXPECT_TRUE(memory.starved()) << "too little to be worth telling";
  memory.said(2, 2);
  EXPECT_FALSE(memory.starved());
}

TEST_F(HopMemoryTest, BusyLink_TheAcknowledgementIsHeldAndNothingLost) {
  EXPECT_TRUE(take(7));
  memory.hold(now + seconds(2));
  EXPECT_EQ(memory.due(), now + seconds(2));
  EXPECT_EQ(say(), Prints{7});
}

}  // namespace
}  // namespace mp
