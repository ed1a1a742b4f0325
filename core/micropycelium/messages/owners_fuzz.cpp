// SPDX-License-Identifier: ISC
// Any bytes: a message between an owner and a node, or a reason; a command about keys, or a reason. What is taken comes
// out again byte for byte.
#include "micropycelium/base/check.hpp"
#include "micropycelium/messages/owners.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  if (const auto m = mp::decode_owners(input)) {
    mp::ByteArray<mp::kOwnersMessageMax> buffer;
    MP_CHECK(mp::equal(mp::encode_owners(*m, buffer), input));
  }
  if (const auto c = mp::decode_key_command(input)) {
    mp::ByteArray<mp::KeyCommand::kSizeMax> buffer;
    MP_CHECK(mp::equal(mp::encode_key_command(*c, buffer), input));
  }
  return 0;
}
