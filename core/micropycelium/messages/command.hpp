// SPDX-License-Identifier: ISC
// A command of an owner for one node (specification: identity.md, "Commands"). Layout: owner 32 | target 32 | epoch 8 |
// counter u64 | command | signature 64. What the command says is for the Application that carries it.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/packet/ids.hpp"

namespace mp {

// Names one life of the target's memory of counters: whoever has lost that has another.
using Epoch = Id<struct EpochTag, 8>;

struct OwnerCommand {
  Ed25519PublicKey owner;
  NodeId target;
  Epoch epoch;
  std::uint64_t counter = 0;
  Bytes command;  // views the message it was decoded from
  Ed25519Signature signature;
};

inline constexpr std::size_t kCommandHead = 32 + NodeId::kSize + Epoch::kSize + 8;
inline constexpr std::size_t kCommandMax = 512;  // bytes of the command itself
inline constexpr std::size_t kCommandMessageMax = kCommandHead + kCommandMax + Ed25519Signature::kSize;

// Status: truncated, too_large (over 512 bytes of command); bad_value (counter 0, or no command). The signature is not
// looked at.
Result<OwnerCommand> decode_command(Bytes message);
// Signs and writes to the start of `out`; returns what was written. Status: too_large (over 512 bytes, or `out` is too
// small), bad_value (counter 0, or no command).
Result<Bytes> encode_command(const Ed25519KeyPair& owner, const NodeId& target, const Epoch& epoch,
                             std::uint64_t counter, Bytes command, MutableBytes out);

// Status: forged. Takes a verification (crypto/README.md: stack), and 615 bytes for what was signed.
Status verify(const OwnerCommand& command);

}  // namespace mp
