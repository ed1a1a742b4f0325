// SPDX-License-Identifier: ISC
#include "micropycelium/base/status.hpp"

namespace mp {

const char* name(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::would_block:
      return "would_block";
    case Status::truncated:
      return "truncated";
    case Status::too_large:
      return "too_large";
    case Status::bad_version:
      return "bad_version";
    case Status::unknown_schema:
      return "unknown_schema";
    case Status::bad_checksum:
      return "bad_checksum";
    case Status::bad_digest:
      return "bad_digest";
    case Status::bad_value:
      return "bad_value";
    case Status::missing_field:
      return "missing_field";
    case Status::not_representable:
      return "not_representable";
    case Status::no_buffer:
      return "no_buffer";
    case Status::not_found:
      return "not_found";
    case Status::exists:
      return "exists";
    case Status::banned:
      return "banned";
    case Status::unreachable:
      return "unreachable";
    case Status::unsupported:
      return "unsupported";
    case Status::corrupt:
      return "corrupt";
    case Status::io_error:
      return "io_error";
    case Status::not_started:
      return "not_started";
    case Status::already_started:
      return "already_started";
    case Status::forged:
      return "forged";
    case Status::exhausted:
      return "exhausted";
    case Status::out_of_turn:
      return "out_of_turn";
  }
  return "unknown";
}

}  // namespace mp
