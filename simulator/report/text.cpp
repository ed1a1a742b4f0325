// SPDX-License-Identifier: ISC
#include "simulator/report/text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace mp::sim::text {
namespace {

std::string with_commas(std::string digits) {
  const std::size_t point = digits.find('.');
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = point == std::string::npos ? digits.size() : point; at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

void strip_zeros(std::string& number) {
  if (number.find('.') == std::string::npos) return;
  while (number.ends_with('0')) number.pop_back();
  if (number.ends_with('.')) number.pop_back();
}

// Two units, the smaller left out when it is 0: "4 min 10 s".
std::string two(std::uint64_t big, const char* big_unit, std::uint64_t small, const char* small_unit) {
  std::string text = grouped(big) + " " + big_unit;
  if (small != 0) text += " " + std::to_string(small) + " " + small_unit;
  return text;
}

}  // namespace

std::string fixed(double value, int decimals) {
  if (!std::isfinite(value)) return "?";
  std::array<char, 400> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
  std::string text(buffer.data(), end.ptr);
  if (text.starts_with('-') && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string significant(double value, int digits) {
  if (!std::isfinite(value)) return "?";
  int decimals = digits - 1;
  for (double m = std::fabs(value); m >= 10 && decimals > 0; m /= 10) --decimals;
  for (double m = std::fabs(value); m > 0 && m < 1 && decimals < 12; m *= 10) ++decimals;
  std::string text = fixed(value, decimals);
  strip_zeros(text);
  return with_commas(text);
}

std::string grouped(std::uint64_t value) { return with_commas(std::to_string(value)); }

std::string percent(double share) {
  const double hundreds = share * 100;
  for (int decimals = 1; decimals <= 4; ++decimals) {
    std::string text = fixed(hundreds, decimals);
    strip_zeros(text);
    const bool seems_all = text == "100" && share != 1;
    const bool seems_none = text == "0" && share != 0;
    if (!seems_all && !seems_none) return text + " %";
  }
  return share < 0.5 ? "below 0.0001 %" : "above 99.9999 %";
}

std::string duration(double us) {
  if (us < 999.5) return significant(us) + " us";
  if (us < 999.5e3) return significant(us / 1e3) + " ms";
  if (us < 119.5e6) return significant(us / 1e6) + " s";
  const auto s = static_cast<std::uint64_t>(us / 1e6 + 0.5);
  if (s < 2 * 3600) return two(s / 60, "min", s % 60, "s");
  const std::uint64_t min = (s + 30) / 60;
  if (min < 2 * 24 * 60) return two(min / 60, "h", min % 60, "min");
  const std::uint64_t h = (s + 1800) / 3600;
  return two(h / 24, "d", h % 24, "h");
}

std::string size(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  static constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1023.5; ++unit) value /= 1024;
  return significant(value) + " " + kUnits[unit];
}

std::string count(std::uint64_t n, const char* one, const char* many) {
  return grouped(n) + " " + (n == 1 ? one : many);
}

std::string hex64(std::uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) text[i] = kDigits[value & 15];
  return text;
}

}  // namespace mp::sim::text
