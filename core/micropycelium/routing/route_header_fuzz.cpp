// SPDX-License-Identifier: ISC
// Any bytes as a header: a value or a reason, and what is read is written the same way again; and a node that decides
// on it, whatever it says.
#include "micropycelium/routing/next_hop.hpp"

namespace {

// A node with four neighbours, itself the second child of the root in both trees.
void decide_on(const mp::RouteHeader& header, std::uint8_t chance) {
  std::array<mp::Neighbour, 4> rows{};
  std::array<mp::TreeNeighbour, mp::tree_rows(4, 2)> places{};
  std::array<mp::Detour, 2> ring{};
  mp::Neighbours neighbours(rows, places, 2);
  const mp::CompactAddress root, own = *root.child(2, 1);
  for (std::uint8_t tree = 0; tree < 2; ++tree) {
    const std::uint16_t epoch = header.places[tree].epoch;
    neighbours.set_own_place({tree, epoch, own});
    for (std::uint8_t slot = 0; slot < 4; ++slot) {
      if (tree == 0) neighbours.set(slot, mp::NodeTag{{std::byte{slot}}}, static_cast<std::uint16_t>(8 + chance));
      neighbours.set_place(slot, {tree, epoch, slot == 0 ? root : *own.child(slot, chance % 15)});
    }
  }
  mp::DetourTable detours(ring);
  mp::RouteHeader now = header;
  auto arrival = chance % 2 == 0 ? mp::Arrival::received : mp::Arrival::own;
  std::uint8_t from = arrival == mp::Arrival::own ? mp::kNobody : chance / 2 % 4;
  for (int turn = 0; turn < 8; ++turn) {
    const mp::Decision d = decide(now, neighbours, detours, arrival, from);
    const bool on = d.kind == mp::Decision::Kind::send || d.kind == mp::Decision::Kind::back;
    MP_CHECK(on == (d.to != mp::kNobody) && (!on || d.to < 4));
    MP_CHECK(d.state.watermark <= now.state.watermark && d.state.ttl <= now.state.ttl &&
             d.state.budget <= now.state.budget);
    MP_CHECK(d.state.returning == (d.kind == mp::Decision::Kind::back));
    if (!on) return;
    // It comes back at once, or was not taken.
    now.state = d.state;
    now.state.returning = turn % 2 == 0;
    arrival = turn % 3 == 2 ? mp::Arrival::undelivered : mp::Arrival::received;
    from = d.to;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const mp::Bytes input = std::as_bytes(std::span(data, size)).subspan(1);
  const auto decoded = mp::decode_route_header(input);
  if (!decoded) return 0;
  MP_CHECK(decoded->size <= input.size() && decoded->size == mp::size_of(decoded->header));
  mp::ByteArray<mp::kRouteHeaderMax> wire{};
  const auto written = mp::encode(decoded->header, wire);
  MP_CHECK(written && mp::equal(mp::Bytes(wire).first(*written), input.first(decoded->size)));
  decide_on(decoded->header, data[0]);
  return 0;
}
