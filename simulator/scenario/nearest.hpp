// SPDX-License-Identifier: ISC
// What somebody may have meant: the known word that is nearest to a wrong one.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mp::sim {

// Letters to change, add or remove to make one word of the other.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t changed = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = row[k];
      row[k] = std::min({changed, row[k] + 1, row[k - 1] + 1});
    }
  }
  return row[b.size()];
}

// "did you mean loss?" or "there are: loss, duty". A word that is another with its unit left off or wrong counts as
// near: `every` for `every_s`.
template <typename Words>
std::string nearest(std::string_view wrong, const Words& words) {
  std::string best, list;
  std::size_t best_distance = 3;
  const std::string_view start = wrong.substr(0, 64);  // a long one is near to nothing, and would take long
  for (const std::string_view word : words) {
    list += (list.empty() ? "" : ", ") + std::string(word);
    auto distance = edit_distance(start, word);
    if (word.size() > start.size() && word.substr(0, start.size()) == start && word[start.size()] == '_') distance = 1;
    if (distance < best_distance && distance < word.size()) {
      best_distance = distance;
      best = word;
    }
  }
  return best.empty() ? "there are: " + list : "did you mean " + best + "?";
}

}  // namespace mp::sim
