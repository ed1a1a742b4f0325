// SPDX-License-Identifier: ISC
// The inter-application Interface: what a node sends to itself comes back in the next poll, through the same
// code as everything else. Attach one when Applications of a node shall talk to each other.
#pragma once

#include "micropycelium/packet/schema.hpp"
#include "micropycelium/platform/interface.hpp"

namespace mp {

// Holds up to kDatagrams datagrams (252 bytes each) between send() and receive(); then it is busy.
template <std::size_t kDatagrams = 8>
class Loopback final : public Interface {
 public:
  InterfaceCaps caps() const override {
    return {
        .name = "loopback", .bit_rate = 1'000'000'000, .schema_ids = kIds, .frame_max = kFrameMax, .loopback = true};
  }

  Status send(const LinkAddress&, Bytes datagram) override {
    if (datagram.size() > kFrameMax) return Status::too_large;
    if (count_ == kDatagrams) return Status::would_block;
    Slot& slot = slots_[(first_ + count_) % kDatagrams];
    slot.size = static_cast<std::uint8_t>(datagram.size());
    copy(datagram, slot.bytes);
    ++count_;
    return Status::ok;
  }

  std::optional<Received> receive() override {
    if (count_ == 0) return std::nullopt;
    // Copied out, since the handler of this datagram may send, and so overwrite the slot.
    const Slot& slot = slots_[first_];
    current_ = slot;
    first_ = (first_ + 1) % kDatagrams;
    --count_;
    return Received{LinkAddress::from(mp::bytes("self")), MutableBytes(current_.bytes).first(current_.size)};
  }

 private:
  static constexpr std::array<std::uint8_t, 5> kIds{0, 1, 2, 3, 4};
  struct Slot {
    std::uint8_t size = 0;
    ByteArray<kFrameMax> bytes;
  };
  std::array<Slot, kDatagrams> slots_;
  Slot current_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace mp
