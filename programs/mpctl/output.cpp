// SPDX-License-Identifier: ISC
#include "programs/mpctl/output.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "ports/host/base64.hpp"
#include "programs/mpctl/errors.hpp"

namespace mp::host {
namespace {

bool terminal_with_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

// Length of the well-formed UTF-8 sequence at the start of `s`, or 0.
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || s.size() < n) return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||  // overlong, surrogates
      (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f))
    return 0;
  return n;
}

// C0 and C1 control characters and DEL, the C1 ones as UTF-8 writes them.
bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
  return sequence.size() == 2 && first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;
}

std::size_t display_width(std::string_view text) {  // colour sequences take no room, a UTF-8 sequence one column
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++width;
    }
  }
  return width;
}

void write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EPIPE) {
      throw OutputClosed();
    } else if (errno != EINTR && errno != EAGAIN) {
      throw Failure(kExitFailed, "output_failed", std::string("cannot write the output: ") + std::strerror(errno));
    }
  }
}

}  // namespace

Output::Output(bool json) : json_(json), colour_(!json && terminal_with_colour()) {}

void Output::record(const Json& object) {
  write_out(object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void Output::line(std::string_view text) { write_out(std::string(text) + "\n"); }

void Output::raw(std::string_view bytes) { write_out(bytes); }

std::string Output::paint(const char* code, std::string_view text) const {
  if (!colour_) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::vector<std::string> table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - display_width(row[i]) + 2, ' ');
    }
    lines.push_back(line);
  }
  return lines;
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t n = utf8_length(text);
    if (n > 0 && !is_control(text.substr(0, n))) {
      result += text.substr(0, n);
      text.remove_prefix(n);
      continue;
    }
    std::array<char, 8> escape{};
    for (std::size_t i = 0; i < std::max<std::size_t>(n, 1); ++i) {
      std::snprintf(escape.data(), escape.size(), "\\x%02x",
                    static_cast<unsigned>(static_cast<unsigned char>(text[i])));
      result += escape.data();
    }
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return result;
}

bool is_plain_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t n = utf8_length(bytes);
    if (n == 0) return false;
    if (is_control(bytes.substr(0, n)) && bytes[0] != '\n' && bytes[0] != '\t') return false;
    bytes.remove_prefix(n);
  }
  return true;
}

std::string short_node(std::string_view node_id) { return printable(node_id.substr(0, 16)); }

std::string format_ms(std::int64_t ms) {
  const std::int64_t s = ms / 1000;
  if (ms < 1000) return std::to_string(ms) + " ms";
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  if (s < 86400) return std::to_string(s / 3600) + " h " + std::to_string(s / 60 % 60) + " min";
  return std::to_string(s / 86400) + " d " + std::to_string(s / 3600 % 24) + " h";
}

std::string format_size(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  if (bytes < 1024 * 1024) return fixed(static_cast<double>(bytes) / 1024, 1) + " KiB";
  return fixed(static_cast<double>(bytes) / (1024 * 1024), 1) + " MiB";
}

std::string fixed(double value, int decimals) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
  return buffer.data();
}

std::string text(const Json& object, const char* member, const std::string& otherwise) {
  const auto it = object.find(member);
  if (it == object.end() || it->is_null()) return otherwise;
  return printable(it->is_string() ? it->get<std::string>() : it->dump());
}

std::int64_t number(const Json& object, const char* member, std::int64_t otherwise) {
  const auto it = object.find(member);
  return it != object.end() && it->is_number() ? it->get<std::int64_t>() : otherwise;
}

double real(const Json& object, const char* member, double otherwise) {
  const auto it = object.find(member);
  return it != object.end() && it->is_number() ? it->get<double>() : otherwise;
}

bool flag(const Json& object, const char* member) {
  const auto it = object.find(member);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

const Json& list(const Json& object, const char* member) {
  static const Json empty = Json::array();
  const auto it = object.find(member);
  return it != object.end() && it->is_array() ? *it : empty;
}

void complain(const std::string& text) { std::fprintf(stderr, "mpctl: %s\n", text.c_str()); }

std::string base64(std::string_view bytes) { return base64(mp::bytes(bytes)); }

std::string from_base64(std::string_view encoded) {
  const auto bytes = parse_base64(encoded);
  if (!bytes) throw Failure(kExitUnreachable, "bad_daemon", "the daemon sent data that are not base64");
  return std::string(mp::text(*bytes));
}

}  // namespace mp::host
