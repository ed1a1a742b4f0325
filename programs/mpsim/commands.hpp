// SPDX-License-Identifier: ISC
// What each command of mpsim is asked to do, and does. All return the exit status (errors.hpp); they throw UsageError,
// SweepError, ScenarioError and OutputError.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mp::sim {

// The scenario as the command line changes it.
struct ScenarioOptions {
  std::string path;
  std::vector<std::string> set;  // "key=value"
  std::string duration;          // seconds, as the file would say it; empty: as the file says
};

struct RunOptions {
  ScenarioOptions scenario;
  std::optional<std::uint64_t> seed;
  bool json = false;
  std::string json_file;  // empty or "-": standard output
  std::string report, pcap;
  bool full = false, quiet = false, progress = false;
};
int run_run(const RunOptions& options);

struct SweepOptions {
  ScenarioOptions scenario;
  std::string seeds;              // empty: the scenario's
  std::vector<std::string> vary;  // "key=a,b,c"
  unsigned jobs = 0;              // 0: by the machine
  std::string out;                // empty: the rows are not kept; "-": standard output
  std::string shard;              // empty: as the launcher says
  bool json = false, timings = false, quiet = false, progress = false;
};
int run_sweep(const SweepOptions& options);

struct MergeOptions {
  std::vector<std::string> files;
  std::string out;
  bool json = false, partial = false;
};
int run_merge(const MergeOptions& options);

struct CheckOptions {
  ScenarioOptions scenario;
  std::optional<std::uint64_t> seed;
  bool print = false;  // the scenario as a whole file
};
int run_check(const CheckOptions& options);

int run_keys(const std::string& table);

struct MapOptions {
  ScenarioOptions scenario;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> out;
};
int run_map(const MapOptions& options);

}  // namespace mp::sim
