// SPDX-License-Identifier: ISC
// network show, rotate, use and export: another key for a closed network that runs. A key is never shown.
#include "micropycelium/node/network_record.hpp"
#include "ports/host/file_storage.hpp"
#include "ports/host/network_key.hpp"
#include "programs/default_paths.hpp"
#include "programs/mpctl/commands.hpp"

#include <map>

namespace mp::host {
namespace {

std::string generation(const Json& state, const char* name) { return text(state, name, "none"); }

void show(Output& out, const Json& state) {
  if (out.json()) return out.record(state);
  out.line("in use    generation " + generation(state, "generation") +
           (flag(state, "configured") ? ", the key of the configuration" : ", changed since it was configured"));
  out.line("next      " + (state["next"].is_null() ? "none" : "generation " + generation(state, "next")));
  out.line("previous  " + (state["previous"].is_null()
                               ? "none"
                               : "generation " + generation(state, "previous") + ", accepted for " +
                                     format_ms(number(state, "grace_ms")) + " more"));
}

// What became of one of those that are to get the key.
struct Gift {
  std::string node;
  std::string state = "no_answer";

  bool has_it() const { return state == "next" || state == "in_use"; }
};

std::string in_words(const std::string& state) {
  const std::map<std::string, std::string> words{
      {"next", "has it"},
      {"in_use", "uses it"},
      {"not_an_owner", "does not name this node as an owner ([authority] in its configuration)"},
      {"not_wanted", "takes no commands: it runs an older version"},
      {"open", "is in no closed network"},
      {"busy", "still accepts the key before; later"},
      {"refused", "uses a key of another generation: it has missed a change, or made one"},
      {"failed", "could not write it down"},
      {"no_answer", "does not answer"},
      {"unreachable", "cannot be reached"},
  };
  const auto found = words.find(state);
  return found != words.end() ? found->second : state;
}

void ask(Client& client, std::map<std::int64_t, Gift*>& open, Gift& gift) {
  try {
    const Json reply = client.request({{"cmd", "network_give"}, {"node", gift.node}});
    gift.node = text(reply, "node", gift.node);
    open[client.last_id()] = &gift;
  } catch (const Refused& refused) {
    gift.state = refused.code;
  }
}

}  // namespace

int run_network_show(Client& client, Output& out) {
  const Json state = client.request({{"cmd", "network"}});
  if (!flag(state, "closed") && !out.json()) {
    out.line("an open node: there is no key");
    return kExitOk;
  }
  if (!flag(state, "closed")) {
    out.record(state);
    return kExitOk;
  }
  if (!out.json()) out.line("network   " + printable(text(state, "name")));
  show(out, state);
  return kExitOk;
}

int run_network_rotate(Client& client, Output& out, const NetworkOptions& options) {
  const Json state = client.request({{"cmd", "network_rotate"}, {"new", options.anew}});
  std::vector<std::string> nodes = options.nodes;
  if (nodes.empty())
    for (const Json& node : list(state, "contacts")) nodes.push_back(node.get<std::string>());
  if (!out.json())
    out.line((flag(state, "made") ? "a new key is installed here, generation " : "the key of generation ") +
             text(state, "gives") + (flag(state, "made") ? "" : " is given once more"));

  // Each takes a slot or two of the daemon's Seal, which has those of others too.
  constexpr std::size_t kAtOnce = 8;
  std::vector<Gift> gifts(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) gifts[i].node = nodes[i];
  std::map<std::int64_t, Gift*> open;
  const Deadline deadline = after_ms(static_cast<std::int64_t>(options.timeout_s * 1000));
  for (std::size_t begun = 0; begun < gifts.size() || !open.empty();) {
    if (begun < gifts.size() && open.size() < kAtOnce) {
      ask(client, open, gifts[begun++]);
      continue;
    }
    const std::optional<Json> event = client.event(deadline);
    if (!event) break;
    const auto it = open.find(number(*event, "id", -1));
    if (it == open.end()) continue;
    it->second->state = text(*event, "state", "no_answer");
    open.erase(it);
  }

  std::vector<std::vector<std::string>> rows;
  std::size_t have = 0;
  for (const Gift& gift : gifts) {
    have += gift.has_it() ? 1U : 0U;
    if (out.json())
      out.record({{"node", gift.node}, {"has_it", gift.has_it()}, {"state", gift.state}});
    else
      rows.push_back({short_node(gift.node), in_words(gift.state)});
  }
  const bool all = have == gifts.size();
  if (out.json()) {
    out.record(
        {{"gives", number(state, "gives")}, {"made", flag(state, "made")}, {"have", have}, {"of", gifts.size()}});
    return all ? kExitOk : kExitFailed;
  }
  for (const std::string& line : table(rows)) out.line(line);
  const std::string sum = std::to_string(have) + " of " + std::to_string(gifts.size()) + " have it";
  out.line(all ? out.good(sum) : out.bad(sum));
  if (!state["next"].is_null()) out.line("`mpctl network use` brings it into use.");
  return all ? kExitOk : kExitFailed;
}

int run_network_use(Client& client, Output& out) {
  show(out, client.request({{"cmd", "network_use"}}));
  return kExitOk;
}

int run_network_export(Output& out, const NetworkOptions& options) {
  FileStorage storage(options.state_dir.empty() ? default_state_folder() : options.state_dir);
  const auto record = NetworkRecord::load(storage);
  if (!record && record.status() != Status::not_found)
    throw Failure(
        kExitFailed, "bad_key",
        record.status() == Status::corrupt ? "the record of keys in the state folder is damaged" : storage.error());
  const std::optional<NetworkKey>* key = !record ? nullptr : options.next ? &record->next : &record->key;
  if (key == nullptr || !*key)
    throw Failure(kExitFailed, "not_found",
                  options.next ? "there is no next key in " + storage.folder().string()
                               : "the key was not changed since it was configured: copy the file of the configuration");
  if (const std::string wrong = write_key_file(options.new_file, **key); !wrong.empty())
    throw Failure(kExitFailed, "output_failed", wrong);
  const int g = options.next ? next_generation(record->generation) : record->generation;
  if (out.json())
    out.record({{"file", options.new_file}, {"generation", g}, {"fingerprint", network_fingerprint(**key)}});
  else
    out.line("the key of generation " + std::to_string(g) + " is in " + printable(options.new_file));
  return kExitOk;
}

}  // namespace mp::host
