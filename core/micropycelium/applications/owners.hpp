// SPDX-License-Identifier: ISC
// Takes commands of the node's owners, and sends commands to nodes that this one owns (specification: identity.md,
// "Owners"). Both by sealed Packages: attach Seal too. Whoever asks is told which network key is in use, never a key.
#pragma once

#include "micropycelium/messages/owners.hpp"
#include "micropycelium/node/authority.hpp"
#include "micropycelium/node/node.hpp"

namespace mp {

// Who has sent queries or commands.
class OwnersListener {
 public:
  virtual void on_state(const NodeId& node, const OwnersState& state) = 0;
  virtual void on_verdict(const NodeId& node, const OwnersMessage& verdict) = 0;
  // A query or command of this number ended otherwise than as delivered: there will be no answer.
  virtual void on_lost(SendId send, Outcome outcome) = 0;

 protected:
  ~OwnersListener() = default;
};

class Owners final : public Application {
 public:
  // `owners`: whose commands this node obeys, node ids; copied. The first Authority::kOwnersMax of them.
  explicit Owners(std::span<const NodeId> owners = {});

  void set_listener(OwnersListener* listener) { listener_ = listener; }
  // null: this node obeys nobody; there are no owners, or their counters cannot be kept.
  const Authority* authority() const { return obeys_ ? &authority_ : nullptr; }

  // Asks a node for its state. Refusals as those of Node::send.
  SendId query(const NodeId& node);
  // Tells a node that this one owns to do something, which is signed with this node's own key. `state`: as the node has
  // told it. Refusals as those of Node::send; too_large (over 128 bytes), bad_value (no command).
  SendId command(const NodeId& node, const OwnersState& state, Bytes command);

 private:
  void on_start(Instant now) override;
  bool wants(const Package& package) override;
  void on_package(const Package& package) override;
  void on_sent(SendId id, Outcome outcome) override;

  void obey(const OwnersMessage& message, const Origin& from);
  OwnersResult carry_out(Bytes command);
  OwnersState state_for(const NodeId& asker) const;
  void answer(const Origin& to, const OwnersMessage& message);

  OwnersListener* listener_ = nullptr;
  Authority authority_;
  std::array<Ed25519PublicKey, Authority::kOwnersMax> owners_;
  std::uint8_t count_ = 0;
  bool obeys_ = false;
};

}  // namespace mp
