// SPDX-License-Identifier: ISC
// Any bytes: a command, or a reason. And one that is right, with the input laid over it: it stays right only if nothing
// has changed.
#include "micropycelium/messages/command.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  if (const auto c = mp::decode_command(input)) {
    MP_CHECK(!c->command.empty() && c->command.size() <= mp::kCommandMax);
    MP_CHECK(c->command.size() + mp::kCommandHead + mp::Ed25519Signature::kSize == size);
    (void)mp::verify(*c);
  }
  mp::ByteArray<mp::kCommandMessageMax> buffer;
  const mp::Ed25519KeyPair owner(mp::Ed25519Seed{});
  const auto good = mp::encode_command(owner, {}, {}, 1, mp::bytes("restart"), buffer);
  MP_CHECK(good.ok());
  if (size > good->size()) return 0;
  bool changed = false;
  for (std::size_t i = 0; i < size; ++i) {
    changed = changed || input[i] != std::byte{0};
    buffer[i] ^= input[i];
  }
  if (const auto c = mp::decode_command(*good)) MP_CHECK((mp::verify(*c) == mp::Status::ok) == !changed);
  return 0;
}
