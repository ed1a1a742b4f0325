// SPDX-License-Identifier: ISC
// The board of the examples: this computer. A firmware has its own, on its vendor's headers.
#pragma once

#include "micropycelium/micropycelium.hpp"

#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

namespace board {

// The random generator of the system.
class Trng final : public mp::Random {
 public:
  void fill(mp::MutableBytes out) override {
    for (std::byte& b : out) b = static_cast<std::byte>(device_());
  }

 private:
  std::random_device device_;
};

// One record in memory: an identity that lasts until the power goes.
class Flash final : public mp::Storage {
 public:
  mp::Result<std::size_t> read(std::string_view, mp::MutableBytes out) override {
    if (size_ == 0) return mp::Status::not_found;
    if (size_ > out.size()) return mp::Status::too_large;
    mp::copy(mp::Bytes(record_).first(size_), out);
    return size_;
  }
  mp::Status write(std::string_view, mp::Bytes value) override {
    if (value.size() > record_.size()) return mp::Status::io_error;
    mp::copy(value, record_);
    size_ = value.size();
    return mp::Status::ok;
  }

 private:
  mp::ByteArray<64> record_{};
  std::size_t size_ = 0;
};

// A radio with nobody in reach: takes what it is given, hears nothing.
class Radio final : public mp::Interface {
 public:
  mp::InterfaceCaps caps() const override {
    static constexpr std::uint8_t kIds[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    return {.name = "demo", .bit_rate = 1'000'000, .schema_ids = kIds, .frame_max = 250};
  }
  mp::Status send(const mp::LinkAddress&, mp::Bytes datagram) override {
    std::printf("on the air: %zu bytes\n", datagram.size());
    return mp::Status::ok;
  }
  std::optional<mp::Received> receive() override { return std::nullopt; }
};

inline Trng trng;
inline Flash flash;

inline mp::Instant now() {
  static const auto start = std::chrono::steady_clock::now();
  return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count()};
}
inline bool on() { return now() < mp::Instant{} + mp::seconds(1); }
inline void sleep_until(mp::Instant due) {
  const mp::Duration most = mp::milliseconds(100);
  std::this_thread::sleep_for(std::chrono::microseconds(std::min(due - now(), most).us));
}
inline void lamp(bool on) { std::puts(on ? "delivered" : "not delivered"); }
inline void print(const mp::NodeId&, mp::Bytes text) { std::fwrite(text.data(), 1, text.size(), stdout); }
inline int fault(const char* what) { return std::fprintf(stderr, "%s failed\n", what); }

}  // namespace board
