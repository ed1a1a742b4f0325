// SPDX-License-Identifier: ISC
#include "board.hpp"

#include "registers.hpp"
#include "serial.hpp"

#include <array>

namespace board {
namespace {

// Memory map of the machine `virt` (QEMU, hw/riscv/virt.c).
constexpr std::uintptr_t kClint = 0x02000000;
constexpr std::uintptr_t kPlic = 0x0c000000;
constexpr std::uintptr_t kUart = 0x10000000;
constexpr std::uint32_t kUartIrq = 10;
constexpr std::uint64_t kTicksPerMicrosecond = 10;  // of mtime

constexpr std::uint32_t kTimerEnable = 1U << 7;
constexpr std::uint32_t kExternalEnable = 1U << 11;
constexpr std::uint32_t kGlobalEnable = 1U << 3;

// 16550 registers, one byte each.
constexpr std::uintptr_t kData = kUart + 0;
constexpr std::uintptr_t kInterruptEnable = kUart + 1;
constexpr std::uintptr_t kFifoControl = kUart + 2;
constexpr std::uintptr_t kLineControl = kUart + 3;
constexpr std::uintptr_t kLineStatus = kUart + 5;
constexpr std::uint8_t kDataReady = 1U << 0;
constexpr std::uint8_t kTransmitterEmpty = 1U << 5;
constexpr std::uint8_t kOnReceive = 1U << 0;
constexpr std::uint8_t kOnTransmit = 1U << 1;
constexpr int kFifo = 16;

// While it lives, no interrupt comes in between.
class Undisturbed {
 public:
  Undisturbed() { asm volatile("csrrci %0, mstatus, 8" : "=r"(before_)::"memory"); }
  ~Undisturbed() {
    if ((before_ & kGlobalEnable) != 0) asm volatile("csrsi mstatus, 8" ::: "memory");
  }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;

 private:
  std::uint32_t before_;
};

// Bytes between the interrupt handler and the rest; N is a power of two. Use it undisturbed.
template <std::uint32_t N>
class Ring {
 public:
  std::uint32_t size() const { return in_ - out_; }
  std::uint32_t room() const { return N - size(); }
  bool empty() const { return in_ == out_; }
  void push(std::byte b) { bytes_[in_++ % N] = b; }
  std::byte pop() { return bytes_[out_++ % N]; }

 private:
  static_assert((N & (N - 1)) == 0);
  std::array<std::byte, N> bytes_{};
  std::uint32_t in_ = 0;
  std::uint32_t out_ = 0;
};

Ring<1024> g_received;  // three of the largest frames
Ring<1024> g_to_send;
std::uint32_t g_overruns = 0;
bool g_listening = true;

std::uint64_t ticks() {
  for (;;) {  // two halves, read so that a carry between them is noticed
    const std::uint32_t high = load32(kClint + 0xbffc);
    const std::uint32_t low = load32(kClint + 0xbff8);
    if (load32(kClint + 0xbffc) == high) return std::uint64_t{high} << 32 | low;
  }
}

void set_alarm(std::uint64_t at) {
  store32(kClint + 0x4004, 0xffffffff);  // no alarm while the halves disagree
  store32(kClint + 0x4000, static_cast<std::uint32_t>(at));
  store32(kClint + 0x4004, static_cast<std::uint32_t>(at >> 32));
}

void enable_interrupts() {
  const unsigned receive = g_listening ? kOnReceive : 0U;
  store8(kInterruptEnable, static_cast<std::uint8_t>(receive | (g_to_send.empty() ? 0U : kOnTransmit)));
}

void serve_uart() {
  while (g_listening && (load8(kLineStatus) & kDataReady) != 0) {
    const std::byte b{load8(kData)};
    if (g_received.room() == 0) {
      ++g_overruns;
    } else {
      g_received.push(b);
    }
  }
  if ((load8(kLineStatus) & kTransmitterEmpty) != 0)
    for (int i = 0; i < kFifo && !g_to_send.empty(); ++i) store8(kData, std::to_integer<std::uint8_t>(g_to_send.pop()));
  enable_interrupts();
}

}  // namespace

void start() {
  store8(kInterruptEnable, 0);
  store8(kLineControl, 3);  // 8 bits, no parity, one stop bit; QEMU's UART has no baud rate
  store8(kFifoControl, 7);  // FIFOs on and cleared
  store8(kInterruptEnable, kOnReceive);
  store32(kPlic + 4 * kUartIrq, 1);         // its priority
  store32(kPlic + 0x2000, 1U << kUartIrq);  // enabled for hart 0, machine mode
  store32(kPlic + 0x200000, 0);             // threshold
  asm volatile("csrw mie, %0" ::"r"(kExternalEnable));
  asm volatile("csrsi mstatus, 8" ::: "memory");
}

mp::Instant now() { return {static_cast<std::int64_t>(ticks() / kTicksPerMicrosecond)}; }

void sleep_until(mp::Instant due) {
  const Undisturbed here;  // wfi wakes for an interrupt that is held back, too
  if (!g_received.empty() || due.us <= now().us) return;
  if (due != mp::Instant::never()) {
    set_alarm(static_cast<std::uint64_t>(due.us) * kTicksPerMicrosecond);
    asm volatile("csrs mie, %0" ::"r"(kTimerEnable));
  }
  asm volatile("wfi" ::: "memory");
}

void fault(std::string_view why) {
  serial::say(why);
  for (;;) sleep_until(mp::Instant::never());
}

namespace uart {

std::size_t room() {
  const Undisturbed here;
  return g_to_send.room();
}

void put(mp::Bytes bytes) {
  const Undisturbed here;
  for (const std::byte b : bytes) g_to_send.push(b);
  enable_interrupts();
}

std::optional<std::byte> get() {
  const Undisturbed here;
  if (g_received.empty()) return std::nullopt;
  return g_received.pop();
}

std::uint32_t overruns() { return g_overruns; }

void listen(bool on) {
  const Undisturbed here;
  if (on && !g_listening) store8(kFifoControl, 3);  // on, and the receiver's cleared of what came meanwhile
  g_listening = on;
  enable_interrupts();
}

}  // namespace uart
}  // namespace board

// From start.S, with interrupts off.
extern "C" void board_trap(std::uint32_t cause, std::uint32_t /*at*/) {
  using namespace board;
  constexpr std::uint32_t kInterrupt = 1U << 31;
  if (cause == (kInterrupt | 7)) {
    asm volatile("csrc mie, %0" ::"r"(kTimerEnable));
  } else if (cause == (kInterrupt | 11)) {
    while (const std::uint32_t irq = load32(kPlic + 0x200004)) {
      if (irq == kUartIrq) serve_uart();
      store32(kPlic + 0x200004, irq);
    }
  } else {
    for (;;) asm volatile("wfi");  // a bad address or instruction: our bug; a debugger sees mepc
  }
}

namespace mp {

// What a failed MP_CHECK ends in (base/check.hpp).
void check_failed(const char*, int, const char* condition) { board::fault(condition); }

}  // namespace mp
