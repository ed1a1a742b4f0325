// SPDX-License-Identifier: ISC
// mpctl: talks to a running mpnode. This file is the command line only; what the commands do is in one file
// each (commands.hpp), how they talk is in client.cpp.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "programs/default_paths.hpp"
#include "programs/mpctl/codec.hpp"
#include "programs/mpctl/commands.hpp"
#include "programs/mpctl/interrupt.hpp"

namespace mp::host {

namespace {

constexpr const char* kExitCodes = R"(Exit status:
  0    done; for send: delivered, or sent where nobody acknowledges
  1    not delivered, no answer, or a local file or the output failed
  2    the command line is wrong
  3    no daemon to talk to, or it went away
  4    the daemon refused (not_found, ambiguous, too_large ...)
  5    the time given was not enough
  130  ended by Ctrl-C, SIGTERM, SIGHUP or SIGQUIT

Nodes are named by their id (64 hex digits), its first 8 or more, or their name (mpctl trust).
Each command has examples: mpctl COMMAND --help)";

using Command = std::function<int(Client&, Output&)>;

// Everything the command line can say. `chosen` is set by the command that was named.
struct CommandLine {
  CLI::App app{"Talks to a running mpnode: shows it, sends and receives through it."};
  std::string socket = default_socket_path();
  bool json = false;
  bool codec = false;
  Command chosen;
  std::function<int(Output&)> without_daemon;  // instead

  SendOptions send;
  std::vector<std::string> send_words;
  std::string send_to;
  RecvOptions recv;
  PingOptions ping;
  TraceOptions trace;
  MonitorOptions monitor;
  RouteOptions route;
  TrustOptions trust;
  NetworkOptions network;
  std::string node;

  CommandLine();

 private:
  CLI::App* add(const char* name, const char* what, const char* examples, Command command);
  void add_show();
  void add_identity();
  void add_trust();
  void add_routes();
  void add_change();
  void add_send();
  void add_recv();
  void add_ping();
  void add_trace();
  void add_monitor();
  void add_network();
  void add_network_change(CLI::App& network_sub);
};

CLI::App* CommandLine::add(const char* name, const char* what, const char* examples, Command command) {
  CLI::App* sub = app.add_subcommand(name, what);
  sub->footer(std::string("Examples:\n") + examples);
  sub->callback([this, command = std::move(command)] { chosen = command; });
  return sub;
}

CommandLine::CommandLine() {
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "mpctl " MP_VERSION " (control protocol 1)");
  app.add_option("--socket", socket, "The control socket of mpnode; also MPNODE_SOCKET")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_flag("--json", json, "JSON lines on standard output, and nothing else there");
  app.footer(kExitCodes);
  add_show();
  add_identity();
  add_trust();
  add_send();
  add_recv();
  add_ping();
  add_trace();
  add_monitor();
  add_routes();
  add_change();
  add_network();
  app.add_subcommand("codec",
                     "Packs and unpacks packets, Packages, ids: JSON lines in, JSON lines out; no daemon needed")
      ->footer(
          "Examples:\n"
          "  echo '{\"op\":\"distance\",\"a\":\"7-24::\",\"b\":\"7-25::\"}' | mpctl codec\n"
          "  echo '{\"op\":\"app_id\",\"name\":\"Text\",\"description\":\"mpctl send and recv\",\"version\":1}' | "
          "mpctl codec")
      ->callback([this] { codec = true; });
}

void CommandLine::add_show() {
  add("status", "The daemon: node, interfaces, counters, memory",
      "  mpctl status\n  mpctl status --json | jq .counters", run_status);
  add("peers", "The neighbours, and how they are reached", "  mpctl peers\n  mpctl peers --json | jq -r .node",
      run_peers);
  add("apps", "The Applications, and who listens", "  mpctl apps", run_apps);
  add("tree", "The spanning trees: whose they are, and where the node hangs",
      "  mpctl tree\n  mpctl tree --json | jq -r '.trees[].address'", run_tree);
}

void CommandLine::add_identity() {
  CLI::App* id = add("id", "The node id of the daemon; show, export and rotate: its identity",
                     "  mpctl id\n  mpctl send $(mpctl --socket other.sock id) --text hello\n"
                     "  mpctl id show\n  mpctl id export > me.txt\n  mpctl id rotate",
                     run_id);
  id->require_subcommand(0, 1);
  CLI::App* show = id->add_subcommand("show", "The id, the number of this start, and who the node was before")
                       ->footer("Examples:\n  mpctl id show\n  mpctl id show --json | jq -r .next_id");
  CLI::App* export_sub = id->add_subcommand("export", "What others may have: the id and the hand-overs; no secret")
                             ->footer("Examples:\n  mpctl id export > me.txt");
  CLI::App* rotate =
      id->add_subcommand("rotate", "Take a new key pair, and sign with both that it is the same node still")
          ->footer("Examples:\n  mpctl id rotate && systemctl restart mpnode");
  id->callback([this, show, export_sub, rotate] {
    chosen = show->parsed()         ? run_id_show
             : export_sub->parsed() ? run_id_export
             : rotate->parsed()     ? run_id_rotate
                                    : run_id;
  });
}

void CommandLine::add_trust() {
  CLI::App* sub = add("trust", "The nodes that this one has met; list, pin, unpin, forget, name and import",
                      "  mpctl trust\n  mpctl trust name 9ab03c11 alice\n  mpctl trust pin alice\n"
                      "  mpctl send alice --text hello\n  mpctl trust list --json | jq 'select(.pinned)'",
                      run_trust);
  sub->require_subcommand(0, 1);
  sub->add_subcommand("list", "Who is known, and how much is known of it")->footer("Examples:\n  mpctl trust list");
  const auto change = [&](const std::string& verb, const char* what, const char* example) {
    CLI::App* change_sub = sub->add_subcommand(verb, what)->footer(std::string("Examples:\n") + example);
    change_sub->add_option("NODE", trust.node, "The node, or its name; all 64 digits when it is not known")->required();
    if (verb == "name")
      change_sub->add_option("NAME", trust.name, "A letter, then letters, digits, _ and .; none: takes the name away");
    return change_sub;
  };
  const std::vector<std::pair<std::string, CLI::App*>> changes{
      {"pin", change("pin", "You have made sure of it: it stays, and its name with it", "  mpctl trust pin alice")},
      {"unpin", change("unpin", "It is one that was merely met again", "  mpctl trust unpin alice")},
      {"forget", change("forget", "As if it had never been met", "  mpctl trust forget 9ab03c11")},
      {"name", change("name", "What you call it, here and in other commands", "  mpctl trust name 9ab03c11 alice")}};
  CLI::App* import =
      sub->add_subcommand("import", "Hand-overs that were brought here: follow them to who it is now")
          ->footer("Examples:\n  mpctl id export > me.txt        there\n  mpctl trust import me.txt       here");
  import->add_option("FILE", trust.file, "What `mpctl id export` wrote there; -: standard input")->required();
  sub->callback([this, changes, import] {
    chosen = run_trust;
    if (import->parsed()) chosen = [this](Client& client, Output& out) { return run_trust_import(client, out, trust); };
    for (const auto& [verb, parsed] : changes)
      if (parsed->parsed())
        chosen = [this, v = verb](Client& client, Output& out) { return run_trust_change(client, out, v, trust); };
  });
}

void CommandLine::add_send() {
  CLI::App* sub = add("send", "Send a file, standard input or a text, and say what became of it",
                      "  mpctl send 9ab03c11 photo.jpg\n"
                      "  mpctl send 9ab03c11 --text 'the pump is on'\n"
                      "  date | mpctl send 9ab03c11\n"
                      "  mpctl send --to 7-2410:: --no-ask report.txt\n"
                      "  mpctl send 9ab03c11 --text 'train in 3 min' --expires 180\n"
                      "  mpctl send 9ab03c11 --sealed letter.txt\n"
                      "  mpctl send --broadcast --text 'anyone there?'",
                      nullptr);
  sub->add_option("TO_AND_FILE", send_words,
                  "Who shall have it (a node, or a tree address such as 7-24::; not with --to or --broadcast), and the "
                  "file (none or -: standard input)");
  sub->add_option("--to", send_to, "Who shall have it")->type_name("NODE|ADDRESS");
  sub->add_flag("--broadcast", send.broadcast, "To everyone in reach: one packet, which nobody acknowledges");
  sub->add_option("--text", send.text, "Send this text instead of a file")->type_name("TEXT");
  sub->add_option(
         "--app", send.app,
         "The Application: a name, 32 hex digits, or {\"name\":..,\"description\":..,\"version\":..} (default: Text)")
      ->type_name("APP");
  sub->add_flag("--no-ask", send.no_ask, "Do not ask for an acknowledgement");
  sub->add_flag("--sealed", send.sealed, "End to end: only the target can read it, and knows who sent it");
  sub->add_option("--mode", send.mode, "The distance relays go by")->check(CLI::IsMember({"tree", "cpl"}));
  sub->add_option("--priority", send.priority,
                  "Who waits for whom when air is short (default: interactive if it fits one packet, else bulk)")
      ->check(CLI::IsMember({"interactive", "bulk"}));
  sub->add_option("--expires", send.expires_s, "Of no use after so long: then the node drops it, on its way or not")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 2.6e6));
  sub->add_option("--timeout", send.timeout_s, "Give up after so long")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 1e6));
  sub->add_flag("--progress", send.progress, "Show progress although standard error is no terminal");
  sub->callback([this] {
    std::vector<std::string> words = send_words;
    if (!send_to.empty()) {
      send.to = send_to;
    } else if (!send.broadcast) {
      if (words.empty()) throw CLI::RequiredError("send: who shall have it? NODE, --to or --broadcast");
      send.to = words.front();
      words.erase(words.begin());
    }
    if (send.broadcast && !send_to.empty())
      throw CLI::ValidationError("send", "--to and --broadcast exclude each other");
    if (send.broadcast && send.sealed)
      throw CLI::ValidationError("send", "--sealed and --broadcast exclude each other: it is for one target");
    if (words.size() > 1) throw CLI::ExtrasError("send", {words.begin() + 1, words.end()});
    if (!words.empty()) send.file = words.front();
    if (send.text && !words.empty()) throw CLI::ValidationError("send", "a file and --text exclude each other");
    chosen = [this](Client& client, Output& out) { return run_send(client, out, send); };
  });
}

void CommandLine::add_recv() {
  CLI::App* sub = add("recv", "Listen for Packages; show them or keep them as files",
                      "  mpctl recv\n"
                      "  mpctl recv --count 1 --timeout 30\n"
                      "  mpctl recv --out inbox/            every Package a file, named by sender and digest\n"
                      "  mpctl recv --out photo.jpg         one Package, then end\n"
                      "  mpctl recv --out - | tar x         its bytes to standard output",
                      [this](Client& client, Output& out) { return run_recv(client, out, recv); });
  sub->add_option("--app", recv.app, "The Application to listen to (default: Text)")->type_name("APP");
  sub->add_option("--count", recv.count, "End after so many (default: until Ctrl-C; 1 with --out FILE or -)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  sub->add_option("--out", recv.out, "Keep them: a directory, a file, or - for standard output")
      ->type_name("DIR|FILE|-");
  sub->add_option("--timeout", recv.timeout_s, "End after so long")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 1e6));
}

void CommandLine::add_ping() {
  CLI::App* sub = add("ping", "Round trips to a node",
                      "  mpctl ping 9ab03c11\n  mpctl ping 9ab03c11 -c 100 -i 0.05\n  mpctl ping 9ab03c11 --json",
                      [this](Client& client, Output& out) { return run_ping(client, out, ping); });
  sub->add_option("NODE", ping.to, "The node")->required();
  sub->add_option("-c,--count", ping.count, "How many requests")->check(CLI::Range(1, 10000))->capture_default_str();
  sub->add_option("-i,--interval", ping.interval_s, "Between requests")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 60.0))
      ->capture_default_str();
  sub->add_option("-W,--timeout", ping.timeout_s, "For each answer")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 60.0))
      ->capture_default_str();
}

void CommandLine::add_trace() {
  CLI::App* sub =
      add("trace", "Each hop to a node, and why", "  mpctl trace 9ab03c11\n  mpctl trace 9ab03c11 --json | jq -r .node",
          [this](Client& client, Output& out) { return run_trace(client, out, trace); });
  sub->add_option("NODE", trace.to, "The node")->required();
  sub->add_flag("--prefix", trace.prefix, "As packets go that are routed by the common prefix of addresses");
}

void CommandLine::add_monitor() {
  CLI::App* sub = add("monitor", "What happens in the node, live",
                      "  mpctl monitor\n"
                      "  mpctl monitor --levels peer,package,packet --history\n"
                      "  mpctl monitor --levels packet --json | jq 'select(.trace==\"drop\")'",
                      [this](Client& client, Output& out) { return run_monitor(client, out, monitor); });
  sub->add_option("--levels", monitor.levels, "peer, package, packet (default: peer,package)")
      ->delimiter(',')
      ->check(CLI::IsMember({"peer", "package", "packet"}));
  sub->add_flag("--history", monitor.history, "First the peers and routes that are there already");
  sub->add_option("--count", monitor.count, "End after so many events")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
}

void CommandLine::add_routes() {
  CLI::App* routes = add("routes",
                         "The static routes, and the nodes beyond the neighbours whose place is known; add and del "
                         "change them until the daemon ends",
                         "  mpctl routes\n  mpctl routes add 7-24:: 9ab03c11\n  mpctl routes del 7-24::", run_routes);
  routes->require_subcommand(0, 1);
  CLI::App* add_sub = routes->add_subcommand("add", "Set where packets for an address go next");
  add_sub->add_option("TO", route.to, "The address, e.g. 7-24::")->required();
  add_sub->add_option("VIA", route.via, "The neighbour that is next")->required();
  add_sub->add_option("--node", route.node, "Who lives at exactly this address (64 hex digits)")->type_name("NODE");
  add_sub->add_option("--frame-max", route.frame_max, "The smallest datagram on the way, 240 to 250")
      ->check(CLI::Range(240, 250));
  CLI::App* del_sub = routes->add_subcommand("del", "Remove a route");
  del_sub->add_option("TO", route.to, "The address")->required();
  routes->callback([this, add_sub, del_sub] {
    chosen = run_routes;
    if (add_sub->parsed()) chosen = [this](Client& client, Output& out) { return run_route_add(client, out, route); };
    if (del_sub->parsed())
      chosen = [this](Client& client, Output& out) { return run_route_del(client, out, route.to); };
  });
}

void CommandLine::add_change() {
  add("ban", "Take nothing from a node and send it nothing", "  mpctl ban 9ab03c11",
      [this](Client& client, Output& out) { return run_ban(client, out, node); })
      ->add_option("NODE", node, "The node; all 64 digits when it is not known")
      ->required();
  add("unban", "End a ban", "  mpctl unban 9ab03c11",
      [this](Client& client, Output& out) { return run_unban(client, out, node); })
      ->add_option("NODE", node, "The node")
      ->required();
  add("stop", "End the daemon in good order", "  mpctl stop", run_stop);
}

void CommandLine::add_network_change(CLI::App& network_sub) {
  CLI::App* show = network_sub.add_subcommand("show", "Which key is in use, and which other one is accepted");
  show->footer("Examples:\n  mpctl network show\n  mpctl network show --json | jq .generation");
  show->callback([this] { chosen = run_network_show; });
  CLI::App* rotate =
      network_sub.add_subcommand("rotate", "Make another key and give it to the members; nobody uses it yet");
  rotate->footer(
      "Examples:\n"
      "  mpctl network rotate                     to all that this node knows\n"
      "  mpctl network rotate alice 9ab03c11      to these\n"
      "  mpctl network rotate --new alice         another one than the last, which nobody shall use\n\n"
      "The members must name this node as an owner. May be repeated for those that were away: it gives the same key\n"
      "until it is in use, and for ten minutes after that. The exit status is 0 when all have it, else 1.");
  rotate->add_option("NODE", network.nodes, "Who shall have it (default: all known)");
  rotate->add_flag("--new", network.anew, "In place of one that was given before and is not used");
  rotate->add_option("--timeout", network.timeout_s, "Wait so long for answers")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  rotate->callback(
      [this] { chosen = [this](Client& client, Output& out) { return run_network_rotate(client, out, network); }; });
  CLI::App* use = network_sub.add_subcommand("use", "Use the key that rotate has made; all that have it follow");
  use->footer("Examples:\n  mpctl network rotate && mpctl network use");
  use->callback([this] { chosen = run_network_use; });
  CLI::App* export_sub =
      network_sub.add_subcommand("export", "Write the changed key to a new file, for its owner alone");
  export_sub->footer(
      "Examples:\n"
      "  sudo -u mpnode mpctl network export home-2.key --state /var/lib/mpnode\n"
      "  mpctl network export --next home-3.key\n\n"
      "For a new board, or the configuration. The key is read in the state folder, and never shown.");
  export_sub->add_option("FILE", network.new_file, "Where: a file that is not there yet")->required();
  export_sub->add_flag("--next", network.next, "The one that is not in use yet");
  export_sub->add_option("--state", network.state_dir, "The state folder of the daemon")->type_name("DIR");
  export_sub->callback([this] { without_daemon = [this](Output& out) { return run_network_export(out, network); }; });
}

void CommandLine::add_network() {
  CLI::App* sub = app.add_subcommand("network", "Keys of closed networks: makes, compares and changes them");
  sub->footer(
      "Examples:\n"
      "  mpctl network new home.key\n"
      "  mpctl network check home.key\n"
      "  mpctl network check home.key copy.key\n"
      "  mpctl network check --passphrase-file words --name home\n"
      "  mpctl network show\n"
      "  mpctl network rotate && mpctl network use\n\n"
      "new, check and export need no daemon.");
  sub->require_subcommand(1);
  add_network_change(*sub);
  CLI::App* make = sub->add_subcommand("new", "Make a random key in a new file, for its owner alone");
  make->footer("Examples:\n  mpctl network new home.key\n\nThe key is never shown, and no file is overwritten.");
  make->add_option("FILE", network.new_file, "Where: a file that is not there yet")->required();
  make->callback([this] { without_daemon = [this](Output& out) { return run_network_new(out, network); }; });
  CLI::App* check = sub->add_subcommand("check", "Show fingerprints of keys: the same network has the same");
  check->footer(
      "Examples:\n"
      "  mpctl network check home.key\n"
      "  mpctl network check home.key copy.key\n"
      "  mpctl network check --passphrase-file words --name home\n\n"
      "The fingerprint tells nothing about the key: read it to the owner of the other file. With several files the\n"
      "exit status is 0 when all give the same network, else 1.");
  check->add_option("FILE", network.key_files, "Files with a key");
  check->add_option("--passphrase-file", network.passphrase_file, "A file with a passphrase")->type_name("FILE");
  check->add_option("--name", network.name, "The network that the passphrase is of")->type_name("NAME");
  check->callback([this] {
    if (network.key_files.empty() && network.passphrase_file.empty())
      throw CLI::RequiredError("network check: which? FILE or --passphrase-file");
    if (network.passphrase_file.empty() != network.name.empty())
      throw CLI::ValidationError("network check", "--passphrase-file and --name belong together");
    without_daemon = [this](Output& out) { return run_network_check(out, network); };
  });
}

int run(const CommandLine& line) {
  if (line.codec) {
    std::ios::sync_with_stdio(false);
    for (const int number : {SIGINT, SIGTERM}) std::signal(number, [](int) { ::_exit(kExitInterrupted); });
    return run_codec(std::cin, std::cout, std::cerr);
  }
  interrupt::install();
  Output out(line.json);
  try {
    if (line.without_daemon) return line.without_daemon(out);
    Client client(line.socket);
    return line.chosen(client, out);
  } catch (const Interrupted&) {
    return kExitInterrupted;
  } catch (const OutputClosed&) {
    return kExitOk;
  } catch (const Failure& failure) {
    complain(failure.what());
    try {
      if (line.json && failure.exit_code != kExitUsage) {
        Json error{{"code", failure.code}, {"message", failure.what()}};
        if (const auto* refused = dynamic_cast<const Refused*>(&failure)) error.update(refused->details);
        out.record({{"error", error}});
      }
    } catch (const std::exception&) {  // the failure may have been the output itself
    } catch (const OutputClosed&) {
    }
    return failure.exit_code;
  } catch (const std::exception& error) {  // e.g. a member of the wrong type in what the daemon sent
    complain(std::string("unexpected: ") + error.what());
    return kExitFailed;
  }
}

}  // namespace
}  // namespace mp::host

int main(int argc, char** argv) {
  mp::host::CommandLine line;
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return line.app.exit(error) == 0 ? mp::host::kExitOk : mp::host::kExitUsage;
  }
  return mp::host::run(line);
}
