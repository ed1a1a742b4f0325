// SPDX-License-Identifier: ISC
// The identifiers of the system (specification: package.md, "Identifiers"): who (NodeId), for which
// Application (AppId), over which kind of link (InterfaceId), and the digest that proves a blob.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

// A fixed-size identifier; Tag keeps an AppId from being taken for a HalfSha256.
template <typename Tag, std::size_t N>
struct Id {
  static constexpr std::size_t kSize = N;
  ByteArray<N> value{};

  // Precondition: b.size() == N.
  static Id from(Bytes b) {
    Id id;
    copy(b.first(N), id.value);
    return id;
  }
  Bytes bytes() const { return value; }
  bool is_zero() const { return *this == Id{}; }
  constexpr bool operator==(const Id&) const = default;
  constexpr auto operator<=>(const Id&) const = default;
};

using NodeId = Id<struct NodeIdTag, 32>;           // an Ed25519 public key; all zero: nobody
using AppId = Id<struct AppIdTag, 16>;             // first 16 bytes of SHA-256(name || description || version)
using HalfSha256 = Id<struct HalfSha256Tag, 16>;   // first 16 bytes of SHA-256(blob)
using InterfaceId = Id<struct InterfaceIdTag, 4>;  // first 4 bytes of SHA-256(name || bitrate || schema ids)

AppId make_app_id(std::string_view name, std::string_view description, std::uint32_t version);
InterfaceId make_interface_id(std::string_view name, std::uint32_t bitrate, std::span<const std::uint8_t> schema_ids);
HalfSha256 half_sha256(Bytes blob);

}  // namespace mp
