// SPDX-License-Identifier: ISC
// An Application that the clients of the control socket serve: what arrives for it goes to those who listen, what
// they send goes out in its name.
#pragma once

#include "micropycelium/node/node.hpp"
#include "ports/host/blobs.hpp"
#include "programs/mpnode/output.hpp"

#include <functional>
#include <list>

namespace mp::host {

// Someone who wants the Packages of an Application.
class PackageListener {
 public:
  // Whether a Package of so many bytes would find room now.
  virtual bool has_room(std::size_t size) const = 0;
  // Room for a Package that is on its way.
  virtual void reserve(std::size_t size) = 0;
  virtual void release(std::size_t size) = 0;
  virtual void deliver(std::shared_ptr<const ArrivedPackage> package) = 0;
  // One went by for want of room.
  virtual void miss() = 0;

 protected:
  ~PackageListener() = default;
};

// Someone who wants to know what becomes of a send.
class SendWatcher {
 public:
  virtual void on_progress(SendId id, std::uint32_t done, std::uint32_t total) = 0;
  virtual void on_state(SendId id, SendState state) = 0;
  virtual void on_sent(SendId id, Outcome outcome) = 0;

 protected:
  ~SendWatcher() = default;
};

// The texts of an Application, for a base that must be made before Application is.
struct ApplicationTexts {
  std::string name;
  std::string description;
};

class ServedApplication final : private ApplicationTexts, public Application {
 public:
  struct Needs {
    SendWatcher& watcher;
    std::function<std::string(const Origin&)> origin_json;
    std::function<void(const NodeId&, bool came)> on_peer;  // may be empty
  };
  // Known by name (then it is listed for good when `keep`), or by its id alone.
  ServedApplication(ApplicationTexts texts, std::uint32_t version, Needs needs);
  ServedApplication(const AppId& id, Needs needs);

  bool named() const { return named_; }
  // Listed whether someone needs it or not.
  bool keep = false;

  void listen(PackageListener& listener) { listeners_.push_back(&listener); }
  void unlisten(PackageListener& listener);
  std::size_t listeners() const { return listeners_.size(); }
  // Sends of it that have not ended, uploads included.
  std::size_t sends = 0;
  bool needed() const { return keep || sends > 0 || !listeners_.empty() || !incoming_.empty(); }

 private:
  // A larger Package on its way to those that had room for it when it began.
  struct Incoming {
    Incoming(std::size_t size_max, std::vector<PackageListener*> to)
        : blob(size_max), size(size_max), waiting(std::move(to)) {}
    BufferBlob blob;
    std::size_t size;
    std::vector<PackageListener*> waiting;
  };
  // Stands for "no room": the node tells the sender so when the first part cannot be stored.
  class NoRoom final : public Blob {
   public:
    std::uint32_t size() const override { return 0; }
    Status read(std::uint32_t, MutableBytes) override { return Status::no_buffer; }
    Status write(std::uint32_t, Bytes) override { return Status::no_buffer; }
  };

  bool wants(const Package& package) override;
  void on_package(const Package& package) override;
  Blob* accept(const IncomingPackage& incoming) override;
  void on_abandoned(Blob& blob) override;
  void on_sent(SendId id, Outcome outcome) override { needs_.watcher.on_sent(id, outcome); }
  void on_state(SendId id, SendState state) override { needs_.watcher.on_state(id, state); }
  void on_progress(SendId id, std::uint32_t done, std::uint32_t total) override {
    needs_.watcher.on_progress(id, done, total);
  }
  void on_peer_added(const NodeId& id) override {
    if (needs_.on_peer) needs_.on_peer(id, true);
  }
  void on_peer_removed(const NodeId& id) override {
    if (needs_.on_peer) needs_.on_peer(id, false);
  }

  void hand_out(const Package& package, std::vector<std::byte> blob);

  Needs needs_;
  bool named_;
  std::vector<PackageListener*> listeners_;
  std::list<Incoming> incoming_;
  NoRoom no_room_;
};

}  // namespace mp::host
