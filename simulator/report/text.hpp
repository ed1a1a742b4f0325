// SPDX-License-Identifier: ISC
// Numbers as a person reads them, the same in the terminal and in the HTML: never rounded up to "100 %" or down to
// "0 %", no locale.
#pragma once

#include <cstdint>
#include <string>

namespace mp::sim::text {

// With so many digits behind the point: "12.50".
std::string fixed(double value, int decimals);
// With so many significant digits, thousands grouped, no zeros at the end: "1,230", "0.0123".
std::string significant(double value, int digits = 3);
// "1,234,567".
std::string grouped(std::uint64_t value);
// A share of 1: "93.1 %", "99.998 %", "0.002 %".
std::string percent(double share);
// Microseconds in the unit that fits: "850 us", "12.3 ms", "4 min 10 s", "2 d 3 h".
std::string duration(double us);
// "512 B", "12.3 KiB".
std::string size(std::uint64_t bytes);
// "1 node", "2 nodes", "1,000 nodes".
std::string count(std::uint64_t n, const char* one, const char* many);
// 16 hexadecimal digits.
std::string hex64(std::uint64_t value);

}  // namespace mp::sim::text
