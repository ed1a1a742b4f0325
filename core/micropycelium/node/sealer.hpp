// SPDX-License-Identifier: ISC
// Who protects Packages end to end for the other Applications of a node (specification: seal.md): what a send with
// SendOptions::sealed is handed to. There is one implementation, applications/seal.hpp; the node only knows this much
// of it, since it lies below.
#pragma once

#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/node/application.hpp"
#include "micropycelium/platform/storage.hpp"

namespace mp {

// Whom a Package is for: a node, or whoever lives at an address.
struct SealTarget {
  NodeId node{};  // zero: by address
  TreeAddress address{};
  bool by_address = false;
  bool operator==(const SealTarget&) const = default;
};

class Sealer : public Application {
 public:
  // As Node::send. The blob is copied; `blob` is read until on_sent and must not change until then.
  virtual SendId send_sealed(Application& from, const SealTarget& to, Bytes blob, const SendOptions& options) = 0;
  virtual SendId send_sealed(Application& from, const SealTarget& to, Blob& blob, const SendOptions& options) = 0;
  // As Node::cancel, Node::state and Node::single_packet_max.
  virtual Status cancel_sealed(SendId id) = 0;
  virtual std::optional<SendState> sealed_state(SendId id) const = 0;
  virtual std::size_t sealed_packet_max(const NodeId& to) const = 0;
  // This Application is being detached: nothing of it may be kept.
  virtual void forget(Application& application) = 0;

 protected:
  using Application::Application;
  ~Sealer() = default;

  // From now on sends with `sealed` come here. Call it in on_start.
  void offer();
  // The node's own: for no other Application.
  const Ed25519KeyPair& keys() const;
  // The node's, for what must survive a restart.
  Storage& storage() const;
  // A number for a send that this one answers for. No other send has it.
  SendId new_send();
};

}  // namespace mp
