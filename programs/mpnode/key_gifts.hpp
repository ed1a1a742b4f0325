// SPDX-License-Identifier: ISC
// Gives the network key to other nodes, one after the other question: what have you got, and then the command of their
// owner, who is this node (specification: identity.md, "Owners").
#pragma once

#include "micropycelium/applications/owners.hpp"

#include <string>
#include <vector>

namespace mp::host {

// To one node. Whoever has one gives it up by cancel().
class KeyGift {
 public:
  virtual ~KeyGift() = default;
  // How it ended: "next" or "in_use" (it has the key), or why not. Called once, and nothing after it.
  virtual void on_end(const std::string& state) = 0;

 private:
  friend class KeyGifts;
  enum class Step : std::uint8_t { ended, asked, told };
  NodeId node_;
  SendId send_;
  Step step_ = Step::ended;
  unsigned asked_ = 0;
};

class KeyGifts final : public OwnersListener {
 public:
  // All of them outlive it.
  KeyGifts(Node& node, Owners& owners, Storage& storage);
  ~KeyGifts();

  // Makes another key and installs it here as the next, unless there is one that others may be without: the next, or
  // the one that has just come into use. `anew`: in place of the next one. Status: as Node::install_key.
  Status prepare(Random& random, bool anew);
  // The generation of what is given away.
  std::uint8_t generation() const;
  // Status: ok (it ends by on_end), or why it could not be sent.
  Status give(KeyGift& gift, const NodeId& to);
  void cancel(KeyGift& gift);

 private:
  void on_state(const NodeId& node, const OwnersState& state) override;
  void on_verdict(const NodeId& node, const OwnersMessage& verdict) override;
  void on_lost(SendId send, Outcome outcome) override;

  Status ask(KeyGift& gift);
  void tell(KeyGift& gift, const OwnersState& state);
  void end(KeyGift& gift, const std::string& state);
  // Calls `act` for each that is at this step with this node, also if one ends meanwhile.
  template <typename Act>
  void for_each(KeyGift::Step step, const NodeId& node, Act act);

  Node& node_;
  Owners& owners_;
  Storage& storage_;
  std::vector<KeyGift*> gifts_;
};

}  // namespace mp::host
