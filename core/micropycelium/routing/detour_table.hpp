// SPDX-License-Identifier: ISC
// What a node remembers of packets that it handed on, so that one that comes back goes on elsewhere: a ring in the
// memory of the caller, 14 bytes for each packet (specification: routing.md, "What a node remembers").
#pragma once

#include "micropycelium/routing/neighbours.hpp"

namespace mp {

inline constexpr std::size_t kDetoursDefault = 64;  // packets remembered at once: 900 bytes

// How a node goes about detours. Nodes need not agree on it.
struct DetourPolicy {
  // Room for visited nodes (visited.hpp): what a detour that begins here gets, and what one may grow to here.
  std::uint8_t visited_first = 2, visited_last = 3;
  // How much farther than the watermark a neighbour may be to be tried, eighths of a transmission. Beyond, it is better
  // to go back and try elsewhere. kFar: everybody is tried.
  std::uint16_t slack = 6 * kCostUnit;
};

struct Detour {            // 14 bytes
  ByteArray<6> packet{};   // source and message, mixed
  std::uint16_t what = 0;  // of the sendings of one packet or part from end to end the same; 0: not told
  // The last neighbour tried on the detour; kNobody: only greedy so far. Neighbours are tried in the order of
  // (key, slot), so this says which are left, however many there are.
  std::uint16_t key = kFar;
  std::uint8_t slot = kNobody;
  std::uint8_t parent = kNobody;  // whom it came from first; kNobody: it began here
  std::uint8_t at = kNobody;      // who has it now
  std::uint8_t greedy = kNobody;  // whom it went to last without detour

  bool begun() const { return slot != kNobody; }
  bool used() const { return begun() || key != kFar; }
};
static_assert(sizeof(Detour) == 14);

class DetourTable {
 public:
  explicit DetourTable(std::span<Detour> ring, const DetourPolicy& policy = {}) : ring_(ring), policy_(policy) {}

  const DetourPolicy& policy() const { return policy_; }

  Detour* find(std::uint32_t source, std::uint32_t message) {
    const auto packet = name_of(source, message);
    for (Detour& d : ring_)
      if (d.packet == packet && d.used()) return &d;
    return nullptr;
  }
  const Detour* find(std::uint32_t source, std::uint32_t message) const {
    return const_cast<DetourTable*>(this)->find(source, message);
  }
  // In place of the oldest. Null only when the ring has no entry at all.
  Detour* add(std::uint32_t source, std::uint32_t message, std::uint8_t parent) {
    if (ring_.empty()) return nullptr;
    Detour& d = ring_[next_];
    next_ = (next_ + 1) % ring_.size();
    d = Detour{};
    d.packet = name_of(source, message);
    d.key = 0;
    d.parent = parent;
    return &d;
  }
  // As it was before a decision that came to nothing; an unused one: it was not there.
  void restore(std::uint32_t source, std::uint32_t message, const Detour& before) {
    if (Detour* d = find(source, message)) *d = before;
  }
  // Says of a packet that is remembered what it is a sending of.
  void tell(std::uint32_t source, std::uint32_t message, std::uint16_t what) {
    if (Detour* d = find(source, message)) d->what = what;
  }
  // Calls f(slot) for the neighbours to which other sendings of the same went, the last of them first.
  template <typename F>
  void each_other(std::uint32_t source, std::uint32_t message, std::uint16_t what, F&& f) const {
    const auto packet = name_of(source, message);
    for (std::size_t i = 1; i <= ring_.size(); ++i) {
      const Detour& d = ring_[(next_ + ring_.size() - i) % ring_.size()];
      if (!d.used() || d.what != what || d.packet == packet) continue;
      if (const std::uint8_t slot = d.at != kNobody ? d.at : d.greedy; slot != kNobody) f(slot);
    }
  }
  // A neighbour's slot is somebody else's from now on: what was to go back there can not.
  void forget_slot(std::uint8_t slot) {
    for (Detour& d : ring_)
      if (d.parent == slot || d.at == slot) d = Detour{};
  }

 private:
  static ByteArray<6> name_of(std::uint32_t source, std::uint32_t message) {
    ByteArray<8> mixed;
    store_be(mixed.data(), mix64(std::uint64_t{source} << 32 | message));
    ByteArray<6> packet;
    copy(Bytes(mixed).first<6>(), packet);
    return packet;
  }

  std::span<Detour> ring_;
  DetourPolicy policy_;
  std::size_t next_ = 0;
};

}  // namespace mp
