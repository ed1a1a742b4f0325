// SPDX-License-Identifier: ISC
// What clients have given the daemon to send: while it is uploaded, while the node sends it, until it has ended.
// A transfer outlives the client that asked for it.
#pragma once

#include "programs/mpnode/served_application.hpp"

#include <map>
#include <memory>
#include <optional>
#include <variant>

namespace mp::host {

struct BroadcastTarget {};
using SendTarget = std::variant<NodeId, TreeAddress, BroadcastTarget>;

// How a transfer gets on. Told to the request that it belongs to.
class TransferWatcher {
 public:
  virtual void on_progress(std::uint32_t parts_done, std::uint32_t parts_total) = 0;
  virtual void on_state(SendState state) = 0;
  virtual void on_end(Outcome outcome, double elapsed_ms) = 0;

 protected:
  ~TransferWatcher() = default;
};

struct Transfer {
  std::uint64_t number = 0;
  ServedApplication* application = nullptr;
  SendTarget target;
  SendOptions options;
  std::uint32_t size = 0;
  std::vector<std::byte> uploaded;
  std::optional<BufferBlob> blob;  // once it is complete
  SendId send_id;
  Instant begun_at{};
  Instant told_at{};                   // of the progress
  TransferWatcher* watcher = nullptr;  // null: the client has gone
};

class Transfers final : public SendWatcher {
 public:
  // Bytes of contents that may wait or be on their way, of all clients together.
  static constexpr std::size_t kMemoryMax = 64 << 20;

  // `now`: the node's own now() stands still between polls.
  Transfers(Node& node, std::function<Instant()> now) : node_(node), now_(std::move(now)) {}

  // Null: the memory is taken.
  Transfer* begin(ServedApplication& application, const SendTarget& target, SendOptions options, std::uint32_t size,
                  TransferWatcher& watcher);
  // Gives the complete blob to the node. Status: as Node::send; then the transfer is gone.
  Status queue(Transfer& transfer);
  // Ends it as cancelled; its watcher is told.
  void cancel(Transfer& transfer);
  // Ends it unheard.
  void drop(Transfer& transfer);
  void cancel_all();
  Transfer* find(std::uint64_t number);
  // How many there are, and the bytes of contents that they hold or will.
  std::size_t count() const { return all_.size(); }
  std::size_t bytes() const { return memory_; }
  // Since begin().
  double elapsed_ms(const Transfer& transfer) const;

  void on_progress(SendId id, std::uint32_t done, std::uint32_t total) override;
  void on_state(SendId id, SendState state) override;
  void on_sent(SendId id, Outcome outcome) override;

 private:
  void end(Transfer& transfer, Outcome outcome);

  Node& node_;
  std::function<Instant()> now_;
  std::uint64_t next_number_ = 1;
  std::size_t memory_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Transfer>> all_;
  std::map<std::uint32_t, Transfer*> by_send_id_;
};

}  // namespace mp::host
