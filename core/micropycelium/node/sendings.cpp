// SPDX-License-Identifier: ISC
// Packets by id that come again, since nobody at the far end has said that they arrived (specification: routing.md,
// "Who takes and does not pass on"): they go another way than last time, and who took them is doubted.
#include "micropycelium/node/under_way.hpp"

namespace mp {

std::uint16_t what_is_sent(const RouteHeader& header, const Schema& schema, std::uint8_t seq_id,
                           std::uint16_t packet_id, bool answer) {
  std::uint64_t all = mix64(load_be<std::uint64_t>(header.source.value.data()));
  all = mix64(all ^ load_be<std::uint64_t>(header.target.value.data()));
  all = mix64(all ^ (std::uint64_t{packet_id} << 16 | std::uint64_t{seq_id} << 8 | (schema.sequenced() ? 2U : 0U) |
                     (answer ? 1U : 0U)));
  return std::max<std::uint16_t>(static_cast<std::uint16_t>(all), 1);
}

std::uint16_t what_is_sent(const RouteHeader& header, const PacketView& packet) {
  const Control control = packet.flags().control();
  const bool answer = control == Control::ack && !packet.schema().sequenced();
  if (packet.flags().error() || (control != Control::none && control != Control::ask && !answer)) return 0;
  return what_is_sent(header, packet.schema(), packet.seq_id(), packet.packet_id(), answer);
}

// An error came from whoever has it: nobody there drops what it takes, and what is sent anew may go the same way.
void Node::passed_on(const RouteHeader& header) {
  ways_.detours.tell(load_be<std::uint32_t>(header.source.value.data()), header.message, 0);
}

// decide(), and what it leads to. A packet that was here before, as another sending, goes to somebody else, as long as
// there is somebody.
Decision Node::choose(const RouteHeader& header, mp::Arrival how, PeerIndex from, const FrameLimits& limits,
                      std::uint16_t what) {
  const auto source = load_be<std::uint32_t>(header.source.value.data());
  if (ways_.neighbours.leaf) {
    const Decision d = leaf_hop(header, how, from, limits);
    // An error that comes back is known by it.
    if (d.kind == Decision::Kind::send) {
      Detour* sent = ways_.detours.find(source, header.message);
      if (sent == nullptr) sent = ways_.detours.add(source, header.message, kNobody);
      if (sent != nullptr) sent->at = d.to;
    }
    return d;
  }
  FrameLimits others = limits;
  bool again = false;
  if (what != 0 && !header.state.returning) {
    ways_.neighbours.ease_doubts(now_);
    bool last = how != mp::Arrival::undelivered;
    ways_.detours.each_other(source, header.message, what, [&](std::uint8_t slot) {
      if (std::exchange(last, false)) ways_.neighbours.doubt(slot);
      // The target itself is nobody who passes on; and who has passed on others' since is no longer doubted.
      if (ways_.neighbours[slot].tag == header.target || ways_.neighbours[slot].doubt == 0) return;
      others.leave_out(slot);
      again = true;
    });
  }
  const Detour* const known = ways_.detours.find(source, header.message);
  const Detour before = known != nullptr ? *known : Detour{};
  Decision d = decide(header, ways_.neighbours, ways_.detours, how, from, others);
  if (again && d.kind != Decision::Kind::send && d.kind != Decision::Kind::deliver) {
    ways_.detours.restore(source, header.message, before);
    d = decide(header, ways_.neighbours, ways_.detours, how, from, limits);
  }
  if (what != 0) ways_.detours.tell(source, header.message, what);
  if (d.kind != Decision::Kind::send || d.by == kNobody || ways_.seeker == nullptr) return d;
  const TreeNeighbour& place = ways_.trees.neighbours(d.by)[d.to];
  if (!place.proven && !place.refused) ways_.seeker->check(d.to, d.by);
  return d;
}

}  // namespace mp
