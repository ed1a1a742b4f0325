// SPDX-License-Identifier: ISC
// Between a packet and its fields in JSON, for `mpctl codec`.
#pragma once

#include "programs/mpctl/codec_request.hpp"

#include "micropycelium/packet/packet.hpp"

namespace mp::host::codec {

inline constexpr std::string_view kBody = "body";
// What the body of a packet by id is made of.
inline constexpr std::string_view kRoute = "route", kContents = "contents";
inline constexpr std::string_view kChecksum = "checksum";

// The field of the schema that has this name on the wire; absent for a name no schema has.
struct NamedField {
  std::string_view name;
  Field Schema::*field;
};

inline constexpr NamedField kFields[] = {
    {"packet_id", &Schema::packet_id}, {"seq_id", &Schema::seq_id},
    {"seq_size", &Schema::seq_size},   {"ttl", &Schema::ttl},
    {kChecksum, &Schema::checksum},    {"tree_state", &Schema::tree_state},
    {"to_addr", &Schema::to_addr},     {"from_addr", &Schema::from_addr},
};

// The request's "schema", by id.
const Schema& schema_of(const Object& request);
std::string describe(const Schema& schema);

// Reads from `in` every field that `schema` has, except those in `given`, which the operation sets itself;
// refuses names the schema does not have.
PacketFields read_fields(const Object& in, const Schema& schema, std::span<const std::string_view> given);

// A datagram in hex, parsed. The view looks into `storage`.
PacketView parse_packet(const Json& value, const std::string& key, Octets& storage);

}  // namespace mp::host::codec
