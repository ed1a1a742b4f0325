// SPDX-License-Identifier: ISC
// The file of a sweep: JSON lines, first one that says which sweep it is, then one for each run, in the order of the
// list. Equal sweeps give equal files, whatever the number of jobs; only with timings they differ by these.
#pragma once

#include "simulator/report/result.hpp"
#include "simulator/sweep/plan.hpp"
#include "simulator/sweep/shard.hpp"

namespace mp::sim {

struct Header {
  std::string version;   // of the program
  std::string scenario;  // the path, for the commands that replay
  std::string digest;    // digest_of() the scenario
  Plan plan;
  bool timings = false;
  Shard shard;
};

struct Row {
  std::size_t run = 0;
  std::uint64_t seed = 0;
  bool ok = false;
  std::string error;  // why there was no run: the scenario could not be made
  std::string trace_hash;
  std::uint64_t nodes = 0, events = 0;
  double virtual_s = 0, wall_s = 0;
  std::uint64_t violations_total = 0;
  std::vector<std::string> violations, unmet;  // the first kTextsMax
  std::vector<std::pair<std::string, double>> figures;

  static constexpr std::size_t kTextsMax = 10;
  bool operator==(const Row&) const = default;
};

Row make_row(const PlannedRun& run, const Result& result, bool timings);

// One line each, without the line feed.
std::string to_line(const Header& header);
std::string to_line(const Row& row, const std::vector<Override>& parameters, bool timings);

// Throw SweepError, without the name of the file.
Header parse_header(const std::string& line);
Row parse_row(const std::string& line);

}  // namespace mp::sim
