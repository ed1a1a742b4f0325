// SPDX-License-Identifier: ISC
// The entropy device of virtio (Virtual I/O Device specification, sections 2.7 and 4.2, legacy interface): one
// queue; we offer a buffer, the device fills it with random bytes.
#include "board.hpp"
#include "registers.hpp"

#include <array>

namespace board {
namespace {

constexpr std::uintptr_t kSlots = 0x10001000;
constexpr std::uintptr_t kSlotSize = 0x1000;
constexpr std::uintptr_t kSlotCount = 8;

constexpr std::uintptr_t kMagic = 0x000, kVersion = 0x004, kDeviceId = 0x008, kGuestFeatures = 0x020,
                         kGuestPageSize = 0x028, kQueueSelect = 0x030, kQueueSize = 0x038, kQueueAlign = 0x03c,
                         kQueuePage = 0x040, kQueueNotify = 0x050, kStatus = 0x070;
constexpr std::uint32_t kEntropyDevice = 4;
constexpr std::uint32_t kAcknowledge = 1, kDriver = 2, kDriverOk = 4;
constexpr std::uint16_t kDeviceWrites = 2;  // a flag of a descriptor

constexpr std::uint32_t kPage = 4096;
constexpr std::uint32_t kEntries = 2;

struct Descriptor {
  std::uint64_t address;
  std::uint32_t size;
  std::uint16_t flags;
  std::uint16_t next;
};

// As the legacy interface lays it out: descriptors and offers, then what was used on the next aligned address.
struct alignas(kPage) Queue {
  Descriptor descriptors[kEntries];
  std::uint16_t offer_flags;
  std::uint16_t offer_index;
  std::uint16_t offers[kEntries];
  alignas(64) std::uint16_t used_flags;
  volatile std::uint16_t used_index;
  struct {
    std::uint32_t id, size;
  } used[kEntries];
};
constexpr std::uint32_t kQueueAlignment = 64;

Queue g_queue{};
std::array<std::byte, 64> g_buffer{};

}  // namespace

mp::Status Entropy::start() {
  for (std::uintptr_t i = 0; i < kSlotCount && device_ == 0; ++i) {
    const std::uintptr_t slot = kSlots + i * kSlotSize;
    if (load32(slot + kMagic) == 0x74726976 && load32(slot + kVersion) == 1 &&
        load32(slot + kDeviceId) == kEntropyDevice)
      device_ = slot;
  }
  if (device_ == 0) return mp::Status::unsupported;
  store32(device_ + kStatus, 0);
  store32(device_ + kStatus, kAcknowledge | kDriver);
  store32(device_ + kGuestFeatures, 0);
  store32(device_ + kGuestPageSize, kPage);
  store32(device_ + kQueueSelect, 0);
  store32(device_ + kQueueSize, kEntries);
  store32(device_ + kQueueAlign, kQueueAlignment);
  g_queue.descriptors[0] = {reinterpret_cast<std::uintptr_t>(g_buffer.data()), g_buffer.size(), kDeviceWrites, 0};
  fence();
  store32(device_ + kQueuePage, static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&g_queue) / kPage));
  store32(device_ + kStatus, kAcknowledge | kDriver | kDriverOk);
  return mp::Status::ok;
}

void Entropy::refill() {
  g_queue.offers[requests_ % kEntries] = 0;
  fence();
  ++requests_;
  g_queue.offer_index = requests_;
  fence();
  store32(device_ + kQueueNotify, 0);
  while (g_queue.used_index != requests_) {
  }
  fence();
  left_ = g_queue.used[static_cast<std::uint16_t>(requests_ - 1) % kEntries].size;
  if (left_ > g_buffer.size()) left_ = g_buffer.size();
}

void Entropy::fill(mp::MutableBytes out) {
  for (std::byte& b : out) {
    while (left_ == 0) refill();
    b = g_buffer[--left_];
    g_buffer[left_] = std::byte{0};  // no random byte is kept once it was given away
  }
}

}  // namespace board
