// SPDX-License-Identifier: ISC
#include "micropycelium/messages/hello.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {

Result<Hello> decode_hello(Bytes text) {
  Reader in(text);
  Hello h;
  const std::uint8_t kind = in.u8();
  if (in.ok() && (kind < 1 || kind > 3)) return Status::bad_value;
  h.kind = static_cast<OpeningKind>(kind);
  h.from.value = in.array<NodeId::kSize>();
  h.nonce = in.array<8>();
  if (h.kind == OpeningKind::challenge) {
    h.heard = in.u32();
  } else {
    h.cookie = in.array<8>();
    h.salt = in.array<16>();
    h.boot = in.u32();
    h.counter = in.u32();
    h.mac = in.array<16>();
  }
  if (!in.ok()) return Status::truncated;
  if (in.left() != 0) return Status::too_large;
  if (h.kind != OpeningKind::challenge && h.counter == 0) return Status::bad_value;
  return h;
}

Bytes encode_hello(const Hello& h, std::span<std::byte, kHelloSizeMax> buffer) {
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(h.kind));
  out.put(h.from.value);
  out.put(h.nonce);
  if (h.kind == OpeningKind::challenge) {
    out.u32(h.heard);
  } else {
    out.put(h.cookie);
    out.put(h.salt);
    out.u32(h.boot);
    out.u32(h.counter);
    out.put(h.mac);
  }
  return out.written();
}

}  // namespace mp
