// SPDX-License-Identifier: ISC
#include "simulator/engine/events.hpp"

#include "simulator/engine/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace mp::sim {
namespace {

// Notes what happens, and plans more now and then.
class Notes final : public Handler {
 public:
  Notes(EventQueue& queue, Stream& stream) : queue_(queue), stream_(stream) {}
  void plan(Instant at) { planned.push_back({std::max(at, queue_.now()), queue_.plan(at, *this, planned.size())}); }
  void on_event(std::uint64_t what) override {
    happened.push_back(planned[what]);
    EXPECT_EQ(queue_.now(), planned[what].first);
    for (std::uint64_t more = stream_.below(3); more > 0 && planned.size() < 20'000; --more) plan(later());
  }
  // Now, within the same frame, in a while, or long after.
  Instant later() {
    constexpr std::int64_t kSpans_us[] = {0, 20, 3'000, 5'000, 1'000'000, 3'600'000'000};
    const auto span = kSpans_us[stream_.below(std::size(kSpans_us))];
    return queue_.now() + stream_.between(microseconds(0), microseconds(span));
  }
  std::vector<std::pair<Instant, std::uint64_t>> planned, happened;

 private:
  EventQueue& queue_;
  Stream& stream_;
};

TEST(EventQueue, WhateverIsPlanned_HappensInOrderOfTimeThenOfPlanning) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EventQueue queue;
    Stream stream{Seed(seed)};
    Notes notes(queue, stream);
    for (int i = 0; i < 1000; ++i) notes.plan(notes.later());
    while (queue.step(Instant::never())) {
    }
    ASSERT_TRUE(std::is_sorted(notes.happened.begin(), notes.happened.end())) << "seed " << seed;
    ASSERT_EQ(notes.happened.size(), notes.planned.size()) << "seed " << seed;
    EXPECT_EQ(queue.happened(), notes.planned.size());
    EXPECT_TRUE(queue.empty());
  }
}

TEST(EventQueue, RunUntil_StopsThereAndGoesOn) {
  EventQueue queue;
  Stream stream{Seed(1)};
  Notes notes(queue, stream);
  for (const std::int64_t at : {5, 10, 11, 5'000'000}) notes.plan(Instant{at});
  const std::size_t planned = notes.planned.size();
  queue.run_until(Instant{4});
  EXPECT_EQ(queue.now(), Instant{4});
  EXPECT_TRUE(notes.happened.empty());
  EXPECT_EQ(queue.size(), planned);
  EXPECT_EQ(queue.next(), Instant{5});
  queue.run_until(Instant{10});
  EXPECT_EQ(queue.now(), Instant{10});
  EXPECT_GE(notes.happened.size(), 2u);
  EXPECT_GT(queue.next(), Instant{10});
}

TEST(EventQueue, PastMeansNow_AndNeverIsLast) {
  EventQueue queue;
  Stream stream{Seed(1)};
  Notes notes(queue, stream);
  queue.run_until(Instant{1'000});
  notes.plan(Instant::never());
  notes.plan(Instant{500});
  EXPECT_EQ(queue.next(), Instant{1'000});
  EXPECT_TRUE(queue.step(Instant{1'000}));
  EXPECT_EQ(notes.happened.front().first, Instant{1'000});
}

}  // namespace
}  // namespace mp::sim
