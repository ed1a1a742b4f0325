// SPDX-License-Identifier: ISC
// Storage whose power fails at a step of our choice, and which keeps the contract of platform/storage.hpp all the same:
// a write has four steps, and a power cut leaves the old record before the third, the old or the new one before the
// last, the new one after it. And seeded random numbers, so that it is a whole platform.
#pragma once

#include "micropycelium/platform/platform.hpp"

#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace mp::test {

class TornStorage final : public Storage, public Random {
 public:
  explicit TornStorage(std::uint64_t seed) : engine_(seed) {}

  void fill(MutableBytes out) override {
    for (std::byte& b : out) b = static_cast<std::byte>(engine_());
  }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }

  Result<std::size_t> read(std::string_view key, MutableBytes out) override {
    if (!powered_) return Status::io_error;
    const auto it = records_.find(std::string(key));
    if (it == records_.end()) return Status::not_found;
    if (it->second.size() > out.size()) return Status::too_large;
    copy(it->second, out);
    return it->second.size();
  }

  Status write(std::string_view key, Bytes value) override {
    for (int step = 0; step < kSteps; ++step) {
      if (powered_ && steps_left_ == 0) {
        powered_ = false;
        // Renamed, but the folder was not written: it is as the disk will have it.
        if (step == kSteps - 1 && below(2) == 0) put(key, value);
      }
      if (!powered_) return Status::io_error;
      --steps_left_;
    }
    put(key, value);
    return Status::ok;
  }

  // Power fails after so many more steps of writes.
  void cut_after(std::uint32_t steps) { steps_left_ = steps; }
  void power_on() {
    powered_ = true;
    steps_left_ = std::numeric_limits<std::uint32_t>::max();
  }
  // Between two writes, or in one before. Whether it was in one.
  bool power_off() {
    const bool in_a_write = !powered_;
    powered_ = false;
    return in_a_write;
  }
  void erase() { records_.clear(); }
  void forget(std::string_view key) { records_.erase(std::string(key)); }
  bool has(std::string_view key) const { return records_.contains(std::string(key)); }
  std::vector<std::byte>& record(std::string_view key) { return records_[std::string(key)]; }

 private:
  static constexpr int kSteps = 4;  // write beside, sync, rename, sync the folder

  void put(std::string_view key, Bytes value) { records_[std::string(key)].assign(value.begin(), value.end()); }

  std::mt19937_64 engine_;
  std::map<std::string, std::vector<std::byte>> records_;
  std::uint32_t steps_left_ = std::numeric_limits<std::uint32_t>::max();
  bool powered_ = true;
};

}  // namespace mp::test
