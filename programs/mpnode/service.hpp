// SPDX-License-Identifier: ISC
// What all clients of the daemon share: the node and what surrounds it, and the Applications that are served
// through the control socket.
#pragma once

#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/applications/contacts.hpp"
#include "micropycelium/applications/ping.hpp"
#include "micropycelium/applications/seal.hpp"
#include "micropycelium/applications/spanning_tree.hpp"
#include "micropycelium/applications/spanning_tree_v0.hpp"
#include "micropycelium/applications/trace_route.hpp"
#include "ports/host/runner.hpp"
#include "programs/mpnode/config.hpp"
#include "programs/mpnode/json.hpp"
#include "programs/mpnode/key_gifts.hpp"
#include "programs/mpnode/log_budget.hpp"
#include "programs/mpnode/peer_book.hpp"
#include "programs/mpnode/served_application.hpp"
#include "programs/mpnode/trace_hub.hpp"
#include "programs/mpnode/transfers.hpp"
#include "programs/mpnode/trust_store.hpp"

#include <functional>
#include <memory>

namespace mp::host {

inline constexpr int kProtocol = 1;
// The node meets itself over its loopback: a peer that nobody counts, beyond `limits.peers`.
inline constexpr int kOwnPeers = 1;
inline constexpr ApplicationInfo kTextApplication{.name = "Text", .description = "mpctl send and recv", .version = 1};

// An Interface as `status` shows it.
struct InterfaceView {
  std::string name;  // "udp0"
  std::string kind;  // "udp"
  const Interface* interface = nullptr;
  const UdpInterface* udp = nullptr;
};

class Service {
 public:
  // `storage`: of the node, and for what the daemon keeps beside it.
  Service(Runner& runner, Beacon& beacon, Ping& ping, Seal& seal, Storage& storage,
          std::vector<InterfaceView> interfaces, double beacon_timeout_s, std::span<const NodeId> owners,
          const SpanningTreeOptions& trees);
  ~Service();

  // Attaches Contacts, Owners, SpanningTree and TraceRoute where the node has trees or is a leaf, Text and the
  // Applications of the configuration. Status: exists.
  Status serve(const std::vector<ApplicationConfig>& applications);

  // The daemon takes part in the tree of version 0.
  void take_tree(SpanningTreeV0& its);

  // --- Applications --------------------------------------------------------------------------------
  // The one with this id, attached and made if need be; null: it is one of the daemon's own.
  ServedApplication* application(const AppId& id);
  ServedApplication* application(const std::string& name, const std::string& description, std::uint32_t version);
  const std::vector<std::unique_ptr<ServedApplication>>& applications() const { return applications_; }
  bool is_builtin(const AppId& id) const {
    return (tree_v0 != nullptr && id == tree_v0->id()) || id == beacon.id() || id == ping.id() || id == seal.id() ||
           id == contacts.id() || id == owners.id() || id == tree.id() || id == trace_route.id();
  }
  // Detaches the Applications that nobody needs any more. Called after each poll, when that can disturb nobody.
  void tidy();

  // --- for replies ---------------------------------------------------------------------------------
  std::string interface_name(std::uint8_t interface) const;
  std::string link_text(std::uint8_t interface, const LinkAddress& link) const;
  std::string origin_json(const Origin& from) const;

  Node& node() const { return runner.node(); }
  double now_ms() const { return static_cast<double>(runner.now().us) / 1000.0; }
  std::uint32_t blob_max() const;
  // Whether the network key in use is the one of the configuration.
  bool key_as_configured() const;

  Runner& runner;
  Beacon& beacon;
  Ping& ping;
  Seal& seal;
  Storage& storage;
  Contacts contacts;
  Owners owners;
  SpanningTree tree;
  TraceRoute trace_route;
  KeyGifts key_gifts;
  TrustStore trust;
  std::vector<InterfaceView> interfaces;  // in order of attachment
  PeerBook peer_book;
  TraceHub trace_hub;
  Transfers transfers;
  SpanningTreeV0* tree_v0 = nullptr;
  NetworkConfig network;  // that the node is a member of, if it is closed
  std::size_t clients = 0;
  bool stopping = false;
  std::function<void(const char* reason)> request_stop;

 private:
  ServedApplication* add(std::unique_ptr<ServedApplication> application);
  ServedApplication* find(const AppId& id) const;
  ServedApplication::Needs needs();
  void log_peer(const std::string& text);
  void log_held_back();
  void tend_trust();
  void tell_of_the_key();

  LogBudget peer_lines_{20};
  LogBudget trust_lines_{20};
  Instant trust_written_{};
  bool contacts_attached_ = false;
  bool owners_attached_ = false;
  bool leaf_;
  bool tree_attached_ = false;
  bool trace_attached_ = false;
  std::uint32_t keys_changed_ = 0;  // told of
  bool had_previous_ = false;

  std::vector<std::unique_ptr<ServedApplication>> applications_;
};

}  // namespace mp::host
