// SPDX-License-Identifier: ISC
// The schema table of protocol version 0: which fields lie between flags and body, and where
// (specification: packet.md, "Schemas"). Reads line by line like the specification's table; offsets and
// body sizes are derived, and the static_asserts below prove that every frame fits its radio.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

inline constexpr std::size_t kEspNowFrame = 250;  // bytes of one ESP-NOW datagram
inline constexpr std::size_t kLoraFrame = 240;    // bytes of one RYLR-998 datagram
inline constexpr std::size_t kFrameMax = kEspNowFrame;
inline constexpr std::size_t kFixedHeader = 4;        // version, reserved, schema, flags
inline constexpr std::size_t kRouteHeaderFixed = 26;  // of a route header, before visited nodes and places
// What sealing adds to a packet: a counter and a tag (specification: closed-networks.md, "Sealed frames").
inline constexpr std::size_t kFrameCounter = 4;
inline constexpr std::size_t kFrameTag = 8;
inline constexpr std::size_t kFrameSealSize = kFrameCounter + kFrameTag;
inline constexpr std::uint8_t kSealedSchema = 64;  // from this number on: the sealed form of the one 64 lower

// Where a field starts in the frame, and its size in bytes; size 0: the schema has no such field.
struct Field {
  std::uint8_t offset = 0;
  std::uint8_t size = 0;
  constexpr bool present() const { return size != 0; }
};

struct Schema {
  std::uint8_t id = 0;
  std::uint8_t frame = 0;  // bytes of a full frame: 250 or 240; of a sealed schema before sealing, so 12 less
  Field packet_id, seq_id, seq_size, ttl, checksum, tree_state, to_addr, from_addr;
  std::uint8_t body_offset = 0;
  std::uint8_t max_body = 0;
  // Bytes at the start of the body that a part leaves to the route header; of a single packet, the least that it takes.
  std::uint8_t route_room = 0;

  constexpr bool sealed() const { return id >= kSealedSchema; }
  // The number without sealing.
  constexpr std::uint8_t base() const { return id % kSealedSchema; }
  constexpr bool sequenced() const { return seq_id.present(); }
  // May cross relays: by an address in the tree, or by id.
  constexpr bool routed() const { return to_addr.present() || by_id(); }
  // For the node that its route header names, wherever that is (specification: routing.md).
  constexpr bool by_id() const { return route_room != 0; }
  // Bytes of contents in every part of a sequence but the last.
  constexpr std::uint8_t max_part() const { return static_cast<std::uint8_t>(max_body - route_room); }
  // Parts a sequence may have: 256 or 65,536; 1 for a schema without sequences.
  constexpr std::uint32_t max_parts() const { return sequenced() ? 1U << (8 * seq_size.size) : 1U; }
  // Bytes of the largest Package (app_id and half_sha256 included).
  constexpr std::uint32_t max_package() const { return max_parts() * max_part(); }
};

namespace schema_detail {

// One row as the specification prints it: sizes in field order, 0 = absent.
struct Row {
  std::uint8_t id, packet_id, seq_id, seq_size, ttl, checksum, tree_state, addresses, max_body;
  std::uint8_t route_room = 0;
};

constexpr std::uint8_t kPartRoute = 57;  // what a part's route header may take: 31 bytes of places and visited nodes

constexpr Row kRows[] = {
    // id pid sid ssz ttl cks ts to+from max_body
    {0, 1, 0, 0, 0, 0, 0, 0, 245},
    {1, 1, 0, 0, 0, 4, 0, 0, 241},
    {2, 1, 1, 1, 0, 0, 0, 0, 243},
    {3, 1, 1, 1, 0, 4, 0, 0, 239},
    {4, 2, 1, 2, 0, 4, 0, 0, 237},
    {5, 1, 0, 0, 1, 0, 1, 16, 211},
    {6, 1, 0, 0, 1, 4, 1, 16, 207},
    {7, 1, 1, 1, 1, 0, 1, 16, 209},
    {8, 1, 1, 1, 1, 4, 1, 16, 205},
    {9, 2, 1, 2, 1, 0, 1, 16, 207},
    {10, 2, 1, 2, 1, 4, 1, 16, 203},
    {11, 1, 0, 0, 0, 0, 1, 16, 212},
    {12, 1, 1, 1, 0, 0, 1, 16, 210},
    {13, 2, 1, 2, 0, 0, 1, 16, 208},
    {20, 1, 0, 0, 0, 0, 0, 0, 235},
    {21, 1, 0, 0, 0, 4, 0, 0, 231},
    {22, 1, 1, 1, 0, 0, 0, 0, 233},
    {23, 1, 1, 1, 0, 4, 0, 0, 229},
    {24, 2, 1, 2, 0, 4, 0, 0, 227},
    {25, 1, 0, 0, 1, 0, 1, 16, 201},
    {26, 1, 0, 0, 1, 4, 1, 16, 197},
    {27, 1, 1, 1, 1, 0, 1, 16, 199},
    {28, 1, 1, 1, 1, 4, 1, 16, 195},
    {29, 2, 1, 2, 1, 0, 1, 16, 197},
    {30, 2, 1, 2, 1, 4, 1, 16, 193},
    {31, 1, 0, 0, 0, 0, 1, 16, 202},
    {32, 1, 1, 1, 0, 0, 1, 16, 200},
    {33, 2, 1, 2, 0, 0, 1, 16, 198},
    // Ours, for equals: to a node by its id; the route header is the first of the body (specification: routing.md).
    {52, 1, 0, 0, 0, 0, 0, 0, 235, kRouteHeaderFixed},
    {53, 2, 1, 2, 0, 0, 0, 0, 231, kPartRoute},
    // From neighbour to neighbour, never relayed (specification: custody.md).
    {51, 1, 0, 0, 0, 0, 0, 0, 245},
    {63, 1, 0, 0, 0, 0, 0, 0, 235},
};

// Families in turn: 0-19 and 40-51 for ESP-NOW, 20-39 and 52-63 for RYLR-998.
constexpr std::uint8_t frame_of(std::uint8_t id) {
  return id < 20 || (id >= 40 && id < 52) ? kEspNowFrame : kLoraFrame;
}

constexpr Schema make(const Row& row) {
  Schema s;
  s.id = row.id;
  s.frame = frame_of(row.id);
  std::uint8_t at = kFixedHeader;
  const auto place = [&at](std::uint8_t size) {
    const Field f{size != 0 ? at : std::uint8_t{0}, size};
    at = static_cast<std::uint8_t>(at + size);
    return f;
  };
  s.packet_id = place(row.packet_id);
  s.seq_id = place(row.seq_id);
  s.seq_size = place(row.seq_size);
  s.ttl = place(row.ttl);
  s.checksum = place(row.checksum);
  s.tree_state = place(row.tree_state);
  s.to_addr = place(row.addresses);
  s.from_addr = place(row.addresses);
  s.body_offset = at;
  s.max_body = row.max_body;
  s.route_room = row.route_room;
  return s;
}

// The same fields, and room for counter and tag.
constexpr Schema seal(Schema s) {
  s.id = static_cast<std::uint8_t>(s.id + kSealedSchema);
  s.frame = static_cast<std::uint8_t>(s.frame - kFrameSealSize);
  s.max_body = static_cast<std::uint8_t>(s.max_body - kFrameSealSize);
  return s;
}

constexpr std::size_t kCount = std::size(kRows);

constexpr std::array<Schema, kCount> make_all() {
  std::array<Schema, kCount> all{};
  for (std::size_t i = 0; i < kCount; ++i) all[i] = make(kRows[i]);
  return all;
}

constexpr std::array<Schema, kCount> seal_all() {
  std::array<Schema, kCount> all = make_all();
  for (Schema& s : all) s = seal(s);
  return all;
}

}  // namespace schema_detail

inline constexpr auto kSchemas = schema_detail::make_all();
// As the packets are before they are sealed and after they were opened.
inline constexpr auto kSealedSchemas = schema_detail::seal_all();
inline constexpr std::size_t kSchemaIdMax = 63;
// By id, in one packet and in parts: 240 bytes, since nobody knows which links are on the way.
inline constexpr std::uint8_t kByIdSchema = 52, kByIdPartSchema = 53;
// What hop acknowledgements travel in: on Interfaces with room for 250 bytes, and on those with less.
inline constexpr std::uint8_t kHopSchemaEspNow = 51;
inline constexpr std::uint8_t kHopSchemaLora = 63;
// What passes between those that have no keys for each other yet (closed-networks.md, "Opening frames"). They are no
// packets, and in no table.
inline constexpr std::uint8_t kOpeningSchemaEspNow = 50;
inline constexpr std::uint8_t kOpeningSchemaLora = 62;

static_assert(
    [] {
      for (const Schema& s : kSchemas)
        if (s.body_offset + s.max_body != s.frame) return false;
      return true;
    }(),
    "header + fields + body is the radio's datagram, exactly, in every row");

// The schema with this id, sealed ones among them, or nullptr.
const Schema* find_schema(std::uint8_t id);

}  // namespace mp
