// SPDX-License-Identifier: ISC
#include "programs/mpnode/options.hpp"

#include <CLI/CLI.hpp>

namespace mp::host {
namespace {

constexpr const char* kFooter = R"(
Examples
  mpnode                                    run with the defaults
  mpnode --print-config > mpnode.toml       a configuration to edit, every key explained
  mpnode --check --config mpnode.toml       is it good?
  mpnode --config mpnode.toml               run with it
  mpnode --state /tmp/b --socket /tmp/b.sock   a second node on this machine
  mpnode --print-id                         the node's id (made if there is none yet)

Talk to it with mpctl, or with any program that writes lines of JSON to its socket.

Exit status
  0  it ended as it should         3  the configuration is bad
  1  it failed while running       4  another mpnode has the state folder or the socket
  2  the command line is wrong     5  the state folder or the identity cannot be used)";

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit) {
  Options o;
  bool check = false;
  bool print_config = false;
  bool print_id = false;
  CLI::App app("mpnode: a node of the Micropycelium mesh, as a daemon", "mpnode");
  app.footer(kFooter);
  app.set_version_flag("--version", "mpnode " MP_VERSION);
  app.add_option("-c,--config", o.config, "Read this configuration (TOML)")->type_name("FILE");
  app.add_option("--state", o.state, "Keep the identity in this folder (instead of node.state_dir)")->type_name("DIR");
  app.add_option("--socket", o.socket, "Listen for mpctl here (instead of control.socket)")->type_name("PATH");
  app.add_option("--log-level", o.log_level, "Write this much (instead of log.level)")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  auto* const checking = app.add_flag("--check", check, "Check the configuration and end");
  auto* const printing = app.add_flag("--print-config", print_config, "Print the default configuration and end");
  auto* const identifying =
      app.add_flag("--print-id", print_id, "Print the node's id and end; makes the identity if there is none");
  checking->excludes(printing)->excludes(identifying);
  printing->excludes(identifying);
  app.add_flag("--json", o.json, "With --check and --print-id: the answer as one line of JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    exit = static_cast<int>(code == 0 ? Exit::ok : Exit::usage);
    return std::nullopt;
  }
  o.action = check          ? Options::Action::check
             : print_config ? Options::Action::print_config
             : print_id     ? Options::Action::print_id
                            : Options::Action::run;
  return o;
}

}  // namespace mp::host
