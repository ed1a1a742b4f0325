// SPDX-License-Identifier: ISC
// Tells the neighbours who this node was before, and takes the same from them (specification: identity.md, "Telling
// contacts"): bans follow by themselves, the rest is for a listener.
#pragma once

#include "micropycelium/messages/handover.hpp"
#include "micropycelium/node/node.hpp"
#include "micropycelium/node/succession.hpp"

namespace mp {

// Who keeps something about nodes that must follow them to their new id.
class ContactsListener {
 public:
  // Whether it would change anything. What nobody knows costs no verification.
  virtual bool cares(const Handover& unverified) = 0;
  // Both signatures are right, and cares() said yes.
  virtual void on_handover(const Handover& handover) = 0;

 protected:
  ~ContactsListener() = default;
};

class Contacts final : public Application {
 public:
  // `storage`: where the node's own hand-overs are; it must outlive this.
  explicit Contacts(Storage& storage);

  void set_listener(ContactsListener* listener) { listener_ = listener; }
  // Those that lead to this node; empty before start.
  HandoverChain own() const { return own_.chain(); }

  // Takes a chain, wherever it came from: how many of its hand-overs were followed. Status: what decode_chain says,
  // forged, not_found (nothing is known of anybody in it).
  Result<std::size_t> take(Bytes chain);

 private:
  struct Told {
    NodeId who;  // zero: free
    Instant due = Instant::never();
    SendId send;
    std::uint8_t tries_left = 0;
  };
  static constexpr std::size_t kTold = 16;

  void on_start(Instant now) override;
  void on_peer_added(const NodeId& peer) override;
  void on_peer_removed(const NodeId& peer) override;
  void on_sent(SendId id, Outcome outcome) override;
  Instant on_time(Instant now) override;
  bool wants(const Package& package) override;
  Blob* accept(const IncomingPackage& package) override;
  void on_abandoned(Blob& blob) override;
  void on_package(const Package& package) override;

  bool banned(const NodeId& id) const;
  // Whether there is anything that would follow from the one to the other.
  bool leads_on(const Handover& handover) const;
  void follow(const Handover& handover);

  Storage& storage_;
  ContactsListener* listener_ = nullptr;
  Succession own_;
  std::array<Told, kTold> told_;
  ByteArray<kContactsMessageMax> out_{}, in_{};  // of more than one packet
  MemoryBlob sending_{Bytes{}}, receiving_{MutableBytes(in_)};
  bool sending_now_ = false, receiving_now_ = false;
  Instant next_look_{};
};

}  // namespace mp
