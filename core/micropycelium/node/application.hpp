// SPDX-License-Identifier: ISC
// An Application sends and takes in Packages. Derive, mark `final`, attach to a Node (before start or after); it
// must outlive the node, or be detached. Handlers run inside Node::poll, and inside the calls that cause them:
// start, attach, detach, stop, cancel, ban, remove_peer, add_peer. A handler may send, broadcast, cancel and wake,
// and change peers, bans, routes and the address; it may not poll, start, stop, attach or detach.
#pragma once

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/time.hpp"
#include "micropycelium/packet/address.hpp"
#include "micropycelium/packet/ids.hpp"
#include "micropycelium/platform/blob.hpp"
#include "micropycelium/platform/interface.hpp"
#include "micropycelium/transport/priority.hpp"

#include <optional>

namespace mp {

class Node;

// How a send ended. Every queued send gets exactly one.
enum class Outcome : std::uint8_t {
  delivered,    // the Application at the other end has it
  unconfirmed,  // handed to the link; nobody acknowledges it (broadcast, ask off, a prototype's sequence), or, sealed,
                // the target has not proven that it has it
  no_answer,    // every try went unanswered
  not_wanted,   // the other end has no such Application, or it refused
  no_room,      // the other end had no memory for it
  bad_digest,   // what arrived there was not what we sent
  unreachable,  // a relay said so, no link would take it, or nobody knows where the node is
  peer_lost,    // the peer went away or was banned meanwhile
  storage_failed,  // our Blob could not be read
  cancelled,
  expired,    // its time was over (SendOptions::expires_after) before anyone acknowledged it
  displaced,  // it gave way to something more urgent: the queue was full
};
const char* name(Outcome outcome);

// A queued send, or the reason why it was refused. A refused send has no Outcome.
class [[nodiscard]] SendId {
 public:
  constexpr SendId() = default;
  constexpr explicit SendId(std::uint32_t value) : value_(value), refusal_(Status::ok) {}
  constexpr SendId(Status refusal) : refusal_(refusal) {}

  constexpr explicit operator bool() const { return value_ != 0; }
  constexpr std::uint32_t value() const { return value_; }
  // no_buffer, unreachable, too_large, banned, not_started, io_error (the Blob), unsupported (sealed, without Seal;
  // opening, see there), bad_value (sealed, to an id that is no Ed25519 key); ok when queued.
  constexpr Status refusal() const { return refusal_; }
  constexpr bool operator==(const SendId& other) const { return value_ == other.value_; }

 private:
  std::uint32_t value_ = 0;
  Status refusal_ = Status::not_started;
};

// How far a send that has not ended is.
enum class SendState : std::uint8_t {
  queued,   // it waits here
  sent,     // its first packet went out
  relayed,  // the next hop on the way to its target has said that it has it
};
const char* name(SendState state);

inline constexpr std::uint8_t kEveryInterface = 0xff;

struct SendOptions {
  bool ask = true;                           // ask for an acknowledgement, and repeat until it comes
  bool cpl_mode = false;                     // route by common prefix length instead of tree distance
  std::optional<Priority> priority{};        // none: interactive when it fits one packet, else bulk
  Duration expires_after{};                  // ends as expired if it is not acknowledged by then; 0: never
  std::uint8_t interface = kEveryInterface;  // of a broadcast: only there (in order of attachment)
  // Of a broadcast in a closed network: for members that we share no key with yet. They know not who said it, nor when.
  // Only for Applications that say so (ApplicationInfo::opening).
  bool opening = false;
  // End to end (specification: seal.md): only the target reads it and knows who sent it. Needs Seal to be attached.
  bool sealed = false;
};

// Where a Package came from. What is not known is zero, empty or -1.
struct Origin {
  NodeId node;          // zero: a stranger
  TreeAddress address;  // of a Package that was routed by an address
  bool routed = false;
  bool by_id = false;          // it was routed by id, from `node`: over relays, unless that is a neighbour by now
  std::uint8_t interface = 0;  // in order of attachment
  LinkAddress link;            // of the neighbour that handed it over
  bool broadcast = false;
  bool opening = false;  // whoever has it may have recorded it; `node` is who the link belongs to, and no proof
  NodeId proven;         // who is proven to have sent it, end to end (SendOptions::sealed); zero: nobody is
};

// A Package for on_package. The digest has been checked. All views end with the call.
struct Package {
  AppId app_id;
  HalfSha256 half_sha256;
  Origin from;
  Bytes blob;              // the contents, when they came in one packet
  Blob* stream = nullptr;  // else: the Blob that accept() gave, now holding `size` bytes
  std::uint32_t size = 0;
};

// The first part of a larger Package, for accept().
struct IncomingPackage {
  AppId app_id;
  HalfSha256 half_sha256;
  Origin from;
  std::uint32_t size_max = 0;  // bytes; the exact size is known when the last part has come
};

enum class Repeats : std::uint8_t {
  drop,     // a Package seen within 30 s is acknowledged, not delivered again
  deliver,  // repeating is harmless and each copy counts (Beacon)
};

struct ApplicationInfo {
  std::string_view name;
  std::string_view description;
  std::uint32_t version = 0;
  Repeats repeats = Repeats::drop;
  // In a closed network it speaks with members that share no key with us yet too: it may send with
  // SendOptions::opening, and gets what comes so (Origin::opening), which may be a record of any age.
  bool opening = false;
  // It greets: neighbours take it from each other, and who has no room for one more does not want it. What becomes of a
  // greeting says whether they know us.
  bool greets = false;
  // Whether Beacons tell of it. What every equal has, and speaks of by itself, need not cost them eight bytes.
  bool listed = true;
};

// A link for the node's own list of plugins. GCC 12 wants it in a base without virtual functions.
class ApplicationLink {
  friend class Node;
  class Application* next_ = nullptr;
  Node* node_ = nullptr;
  Instant due_{};

 protected:
  Node& linked_node() const {
    MP_CHECK(node_ != nullptr);
    return *node_;
  }
};

class Application : public ApplicationLink {
 public:
  const ApplicationInfo& info() const { return info_; }
  const AppId& id() const { return id_; }
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // --- what the node calls, and nobody else: override what you need, private in your class --------------
  // Once, inside start().
  virtual void on_start(Instant) {}
  // Whether a Package that came in one packet is wanted; the sender is told when it is not.
  virtual bool wants(const Package&) { return true; }
  // Whether only an equal says this, be it no neighbour of ours: then it is told when it is not wanted.
  virtual bool of_equal(const Package&) const { return false; }
  // A Package arrived whole and proven.
  virtual void on_package(const Package&) {}
  // Where a Package too large for one packet shall go; null refuses it. The default takes none.
  virtual Blob* accept(const IncomingPackage&) { return nullptr; }
  // What accept() gave will not be completed: the sender fell silent, or the digest was wrong.
  virtual void on_abandoned(Blob&) {}
  // A send of ours ended, once each. A Blob given to send() is free again.
  virtual void on_sent(SendId, Outcome) {}
  // A send got further on its way (it begins as queued).
  virtual void on_state(SendId, SendState) {}
  // A send of a Blob got on. parts_done: acknowledged by an equal, handed to the link otherwise.
  virtual void on_progress(SendId, std::uint32_t /*parts_done*/, std::uint32_t /*parts_total*/) {}
  virtual void on_peer_added(const NodeId&) {}
  virtual void on_peer_removed(const NodeId&) {}
  // What the way to a neighbour costs has changed, by enough to matter (specification: routing.md, "Cost of a link").
  // Eighths of a transmission, 8..128; kNoAnswer: it takes nothing, and nothing is heard from it. Whoever is added may
  // ask at once: Node::link_cost.
  virtual void on_link_cost(const NodeId&, std::uint16_t /*cost*/) {}
  // Called in every poll at or after the instant it returned last (at first: the start). Return the next.
  virtual Instant on_time(Instant) { return Instant::never(); }
  // Node::stop() was called: say goodbye now.
  virtual void on_stop() {}

 protected:
  // The texts must outlive the Application (literals do).
  explicit Application(const ApplicationInfo& info)
      : info_(info), id_(make_app_id(info.name, info.description, info.version)) {}
  // Known only by its id: a daemon that serves the Applications of others.
  explicit Application(const AppId& id) : id_(id) {}
  ~Application() = default;

  // The node this is attached to.
  Node& node() const { return linked_node(); }

 private:
  ApplicationInfo info_;
  AppId id_;
};

}  // namespace mp
