// SPDX-License-Identifier: ISC
#include "programs/mpnode/service.hpp"

#include "micropycelium/node/network_record.hpp"

#include "programs/mpnode/log.hpp"
#include "programs/mpnode/text.hpp"

#include <algorithm>

namespace mp::host {

Service::Service(Runner& the_runner, Beacon& the_beacon, Ping& the_ping, Seal& the_seal, Storage& the_storage,
                 std::vector<InterfaceView> the_interfaces, double beacon_timeout_s, std::span<const NodeId> the_owners,
                 const SpanningTreeOptions& trees)
    : runner(the_runner),
      beacon(the_beacon),
      ping(the_ping),
      seal(the_seal),
      storage(the_storage),
      contacts(the_storage),
      owners(the_owners),
      tree(trees),
      key_gifts(the_runner.node(), owners, the_storage),
      trust(the_storage),
      interfaces(std::move(the_interfaces)),
      peer_book(the_runner.node(), microseconds(static_cast<std::int64_t>(beacon_timeout_s * 1e6))),
      trace_hub(the_runner.node()),
      transfers(the_runner.node(), [this] { return runner.now(); }),
      leaf_(trees.leaf) {
  beacon.set_listener(&peer_book);
  contacts.set_listener(&trust);
  trust.tell = [this](const std::string& text) {
    if (trust_lines_.take(runner.now())) log_warning(text);
  };
}

Service::~Service() {
  beacon.set_listener(nullptr);
  if (trace_attached_) node().detach(trace_route);
  if (tree_attached_) node().detach(tree);
  if (owners_attached_) node().detach(owners);
  if (contacts_attached_) node().detach(contacts);
  for (const auto& a : applications_) node().detach(*a);
}

// What Beacons say is for both.
void Service::take_tree(SpanningTreeV0& its) {
  tree_v0 = &its;
  its.pass_on_to(&peer_book);
  beacon.set_listener(&its);
}

Status Service::serve(const std::vector<ApplicationConfig>& list) {
  if (node().attach(contacts) != Status::ok) return Status::exists;
  contacts_attached_ = true;
  if (node().attach(owners) != Status::ok) return Status::exists;
  owners_attached_ = true;
  if (node().limits().trees > 0 || leaf_) {
    if (node().attach(tree) != Status::ok) return Status::exists;
    tree_attached_ = true;
    if (node().attach(trace_route) != Status::ok) return Status::exists;
    trace_attached_ = true;
  }
  auto text_needs = needs();
  // One Application is enough to see the peers come and go.
  text_needs.on_peer = [this](const NodeId& peer, bool came) {
    const auto id = hex(peer.bytes());
    if (!came) {
      peer_book.forget(peer);
      return log_peer("peer " + id + " is gone");
    }
    trust.met(peer);
    std::string where;
    if (const Peer* p = node().peer(peer))
      for (const PeerLink& l : p->links)
        if (l.used()) where += (where.empty() ? " at " : ", ") + link_text(l.interface, l.address);
    log_peer("peer " + id + where);
  };
  auto text = std::make_unique<ServedApplication>(
      ApplicationTexts{std::string(kTextApplication.name), std::string(kTextApplication.description)},
      kTextApplication.version, std::move(text_needs));
  text->keep = true;
  if (add(std::move(text)) == nullptr) return Status::exists;
  for (const ApplicationConfig& a : list) {
    ServedApplication* made = application(a.name, a.description, a.version);
    if (made == nullptr) return Status::exists;
    made->keep = true;
  }
  return Status::ok;
}

ServedApplication::Needs Service::needs() {
  return {transfers, [this](const Origin& from) { return origin_json(from); }, {}};
}

ServedApplication* Service::find(const AppId& id) const {
  const auto found =
      std::find_if(applications_.begin(), applications_.end(), [&](const auto& a) { return a->id() == id; });
  return found != applications_.end() ? found->get() : nullptr;
}

ServedApplication* Service::application(const AppId& id) {
  if (is_builtin(id)) return nullptr;
  if (ServedApplication* known = find(id)) return known;
  return add(std::make_unique<ServedApplication>(id, needs()));
}

ServedApplication* Service::application(const std::string& name, const std::string& description,
                                        std::uint32_t version) {
  const AppId id = make_app_id(name, description, version);
  if (is_builtin(id)) return nullptr;
  if (ServedApplication* known = find(id)) return known;
  return add(std::make_unique<ServedApplication>(ApplicationTexts{name, description}, version, needs()));
}

ServedApplication* Service::add(std::unique_ptr<ServedApplication> application) {
  if (node().attach(*application) != Status::ok) return nullptr;
  applications_.push_back(std::move(application));
  if (node().started()) {
    beacon.announce();
    runner.wake();
  }
  return applications_.back().get();
}

// Whoever forges Beacons makes peers come and go as fast as he likes.
void Service::log_peer(const std::string& text) {
  log_held_back();
  if (peer_lines_.take(runner.now())) log_info(text);
}

void Service::log_held_back() {
  if (const std::uint64_t more = peer_lines_.held_back(runner.now()); more != 0)
    log_info("... " + std::to_string(more) + " more peers came or went");
}

// Those that were merely met are written down now and then: forged Beacons must not wear out the disk.
void Service::tend_trust() {
  if (stopping || !trust.dirty() || runner.now() < trust_written_ + seconds(10)) return;
  trust_written_ = runner.now();
  trust.flush();
}

bool Service::key_as_configured() const {
  const auto record = NetworkRecord::load(storage);
  return !record || !record->key;
}

void Service::tell_of_the_key() {
  const NetworkState s = node().network();
  if (const std::uint32_t changed = node().counters()[Counter::keys_changed]; changed != keys_changed_) {
    keys_changed_ = changed;
    log_info("the network key has changed: generation " + std::to_string(s.generation) +
             "; the one before is accepted for " + std::to_string(s.grace.us / 1'000'000) + " s more");
  }
  if (had_previous_ && !s.previous) log_info("the network key before is accepted no more");
  had_previous_ = s.previous.has_value();
}

void Service::tidy() {
  log_held_back();
  tell_of_the_key();
  tend_trust();
  const auto before = applications_.size();
  std::erase_if(applications_, [&](const auto& a) {
    if (a->needed()) return false;
    node().detach(*a);
    return true;
  });
  if (applications_.size() != before) {
    beacon.announce();
    runner.wake();
  }
}

std::string Service::interface_name(std::uint8_t interface) const {
  return interface < interfaces.size() ? interfaces[interface].name : std::to_string(interface);
}

std::string Service::link_text(std::uint8_t interface, const LinkAddress& link) const {
  if (interface < interfaces.size() && interfaces[interface].udp != nullptr)
    if (const auto endpoint = from_link(link)) return to_text(*endpoint);
  return hex(link.bytes());
}

std::string Service::origin_json(const Origin& from) const {
  std::string out = "{\"node\":";
  out += from.node.is_zero() ? "null" : "\"" + hex(from.node.bytes()) + "\"";
  out += ",\"proven\":";
  out += from.proven.is_zero() ? "null" : "\"" + hex(from.proven.bytes()) + "\"";
  out += ",\"address\":" + (from.routed ? "\"" + address_text(from.address) + "\"" : std::string("null"));
  out += ",\"interface\":\"" + interface_name(from.interface) + "\"";
  out += ",\"link\":" +
         (from.link.is_broadcast() ? std::string("null") : "\"" + link_text(from.interface, from.link) + "\"");
  out += std::string(",\"broadcast\":") + (from.broadcast ? "true" : "false");
  return out + "}";
}

std::uint32_t Service::blob_max() const {
  std::uint32_t max = 0;
  // Sealed frames have less room. The node's own loopback is open even then, but it is not what anyone asks about.
  const unsigned sealing = node().closed() ? kSealedSchema : 0;
  for (std::size_t i = 0; i < node().interface_count(); ++i) {
    if (node().closed() && node().interface(i).caps().loopback) continue;
    for (const std::uint8_t id : node().interface(i).caps().schema_ids)
      if (const Schema* s = find_schema(static_cast<std::uint8_t>(id + sealing));
          s != nullptr && s->sequenced() && !s->routed())
        max = std::max(max, s->max_package() - static_cast<std::uint32_t>(kPackageHeader));
  }
  return max;
}

}  // namespace mp::host
