// SPDX-License-Identifier: ISC
// A shard is every n-th run of a sweep, so that several machines can share one. Which shard a process is may be told
// by the launcher that started it: Open MPI or Slurm, through their environment; neither is linked.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mp::sim {

struct Shard {
  std::size_t index = 0, count = 1;
  std::size_t local = 1;  // how many of them share this machine
  std::string origin{};   // for messages: who said so; empty: nobody

  bool takes(std::size_t run) const { return run % count == index; }
  std::string text() const { return std::to_string(index) + "/" + std::to_string(count); }
  bool operator==(const Shard& other) const { return index == other.index && count == other.count; }
};

// "0/4". Throws SweepError.
Shard parse_shard(std::string_view text);

// A variable of the environment, or null.
using Environment = std::function<const char*(const char* name)>;
// From OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE, or SLURM_PROCID and SLURM_NTASKS; the whole sweep when there is
// but one task. Throws SweepError when a launcher says nonsense.
Shard shard_from(const Environment& environment);

// "rows.jsonl" as the file of this shard: "rows.0-of-4.jsonl"; the name itself when there is but one.
std::string shard_file(const std::string& path, const Shard& shard);

// How many worlds to run at once. `cores`: of the machine; `usable`: those that this process may run on.
unsigned default_jobs(unsigned cores, unsigned usable, const Shard& shard);

}  // namespace mp::sim
