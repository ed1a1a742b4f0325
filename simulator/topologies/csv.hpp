// SPDX-License-Identifier: ISC
// Rows of a CSV file (RFC 4180): cells in quotes may hold commas and doubled quotes. Besides: lines that begin with #
// and empty lines are skipped, lines may end in CRLF, blanks around a cell that is not in quotes do not count.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mp::sim {

struct CsvRow {
  std::string file;
  std::size_t line = 0;
  std::vector<std::string> cells;

  // Throws ScenarioError: "village.csv:12: ...".
  [[noreturn]] void fail(const std::string& why) const;
};

// Throws ScenarioError when the file can not be read or a quote is not closed.
std::vector<CsvRow> read_csv(const std::string& path);
// The same from a text that was read.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name);

std::optional<double> csv_number(const std::string& cell);

}  // namespace mp::sim
