// SPDX-License-Identifier: ISC
#include "simulator/sweep/shard.hpp"

#include "simulator/sweep/error.hpp"
#include "simulator/sweep/seeds.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

std::optional<std::uint64_t> number(const Environment& environment, const char* name) {
  const char* text = environment(name);
  if (text == nullptr) return std::nullopt;
  std::uint64_t n = 0;
  if (!parse_number(text, n))
    throw SweepError(std::string(name) + "=" + text + " is no number; give --shard i/n to say which shard this is");
  return n;
}

std::optional<Shard> from(const Environment& environment, const char* rank_name, const char* size_name) {
  const auto rank = number(environment, rank_name), size = number(environment, size_name);
  if (!rank || !size || *size <= 1) return std::nullopt;
  if (*rank >= *size) {
    throw SweepError(std::string(rank_name) + "=" + std::to_string(*rank) + " is not below " + size_name + "=" +
                     std::to_string(*size) + "; give --shard i/n to say which shard this is");
  }
  return Shard{static_cast<std::size_t>(*rank), static_cast<std::size_t>(*size), 1,
               std::string(rank_name) + " and " + size_name};
}

// How many tasks share a machine: a hint only, so what is no number is as none. "2(x3),1" begins with 2.
std::size_t local_tasks(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* text = environment(name);
    if (text == nullptr) continue;
    const std::string_view all(text);
    std::uint64_t n = 0;
    if (parse_number(all.substr(0, all.find_first_not_of("0123456789")), n) && n > 0)
      return static_cast<std::size_t>(n);
  }
  return 1;
}

}  // namespace

Shard parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  std::uint64_t index = 0, count = 0;
  const bool good = slash != std::string_view::npos && parse_number(text.substr(0, slash), index) &&
                    parse_number(text.substr(slash + 1), count) && count > 0;
  if (!good) {
    throw SweepError("--shard: \"" + std::string(text) + "\" is no shard; write one like 0/4, the first of four");
  }
  if (index >= count) {
    throw SweepError("--shard: " + std::string(text) + ": shards count from 0, so the last of " +
                     std::to_string(count) + " is " + std::to_string(count - 1) + "/" + std::to_string(count));
  }
  return {static_cast<std::size_t>(index), static_cast<std::size_t>(count), 1, "--shard"};
}

Shard shard_from(const Environment& environment) {
  if (auto shard = from(environment, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE")) {
    shard->local = local_tasks(environment, {"OMPI_COMM_WORLD_LOCAL_SIZE"});
    return *shard;
  }
  // Open MPI's word counts also when it says that this is the only task: it may itself run below Slurm.
  if (environment("OMPI_COMM_WORLD_SIZE") != nullptr) return {};
  if (auto shard = from(environment, "SLURM_PROCID", "SLURM_NTASKS")) {
    shard->local =
        local_tasks(environment, {"SLURM_NTASKS_PER_NODE", "SLURM_STEP_TASKS_PER_NODE", "SLURM_TASKS_PER_NODE"});
    return *shard;
  }
  return {};
}

std::string shard_file(const std::string& path, const Shard& shard) {
  if (shard.count == 1) return path;
  const std::string mark = "." + std::to_string(shard.index) + "-of-" + std::to_string(shard.count);
  const auto slash = path.rfind('/');
  const auto name = slash == std::string::npos ? 0 : slash + 1;
  const auto dot = path.rfind('.');
  if (dot == std::string::npos || dot <= name) return path + mark;
  return path.substr(0, dot) + mark + path.substr(dot);
}

unsigned default_jobs(unsigned cores, unsigned usable, const Shard& shard) {
  const auto share = static_cast<unsigned>(std::max(cores, 1U) / std::max<std::size_t>(shard.local, 1));
  return std::max(1U, usable == 0 ? share : std::min(share, usable));
}

}  // namespace mp::sim
