// SPDX-License-Identifier: ISC
// Whose commands this node obeys, and each of them once (specification: identity.md, "Commands"). In Storage under
// "authority": epoch 8 | so many times: owner 32 | counter u64 | CRC-32 of all before. A value type: whoever carries
// commands has one, and asks it. No clock is asked.
#pragma once

#include "micropycelium/messages/command.hpp"
#include "micropycelium/node/identity.hpp"

namespace mp {

class Authority {
 public:
  static constexpr std::string_view kStorageKey = "authority";
  static constexpr std::size_t kOwnersMax = 8;

  enum class Verdict : std::uint8_t {
    accepted,       // obey it: it will not be accepted again, whatever happens
    malformed,      // decode_command says why
    other_target,   // for another node
    unknown_owner,  // not one of the owners
    other_epoch,    // signed for another memory of counters than this one: a lost one, or one to come
    old_counter,    // it, or a later one of this owner, was accepted before
    forged,         // the signature is not the owner's
    not_kept,       // the counter could not be written down: nothing was accepted
  };

  // Loads what is known of the owners' counters, with the node's storage and random numbers, which must outlive this.
  // A new epoch begins where nothing was stored, or it was damaged, or an owner is no longer among them: else what he
  // signed could come again once he is back. Owners that come up twice count once. Status: too_large (over 8 owners),
  // io_error; corrupt (the record was damaged: all the same, a new epoch has begun).
  Status start(Platform platform, const Identity& self, std::span<const Ed25519PublicKey> owners);

  // What commands must name; anybody may know it.
  const Epoch& epoch() const { return epoch_; }
  std::size_t owners() const { return count_; }
  // The last counter accepted of this owner: his next is above it. 0: none, or he is no owner.
  std::uint64_t counter(const Ed25519PublicKey& owner) const;

  // Whether to obey. The counter is stored before it says yes, so a power cut can lose a command but not repeat it.
  // What is cheap comes first: only what an owner could have sent now costs a verification.
  Verdict accept(const OwnerCommand& command);
  Verdict accept(Bytes message);

 private:
  struct Owner {
    Ed25519PublicKey key;
    std::uint64_t counter = 0;
  };
  static constexpr std::size_t kOwnerSize = 40;
  static constexpr std::size_t kRecordMax = Epoch::kSize + kOwnersMax * kOwnerSize + 4;

  Status restore(const Platform& platform);
  void begin_epoch(Random& random, std::uint32_t boot);
  Status save(Storage& storage) const;
  Owner* find(const Ed25519PublicKey& key);

  Storage* storage_ = nullptr;
  NodeId self_;
  Epoch epoch_;
  std::array<Owner, kOwnersMax> owners_{};
  std::size_t count_ = 0;
};

const char* name(Authority::Verdict verdict);

}  // namespace mp
