// SPDX-License-Identifier: ISC
// Layouts from CSV files: positions (name,x,y in metres), links (a,b or a,b,loss_db), or both.
#include "simulator/topologies/csv.hpp"
#include "simulator/topologies/layouts.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace mp::sim {
namespace {

constexpr std::uint32_t kNodesMax = 1'000'000;
constexpr double kFar_m = 1e7, kLossMax_db = 300.0;

using Numbers = std::map<std::string, std::uint32_t, std::less<>>;

std::int64_t thousandths(double x) { return static_cast<std::int64_t>(std::floor(x * 1000.0 + 0.5)); }

std::uint32_t add_node(Layout& layout, Numbers& numbers, const std::string& name, const CsvRow& row) {
  if (name.empty()) row.fail("a node without a name");
  if (layout.names.size() == kNodesMax) row.fail("over " + std::to_string(kNodesMax) + " nodes");
  const auto number = static_cast<std::uint32_t>(layout.names.size());
  numbers.emplace(name, number);
  layout.names.push_back(name);
  return number;
}

void read_positions(const std::string& path, Layout& layout, Numbers& numbers) {
  std::vector<CsvRow> rows = read_csv(path);
  // A header is a first row with no numbers in it. One that says something else would put nodes in the wrong places.
  if (!rows.empty() && rows[0].cells.size() >= 3 && !csv_number(rows[0].cells[1]) && !csv_number(rows[0].cells[2])) {
    if (rows[0].cells[1] != "x" || rows[0].cells[2] != "y")
      rows[0].fail("the columns are \"" + rows[0].cells[1] + "\" and \"" + rows[0].cells[2] +
                   "\"; write name,x,y with x and y in metres");
    rows.erase(rows.begin());
  }
  for (const CsvRow& row : rows) {
    if (row.cells.size() != 3)
      row.fail("has " + std::to_string(row.cells.size()) + " columns; write name,x,y with x and y in metres");
    const auto x = csv_number(row.cells[1]), y = csv_number(row.cells[2]);
    for (std::size_t k = 1; k < 3; ++k) {
      const auto value = k == 1 ? x : y;
      if (!value) row.fail("\"" + row.cells[k] + "\" is not a number of metres");
      if (!(*value >= -kFar_m && *value <= kFar_m)) row.fail("\"" + row.cells[k] + "\" is over 10,000 km away");
    }
    if (numbers.contains(row.cells[0]))
      row.fail("there are two nodes \"" + row.cells[0] + "\"; give each a name of its own");
    add_node(layout, numbers, row.cells[0], row);
    layout.points.push_back({thousandths(*x), thousandths(*y)});
  }
  if (layout.points.empty()) throw ScenarioError(path + ": there are no nodes in it; write name,x,y for each");
}

// Whether the first row only says what the columns are: it names no node that is anywhere else.
bool is_header(const std::vector<CsvRow>& rows, const Numbers& numbers, bool named) {
  if (rows.empty() || rows[0].cells.size() < 2) return false;
  const std::string &a = rows[0].cells[0], &b = rows[0].cells[1];
  if (rows[0].cells.size() >= 3) return !csv_number(rows[0].cells[2]);
  if (named) return !numbers.contains(a) && !numbers.contains(b);
  constexpr std::pair<std::string_view, std::string_view> kHeaders[] = {
      {"a", "b"}, {"from", "to"}, {"source", "target"}, {"node_a", "node_b"}};
  if (std::find(std::begin(kHeaders), std::end(kHeaders), std::pair<std::string_view, std::string_view>(a, b)) ==
      std::end(kHeaders))
    return false;
  return std::none_of(rows.begin() + 1, rows.end(), [&](const CsvRow& row) {
    return std::any_of(row.cells.begin(), row.cells.end(), [&](const std::string& c) { return c == a || c == b; });
  });
}

void read_links(const std::string& path, Layout& layout, Numbers& numbers) {
  const bool named = !layout.names.empty();
  std::vector<CsvRow> rows = read_csv(path);
  if (is_header(rows, numbers, named)) rows.erase(rows.begin());
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> lines;
  for (const CsvRow& row : rows) {
    if (row.cells.size() != 2 && row.cells.size() != 3)
      row.fail("has " + std::to_string(row.cells.size()) + " columns; write a,b or a,b,loss_db");
    std::uint32_t ends[2] = {};
    for (std::size_t k = 0; k < 2; ++k) {
      const auto known = numbers.find(row.cells[k]);
      if (known == numbers.end() && named) row.fail("there is no node \"" + row.cells[k] + "\" among the positions");
      ends[k] = known != numbers.end() ? known->second : add_node(layout, numbers, row.cells[k], row);
    }
    if (ends[0] == ends[1]) row.fail("a link from \"" + row.cells[0] + "\" to itself");
    FixedLink link{.a = ends[0], .b = ends[1]};
    if (row.cells.size() == 3 && !row.cells[2].empty()) {
      const auto loss = csv_number(row.cells[2]);
      if (!loss || !(*loss >= 0.0 && *loss <= kLossMax_db))
        row.fail("\"" + row.cells[2] + "\" is no loss in decibels, 0 to 300");
      link.loss_mdb = static_cast<std::int32_t>(thousandths(*loss));
    }
    const auto [before, is_new] = lines.emplace(std::minmax(link.a, link.b), row.line);
    if (!is_new) row.fail("this link is in line " + std::to_string(before->second) + " already; it goes both ways");
    layout.links.push_back(link);
  }
  if (layout.links.empty()) throw ScenarioError(path + ": there are no links in it; write a,b for each");
}

}  // namespace

Layout file_layout(const TopologySpec& spec, std::int64_t spacing_mm) {
  if (spec.positions.empty() && spec.links.empty())
    throw ScenarioError("topology.kind: which file? write positions = \"FILE.csv\", or links = \"FILE.csv\", or both");
  Layout layout;
  Numbers numbers;
  if (!spec.positions.empty()) read_positions(spec.positions, layout, numbers);
  if (spec.links.empty()) return layout;
  layout.geometric = false;
  read_links(spec.links, layout, numbers);
  if (spec.positions.empty())
    layout.points = radial_points(static_cast<std::uint32_t>(layout.names.size()), layout.links, spacing_mm);
  return layout;
}

}  // namespace mp::sim
