// SPDX-License-Identifier: ISC
#include "simulator/sweep/sweep.hpp"

#include "simulator/engine/random.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <thread>

namespace mp::sim {
namespace {

Plan plan(std::size_t runs) {
  Plan p;
  p.seeds.resize(runs);
  std::iota(p.seeds.begin(), p.seeds.end(), 100);
  return p;
}

Row row_of(const PlannedRun& run) {
  Row row;
  row.run = run.number;
  row.seed = run.seed;
  row.ok = true;
  return row;
}

// Threads overtake each other: how long a run takes is drawn from its seed.
void dawdle(const PlannedRun& run) {
  Stream dice{Seed(run.seed)};
  const std::uint64_t turns = dice.below(200);
  for (std::uint64_t i = 0; i < turns; ++i) std::this_thread::yield();
}

TEST(Sweep, AnyNumberOfJobs_RowsComeInTheOrderOfTheList) {
  for (const unsigned jobs : {1U, 2U, 7U, 64U}) {
    std::vector<std::size_t> order;
    const bool whole = run_all(plan(200), {}, jobs,
                               [](const PlannedRun& run, RunControl&) {
                                 dawdle(run);
                                 return row_of(run);
                               },
                               {[&](const Row& row) {
                                  order.push_back(row.run);
                                  EXPECT_EQ(row.seed, row.run + 100);
                                },
                                {}});
    EXPECT_TRUE(whole);
    std::vector<std::size_t> all(200);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(order, all) << jobs << " jobs";
  }
}

TEST(Sweep, Shard_RunsEveryNth) {
  std::vector<std::size_t> order;
  run_all(plan(11), {1, 4}, 3, [](const PlannedRun& run, RunControl&) { return row_of(run); },
          {[&](const Row& row) { order.push_back(row.run); }, {}});
  EXPECT_EQ(order, (std::vector<std::size_t>{1, 5, 9}));
}

TEST(Sweep, ShardWithoutARun_IsWholeAtOnce) {
  EXPECT_TRUE(run_all(plan(2), {3, 4}, 3, [](const PlannedRun& run, RunControl&) { return row_of(run); },
                      {[](const Row&) { FAIL(); }, {}}));
}

TEST(Sweep, Stopped_WhatIsDoneIsToldAndNothingElseBegins) {
  std::atomic<std::size_t> begun = 0;
  std::vector<std::size_t> order;
  // Run 0 lasts until the stop; the others end at once.
  const bool whole =
      run_all(plan(1000), {}, 2,
              [&](const PlannedRun& run, RunControl& control) -> std::optional<Row> {
                ++begun;
                while ((run.number == 0 || run.number >= 50) && !control.stopped()) std::this_thread::yield();
                if (control.stopped()) return std::nullopt;
                return row_of(run);
              },
              {[&](const Row& row) { order.push_back(row.run); }, [](const SweepProgress& p) { return p.done == 49; }});
  EXPECT_FALSE(whole);
  std::vector<std::size_t> all(49);
  std::iota(all.begin(), all.end(), 1);
  EXPECT_EQ(order, all);
  EXPECT_EQ(begun, 51U);
}

TEST(Sweep, Progress_CountsRunsUnderWayInPart) {
  std::atomic<bool> half = false;
  double seen = 0;
  run_all(plan(2), {}, 1,
          [&](const PlannedRun& run, RunControl& control) {
            if (run.number == 0) {
              control.set_share(0.5);
              while (!half) std::this_thread::yield();
            }
            return row_of(run);
          },
          {[](const Row&) {},
           [&](const SweepProgress& p) {
             if (p.share == 0.25 && !half) {
               seen = p.share;
               half = true;
             }
             EXPECT_EQ(p.all, 2U);
             return false;
           }});
  EXPECT_EQ(seen, 0.25);
}

TEST(Sweep, AThrowInAThread_EndsItAndIsPassedOn) {
  EXPECT_THROW(run_all(plan(100), {}, 3,
                       [](const PlannedRun& run, RunControl&) -> std::optional<Row> {
                         if (run.number == 20) throw std::bad_alloc();
                         return row_of(run);
                       },
                       {[](const Row&) {}, {}}),
               std::bad_alloc);
}

TEST(Sweep, AThrowInTheListener_EndsItAndIsPassedOn) {
  EXPECT_THROW(run_all(plan(100), {}, 3, [](const PlannedRun& run, RunControl&) { return row_of(run); },
                       {[](const Row& row) {
                          if (row.run == 7) throw std::runtime_error("disk full");
                        },
                        {}}),
               std::runtime_error);
}

ScenarioSource small() {
  return {"small.toml",
          "duration_s = 20\n[topology]\nkind = \"line\"\nnodes = 4\n[[medium]]\nname = \"air\"\nkind = \"ideal\"\n"
          "[[traffic]]\nfrom = \"all\"\nto = \"neighbour\"\nevery_s = 2\n"};
}

TEST(Sweep, RealWorlds_GiveTheSameRowsOnOneThreadAndOnMany) {
  Plan p = plan(6);
  p.vary = {{"topology.nodes", {"4", "9"}}, {"traffic.0.size", {"20", "2000"}}};
  const ScenarioSource source = small();
  std::vector<std::string> first;
  for (const unsigned jobs : {1U, 4U}) {
    std::vector<std::string> lines;
    EXPECT_TRUE(
        run_all(p, {}, jobs,
                [&](const PlannedRun& run, RunControl& control) { return simulate(source, p, run, false, control); },
                {[&](const Row& row) { lines.push_back(to_line(row, {}, false)); }, {}}));
    ASSERT_EQ(lines.size(), 24U);
    if (jobs == 1) first = lines;
    EXPECT_EQ(lines, first);
  }
  std::set<std::string> hashes;
  for (const std::string& line : first) hashes.insert(parse_row(line).trace_hash);
  EXPECT_EQ(hashes.size(), 24U) << "different seeds and sizes, different traces";
}

TEST(Sweep, ScenarioThatCannotBeMade_HasItsReasonInTheRow) {
  Plan p = plan(1);
  p.vary = {{"topology.nodes", {"0"}}};
  const std::atomic<bool> never = false;
  RunControl control(never);
  const auto row = simulate(small(), p, p.run(0), false, control);
  ASSERT_TRUE(row);
  EXPECT_FALSE(row->ok);
  EXPECT_NE(row->error.find("topology.nodes=0"), std::string::npos) << row->error;
}

TEST(Sweep, WorldThatIsStopped_HasNoRow) {
  ScenarioSource source = small();
  source.text.replace(source.text.find("20\n"), 2, "9000000");
  const Plan p = plan(1);
  const std::atomic<bool> stop = true;
  RunControl control(stop);
  EXPECT_FALSE(simulate(source, p, p.run(0), false, control));
}

}  // namespace
}  // namespace mp::sim
