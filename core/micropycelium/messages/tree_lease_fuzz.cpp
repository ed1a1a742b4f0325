// SPDX-License-Identifier: ISC
// Any bytes, by all decoders: a message or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/tree_lease.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mp;
  static const Ed25519KeyPair keys{Ed25519Seed{}};
  const NodeId self = NodeId::from(keys.public_key().bytes());
  const Bytes input = std::as_bytes(std::span(data, size));
  ByteArray<std::max(kLeaseAnswerMax, kLeafAnswerMax)> out;
  if (const auto lease = decode_lease(input)) {
    (void)lease_genuine(lease->lease, self);
    MP_CHECK(equal(encode_lease(*lease), input));
  }
  if (const auto answer = decode_lease_answer(input)) {
    (void)lease_answer_genuine(input, self, self);
    // A signature is made anew; all before it stays.
    const auto again = *encode_lease_answer(*answer, self, keys, out);
    MP_CHECK(again.size() == size &&
             equal(again.first(size - LeaseAnswer::kTail), input.first(size - LeaseAnswer::kTail)));
  }
  if (const auto answer = decode_leaf_answer(input)) {
    (void)lease_genuine(answer->lease, answer->leaf);
    MP_CHECK(equal(*encode_leaf_answer(*answer, out), input));
  }
  return 0;
}
