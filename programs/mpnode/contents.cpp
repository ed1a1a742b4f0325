// SPDX-License-Identifier: ISC
#include "programs/mpnode/contents.hpp"

#include "ports/host/base64.hpp"
#include "programs/mpnode/client.hpp"

namespace mp::host {
namespace {

// Below, the parser is as quick.
constexpr std::size_t kLong = 1024;
constexpr std::string_view kSpace = " \t\r\n";

// Where the value of a member "data" begins, behind its quotation mark. What merely looks like one inside a text does
// not: there the quotation marks would be escaped. One of an inner object does, but
// nobody asks for that.
std::size_t find_value(std::string_view line) {
  constexpr std::string_view kName = "\"data\"";
  for (std::size_t at = line.find(kName); at != std::string_view::npos; at = line.find(kName, at + 1)) {
    const std::size_t before = at == 0 ? std::string_view::npos : line.find_last_not_of(kSpace, at - 1);
    if (before == std::string_view::npos || (line[before] != '{' && line[before] != ',')) continue;
    const std::size_t colon = line.find_first_not_of(kSpace, at + kName.size());
    if (colon == std::string_view::npos || line[colon] != ':') continue;
    const std::size_t quote = line.find_first_not_of(kSpace, colon + 1);
    if (quote != std::string_view::npos && line[quote] == '"') return quote + 1;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<std::vector<std::byte>> take_out_contents(std::string_view line, std::string& rest) {
  if (line.size() < kLong) return std::nullopt;
  const std::size_t begin = find_value(line);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = line.find('"', begin);
  if (end == std::string_view::npos || end - begin < kLong) return std::nullopt;
  const std::string_view text = line.substr(begin, end - begin);
  if (text.size() > base64_size(kChunkMax)) return std::nullopt;
  auto contents = parse_base64(text);
  if (!contents || contents->size() > kChunkMax) return std::nullopt;
  rest.assign(line.substr(0, begin)).append(kTakenOut).append(line.substr(end));
  return contents;
}

}  // namespace mp::host
