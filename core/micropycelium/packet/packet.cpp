// SPDX-License-Identifier: ISC
#include "micropycelium/packet/packet.hpp"

#include "micropycelium/base/crc32.hpp"

namespace mp {
namespace {

constexpr std::uint8_t kVersion = 0;
constexpr std::size_t kSchemaAt = 2;
constexpr std::size_t kFlagsAt = 3;

void put8(std::byte* frame, Field f, std::uint8_t value) {
  if (f.present()) frame[f.offset] = static_cast<std::byte>(value);
}

// One or two bytes wide, as the schema says.
void put16(std::byte* frame, Field f, std::uint16_t value) {
  if (f.size == 2) frame[f.offset] = static_cast<std::byte>(value >> 8);
  if (f.present()) frame[f.offset + f.size - 1] = static_cast<std::byte>(value);
}

void put(std::byte* frame, Field f, const Address& address) {
  if (f.present()) std::memcpy(frame + f.offset, address.value.data(), kAddressSize);
}

constexpr bool fits(Field f, std::uint16_t value) { return f.size != 1 || value <= 0xff; }

}  // namespace

Result<PacketView> PacketView::parse(Bytes datagram) {
  if (datagram.size() < kFixedHeader) return Status::truncated;
  if (std::to_integer<std::uint8_t>(datagram[0]) != kVersion) return Status::bad_version;
  const Schema* schema = find_schema(std::to_integer<std::uint8_t>(datagram[kSchemaAt]));
  if (schema == nullptr) return Status::unknown_schema;
  if (datagram.size() < schema->body_offset) return Status::truncated;
  if (datagram.size() > schema->frame) return Status::too_large;
  return PacketView(schema, datagram);
}

Address PacketView::address(Field f) const {
  Address a;
  if (f.present()) std::memcpy(a.value.data(), datagram_.data() + f.offset, kAddressSize);
  return a;
}

bool PacketView::checksum_ok() const { return !schema_->checksum.present() || checksum() == crc32(body()); }

Result<Bytes> write_packet(const Schema& schema, const PacketFields& fields, Bytes body, MutableBytes buffer) {
  if (body.size() > schema.max_body || buffer.size() < schema.body_offset + body.size()) return Status::too_large;
  copy(body, buffer.subspan(schema.body_offset));
  return write_header(schema, fields, body.size(), buffer);
}

Result<Bytes> write_header(const Schema& schema, const PacketFields& fields, std::size_t body_size,
                           MutableBytes buffer) {
  if (body_size > schema.max_body || buffer.size() < schema.body_offset + body_size) return Status::too_large;
  if (!fits(schema.packet_id, fields.packet_id) || !fits(schema.seq_size, fields.seq_size)) return Status::bad_value;
  std::byte* const frame = buffer.data();
  frame[0] = std::byte{kVersion};
  frame[1] = std::byte{0};
  frame[kSchemaAt] = static_cast<std::byte>(schema.id);
  frame[kFlagsAt] = static_cast<std::byte>(fields.flags.state());
  put16(frame, schema.packet_id, fields.packet_id);
  put8(frame, schema.seq_id, fields.seq_id);
  put16(frame, schema.seq_size, fields.seq_size);
  put8(frame, schema.ttl, fields.ttl);
  put8(frame, schema.tree_state, fields.tree_state);
  put(frame, schema.to_addr, fields.to_addr);
  put(frame, schema.from_addr, fields.from_addr);
  if (schema.checksum.present())
    store_be(frame + schema.checksum.offset, crc32(buffer.subspan(schema.body_offset, body_size)));
  return Bytes(buffer.first(schema.body_offset + body_size));
}

void set_flags(MutableBytes datagram, Flags flags) { datagram[kFlagsAt] = static_cast<std::byte>(flags.state()); }

void set_ttl(const Schema& schema, MutableBytes datagram, std::uint8_t ttl) { put8(datagram.data(), schema.ttl, ttl); }

}  // namespace mp
