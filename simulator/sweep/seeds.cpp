// SPDX-License-Identifier: ISC
#include "simulator/sweep/seeds.hpp"

#include "simulator/sweep/error.hpp"

#include <algorithm>
#include <charconv>

namespace mp::sim {
namespace {

void append(std::vector<std::uint64_t>& seeds, std::string_view term) {
  std::uint64_t first = 0, last = 0;
  const auto dash = term.find('-');
  const bool good = parse_number(term.substr(0, dash), first) &&
                    (dash == std::string_view::npos || parse_number(term.substr(dash + 1), last));
  if (!good) {
    throw SweepError("--seeds: \"" + std::string(term) +
                     "\" is no seed; write a range like 1-100, or a list like 1,5,9");
  }
  if (dash == std::string_view::npos) last = first;
  if (last < first) {
    throw SweepError("--seeds: " + std::string(term) + " ends before it begins; write " + std::to_string(last) + "-" +
                     std::to_string(first));
  }
  if (last > kSeedMax)
    throw SweepError("--seeds: " + std::to_string(last) + " is too large; the largest is " + std::to_string(kSeedMax));
  if (last - first >= kSeedsMax - seeds.size())
    throw SweepError("--seeds: these are more than " + std::to_string(kSeedsMax) + "; take fewer");
  for (std::uint64_t seed = first;; ++seed) {
    seeds.push_back(seed);
    if (seed == last) return;
  }
}

}  // namespace

bool parse_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

std::vector<std::uint64_t> parse_seeds(std::string_view text) {
  std::vector<std::uint64_t> seeds;
  for (;;) {
    const auto comma = text.find(',');
    append(seeds, text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::vector<std::uint64_t> sorted = seeds;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    throw SweepError("--seeds: " + std::to_string(*twice) + " is there twice; name each seed once");
  return seeds;
}

std::string seeds_text(const std::vector<std::uint64_t>& seeds) {
  std::string text;
  for (std::size_t i = 0; i < seeds.size();) {
    std::size_t last = i;
    while (last + 1 < seeds.size() && seeds[last + 1] == seeds[last] + 1 && seeds[last + 1] != 0) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(seeds[i]);
    if (last > i) text += (last == i + 1 ? "," : "-") + std::to_string(seeds[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace mp::sim
