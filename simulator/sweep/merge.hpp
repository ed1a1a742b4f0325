// SPDX-License-Identifier: ISC
// Joins the files of the shards of one sweep into that of the whole, byte for byte as one process would have written
// it (but for timings).
#pragma once

#include "simulator/sweep/table.hpp"

#include <istream>

namespace mp::sim {

class Merge {
 public:
  // Reads one file. `name`: for messages. Throws SweepError: it is no such file, or of another sweep, or has a run that
  // another had already.
  void add(std::istream& in, const std::string& name);

  // The runs that no file had, and in which shards they should have been; empty: all are there.
  std::string missing() const;
  std::size_t runs_missing() const;

  const Header& header() const { return *header_; }
  std::size_t runs() const { return lines_.size(); }
  // To `out`, line by line.
  template <typename Out>
  void write(Out&& out) const {
    out(to_line(*header_) + "\n");
    for (const auto& [run, line] : lines_) out(line + "\n");
  }
  Table table() const;

 private:
  void check_same(const Header& other, const std::string& name) const;

  std::optional<Header> header_;  // of the first file, as that of the whole sweep
  std::string first_name_;
  std::vector<std::size_t> shard_counts_;
  std::map<std::size_t, std::string> lines_;  // by number of the run
};

}  // namespace mp::sim
