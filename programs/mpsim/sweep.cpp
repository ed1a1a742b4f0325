// SPDX-License-Identifier: ISC
// mpsim sweep: many runs on all cores, a row for each, a table at the end.
#include "simulator/sweep/sweep.hpp"

#include "programs/mpsim/commands.hpp"
#include "programs/mpsim/crash_note.hpp"
#include "programs/mpsim/errors.hpp"
#include "programs/mpsim/interrupt.hpp"
#include "programs/mpsim/out_file.hpp"
#include "programs/mpsim/overrides.hpp"
#include "programs/mpsim/progress.hpp"
#include "simulator/report/text.hpp"
#include "simulator/sweep/error.hpp"
#include "simulator/sweep/replay.hpp"
#include "simulator/sweep/seeds.hpp"
#include "simulator/sweep/table.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace mp::sim {
namespace {

// The file grows row by row, so that whatever ends the process leaves what was done.
class Rows {
 public:
  explicit Rows(const std::string& path) : path_(path) {
    if (path.empty() || path == "-") return;
    errno = 0;
    out_.open(path, std::ios::binary | std::ios::trunc);
    if (!out_) fail("create");
  }
  void write(const std::string& line) {
    if (path_.empty()) return;
    if (path_ == "-") return print(line + "\n");
    errno = 0;
    if (!(out_ << line << '\n' << std::flush)) fail("write");
  }

 private:
  [[noreturn]] void fail(const char* doing) const {
    throw OutputError("cannot " + std::string(doing) + " " + path_ + ": " + std::generic_category().message(errno));
  }

  std::string path_;
  std::ofstream out_;
};

Plan plan_of(const SweepOptions& options) {
  Plan plan;
  plan.set = overrides_of(options.scenario);
  for (const std::string& text : options.vary) plan.vary.push_back(parse_vary(text));
  if (!options.seeds.empty()) plan.seeds = parse_seeds(options.seeds);
  return plan;
}

// Reads the scenario once with each value of each key, so that a slip of the pen is told before anything runs. Also
// finds the default seed, and all files that the scenarios are made from.
Header header_of(const SweepOptions& options, const ScenarioSource& source) {
  Header header;
  header.version = MP_VERSION;
  header.scenario = source.path;
  header.timings = options.timings;
  header.plan = plan_of(options);
  Plan& plan = header.plan;
  std::vector<Scenario> scenarios;
  std::vector<Override> overrides = plan.set;
  for (const Vary& v : plan.vary) overrides.push_back({v.key, v.values.front()});
  scenarios.push_back(source.scenario(overrides));
  for (std::size_t i = 0; i < plan.vary.size(); ++i) {
    std::vector<Override> other = overrides;
    for (const std::string& value : plan.vary[i].values) {
      other[plan.set.size() + i].value = value;
      scenarios.push_back(source.scenario(other));
    }
  }
  if (plan.seeds.empty()) plan.seeds = {scenarios.front().seed};
  plan.check();
  header.digest = digest_of(source, scenarios);
  header.shard = options.shard.empty() ? shard_from([](const char* name) { return std::getenv(name); })
                                       : parse_shard(options.shard);
  return header;
}

std::string progress_text(const SweepProgress& p, double elapsed_s) {
  std::string line =
      text::grouped(p.done) + " of " + text::count(p.all, "run", "runs") + ", " + text::fixed(p.share * 100, 0) + " %";
  if (p.failed != 0) line += ", " + text::grouped(p.failed) + " failed";
  const std::string left = time_left(p.share, elapsed_s);
  return left.empty() ? line : line + ", " + left;
}

unsigned jobs_of(const SweepOptions& options, const Shard& shard) {
  if (options.jobs != 0) return options.jobs;
  const long cores = ::sysconf(_SC_NPROCESSORS_ONLN);
  return default_jobs(cores > 0 ? static_cast<unsigned>(cores) : 1, std::thread::hardware_concurrency(), shard);
}

void announce(const Header& header, unsigned jobs) {
  const Shard& shard = header.shard;
  const std::size_t all = header.plan.runs();
  const std::size_t mine = all > shard.index ? (all - shard.index - 1) / shard.count + 1 : 0;
  complain("shard " + shard.text() + " (by " + shard.origin + "): " + text::grouped(mine) + " of " +
           text::count(all, "run", "runs") + ", " + std::to_string(jobs) + " at once");
}

}  // namespace

int run_sweep(const SweepOptions& options) {
  if (options.json && options.out == "-")
    throw UsageError("--json and --out -: both want standard output; give --out a file");
  const ScenarioSource source = ScenarioSource::read(options.scenario.path);
  keep_apart({options.scenario.path}, {options.out});
  const Header header = header_of(options, source);
  const unsigned jobs = jobs_of(options, header.shard);
  interrupt::install();
  Rows rows(options.out == "-" ? options.out : shard_file(options.out, header.shard));
  if (header.shard.count > 1 && !options.quiet) announce(header, jobs);
  rows.write(to_line(header));

  const Plan& plan = header.plan;
  Table table(header);
  Progress progress(Progress::style(options.quiet, options.progress));
  const auto make_row = [&](const PlannedRun& run, RunControl& control) {
    const UnderWay under_way(replay_command(source.path, run.seed, plan.overrides(run.combination)));
    return simulate(source, plan, run, options.timings, control);
  };
  SweepListener listener;
  listener.on_row = [&](const Row& row) {
    rows.write(to_line(row, plan.parameters(plan.run(row.run).combination), options.timings));
    table.add(row);
  };
  listener.on_look = [&](const SweepProgress& p) {
    if (progress.due()) progress.show(progress_text(p, progress.elapsed_s()));
    return interrupt::asked();
  };
  const bool whole = run_all(plan, header.shard, jobs, make_row, listener);
  progress.clear();

  if (options.json)
    print(table.json());
  else if (!options.quiet && options.out == "-")
    std::fputs(table.text().c_str(), stderr);
  else if (!options.quiet)
    print(table.text());
  if (!whole) {
    complain("interrupted after " + text::count(table.runs(), "run", "runs"));
    return kExitInterrupted;
  }
  return table.failed() == 0 ? kExitOk : kExitBroken;
}

}  // namespace mp::sim
