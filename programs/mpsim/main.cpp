// SPDX-License-Identifier: ISC
// mpsim: whole meshes of real nodes in virtual time. This file is the command line only; what the commands do is in
// one file each (commands.hpp).
#include "programs/mpsim/commands.hpp"
#include "programs/mpsim/crash_note.hpp"
#include "programs/mpsim/errors.hpp"
#include "programs/mpsim/out_file.hpp"
#include "simulator/scenario/scenario.hpp"
#include "simulator/sweep/error.hpp"
#include "simulator/sweep/seeds.hpp"

#include <CLI/CLI.hpp>
#include <functional>

namespace mp::sim {
namespace {

constexpr const char* kExitCodes = R"(Exit status:
  0    done; for run, sweep and merge: all that was checked held
  1    the command line, the scenario or a file of rows is wrong
  2    something could not be written
  3    a checker saw what must not happen, or an expectation of the scenario did not hold
  130  ended by Ctrl-C, SIGTERM or SIGHUP: what was done by then is written. The second ends at once

Each command has examples: mpsim COMMAND --help)";

// Everything the command line can say. `chosen` is set by the command that was named.
struct CommandLine {
  CLI::App app{"Simulates meshes: thousands of real nodes in one process, replayable from a seed."};
  std::function<int()> chosen;
  RunOptions run;
  SweepOptions sweep;
  MergeOptions merge;
  CheckOptions check;
  MapOptions map;
  std::string table;

  CommandLine();

 private:
  CLI::App* add(const char* name, const char* what, const char* examples, std::function<int()> command);
  void add_run();
  void add_sweep();
  void add_merge();
  void add_check();
};

CLI::App* CommandLine::add(const char* name, const char* what, const char* examples, std::function<int()> command) {
  CLI::App* sub = app.add_subcommand(name, what);
  sub->footer(std::string("Examples:\n") + examples);
  sub->callback([this, command = std::move(command)] { chosen = command; });
  return sub;
}

CLI::Option* add_scenario(CLI::App* sub, ScenarioOptions& options) {
  CLI::Option* path = sub->add_option("SCENARIO", options.path, "The scenario, a TOML file")->type_name("FILE");
  sub->add_option("--set", options.set, "Change a key of the scenario; may be given many times (mpsim keys: all keys)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  sub->add_option("--duration", options.duration, "Virtual time, instead of the scenario's")->type_name("SECONDS");
  return path;
}

void add_seed(CLI::App* sub, std::optional<std::uint64_t>& seed) {
  // As --seeds and the scenario read it: decimal, and no sign.
  sub->add_option_function<std::string>(
         "--seed",
         [&seed](const std::string& text) {
           std::uint64_t number = 0;
           if (!parse_number(text, number) || number > kSeedMax)
             throw CLI::ValidationError(
                 "--seed", "\"" + text + "\" is no seed; write a number, 0 to " + std::to_string(kSeedMax));
           seed = number;
         },
         "Where all chance comes from (default: the scenario's)")
      ->type_name("N");
}

CommandLine::CommandLine() {
  app.require_subcommand(1);
  app.set_version_flag("--version", "mpsim " MP_VERSION);
  app.footer(kExitCodes);
  add_run();
  add_sweep();
  add_merge();
  add_check();
  CLI::App* keys = add("keys", "The keys that a scenario may have, with units, ranges and defaults",
                       "  mpsim keys\n  mpsim keys medium\n  mpsim keys topology", [this] { return run_keys(table); });
  keys->add_option("TABLE", table, "One table only: topology, medium, nodes, traffic, fault ...");
}

void CommandLine::add_run() {
  CLI::App* sub = add("run", "One run: a summary, and what else is asked for",
                      "  mpsim run village.toml\n"
                      "  mpsim run village.toml --seed 7 --set topology.nodes=200 --report village.html\n"
                      "  mpsim run village.toml --json | jq .delivery\n"
                      "  mpsim run village.toml --duration 60 --pcap village.pcapng && wireshark village.pcapng",
                      [this] { return run_run(run); });
  add_scenario(sub, run.scenario);
  add_seed(sub, run.seed);
  CLI::Option* json =
      sub->add_option("--json", run.json_file, "The result as JSON: to the file, or as all there is on standard output")
          ->type_name("[FILE]")
          ->expected(0, 1);
  sub->add_option("--report", run.report, "A page with charts and a map, for any browser")->type_name("FILE");
  sub->add_option("--pcap", run.pcap, "Every frame on the air, for Wireshark")->type_name("FILE");
  sub->add_flag("--full", run.full, "In the JSON also each node and each link");
  sub->add_flag("-q,--quiet", run.quiet, "No progress, no summary");
  sub->add_flag("--progress", run.progress, "Progress although standard error is no terminal: a line every 10 s");
  sub->callback([this, json] {
    run.json = json->count() > 0;
    // "--json SCENARIO": the file was meant for the other.
    if (run.json && run.scenario.path.empty() && run.json_file.ends_with(".toml"))
      run.json_file.swap(run.scenario.path);
    if (run.scenario.path.empty()) throw CLI::RequiredError("run: SCENARIO");
    if (run.full && !run.json) throw CLI::RequiredError("run: --full: --json");
    chosen = [this] { return run_run(run); };
  });
}

void CommandLine::add_sweep() {
  CLI::App* sub = add("sweep", "Many runs: each combination of values with each seed, on all cores",
                      "  mpsim sweep village.toml --seeds 1-100\n"
                      "  mpsim sweep village.toml --seeds 1-20 --vary topology.nodes=50,100,200 --out rows.jsonl\n"
                      "  mpsim sweep village.toml --vary traffic.0.every_s=5,10 --vary medium.0.loss=0,0.1 --json\n"
                      "  mpsim sweep village.toml --seeds 1-1000 --shard 0/4 --out rows.jsonl   on the first of four\n"
                      "  mpirun mpsim sweep village.toml --seeds 1-1000 --out rows.jsonl        the same by Open MPI\n"
                      "  srun -n 4 mpsim sweep village.toml --seeds 1-1000 --out rows.jsonl     the same by Slurm",
                      [this] { return run_sweep(sweep); });
  add_scenario(sub, sweep.scenario)->required();
  sub->add_option("--seeds", sweep.seeds, "Which seeds: 1-100, or 1,5,9 (default: the scenario's)")->type_name("LIST");
  sub->add_option("--vary", sweep.vary, "A key and its values; may be given many times")
      ->type_name("KEY=A,B,C")
      ->allow_extra_args(false);
  sub->add_option("-j,--jobs", sweep.jobs, "Runs at once (default: all cores)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  sub->add_option("--out", sweep.out, "A row of JSON for each run, as it is done; - is standard output")
      ->type_name("FILE");
  sub->add_option("--shard", sweep.shard,
                  "Only every n-th run, from the i-th on, i from 0 (default: as Open MPI or Slurm says)")
      ->type_name("I/N");
  sub->add_flag("--json", sweep.json, "The table as JSON");
  sub->add_flag("--timings", sweep.timings, "wall_s and speed in the rows, which differ from machine to machine");
  sub->add_flag("-q,--quiet", sweep.quiet, "No progress, no table");
  sub->add_flag("--progress", sweep.progress, "Progress although standard error is no terminal: a line every 10 s");
}

void CommandLine::add_merge() {
  CLI::App* sub = add("merge", "Joins the rows of the shards of a sweep",
                      "  mpsim merge rows.*-of-4.jsonl --out rows.jsonl\n"
                      "  mpsim merge rows.0-of-2.jsonl rows.1-of-2.jsonl --json\n"
                      "  mpsim merge rows.jsonl                                 the table of a sweep, once more",
                      [this] { return run_merge(merge); });
  sub->add_option("ROWS", merge.files, "The files of all shards")->type_name("FILE")->required();
  sub->add_option("--out", merge.out, "All rows, in the order of the sweep; - is standard output")->type_name("FILE");
  sub->add_flag("--json", merge.json, "The table as JSON");
  sub->add_flag("--partial", merge.partial, "Although runs are missing");
}

void CommandLine::add_check() {
  CLI::App* sub = add("check", "What a scenario is made of, and what looks wrong in it; nothing is run",
                      "  mpsim check village.toml\n"
                      "  mpsim check village.toml --set topology.nodes=5000\n"
                      "  mpsim check village.toml --print > whole.toml      every key, with its meaning",
                      [this] { return run_check(check); });
  add_scenario(sub, check.scenario)->required();
  add_seed(sub, check.seed);
  sub->add_flag("--print", check.print, "The scenario as a whole file instead, with every key");
  CLI::App* places = add("map", "Where the nodes are and who hears whom, as files",
                         "  mpsim map village.toml positions.csv links.csv\n"
                         "  mpsim map village.toml --seed 7 map.html",
                         [this] { return run_map(map); });
  add_scenario(places, map.scenario)->required();
  add_seed(places, map.seed);
  places
      ->add_option(
          "OUT", map.out,
          "positions.csv and links.csv (the file's name begins so), or a page (.html); none: links on standard "
          "output")
      ->type_name("FILE");
}

// An empty value is a variable of a script that was never set; left alone it would pass for a default.
void refuse_empty(const CLI::App& app) {
  for (const CLI::App* sub : app.get_subcommands())
    for (const CLI::Option* option : sub->get_options()) {
      if (option->get_items_expected_min() == 0) continue;  // it may stand without one
      for (const std::string& value : option->results())
        if (value.empty()) throw CLI::ValidationError(option->get_name(), "the value is empty");
    }
}

int run(const CommandLine& line) {
  install_crash_note();
  try {
    return line.chosen();
  } catch (const OutputError& error) {
    complain(error.what());
    return kExitOutput;
  } catch (const ScenarioError& error) {
    complain(error.what());
  } catch (const SweepError& error) {
    complain(error.what());
  } catch (const UsageError& error) {
    complain(error.what());
  } catch (const std::bad_alloc&) {
    complain("out of memory; take fewer nodes, or for a sweep fewer --jobs");
  } catch (const std::exception& error) {
    complain(std::string("unexpected: ") + error.what());
  }
  return kExitUsage;
}

}  // namespace
}  // namespace mp::sim

int main(int argc, char** argv) {
  mp::sim::CommandLine line;
  try {
    line.app.parse(argc, argv);
    mp::sim::refuse_empty(line.app);
  } catch (const CLI::ParseError& error) {
    return line.app.exit(error) == 0 ? mp::sim::kExitOk : mp::sim::kExitUsage;
  }
  return mp::sim::run(line);
}
