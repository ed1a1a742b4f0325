// SPDX-License-Identifier: ISC
#include "bench_main.hpp"

#include "simulator/sweep/error.hpp"
#include "simulator/sweep/seeds.hpp"
#include "table.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <random>

namespace mp::bench {
namespace {

constexpr int kExitMet = 0, kExitNotMet = 1, kExitUsage = 2;

constexpr const char* kFooter = R"(Exit status:
  0  every bar is met
  1  a bar is not met, or a measurement could not be made
  2  the command line is wrong

)";

struct Options {
  std::uint64_t seed = 0;
  std::uint32_t amount = 0;
  std::vector<std::string> only;
  bool list = false, json = false, quick = false, quiet = false;
};

std::vector<Row> chosen(const Options& options) {
  std::vector<Row> rows = all_rows();
  for (const std::string& name : options.only)
    if (std::none_of(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; }))
      throw CLI::ValidationError("--only", "there is no row \"" + name + "\"; --list names them");
  if (!options.only.empty())
    std::erase_if(rows, [&](const Row& r) {
      return std::find(options.only.begin(), options.only.end(), r.name) == options.only.end();
    });
  return rows;
}

int measure(const Program& program, const Options& options, const std::vector<Row>& rows) {
  Progress progress(options.quiet);
  const Context context{options.seed, options.amount, progress};
  std::vector<Measurement> all;
  std::string failed;
  if (!options.json) {
    std::cout << program.name << " --seed " << options.seed << " --" << program.amount << ' ' << options.amount
              << "\n\n";
    print_head(std::cout);
  }
  for (const Row& row : rows) {
    progress.begin(row.name);
    try {
      all.push_back({row, row.run(context)});
    } catch (const std::exception& error) {
      progress.clear();
      std::cerr << program.name << ": " << row.name << ": " << error.what() << '\n';
      failed += (failed.empty() ? "" : ", ") + row.name;
      continue;
    }
    progress.clear();
    if (!options.json) print(std::cout, all.back());
  }
  if (options.json) print_json(std::cout, program.amount, context, all);
  if (!options.json && !failed.empty()) std::cout << "\ncould not be measured: " << failed << '\n';
  return failed.empty() && all_met(all) ? kExitMet : kExitNotMet;
}

}  // namespace

int run_bench(const Program& program, int argc, char** argv) {
  Options options;
  options.amount = program.amount_usual;
  CLI::App app{program.about};
  app.footer(kFooter + program.examples);
  std::string seed;
  app.add_option("--seed", seed, "Where all chance comes from (default: drawn anew, and printed)")->type_name("N");
  app.add_option("--only", options.only, "These rows, separated by commas")->delimiter(',')->type_name("ROW[,ROW]");
  CLI::Option* amount = app.add_option("--" + program.amount, options.amount,
                                       "How much is measured; each row says what it makes of it (" +
                                           std::to_string(program.amount_usual) + ")")
                            ->type_name("N")
                            ->check(CLI::Range(1, 1'000'000));
  app.add_flag("--list", options.list, "The rows, and nothing else");
  app.add_flag("--json", options.json, "JSON instead of the table");
  app.add_flag("--quick", options.quick, "Little of it: under a minute")->excludes(amount);
  app.add_flag("-q,--quiet", options.quiet, "No progress");
  std::vector<Row> rows;
  try {
    app.parse(argc, argv);
    if (!seed.empty() && (!sim::parse_number(seed, options.seed) || options.seed > sim::kSeedMax))
      throw CLI::ValidationError("--seed", "\"" + seed + "\" is no seed; write a number");
    if (app.count("--seed") > 0 && seed.empty()) throw CLI::ValidationError("--seed", "the value is empty");
    rows = chosen(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitMet : kExitUsage;
  }
  if (options.list) {
    for (const Row& row : rows) std::cout << row.name << ": " << row.what << '\n';
    return kExitMet;
  }
  if (seed.empty()) options.seed = std::random_device{}();
  if (options.quick) options.amount = program.amount_quick;
  return measure(program, options, rows);
}

}  // namespace mp::bench
