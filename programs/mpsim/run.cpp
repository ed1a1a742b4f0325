// SPDX-License-Identifier: ISC
// mpsim run: one world, its reports, its trace.
#include "programs/mpsim/commands.hpp"
#include "programs/mpsim/crash_note.hpp"
#include "programs/mpsim/errors.hpp"
#include "programs/mpsim/interrupt.hpp"
#include "programs/mpsim/out_file.hpp"
#include "programs/mpsim/overrides.hpp"
#include "programs/mpsim/progress.hpp"
#include "simulator/report/frame_class.hpp"
#include "simulator/report/html.hpp"
#include "simulator/report/json.hpp"
#include "simulator/report/pcapng.hpp"
#include "simulator/report/summary.hpp"
#include "simulator/report/text.hpp"
#include "simulator/sweep/replay.hpp"
#include "simulator/world/world.hpp"

#include <memory>

namespace mp::sim {
namespace {

// Every frame, as it begins, into a pcapng file.
class Trace final : public Onlooker {
 public:
  Trace(const std::string& path, const Scenario& scenario, std::uint64_t seed)
      : file_(path), path_(path), writer_(file_.stream(), scenario.name, seed, scenario.media) {}

  void on_frame(const Medium& medium, const Transmission& t) override {
    if (!writer_.ok()) return;
    const std::string to = t.frame.broadcast() ? "all" : std::to_string(medium.radio(t.frame.to).node());
    const std::string comment = "node " + std::to_string(medium.radio(t.frame.from).node()) + " to " + to + ": " +
                                describe(t.frame.view()) + (t.tries > 1 ? ", try " + std::to_string(t.tries) : "");
    writer_.frame(medium.number(), t.begin, t.frame.from, t.frame.to, t.frame.view(), comment, t.tries);
  }
  bool ok() const { return writer_.ok(); }
  void keep() {
    if (!writer_.flush()) throw OutputError("cannot write " + path_ + ": is the disk full?");
    file_.keep();
  }

 private:
  OutFile file_;
  std::string path_;
  PcapngWriter writer_;
};

// What shall be written, opened before the run: nobody waits an hour to learn that a folder is not there.
struct Outputs {
  std::unique_ptr<OutFile> json, report;
  std::unique_ptr<Trace> trace;

  Outputs(const RunOptions& options, const Scenario& scenario, std::uint64_t seed) {
    if (options.json && !to_stdout(options)) json = std::make_unique<OutFile>(options.json_file);
    if (!options.report.empty()) report = std::make_unique<OutFile>(options.report);
    if (!options.pcap.empty()) trace = std::make_unique<Trace>(options.pcap, scenario, seed);
  }
  static bool to_stdout(const RunOptions& options) { return options.json_file.empty() || options.json_file == "-"; }
};

std::string progress_text(const World::Progress& p, double elapsed_s) {
  const auto virtual_us = static_cast<double>(p.now.us), all_us = static_cast<double>(p.end.us);
  const double share = all_us > 0 ? virtual_us / all_us : 1;
  std::string line =
      text::duration(virtual_us) + " of " + text::duration(all_us) + ", " + text::fixed(share * 100, 0) + " %, ";
  line += text::significant(virtual_us / 1e6 / elapsed_s) + " times as fast as real time";
  const std::string left = time_left(share, elapsed_s);
  return left.empty() ? line : line + ", " + left;
}

void run_world(World& world, const Outputs& outputs, Progress& progress) {
  world.run([&](const World::Progress& p) {
    if (progress.due()) progress.show(progress_text(p, progress.elapsed_s()));
    return interrupt::asked() || (outputs.trace && !outputs.trace->ok());
  });
  progress.clear();
}

// All that can be written is; then the first failure is told.
void write_all(const RunOptions& options, Outputs& outputs, const Result& result) {
  std::optional<OutputError> failure;
  const auto attempt = [&failure](const auto& write) {
    try {
      write();
    } catch (const OutputError& error) {
      if (!failure) failure = error;
    }
  };
  if (options.json) {
    const std::string json = to_json(result, options.full ? JsonDetail::full : JsonDetail::overview);
    attempt([&] {
      if (!outputs.json) return print(json);
      outputs.json->write(json);
      outputs.json->keep();
    });
  }
  if (outputs.report) {
    attempt([&] {
      outputs.report->write(to_html(result));
      outputs.report->keep();
    });
  }
  if (outputs.trace) attempt([&] { outputs.trace->keep(); });
  const bool stdout_is_json = options.json && !outputs.json;
  if (!stdout_is_json && !options.quiet) attempt([&] { print(summary(result)); });
  if (failure) throw OutputError(*failure);
}

}  // namespace

int run_run(const RunOptions& options) {
  const std::vector<Override> overrides = overrides_of(options.scenario);
  const Scenario scenario = load_scenario(options.scenario.path, overrides);
  const std::uint64_t seed = options.seed.value_or(scenario.seed);
  const std::string replay = replay_command(options.scenario.path, seed, overrides);
  keep_apart({options.scenario.path}, {options.json_file, options.report, options.pcap});
  for (const std::string& path : {options.report, options.pcap})
    if (path == "-") throw UsageError("only --json and --out can be standard output; give a file's name");
  interrupt::install();
  const UnderWay under_way(replay);
  Outputs outputs(options, scenario, seed);

  Progress progress(Progress::style(options.quiet, options.progress));
  World world(scenario, seed);
  if (outputs.trace) world.set_onlooker(outputs.trace.get());
  run_world(world, outputs, progress);
  Result result = world.result();
  result.replay = replay;

  write_all(options, outputs, result);
  if (result.interrupted) return kExitInterrupted;
  return result.ok() ? kExitOk : kExitBroken;
}

}  // namespace mp::sim
