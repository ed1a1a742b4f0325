// SPDX-License-Identifier: ISC
#include "simulator/engine/heap_watch.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <new>

namespace mp::sim {
namespace {

template <typename F>
std::uint64_t seen_during(F&& take) {
  const std::uint64_t before = HeapWatch::seen();
  {
    const HeapWatch watch;
    take();
  }
  return HeapWatch::seen() - before;
}

// Calls, not expressions: a compiler may leave out a new whose memory nobody uses.
TEST(HeapWatch, EveryWayToTakeMemory_Seen) {
  EXPECT_EQ(seen_during([] { ::operator delete(::operator new(8)); }), 1u);
  EXPECT_EQ(seen_during([] { ::operator delete[](::operator new[](8)); }), 1u);
  EXPECT_EQ(seen_during([] { ::operator delete(::operator new(8, std::nothrow)); }), 1u);
  EXPECT_EQ(seen_during([] { ::operator delete[](::operator new[](8, std::nothrow)); }), 1u);
}

TEST(HeapWatch, WorldsOwnBusiness_NotSeen) {
  EXPECT_EQ(seen_during([] {
              const HeapPause pause;
              ::operator delete(::operator new(8));
            }),
            0u);
  EXPECT_EQ(seen_during([] {}), 0u);
}

}  // namespace
}  // namespace mp::sim
