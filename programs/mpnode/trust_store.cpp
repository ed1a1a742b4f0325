// SPDX-License-Identifier: ISC
#include "programs/mpnode/trust_store.hpp"

#include "programs/mpnode/json.hpp"
#include "programs/mpnode/text.hpp"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

// Above what 1,024 nodes with the longest names take.
constexpr std::size_t kRecordMax = 1 << 20;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::string short_id(const NodeId& id) { return hex(id.bytes()).substr(0, 16); }

}  // namespace

bool TrustStore::is_name(const std::string& name) {
  if (name.empty() || name.size() > kNameMax || !is_letter(name[0])) return false;
  if (!std::all_of(name.begin(), name.end(),
                   [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '.'; }))
    return false;
  return name.size() < 8 || !std::all_of(name.begin(), name.end(), is_hex);
}

// --- the record ----------------------------------------------------------------------------------------

Status TrustStore::load() {
  std::string record(kRecordMax, '\0');
  const auto size = storage_.read(kStorageKey, std::as_writable_bytes(std::span(record)));
  if (!size && size.status() == Status::not_found) return Status::ok;
  if (!size) return size.status() == Status::too_large ? Status::corrupt : size.status();
  record.resize(*size);
  return parse(record) ? Status::ok : Status::corrupt;
}

bool TrustStore::parse(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return false;
  std::map<NodeId, Known> nodes;
  std::uint64_t next = 1;
  try {
    if (json.at("version").get<int>() != 1) return false;
    for (const Json& j : json.at("nodes")) {
      const auto id = parse_hex<NodeId>(j.at("node").get<std::string>());
      Known k{.name = j.value("name", ""),
              .seen = j.at("seen").get<std::uint64_t>(),
              .pinned = j.at("pinned").get<bool>(),
              .after = std::nullopt};
      if (j.contains("after")) {
        k.after = parse_hex<NodeId>(j["after"].get<std::string>());
        if (!k.after) return false;
      }
      const bool name_taken =
          std::any_of(nodes.begin(), nodes.end(), [&](const auto& n) { return n.second.name == k.name; });
      if (!id || (!k.name.empty() && (!is_name(k.name) || name_taken))) return false;
      next = std::max(next, k.seen + 1);
      if (!nodes.emplace(*id, std::move(k)).second) return false;
    }
  } catch (const Json::exception&) {
    return false;
  }
  nodes_ = std::move(nodes);
  next_ = next;
  return true;
}

std::string TrustStore::text() const {
  std::string all = "{\"version\":1,\"nodes\":[";
  const char* between = "\n";
  for (const auto& [id, k] : nodes_) {
    Json j{{"node", hex(id.bytes())}};
    if (!k.name.empty()) j["name"] = k.name;
    j["seen"] = k.seen;
    j["pinned"] = k.pinned;
    if (k.after) j["after"] = hex(k.after->bytes());
    all += between + j.dump();
    between = ",\n";
  }
  return all + "\n]}\n";
}

Status TrustStore::write() {
  const std::string record = text();
  MP_TRY(storage_.write(kStorageKey, bytes(record)));
  dirty_ = false;
  return Status::ok;
}

void TrustStore::flush() {
  if (dirty_) (void)write();  // on a full disk the next one tries again
}

template <typename Change>
Status TrustStore::change(Change&& do_it) {
  const auto before = nodes_;
  Status status = do_it();
  if (status == Status::ok) status = write();
  if (status != Status::ok) nodes_ = before;
  return status;
}

// --- what people and neighbours do -----------------------------------------------------------------------

// Of those that nobody named or pinned, the one met first gives way; of them, first who handed over long ago.
bool TrustStore::make_room() {
  if (nodes_.size() < kNodesMax) return true;
  auto out = nodes_.end();
  for (auto it = nodes_.begin(); it != nodes_.end(); ++it)
    if (it->second.name.empty() && !it->second.pinned && (out == nodes_.end() || it->second.seen < out->second.seen))
      out = it;
  if (out == nodes_.end()) return false;
  nodes_.erase(out);
  return true;
}

void TrustStore::met(const NodeId& id) {
  if (const auto known = nodes_.find(id); known != nodes_.end()) {
    if (known->second.after)
      tell("node " + short_id(id) + " shows itself, although it handed over to " + short_id(*known->second.after) +
           ": somebody uses its old key");
    return;
  }
  if (!make_room()) return;
  nodes_[id].seen = next_++;
  dirty_ = true;
}

Status TrustStore::pin(const NodeId& id) {
  return change([&] {
    if (!nodes_.contains(id) && !make_room()) return Status::no_buffer;
    Known& k = nodes_[id];
    if (k.after) return Status::bad_value;
    if (k.seen == 0) k.seen = next_++;
    k.pinned = true;
    return Status::ok;
  });
}

Status TrustStore::unpin(const NodeId& id) {
  return change([&] {
    const auto known = nodes_.find(id);
    if (known == nodes_.end() || !known->second.pinned) return Status::not_found;
    known->second.pinned = false;
    return Status::ok;
  });
}

Status TrustStore::name(const NodeId& id, const std::string& name) {
  if (!name.empty() && !is_name(name)) return Status::not_representable;
  if (const auto owner = find(name); !name.empty() && owner && !(*owner == id)) return Status::exists;
  return change([&] {
    if (!nodes_.contains(id) && !make_room()) return Status::no_buffer;
    Known& k = nodes_[id];
    if (k.after) return Status::bad_value;
    if (k.seen == 0) k.seen = next_++;
    k.name = name;
    return Status::ok;
  });
}

Status TrustStore::forget(const NodeId& id) {
  return change([&] {
    const auto known = nodes_.find(id);
    if (known == nodes_.end()) return Status::not_found;
    if (known->second.pinned) return Status::exists;
    nodes_.erase(known);
    return Status::ok;
  });
}

std::optional<NodeId> TrustStore::find(const std::string& name) const {
  for (const auto& [id, k] : nodes_)
    if (!name.empty() && k.name == name) return id;
  return std::nullopt;
}

// --- hand-overs ------------------------------------------------------------------------------------------

// A second successor is looked at too, so that people hear of it.
bool TrustStore::cares(const Handover& h) {
  const auto known = nodes_.find(h.before);
  return known != nodes_.end() && !(known->second.after == h.after);
}

void TrustStore::on_handover(const Handover& h) {
  const auto known = nodes_.find(h.before);
  if (known == nodes_.end()) return;
  Known& before = known->second;
  if (before.after) {
    if (!(*before.after == h.after))
      tell("refused: node " + short_id(h.before) + " hands over to " + short_id(h.after) + ", but did so to " +
           short_id(*before.after) + " before: somebody else has its old key");
    return;
  }
  // In a full store a nobody gives his own place; who is named or pinned stays where it is.
  if (!nodes_.contains(h.after) && nodes_.size() >= kNodesMax) {
    if (before.name.empty() && !before.pinned) {
      auto node = nodes_.extract(known);
      node.key() = h.after;
      nodes_.insert(std::move(node));
      dirty_ = true;
      return;
    }
    if (!make_room()) return tell("no room in the trust store to follow node " + short_id(h.before));
  }
  Known& after = nodes_[h.after];  // a map: `before` stays where it is
  if (after.after) {
    tell("refused: node " + short_id(h.before) + " hands over to " + short_id(h.after) +
         ", which is nobody any more itself");
    return;
  }
  after.seen = after.seen == 0 ? before.seen : std::min(after.seen, before.seen);
  after.pinned = after.pinned || before.pinned;
  if (after.name.empty()) after.name = before.name;
  tell("node " + short_id(h.before) + (before.name.empty() ? "" : " (" + before.name + ")") + " is now " +
       short_id(h.after));
  before.name.clear();
  before.pinned = false;
  before.after = h.after;
  dirty_ = true;
  flush();
}

}  // namespace mp::host
