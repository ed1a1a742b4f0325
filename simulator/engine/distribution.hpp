// SPDX-License-Identifier: ISC
// A distribution of durations or other non-negative integers in bounded memory: buckets that grow with the value,
// 16 to a doubling, so that every percentile is right within 6.25 %. Exact below 16.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace mp::sim {

class Distribution {
 public:
  void add(std::uint64_t value) {
    ++buckets_[bucket_of(value)];
    ++count_;
    sum_ += value;
    if (count_ == 1 || value < min_) min_ = value;
    if (value > max_) max_ = value;
  }
  void merge(const Distribution& other) {
    if (other.count_ == 0) return;
    min_ = count_ == 0 || other.min_ < min_ ? other.min_ : min_;
    max_ = other.max_ > max_ ? other.max_ : max_;
    count_ += other.count_;
    sum_ += other.sum_;
    for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  }
  std::uint64_t count() const { return count_; }
  std::uint64_t min() const { return min_; }
  std::uint64_t max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }
  // The value below or at which this share of all lie: percentile(50) is the median. 0 when there are none.
  std::uint64_t percentile(unsigned percent) const {
    if (count_ == 0) return 0;
    const std::uint64_t rank = (count_ * percent + 99) / 100;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen >= rank && seen > 0) return top_of(i) > max_ ? max_ : top_of(i);
    }
    return max_;
  }
  // Calls f(lowest, highest, how many) for each bucket that is not empty, ascending; lowest and highest are what the
  // bucket may hold, cut to min() and max().
  template <typename F>
  void each(F&& f) const {
    for (std::size_t i = 0; i < kBuckets; ++i) {
      if (buckets_[i] == 0) continue;
      const std::uint64_t lowest = i == 0 ? 0 : top_of(i - 1) + 1;
      f(lowest < min_ ? min_ : lowest, top_of(i) > max_ ? max_ : top_of(i), std::uint64_t{buckets_[i]});
    }
  }

 private:
  static constexpr std::size_t kBuckets = 16 * 61;
  static std::size_t bucket_of(std::uint64_t value) {
    if (value < 16) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 5;
    return 16 * (shift + 1) + ((value >> shift) - 16);
  }
  static std::uint64_t top_of(std::size_t bucket) {
    if (bucket < 16) return bucket;
    const unsigned shift = static_cast<unsigned>(bucket / 16 - 1);
    return ((std::uint64_t{bucket % 16} + 17) << shift) - 1;
  }

  std::array<std::uint32_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0, sum_ = 0, min_ = 0, max_ = 0;
};

}  // namespace mp::sim
