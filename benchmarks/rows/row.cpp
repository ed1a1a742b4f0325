// SPDX-License-Identifier: ISC
#include "row.hpp"

#include <algorithm>

namespace mp::bench {
namespace {

std::vector<Row>& registry() {
  static std::vector<Row> rows;
  return rows;
}

}  // namespace

Registered::Registered(Row row) { registry().push_back(std::move(row)); }

std::vector<Row> all_rows() {
  std::vector<Row> rows = registry();
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.place < b.place; });
  return rows;
}

}  // namespace mp::bench
