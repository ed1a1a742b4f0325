// SPDX-License-Identifier: ISC
// Any bytes: a message of Contacts, or a reason; what is taken encodes back to the same bytes, and hangs together.
// Nobody can sign by chance, so a signature that is right must be one that we made: the last byte says what is done to
// it.
#include "micropycelium/messages/handover.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  (void)mp::decode_handover(input);
  if (const auto chain = mp::decode_contacts(input)) {
    MP_CHECK(!chain->empty() && chain->size() <= mp::kHandoversMax);
    mp::ByteArray<mp::kContactsMessageMax> out;
    const auto again = mp::encode_contacts(*chain, out);
    MP_CHECK(again && mp::equal(*again, input));
    for (std::size_t i = 0; i < chain->size(); ++i) {
      const mp::Handover h = (*chain)[i];
      MP_CHECK(i == 0 || h.before == (*chain)[i - 1].after);
      mp::ByteArray<mp::kHandoverSize> record;
      mp::encode_handover(h, record);
      MP_CHECK(mp::equal(record, chain->bytes().subspan(i * mp::kHandoverSize, mp::kHandoverSize)));
      (void)mp::verify(h);
    }
  }
  // One that is right, with the input laid over it: it stays right only if nothing has changed.
  if (size == 0 || size > mp::kHandoverSize) return 0;
  mp::Ed25519Seed a{}, b{};
  b[0] = std::byte{1};
  const mp::Handover good = mp::make_handover(mp::Ed25519KeyPair(a), mp::Ed25519KeyPair(b), 1);
  mp::ByteArray<mp::kHandoverSize> record;
  mp::encode_handover(good, record);
  for (std::size_t i = 0; i < size; ++i) record[i] ^= input[i];
  if (const auto changed = mp::decode_handover(record))
    MP_CHECK((mp::verify(*changed) == mp::Status::ok) == (*changed == good));
  return 0;
}
