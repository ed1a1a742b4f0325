// SPDX-License-Identifier: ISC
// The storage of a board: named records that outlive its power, with the contract of mp::Storage. A power cut can be
// set to strike in the middle of the next write: then the old record or the new one is there, as chance will have it,
// and the board is dead.
#pragma once

#include "micropycelium/platform/storage.hpp"
#include "simulator/engine/heap_watch.hpp"
#include "simulator/engine/random.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mp::sim {

class Flash final : public Storage {
 public:
  explicit Flash(Seed seed) : stream_(seed) {}

  mp::Result<std::size_t> read(std::string_view key, MutableBytes out) override {
    const HeapPause world_s_business;
    const auto it = records_.find(std::string(key));
    if (it == records_.end()) return Status::not_found;
    if (it->second.size() > out.size()) return Status::too_large;
    copy(it->second, out);
    return it->second.size();
  }
  Status write(std::string_view key, Bytes value) override {
    const HeapPause world_s_business;
    ++writes_;
    const bool struck = armed_;
    armed_ = false;
    if (!struck || stream_.chance(kCertain_ppm / 2)) records_[std::string(key)].assign(value.begin(), value.end());
    if (!struck) return Status::ok;
    struck_ = true;
    return Status::io_error;
  }

  void arm_power_cut(bool armed) { armed_ = armed; }
  // Whether power failed in a write since this was last asked.
  bool take_struck() { return std::exchange(struck_, false); }
  void wipe() { records_.clear(); }
  std::uint64_t writes() const { return writes_; }

 private:
  std::map<std::string, std::vector<std::byte>> records_;
  Stream stream_;
  std::uint64_t writes_ = 0;
  bool armed_ = false, struck_ = false;
};

}  // namespace mp::sim
