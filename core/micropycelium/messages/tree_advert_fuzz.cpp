// SPDX-License-Identifier: ISC
// Any bytes: a message or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/tree_advert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  if (const auto advert = mp::decode_tree_advert(input)) {
    mp::ByteArray<1 + mp::kTreesMax * mp::kTreeEntryMax> out;
    const auto again = mp::encode_tree_advert(*advert, out);
    MP_CHECK(again.ok() && mp::equal(*again, input));
    std::size_t sum = 1;
    for (std::size_t i = 0; i < advert->count; ++i) sum += mp::entry_size(advert->entries[i]);
    MP_CHECK(sum == size);
  }
  return 0;
}
