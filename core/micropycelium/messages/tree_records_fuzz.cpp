// SPDX-License-Identifier: ISC
// Any bytes, by all decoders of records: a record or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/tree_records.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mp;
  const Bytes input = std::as_bytes(std::span(data, size));
  if (const auto r = decode_record_request(input)) MP_CHECK(equal(encode_record_request(*r), input));
  if (const auto r = decode_link_record(input)) {
    MP_CHECK(equal(encode_link_record(*r), input));
    (void)link_genuine(r->record, {}, r->record.child);
  }
  if (const auto r = decode_root_record(input)) {
    MP_CHECK(equal(encode_root_record(*r), input));
    (void)root_genuine(*r, {.root = child_tag(r->root)});
  }
  if (const auto r = decode_sign_request(input)) MP_CHECK(equal(encode_sign_request(*r), input));
  if (const auto r = decode_assignment(input)) MP_CHECK(equal(encode_assignment(*r), input));
  if (const auto r = decode_doubt(input)) MP_CHECK(equal(encode_doubt(*r), input));
  return 0;
}
