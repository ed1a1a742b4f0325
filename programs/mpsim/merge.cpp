// SPDX-License-Identifier: ISC
// mpsim merge: the shards of a sweep as one.
#include "simulator/sweep/merge.hpp"

#include "programs/mpsim/commands.hpp"
#include "programs/mpsim/errors.hpp"
#include "programs/mpsim/out_file.hpp"
#include "simulator/sweep/error.hpp"

#include <cstdio>
#include <cstring>
#include <optional>

namespace mp::sim {
namespace {

void read(Merge& merge, const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw SweepError(path + ": cannot be read: " + std::strerror(errno));
  merge.add(in, path);
}

}  // namespace

int run_merge(const MergeOptions& options) {
  if (options.json && options.out == "-")
    throw UsageError("--json and --out -: both want standard output; give --out a file");
  keep_apart(options.files, {options.out});
  Merge merge;
  for (const std::string& path : options.files) read(merge, path);
  const std::string missing = merge.missing();
  if (!missing.empty() && !options.partial)
    throw SweepError(missing + "; give their files too, or --partial to go on without");
  if (!missing.empty()) complain(missing);

  if (options.out == "-") {
    merge.write(print);
  } else if (!options.out.empty()) {
    OutFile out(options.out);
    merge.write([&out](const std::string& line) { out.write(line); });
    out.keep();
  }
  const Table table = merge.table();
  if (options.out == "-")
    std::fputs(table.text().c_str(), stderr);
  else
    print(options.json ? table.json() : table.text());
  return table.failed() == 0 ? kExitOk : kExitBroken;
}

}  // namespace mp::sim
