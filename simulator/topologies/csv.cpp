// SPDX-License-Identifier: ISC
#include "simulator/topologies/csv.hpp"

#include "simulator/scenario/scenario.hpp"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <system_error>

namespace mp::sim {
namespace {

constexpr std::size_t kFileMax = std::size_t{256} << 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The cell at the beginning of `rest`, which loses it and the comma behind it. `more`: there was a comma.
std::string take_cell(std::string_view& rest, bool& more, const CsvRow& row) {
  const auto start = rest.find_first_not_of(" \t");
  std::string cell;
  if (start != std::string_view::npos && rest[start] == '"') {
    std::size_t at = start + 1;
    for (;; ++at) {
      if (at >= rest.size()) row.fail("a quote is not closed");
      if (rest[at] != '"') {
        cell += rest[at];
      } else if (at + 1 < rest.size() && rest[at + 1] == '"') {
        cell += '"';
        ++at;
      } else {
        break;
      }
    }
    rest.remove_prefix(at + 1);
    const auto comma = rest.find(',');
    if (!trim(rest.substr(0, comma)).empty()) row.fail("there is something between a closing quote and the comma");
    more = comma != std::string_view::npos;
    rest.remove_prefix(more ? comma + 1 : rest.size());
    return cell;
  }
  const auto comma = rest.find(',');
  cell = trim(rest.substr(0, comma));
  more = comma != std::string_view::npos;
  rest.remove_prefix(more ? comma + 1 : rest.size());
  return cell;
}

}  // namespace

void CsvRow::fail(const std::string& why) const { throw ScenarioError(file + ":" + std::to_string(line) + ": " + why); }

std::optional<double> csv_number(const std::string& cell) {
  double value = 0;
  const char* begin = cell.data();
  if (!cell.empty() && cell[0] == '+') ++begin;
  const auto [end, error] = std::from_chars(begin, cell.data() + cell.size(), value);
  if (cell.empty() || error != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name) {
  std::vector<CsvRow> rows;
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = text.find('\n');
    std::string_view rest = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    const std::string_view content = trim(rest);
    if (content.empty() || content[0] == '#') continue;
    CsvRow row{name, line, {}};
    for (bool more = true; more;) row.cells.push_back(take_cell(rest, more, row));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<CsvRow> read_csv(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  const auto fail = [&](const std::string& why) { throw ScenarioError(path + ": cannot be read: " + why); };
  if (!in) fail(std::generic_category().message(errno));
  std::string text;
  for (char buffer[65536]; in && text.size() <= kFileMax;) {
    in.read(buffer, sizeof buffer);
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) fail(std::generic_category().message(errno != 0 ? errno : EIO));
  if (text.size() > kFileMax) fail("it is over 256 MiB");
  return parse_csv(text, path);
}

}  // namespace mp::sim
