// SPDX-License-Identifier: ISC
// Any bytes: a tree message or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/tree_v0.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  const auto message = mp::decode_tree(input);
  if (!message) return 0;
  mp::ByteArray<mp::kTreeMessageSize> out;
  const auto encoded = mp::encode_tree(*message, out);
  MP_CHECK(encoded && mp::equal(*encoded, input));
  MP_CHECK(*mp::decode_tree(*encoded) == *message);
  return 0;
}
