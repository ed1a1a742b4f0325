// SPDX-License-Identifier: ISC
// One packet, read and patched in place (specification: packet.md). A view never copies and never
// outlives the datagram it looks at; write_packet makes one in a caller's buffer.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/packet/address.hpp"
#include "micropycelium/packet/flags.hpp"
#include "micropycelium/packet/schema.hpp"

#include <algorithm>

namespace mp {

class PacketView {
 public:
  // Checks version, schema and sizes, not the checksum. The reserved byte is ignored.
  // Status: truncated, bad_version, unknown_schema, too_large.
  static Result<PacketView> parse(Bytes datagram);

  PacketView() = default;

  const Schema& schema() const { return *schema_; }
  Bytes datagram() const { return datagram_; }
  Flags flags() const { return Flags(std::to_integer<std::uint8_t>(datagram_[3])); }
  Bytes body() const { return datagram_.subspan(schema_->body_offset); }
  // By id: the route header, which decode_route_header reads, and what is behind it; else nothing, and the body.
  Bytes route() const { return body().first(route_size()); }
  Bytes contents() const { return body().subspan(route_size()); }

  // Fields the schema lacks read as 0 (all-zero address).
  std::uint16_t packet_id() const { return integer<std::uint16_t>(schema_->packet_id); }
  std::uint8_t seq_id() const { return integer<std::uint8_t>(schema_->seq_id); }
  std::uint16_t seq_size() const { return integer<std::uint16_t>(schema_->seq_size); }  // parts minus one
  std::uint8_t ttl() const { return integer<std::uint8_t>(schema_->ttl); }
  std::uint32_t checksum() const { return integer<std::uint32_t>(schema_->checksum); }
  std::uint8_t tree_state() const { return integer<std::uint8_t>(schema_->tree_state); }
  Address to_addr() const { return address(schema_->to_addr); }
  Address from_addr() const { return address(schema_->from_addr); }

  // True when the schema has no checksum, or it matches the body.
  bool checksum_ok() const;

 private:
  PacketView(const Schema* schema, Bytes datagram) : schema_(schema), datagram_(datagram) {}

  template <typename Int>
  Int integer(Field f) const {
    return f.present() ? load_be<Int>(datagram_.data() + f.offset, f.size) : Int{0};
  }
  Address address(Field f) const;
  // As it says itself, and never more than there is.
  std::size_t route_size() const {
    if (!schema_->by_id() || body().empty()) return 0;
    return std::min<std::size_t>(std::to_integer<std::uint8_t>(body()[0]), body().size());
  }

  const Schema* schema_ = &kSchemas[0];
  Bytes datagram_;
};

// Everything a packet carries besides its body. Fields the schema lacks are ignored when written.
struct PacketFields {
  Flags flags;
  std::uint16_t packet_id = 0;
  std::uint8_t seq_id = 0;
  std::uint16_t seq_size = 0;  // parts minus one
  std::uint8_t ttl = 0;
  std::uint8_t tree_state = 0;
  Address to_addr;
  Address from_addr;
};

// Writes a packet of `schema` to the start of `buffer`, computing the checksum where there is one, and
// returns the datagram. Status: too_large (body over the maximum, or buffer too small), bad_value (packet_id
// or seq_size does not fit the schema's field).
Result<Bytes> write_packet(const Schema& schema, const PacketFields& fields, Bytes body, MutableBytes buffer);

// The same when the body is already in place at buffer[schema.body_offset ...]: only the header is written.
Result<Bytes> write_header(const Schema& schema, const PacketFields& fields, std::size_t body_size,
                           MutableBytes buffer);

// What a relay changes, in place. Precondition: `datagram` parsed as `schema`.
void set_flags(MutableBytes datagram, Flags flags);
void set_ttl(const Schema& schema, MutableBytes datagram, std::uint8_t ttl);

}  // namespace mp
