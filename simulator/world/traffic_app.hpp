// SPDX-License-Identifier: ISC
// The Application that every simulated node has: sends what the world's flows ask for, takes in what comes, and tells
// the ledger of both.
#pragma once

#include "micropycelium/node/node.hpp"
#include "simulator/world/ledger.hpp"

#include <memory>

namespace mp::sim {

// Who is told what happens at a node.
class TrafficListener {
 public:
  virtual void on_arrived(std::uint32_t node, const Package& package, Bytes contents) = 0;
  virtual void on_told(std::uint32_t node, std::uint64_t serial, Outcome outcome) = 0;
  virtual void on_meeting(std::uint32_t node, const NodeId& peer, bool added) = 0;

 protected:
  ~TrafficListener() = default;
};

// How many things an Application of the world holds: what must come back to it.
struct Holdings {
  std::uint32_t sends = 0;  // queued, and not told how they ended
  std::uint32_t blobs = 0;  // given to accept(), and not given back
};

class TrafficApp final : public Application {
 public:
  TrafficApp(Ledger& ledger, TrafficListener& listener, Incarnation self, Misbehaviour misbehaviour);
  ~TrafficApp() = default;

  struct Sent {
    std::uint64_t serial = 0;
    Status refusal = Status::ok;
  };
  // Exactly one of `to` and `address`, or neither for everyone. `target`: the node meant, for the ledger.
  Sent send(std::uint32_t flow, std::uint32_t target, const NodeId* to, const TreeAddress* address, std::uint32_t size,
            bool ask, bool sealed);
  Holdings holdings() const {
    return {static_cast<std::uint32_t>(open_.size()), static_cast<std::uint32_t>(blobs_.size())};
  }
  // The send that has waited longest for its end; 0 when none has.
  std::uint64_t oldest_open() const;

 private:
  // What is sent: contents that follow from the serial number.
  class Outgoing final : public Blob {
   public:
    Outgoing(const Ledger& ledger, std::uint64_t serial, std::uint32_t size)
        : ledger_(ledger), serial_(serial), size_(size) {}
    std::uint32_t size() const override { return size_; }
    Status read(std::uint32_t offset, MutableBytes out) override {
      ledger_.contents(serial_, offset, out);
      return Status::ok;
    }
    Status write(std::uint32_t, Bytes) override { return Status::io_error; }

   private:
    const Ledger& ledger_;
    std::uint64_t serial_;
    std::uint32_t size_;
  };
  class Incoming final : public Blob {
   public:
    explicit Incoming(std::uint32_t size_max) : size_max_(size_max) {}
    std::uint32_t size() const override { return static_cast<std::uint32_t>(bytes_.size()); }
    Status read(std::uint32_t offset, MutableBytes out) override;
    Status write(std::uint32_t offset, Bytes part) override;

   private:
    std::uint32_t size_max_;
    std::vector<std::byte> bytes_;
  };
  struct Open {
    std::uint32_t send_id = 0;
    std::uint64_t serial = 0;
    std::unique_ptr<Outgoing> blob;  // none for what fits one packet
  };

  void on_package(const Package& package) override;
  Blob* accept(const IncomingPackage& incoming) override;
  void on_abandoned(Blob& blob) override;
  void on_sent(SendId id, Outcome outcome) override;
  void on_peer_added(const NodeId& id) override;
  void on_peer_removed(const NodeId& id) override;
  void give_back(const Blob& blob);

  Ledger& ledger_;
  TrafficListener& listener_;
  Incarnation self_;
  Misbehaviour misbehaviour_;
  std::uint32_t misdeeds_ = 0;
  std::vector<Open> open_;  // in order of sending
  std::vector<std::unique_ptr<Incoming>> blobs_;
};

}  // namespace mp::sim
