// SPDX-License-Identifier: ISC
// Any bytes: a request, an answer, or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/trace_route.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  mp::ByteArray<mp::kTraceRequestMax> out;
  if (const auto request = mp::decode_trace_request(input)) {
    const auto encoded = mp::encode_trace(*request, out);
    MP_CHECK(encoded && mp::equal(*encoded, input));
  }
  if (const auto answer = mp::decode_trace_answer(input)) {
    const auto encoded = mp::encode_trace(*answer, out);
    MP_CHECK(encoded && mp::equal(*encoded, input));
    MP_CHECK(*mp::decode_trace_answer(*encoded) == *answer);
  }
  return 0;
}
