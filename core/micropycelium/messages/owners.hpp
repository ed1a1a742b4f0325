// SPDX-License-Identifier: ISC
// What an owner and his nodes say to each other (specification: identity.md, "Owners"), in sealed Packages only.
// Layout:
//
//   query     op 0
//   state     op 1 | epoch 8 | counter u64 | keys u8
//   command   op 2 | epoch 8 | counter u64 | command 1 .. 128 | signature 64
//   verdict   op 3 | counter u64 | verdict u8 | result u8 | state as above, without its op
//
// A command is the one of command.hpp without what both ends know: the owner, who sent it, and the target, who got it.
#pragma once

#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/messages/command.hpp"

#include <optional>

namespace mp {

inline constexpr AppIdentity kOwnersApp{"Owners", "Commands of a node's owners", 1};

enum class OwnersOp : std::uint8_t {
  query = 0,    // which commands would you take, and which network key do you have?
  state = 1,    // these, and that one
  command = 2,  // do so
  verdict = 3,  // what became of it
};

// What a node tells whoever asks. No key.
struct OwnersState {
  Epoch epoch;                  // of its memory of counters; zero: it has no owners
  std::uint64_t counter = 0;    // the last one taken from the asker
  bool owner = false;           // the asker is one of its owners
  bool closed = false;          // a member of a closed network; else there are no keys
  std::uint8_t generation = 0;  // of the network key in use, 0 .. 3
  bool next = false;            // it has the one of the generation after too
  bool previous = false;        // it still accepts the one of the generation before

  bool operator==(const OwnersState&) const = default;
};

// What came of a command that was accepted.
enum class OwnersResult : std::uint8_t {
  none = 0,  // it was not accepted: see the verdict
  done = 1,
  in_use = 2,   // that key is in use already
  refused = 3,  // not the generation after the one in use, or another key of the one in use
  busy = 4,     // the key before is still accepted: later
  no_key = 5,   // it has no such key to use
  open = 6,     // it is in no closed network
  failed = 7,   // it could not be written down: nothing has changed
  unknown = 8,  // no such command
};
inline constexpr std::uint8_t kOwnersResults = 9;
// The word in `mpctl network rotate`, e.g. "in_use".
const char* name(OwnersResult result);

struct OwnersMessage {
  OwnersOp op = OwnersOp::query;
  OwnersState state;                         // state, verdict
  Epoch epoch;                               // command
  std::uint64_t counter = 0;                 // command, verdict: of the command
  Bytes command;                             // command; views the message
  Ed25519Signature signature;                // command
  std::uint8_t verdict = 0;                  // verdict: an Authority::Verdict
  OwnersResult result = OwnersResult::none;  // verdict
};

inline constexpr std::size_t kOwnersCommandMax = 128;
inline constexpr std::size_t kOwnersStateSize = Epoch::kSize + 8 + 1;
inline constexpr std::size_t kOwnersMessageMax = 1 + Epoch::kSize + 8 + kOwnersCommandMax + Ed25519Signature::kSize;

// Status: truncated, too_large, bad_value (an unknown op or result, counter 0, or bits of `keys` that must be 0).
Result<OwnersMessage> decode_owners(Bytes message);
// Writes to the start of `out` and returns what was written. Precondition: a command has 1 to 128 bytes.
Bytes encode_owners(const OwnersMessage& message, std::span<std::byte, kOwnersMessageMax> out);

// The commands there are. Layout: install 1 | generation u8 | key 32; use 2 | generation u8.
struct KeyCommand {
  enum class What : std::uint8_t { install = 1, use = 2 };
  static constexpr std::size_t kKeySize = 32;
  static constexpr std::size_t kSizeMax = 2 + kKeySize;

  What what = What::use;
  std::uint8_t generation = 0;  // 0 .. 3
  Bytes key;                    // install: 32 bytes; views the command
};

// Status: truncated, too_large, bad_value (no such command, or generation over 3).
Result<KeyCommand> decode_key_command(Bytes command);
// Precondition: as its members say.
Bytes encode_key_command(const KeyCommand& command, std::span<std::byte, KeyCommand::kSizeMax> out);

}  // namespace mp
