// SPDX-License-Identifier: ISC
#include "micropycelium/messages/owners.hpp"

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

// The bits of `keys`: generation, and
constexpr unsigned kNext = 4;
constexpr unsigned kPrevious = 8;
constexpr unsigned kClosed = 16;
constexpr unsigned kOwner = 32;
constexpr unsigned kKeysMax = 63;

Result<OwnersState> read_state(Reader& in) {
  OwnersState s;
  s.epoch.value = in.array<Epoch::kSize>();
  s.counter = in.u64();
  const unsigned keys = in.u8();
  s.generation = keys & 3U;
  s.next = (keys & kNext) != 0;
  s.previous = (keys & kPrevious) != 0;
  s.closed = (keys & kClosed) != 0;
  s.owner = (keys & kOwner) != 0;
  // One other key at most, and none outside a closed network.
  if (keys > kKeysMax || (s.next && s.previous) || (!s.closed && (keys & (3U | kNext | kPrevious)) != 0))
    return Status::bad_value;
  return s;
}

void write_state(Writer& out, const OwnersState& s) {
  out.put(s.epoch.bytes());
  out.u64(s.counter);
  out.u8(static_cast<std::uint8_t>(s.generation | (s.next ? kNext : 0U) | (s.previous ? kPrevious : 0U) |
                                   (s.closed ? kClosed : 0U) | (s.owner ? kOwner : 0U)));
}

// Status: ok; truncated, too_large.
Status sized(std::size_t size, std::size_t min, std::size_t max) {
  return size < min ? Status::truncated : size > max ? Status::too_large : Status::ok;
}

}  // namespace

const char* name(OwnersResult result) {
  constexpr std::array<const char*, kOwnersResults> kNames{"none",   "done", "in_use", "refused", "busy",
                                                           "no_key", "open", "failed", "unknown"};
  const auto i = static_cast<std::size_t>(result);
  return i < kNames.size() ? kNames[i] : "unknown";
}

Result<OwnersMessage> decode_owners(Bytes message) {
  Reader in(message);
  OwnersMessage m;
  const std::uint8_t op = in.u8();
  if (!in.ok()) return Status::truncated;
  if (op > static_cast<std::uint8_t>(OwnersOp::verdict)) return Status::bad_value;
  m.op = static_cast<OwnersOp>(op);
  switch (m.op) {
    case OwnersOp::query:
      MP_TRY(sized(in.left(), 0, 0));
      return m;
    case OwnersOp::command: {
      constexpr std::size_t kAround = Epoch::kSize + 8 + Ed25519Signature::kSize;
      MP_TRY(sized(in.left(), kAround + 1, kAround + kOwnersCommandMax));
      m.epoch.value = in.array<Epoch::kSize>();
      m.counter = in.u64();
      m.command = in.take(in.left() - Ed25519Signature::kSize);
      m.signature.value = in.array<Ed25519Signature::kSize>();
      if (m.counter == 0) return Status::bad_value;
      return m;
    }
    case OwnersOp::verdict: {
      MP_TRY(sized(in.left(), 8 + 2 + kOwnersStateSize, 8 + 2 + kOwnersStateSize));
      m.counter = in.u64();
      m.verdict = in.u8();
      const std::uint8_t result = in.u8();
      if (m.counter == 0 || result >= kOwnersResults) return Status::bad_value;
      m.result = static_cast<OwnersResult>(result);
      break;
    }
    case OwnersOp::state:
      MP_TRY(sized(in.left(), kOwnersStateSize, kOwnersStateSize));
      break;
  }
  const auto state = read_state(in);
  if (!state) return state.status();
  m.state = *state;
  return m;
}

Bytes encode_owners(const OwnersMessage& m, std::span<std::byte, kOwnersMessageMax> out) {
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(m.op));
  switch (m.op) {
    case OwnersOp::query:
      break;
    case OwnersOp::state:
      write_state(w, m.state);
      break;
    case OwnersOp::command:
      w.put(m.epoch.bytes());
      w.u64(m.counter);
      w.put(m.command);
      w.put(m.signature.bytes());
      break;
    case OwnersOp::verdict:
      w.u64(m.counter);
      w.u8(m.verdict);
      w.u8(static_cast<std::uint8_t>(m.result));
      write_state(w, m.state);
      break;
  }
  MP_CHECK(w.ok());
  return w.written();
}

Result<KeyCommand> decode_key_command(Bytes command) {
  Reader in(command);
  KeyCommand c;
  const std::uint8_t what = in.u8();
  c.generation = in.u8();
  if (!in.ok()) return Status::truncated;
  if (what != 1 && what != 2) return Status::bad_value;
  c.what = static_cast<KeyCommand::What>(what);
  const std::size_t size = c.what == KeyCommand::What::install ? KeyCommand::kKeySize : 0;
  MP_TRY(sized(in.left(), size, size));
  c.key = in.take(size);
  if (c.generation > 3) return Status::bad_value;
  return c;
}

Bytes encode_key_command(const KeyCommand& c, std::span<std::byte, KeyCommand::kSizeMax> out) {
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(c.what));
  w.u8(c.generation);
  if (c.what == KeyCommand::What::install) w.put(c.key);
  MP_CHECK(w.ok() && c.generation <= 3);
  return w.written();
}

}  // namespace mp
