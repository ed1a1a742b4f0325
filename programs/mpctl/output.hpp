// SPDX-License-Identifier: ISC
// What mpctl prints: records for scripts (JSON lines), aligned tables for people. Text that came from
// elsewhere is made harmless for a terminal first.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mp::host {

using Json = nlohmann::ordered_json;  // members stay in the order the daemon wrote them

// Standard output. Every record is flushed at once, so that a pipe is as live as a terminal.
class Output {
 public:
  explicit Output(bool json);

  bool json() const { return json_; }
  void record(const Json& object);   // one JSON line
  void line(std::string_view text);  // one line for people
  void raw(std::string_view bytes);

  // Terminal attributes, empty unless standard output is a terminal (and NO_COLOR is not set).
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string good(std::string_view text) const { return paint("32", text); }
  std::string bad(std::string_view text) const { return paint("31", text); }
  std::string dim(std::string_view text) const { return paint("2", text); }

 private:
  std::string paint(const char* code, std::string_view text) const;

  bool json_;
  bool colour_;
};

// Columns as wide as their widest cell, the last one ragged. The first row is the heading.
std::vector<std::string> table(const std::vector<std::vector<std::string>>& rows);

std::string printable(std::string_view text);      // control characters and broken UTF-8 written as \xNN
bool is_plain_text(std::string_view bytes);        // UTF-8 without control characters but \n and \t
std::string short_node(std::string_view node_id);  // the first 16 digits: what people type
std::string format_ms(std::int64_t ms);            // "850 ms", "12 s", "3 min 20 s", "2 h 5 min"
std::string format_size(std::uint64_t bytes);      // "511 B", "10.0 KiB", "1.0 MiB"
std::string fixed(double value, int decimals);

// Members of objects that may be absent or null (both mean "does not apply").
std::string text(const Json& object, const char* member, const std::string& otherwise = "-");
std::int64_t number(const Json& object, const char* member, std::int64_t otherwise = 0);
double real(const Json& object, const char* member, double otherwise = 0);
bool flag(const Json& object, const char* member);
const Json& list(const Json& object, const char* member);  // an empty list when absent

// "mpctl: <text>" on standard error.
void complain(const std::string& text);

std::string base64(std::string_view bytes);
std::string from_base64(std::string_view text);  // throws Failure when it is not base64

}  // namespace mp::host
