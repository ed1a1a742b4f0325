// SPDX-License-Identifier: ISC
#include "simulator/sweep/merge.hpp"

#include "simulator/report/text.hpp"
#include "simulator/sweep/error.hpp"
#include "simulator/sweep/seeds.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

std::string vary_text(const Plan& plan) {
  std::string text;
  for (const Vary& v : plan.vary) {
    text += (text.empty() ? "" : " ") + v.key + "=";
    for (std::size_t i = 0; i < v.values.size(); ++i) text += (i == 0 ? "" : ",") + v.values[i];
  }
  return text.empty() ? "nothing" : text;
}

std::string set_text(const Plan& plan) { return plan.set.empty() ? "nothing" : text_of(plan.set); }

}  // namespace

void Merge::check_same(const Header& other, const std::string& name) const {
  const auto differ = [&](const std::string& what, const std::string& here, const std::string& there) {
    if (here == there) return;
    throw SweepError(name + ": is of another sweep than " + first_name_ + ": " + what + ": " + there + " and " + here +
                     "; merge the shards of one sweep");
  };
  differ("the version of mpsim", header_->version, other.version);
  differ("--set", set_text(header_->plan), set_text(other.plan));
  differ("--vary", vary_text(header_->plan), vary_text(other.plan));
  differ("--seeds", seeds_text(header_->plan.seeds), seeds_text(other.plan.seeds));
  differ("--timings", header_->timings ? "yes" : "no", other.timings ? "yes" : "no");
  if (header_->digest != other.digest) {
    throw SweepError(name + ": is of another sweep than " + first_name_ +
                     ": the scenario file, or a file of its topology, was not the same; merge the shards of one sweep");
  }
}

void Merge::add(std::istream& in, const std::string& name) {
  std::size_t number = 1;
  const auto at = [&] { return name + ":" + std::to_string(number) + ": "; };
  std::string line;
  if (!std::getline(in, line)) throw SweepError(name + ": is empty or cannot be read");
  Header header;
  try {
    header = parse_header(line);
  } catch (const SweepError& error) {
    throw SweepError(at() + error.what());
  }
  const Shard shard = header.shard;
  if (!header_) {
    header_ = header;
    header_->shard = {};
    first_name_ = name;
  } else {
    check_same(header, name);
  }
  shard_counts_.push_back(shard.count);
  while (std::getline(in, line)) {
    ++number;
    if (in.eof()) break;  // without its line feed: its writer was killed in the middle of it
    Row row;
    try {
      row = parse_row(line);
    } catch (const SweepError& error) {
      throw SweepError(at() + error.what());
    }
    const Plan& plan = header_->plan;
    if (row.run >= plan.runs() || !shard.takes(row.run) || plan.run(row.run).seed != row.seed)
      throw SweepError(at() + "run " + std::to_string(row.run) + " does not belong here; is the file edited?");
    if (!lines_.emplace(row.run, line).second) {
      throw SweepError(at() + "run " + std::to_string(row.run) +
                       " is there already; give each file once, and only those of one sweep");
    }
  }
}

std::size_t Merge::runs_missing() const { return header_->plan.runs() - lines_.size(); }

std::string Merge::missing() const {
  if (runs_missing() == 0) return "";
  // As ranges; a shard that is not there leaves every n-th out, so it is named as such.
  std::vector<std::uint64_t> runs;
  for (std::size_t i = 0; i < header_->plan.runs(); ++i)
    if (!lines_.contains(i)) runs.push_back(i);
  std::string text = text::count(runs.size(), "run", "runs") + " of " + text::grouped(header_->plan.runs()) +
                     (runs.size() == 1 ? " is missing: " : " are missing: ");
  constexpr std::size_t kShown = 60;
  std::string list = seeds_text(runs);
  if (list.size() > kShown) list = list.substr(0, list.rfind(',', kShown)) + " ...";
  text += list;
  const std::size_t count = *std::max_element(shard_counts_.begin(), shard_counts_.end());
  const bool same = std::all_of(shard_counts_.begin(), shard_counts_.end(), [&](std::size_t n) { return n == count; });
  if (!same || count == 1) return text;
  std::vector<bool> lacks(count, false);
  for (const std::uint64_t run : runs) lacks[static_cast<std::size_t>(run) % count] = true;
  std::string shards;
  for (std::size_t i = 0; i < count; ++i)
    if (lacks[i]) shards += (shards.empty() ? "" : ", ") + Shard{i, count, 1, ""}.text();
  return text + " (of the shards " + shards + ")";
}

Table Merge::table() const {
  Table table(*header_);
  for (const auto& [run, line] : lines_) table.add(parse_row(line));
  return table;
}

}  // namespace mp::sim
