// SPDX-License-Identifier: ISC
// id (with show, export and rotate) and trust (with pin, unpin, forget, name and import): who this node is, and who
// the others are to it.
#include "programs/mpctl/commands.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

namespace mp::host {

int run_id(Client& client, Output& out) {
  const std::string id = text(client.greeting(), "node_id", "");
  if (out.json())
    out.record({{"node_id", id}});
  else
    out.line(id);
  return kExitOk;
}

namespace {

void show(Output& out, const Json& identity) {
  if (out.json()) return out.record(identity);
  out.line("node       " + text(identity, "node_id"));
  if (const std::string next = text(identity, "next_id", ""); !next.empty())
    out.line("next       " + next + "  (from the next start of the daemon)");
  out.line("start      number " + std::to_string(number(identity, "boot")));
  for (const Json& h : list(identity, "handovers"))
    out.line("hand-over  " + std::to_string(number(h, "counter")) + ": from " + text(h, "before") + " to " +
             text(h, "after"));
}

}  // namespace

int run_id_show(Client& client, Output& out) {
  show(out, client.request({{"cmd", "id"}}));
  return kExitOk;
}

// What others may have: the id, and the hand-overs that lead to it. No secret is in it; the daemon gives none away.
int run_id_export(Client& client, Output& out) {
  const Json identity = client.request({{"cmd", "id"}});
  const std::string id = text(identity, "next_id", text(identity, "node_id", ""));
  Json records = Json::array();
  for (const Json& h : list(identity, "handovers")) records.push_back(text(h, "record", ""));
  if (out.json()) {
    out.record({{"node_id", id}, {"handovers", records}});
    return kExitOk;
  }
  out.line("node " + id);
  for (const Json& record : records) out.line("handover " + record.get<std::string>());
  return kExitOk;
}

int run_id_rotate(Client& client, Output& out) {
  const Json identity = client.request({{"cmd", "id_rotate"}});
  show(out, identity);
  if (!out.json()) out.line("The new identity is in force once the daemon has been started again.");
  return kExitOk;
}

int run_trust(Client& client, Output& out) {
  const Json result = client.request({{"cmd", "trust"}});
  std::vector<std::vector<std::string>> rows{{"NODE", "NAME", "MET", "TRUST"}};
  for (const Json& node : list(result, "nodes")) {
    if (out.json()) out.record(node);
    const std::string after = text(node, "after", "");
    rows.push_back({short_node(text(node, "node")), text(node, "name"), std::to_string(number(node, "seen")),
                    !after.empty()         ? "handed over to " + short_node(after)
                    : flag(node, "pinned") ? "pinned"
                                           : "first met"});
  }
  if (out.json()) return kExitOk;
  if (rows.size() == 1) {
    out.line("no nodes");
    return kExitOk;
  }
  for (const std::string& line : table(rows)) out.line(line);
  return kExitOk;
}

int run_trust_change(Client& client, Output& out, const std::string& verb, const TrustOptions& options) {
  Json request{{"cmd", "trust_" + verb}, {"node", options.node}};
  if (verb == "name") request["name"] = options.name;
  client.request(request);
  if (out.json())
    out.record({{"trust", verb}, {"node", options.node}});
  else if (verb == "name")
    out.line(options.node + (options.name.empty() ? " has no name any more" : " is called " + options.name));
  else
    out.line(options.node + " is " + (verb == "pin" ? "pinned" : verb == "unpin" ? "no longer pinned" : "forgotten"));
  return kExitOk;
}

namespace {

// The records in what `mpctl id export` wrote, as lines or as JSON, one after the other.
std::string exported_records(const std::string& text) {
  std::string records;
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_object()) {
    for (const Json& record : list(json, "handovers"))
      if (record.is_string()) records += record.get<std::string>();
    return records;
  }
  std::istringstream lines(text);
  constexpr std::string_view kStart = "handover ";
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(kStart)) records += line.substr(kStart.size());
  return records;
}

}  // namespace

int run_trust_import(Client& client, Output& out, const TrustOptions& options) {
  constexpr std::size_t kExportMax = 64 << 10;  // far more than four hand-overs
  std::ifstream file;
  if (options.file != "-") file.open(options.file, std::ios::binary);
  std::istream& in = options.file == "-" ? std::cin : file;
  std::string text(kExportMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (options.file != "-" && !file.is_open()))
    throw Failure(kExitFailed, "input_failed", printable(options.file) + " cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  const std::string records = text.size() > kExportMax ? std::string() : exported_records(text);
  if (records.empty())
    throw Failure(kExitFailed, "bad_export",
                  printable(options.file) + " holds no hand-over; write it with: mpctl id export");
  const std::int64_t followed = number(client.request({{"cmd", "trust_import"}, {"records", records}}), "followed");
  if (out.json())
    out.record({{"trust", "import"}, {"followed", followed}});
  else
    out.line(std::to_string(followed) + (followed == 1 ? " hand-over" : " hand-overs") + " followed");
  return kExitOk;
}

}  // namespace mp::host
