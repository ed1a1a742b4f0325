// SPDX-License-Identifier: ISC
// What the kinds of the operation message share, and where those stand that have a file of their own.
#pragma once

#include "programs/mpctl/codec_request.hpp"

#include "micropycelium/base/status.hpp"
#include "micropycelium/packet/route_header.hpp"

#include <algorithm>
#include <span>

namespace mp::host::codec {

struct Kind {
  std::string_view name;
  Reply (*fields)(Bytes message);
  Octets (*bytes)(const Object& fields);
};

// What trees and routes by id are made of.
std::span<const Kind> tree_kinds();

// A route header, for packets by id.
Reply route_fields(const RouteHeader& header);
Octets route_bytes(const Object& in);

// Refuses keys that the message does not have.
inline void only(const Object& fields, std::initializer_list<std::string_view> known) {
  for (const std::string& name : fields.names()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string all;
    for (const std::string_view k : known) all += (all.empty() ? "" : ", ") + std::string(k);
    throw Refusal(fields.key(name) + ": no such field, the message has " + all);
  }
}

template <typename T>
const T& decoded(const Result<T>& result, std::size_t size) {
  if (!result)
    throw Refusal("hex: " + std::string(name(result.status())) + ": not such a message (" + std::to_string(size) +
                  " bytes)");
  return *result;
}

// What was encoded must be what a receiver takes; the one way not to be is an op it does not know.
template <typename T>
void accepted(const Result<T>& result, const Object& fields, const char* ops) {
  if (result) return;
  throw Refusal(fields.key("op") + ": " + name(result.status()) + ": must be one of " + ops);
}

inline Bytes written(const Result<Bytes>& result) {
  if (!result) throw Refusal(name(result.status()));
  return *result;
}

}  // namespace mp::host::codec
