// SPDX-License-Identifier: ISC
#include "programs/mpnode/daemon.hpp"

#include "micropycelium/node/loopback.hpp"
#include "ports/host/file_lock.hpp"
#include "ports/host/file_storage.hpp"
#include "ports/host/network_key.hpp"
#include "ports/host/random.hpp"
#include "programs/default_paths.hpp"
#include "programs/mpnode/control_server.hpp"
#include "programs/mpnode/log.hpp"
#include "programs/mpnode/text.hpp"

#include <csignal>
#include <cstdio>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

namespace mp::host {
namespace {

// Room for what many clients send and get at the same time.
constexpr SealLimits kSealLimits{
    .sessions = 64, .handshakes_out = 8, .handshakes_in = 8, .sends = 32, .blobs_in = 16, .senders = 32};

// How long clients and links have to take the last of what they are to get.
constexpr std::chrono::milliseconds kGoodbye(1500);

std::string state_folder(const Config& config) {
  return config.node.state_dir.empty() ? default_state_folder() : config.node.state_dir;
}

// The folder, and the lock that keeps a second daemon out of it.
struct State {
  FileStorage storage;
  FileLock lock;

  explicit State(const std::string& folder) : storage(folder) {}

  Exit open() {
    if (storage.open() != Status::ok) {
      log_error(storage.error());
      return Exit::storage;
    }
    switch (lock.take(storage.folder() / "lock")) {
      case FileLock::Taken::yes:
        return Exit::ok;
      case FileLock::Taken::held_by_other:
        log_error("the state folder " + storage.folder().string() + " is in use by " + lock.reason() +
                  "; stop it, or choose another folder with --state");
        return Exit::already_running;
      case FileLock::Taken::failed:
        break;
    }
    log_error(lock.reason());
    return Exit::storage;
  }

  // Loads the identity, or makes it. One process at a time, whether it is to run the node or only to print its id:
  // else two of them could make one each. Where there is one already nothing is written.
  Exit ensure_identity(Random& random, Identity& identity) {
    FileLock making;
    if (storage.read(Identity::kStorageKey, {}).status() == Status::not_found &&
        making.wait(storage.folder() / "identity.lock") != FileLock::Taken::yes) {
      log_error("no identity: " + making.reason());
      return Exit::storage;
    }
    const Status status = identity.load_or_create({random, storage});
    return status == Status::ok ? Exit::ok : complain(status);
  }

  Exit complain_of_trust(Status why) const {
    const auto path = (storage.folder() / TrustStore::kStorageKey).string();
    log_error(why == Status::corrupt
                  ? "the trust store in " + path +
                        " is damaged, and was left as it is; restore it from a copy, or move it away "
                        "to trust nobody yet"
                  : "no trust store: " + storage.error());
    return Exit::storage;
  }

  Exit complain(Status why) const {
    const auto path = (storage.folder() / Identity::kStorageKey).string();
    if (why == Status::corrupt)
      log_error("the identity in " + path +
                " is damaged, and was left as it is; restore it from a copy, or move it away to become a new node");
    else
      log_error("no identity: " + (storage.error().empty() ? std::string(name(why)) : storage.error()));
    return Exit::storage;
  }
};

// Nodes below this one that it can tell apart.
constexpr std::size_t kTreeChildren = kCoordinateMax;

BeaconOptions beacon_options(const BeaconConfig& config, bool closed) {
  BeaconOptions o;
  o.closed = closed;
  o.interval = microseconds(static_cast<std::int64_t>(config.interval_s * 1e6));
  o.timeout = microseconds(static_cast<std::int64_t>(config.timeout_s * 1e6));
  return o;
}

Limits node_limits(const Config& config) {
  Limits limits = config.limits;
  limits.peers = static_cast<std::uint8_t>(limits.peers + kOwnPeers);
  return limits;
}

class Daemon {
 public:
  Daemon(const Config& config, State& state)
      : config_(config),
        memory_((memory_required(node_limits(config)) + 7) / 8),
        node_(node_limits(config), std::as_writable_bytes(std::span(memory_)), Platform{random_, state.storage}),
        runner_(io_, node_),
        beacon_(beacon_options(config.beacon, config.network.closed())),
        signals_(io_, SIGTERM, SIGINT),
        goodbye_(io_) {}

  Exit run(State& state);

 private:
  void open_interfaces();
  Exit join_network();
  Exit start(State& state);
  void stop(const char* reason);

  const Config& config_;
  asio::io_context io_{1};
  SystemRandom random_;
  std::vector<std::uint64_t> memory_;
  Node node_;
  Runner runner_;
  Beacon beacon_;
  Ping ping_;
  StaticSeal<kSealLimits> seal_;
  std::vector<TreeV0Neighbour> tree_neighbours_;
  std::vector<TreeV0Child> tree_children_;
  std::vector<HeldLease> leases_;
  std::unique_ptr<SpanningTreeV0> tree_;
  Loopback<64> loopback_;
  std::vector<std::unique_ptr<UdpInterface>> udp_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<ControlServer> server_;
  asio::signal_set signals_;
  asio::steady_timer goodbye_;
  bool stopping_ = false;
};

void Daemon::open_interfaces() {
  for (UdpOptions options : config_.udp) {
    options.can_sleep = config_.sleep.wake_ms > 0;
    udp_.push_back(std::make_unique<UdpInterface>(io_, options));
    if (!udp_.back()->notice().empty()) log_warning(udp_.back()->notice());
    // At once, and not by way of the queue, for the sake of a round of the event loop for each burst of packets.
    udp_.back()->on_readable([this] { runner_.poll(); });
    udp_.back()->flushed_by_owner();
  }
}

// The key is nowhere but in the node afterwards.
Exit Daemon::join_network() {
  const NetworkConfig& network = config_.network;
  if (!network.closed()) return Exit::ok;
  const ReadNetworkKey read = network.key_file.empty() ? read_passphrase_file(network.passphrase_file, network.name)
                                                       : read_key_file(network.key_file);
  if (!read.error.empty()) {
    log_error("network: " + read.error);
    return Exit::bad_config;
  }
  MP_CHECK(node_.set_network(read.key, network.generation) == Status::ok);
  return Exit::ok;
}

Exit Daemon::start(State& state) {
  if (const Exit failed = join_network(); failed != Exit::ok) return failed;
  std::vector<InterfaceView> views;
  const auto attach = [&](Interface& interface, std::string name, std::string kind, const UdpInterface* udp) {
    MP_CHECK(node_.attach(interface) == Status::ok);
    views.push_back({std::move(name), std::move(kind), &interface, udp});
  };
  attach(loopback_, "loopback", "loopback", nullptr);
  for (std::size_t i = 0; i < udp_.size(); ++i) attach(*udp_[i], "udp" + std::to_string(i), "udp", udp_[i].get());
  if (config_.sleep.sleep_ms > 0)
    (void)node_.set_sleep({milliseconds(config_.sleep.sleep_ms), milliseconds(config_.sleep.wake_ms)});
  MP_CHECK(node_.attach(beacon_) == Status::ok && node_.attach(ping_) == Status::ok &&
           node_.attach(seal_) == Status::ok);
  leases_.resize(node_.limits().peers);
  service_ = std::make_unique<Service>(
      runner_, beacon_, ping_, seal_, state.storage, std::move(views), config_.beacon.timeout_s,
      config_.authority.owners,
      SpanningTreeOptions{.pace = milliseconds(config_.trees.pace_ms), .leaf = config_.leaf(), .leases = leases_});
  service_->network = config_.network;
  if (config_.speaks_trees()) {
    TreeV0Options options;
    options.beat = microseconds(static_cast<std::int64_t>(config_.interop.tree_interval_s * 1e6));
    options.always = config_.interop.trees == "always";
    tree_neighbours_.resize(node_.limits().peers);
    tree_children_.resize(kTreeChildren);
    tree_ = std::make_unique<SpanningTreeV0>(tree_neighbours_, tree_children_, options);
    MP_CHECK(node_.attach(*tree_) == Status::ok);
    service_->take_tree(*tree_);
  }
  if (const Status status = service_->trust.load(); status != Status::ok) return state.complain_of_trust(status);
  if (service_->serve(config_.applications) != Status::ok) {
    log_error("application: one of the list is the daemon's own");
    return Exit::bad_config;
  }
  if (config_.node.address) node_.set_address(*config_.node.address);
  if (const Status status = runner_.start(); status != Status::ok) return state.complain(status);
  for (const RouteConfig& r : config_.routes)
    if (const Status status = node_.set_route(r.to, r.via, r.node, r.frame_max); status != Status::ok) {
      log_error("route " + address_text(r.to) + ": " +
                (status == Status::bad_value ? "the next hop (via) is this node itself"
                                             : std::string("cannot be set: ") + name(status)));
      return Exit::bad_config;
    }
  return Exit::ok;
}

Exit Daemon::run(State& state) {
  const std::string socket = config_.control.socket.empty() ? default_socket_path() : config_.control.socket;
  try {
    server_ = std::make_unique<ControlServer>(io_, socket, config_.control.group);
    open_interfaces();
  } catch (const SocketTaken& e) {
    log_error(e.what());
    return Exit::already_running;
  } catch (const std::runtime_error& e) {
    log_error(e.what());
    return Exit::failed;
  }
  if (const Exit failed = start(state); failed != Exit::ok) return failed;

  log_info("node " + hex(node_.id().bytes()) + ", mpnode " MP_VERSION);
  log_info(node_.closed() ? "a member of the closed network " + shown(config_.network.name) + ", generation " +
                                std::to_string(node_.network().generation)
                          : std::string("an open node: everyone in reach may read and write everything"));
  for (std::size_t i = 0; i < udp_.size(); ++i) {
    const auto& options = config_.udp[i];
    log_info("udp" + std::to_string(i) + " at " + to_text(udp_[i]->local()) +
             (udp_[i]->group() != 0 ? ", network \"" + options.network + "\" (" + ip_text(udp_[i]->group()) + ":" +
                                          std::to_string(options.multicast_port) + ")"
                                    : ", " + std::to_string(options.peers.size()) + " peers by configuration"));
  }
  log_info("control socket " + socket + ", state folder " + state.storage.folder().string());

  // By way of the queue: the client that asks is still at work.
  service_->request_stop = [this](const char* reason) {
    service_->stopping = true;
    asio::post(io_, [this, reason] { stop(reason); });
  };
  runner_.after_poll([this] {
    for (const auto& udp : udp_) udp->flush();
    service_->tidy();
  });
  signals_.async_wait([this](const std::error_code& error, int) {
    if (!error) stop("signal");
  });
  server_->serve(*service_);
  io_.run();
  server_.reset();
  service_.reset();
  log_info("stopped");
  return Exit::ok;
}

void Daemon::stop(const char* reason) {
  if (stopping_) return;
  stopping_ = service_->stopping = true;
  log_info(std::string("stopping: ") + reason);
  service_->trust.flush();  // nothing is written once the clients have been told goodbye
  service_->transfers.cancel_all();
  runner_.stop();
  server_->finish(reason, [this] { io_.stop(); });
  goodbye_.expires_after(kGoodbye);
  goodbye_.async_wait([this](const std::error_code& error) {
    if (!error) io_.stop();
  });
}

}  // namespace

Exit run_daemon(const Config& config) {
  // A full disk or a client that left is an error to be handled, not a reason to be killed.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  State state(state_folder(config));
  if (const Exit failed = state.open(); failed != Exit::ok) return failed;
  {
    // The node loads its own: this copy of the seed is wiped before.
    SystemRandom random;
    Identity identity;
    if (const Exit failed = state.ensure_identity(random, identity); failed != Exit::ok) return failed;
  }
  return Daemon(config, state).run(state);
}

Exit print_id(const Config& config, bool json) {
  std::signal(SIGXFSZ, SIG_IGN);
  // Without the daemon's lock: it may run, or be about to start.
  State state(state_folder(config));
  if (state.storage.open() != Status::ok) {
    log_error(state.storage.error());
    return Exit::storage;
  }
  SystemRandom random;
  Identity identity;
  if (const Exit failed = state.ensure_identity(random, identity); failed != Exit::ok) return failed;
  const std::string id = hex(identity.node_id().bytes());
  std::printf(json ? "{\"node_id\":\"%s\"}\n" : "%s\n", id.c_str());
  return Exit::ok;
}

}  // namespace mp::host
