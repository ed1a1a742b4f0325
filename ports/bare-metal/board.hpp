// SPDX-License-Identifier: ISC
// The board: QEMU's RISC-V machine `virt`. Clock, sleep, a UART between two rings that its interrupt empties and
// fills, random bytes from a virtio entropy device, and NOR flash for what must survive a restart (flash.hpp).
#pragma once

#include "micropycelium/base/status.hpp"
#include "micropycelium/base/time.hpp"
#include "micropycelium/platform/random.hpp"

#include <optional>
#include <string_view>

namespace board {

// Clock, UART and interrupts; call it first.
void start();

mp::Instant now();

// Sleeps until `due`, or until the UART has done something.
void sleep_until(mp::Instant due);

// Says why on the UART, as a diagnostic frame (serial.hpp), and stops for good.
[[noreturn]] void fault(std::string_view why);

// The 16550 at 0x10000000. Its interrupt handler fills one ring and empties the other; nobody else touches it.
namespace uart {
std::size_t room();              // bytes that put() takes now
void put(mp::Bytes bytes);       // precondition: bytes.size() <= room()
std::optional<std::byte> get();  // the oldest byte that came in
std::uint32_t overruns();        // bytes lost because nobody called get() in time
void listen(bool on);            // off: what comes in is lost, and wakes nobody
}  // namespace uart

// virtio-rng, found among the machine's eight virtio-mmio slots.
class Entropy final : public mp::Random {
 public:
  // Status: unsupported (the machine has no such device).
  mp::Status start();
  void fill(mp::MutableBytes out) override;

 private:
  void refill();

  std::uintptr_t device_ = 0;
  std::uint16_t requests_ = 0;
  std::size_t left_ = 0;  // unused bytes at the end of the device's buffer
};

}  // namespace board
