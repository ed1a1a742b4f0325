// SPDX-License-Identifier: ISC
#include "simulator/sweep/shard.hpp"

#include "simulator/sweep/error.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mp::sim {
namespace {

Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) {
    const auto it = variables.find(name);
    return it == variables.end() ? nullptr : it->second.c_str();
  };
}

TEST(Shard, Option_IsIndexAndCount) {
  EXPECT_EQ(parse_shard("0/4"), (Shard{0, 4}));
  EXPECT_EQ(parse_shard("3/4"), (Shard{3, 4}));
  EXPECT_EQ(parse_shard("0/1"), (Shard{0, 1}));
}

TEST(Shard, WrongOption_IsRefused) {
  for (const char* text : {"", "1", "/", "1/", "/2", "a/b", "1/0", "0/0", "4/4", "-1/4", "1/4/2", " 0/2"})
    EXPECT_THROW(parse_shard(text), SweepError) << text;
  try {
    parse_shard("4/4");
  } catch (const SweepError& error) {
    EXPECT_NE(std::string(error.what()).find("the last of 4 is 3/4"), std::string::npos) << error.what();
  }
}

TEST(Shard, Shards_TakeEachRunOnce) {
  for (std::size_t run = 0; run < 20; ++run) {
    int takers = 0;
    for (std::size_t i = 0; i < 3; ++i) takers += Shard{i, 3}.takes(run) ? 1 : 0;
    EXPECT_EQ(takers, 1) << run;
  }
}

TEST(Shard, NoLauncher_IsTheWhole) { EXPECT_EQ(shard_from(environment({})), Shard{}); }

TEST(Shard, OpenMpi_SaysWhich) {
  const Shard shard = shard_from(
      environment({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "8"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"}}));
  EXPECT_EQ(shard, (Shard{2, 8}));
  EXPECT_EQ(shard.local, 4U);
  EXPECT_NE(shard.origin.find("OMPI_COMM_WORLD_RANK"), std::string::npos);
}

TEST(Shard, Slurm_SaysWhich) {
  const Shard shard =
      shard_from(environment({{"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "2"}, {"SLURM_NTASKS_PER_NODE", "2"}}));
  EXPECT_EQ(shard, (Shard{1, 2}));
  EXPECT_EQ(shard.local, 2U);
  EXPECT_EQ(shard_from(environment({{"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "7"}, {"SLURM_TASKS_PER_NODE", "3(x2),1"}}))
                .local,
            3U);
}

TEST(Shard, OneTask_IsTheWhole) {
  EXPECT_EQ(shard_from(environment({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}})), Shard{});
  EXPECT_EQ(shard_from(environment({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}})), Shard{});
}

TEST(Shard, MpirunWithinSlurm_OpenMpiKnowsBetter) {
  EXPECT_EQ(shard_from(environment({{"OMPI_COMM_WORLD_RANK", "3"},
                                    {"OMPI_COMM_WORLD_SIZE", "4"},
                                    {"SLURM_PROCID", "0"},
                                    {"SLURM_NTASKS", "2"}})),
            (Shard{3, 4}));
  EXPECT_EQ(shard_from(environment({{"OMPI_COMM_WORLD_RANK", "0"},
                                    {"OMPI_COMM_WORLD_SIZE", "1"},
                                    {"SLURM_PROCID", "0"},
                                    {"SLURM_NTASKS", "2"}})),
            Shard{});
}

TEST(Shard, LauncherThatSaysNonsense_IsRefused) {
  EXPECT_THROW(shard_from(environment({{"SLURM_PROCID", "x"}, {"SLURM_NTASKS", "2"}})), SweepError);
  EXPECT_THROW(shard_from(environment({{"SLURM_PROCID", "2"}, {"SLURM_NTASKS", "2"}})), SweepError);
}

TEST(Shard, File_HasTheShardBeforeTheSuffix) {
  EXPECT_EQ(shard_file("rows.jsonl", Shard{}), "rows.jsonl");
  EXPECT_EQ(shard_file("rows.jsonl", (Shard{0, 2})), "rows.0-of-2.jsonl");
  EXPECT_EQ(shard_file("/a.b/rows", (Shard{1, 2})), "/a.b/rows.1-of-2");
  EXPECT_EQ(shard_file("a/.rows", (Shard{1, 2})), "a/.rows.1-of-2");
}

TEST(Shard, Jobs_ShareTheCoresOfTheMachine) {
  EXPECT_EQ(default_jobs(8, 8, Shard{}), 8U);
  EXPECT_EQ(default_jobs(8, 3, Shard{}), 3U);
  EXPECT_EQ(default_jobs(8, 8, (Shard{0, 16, 4})), 2U);
  EXPECT_EQ(default_jobs(2, 2, (Shard{0, 16, 4})), 1U);
  EXPECT_EQ(default_jobs(0, 0, Shard{}), 1U);
}

}  // namespace
}  // namespace mp::sim
