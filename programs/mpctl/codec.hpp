// SPDX-License-Identifier: ISC
// `mpctl codec`: JSON lines in, JSON lines out; packs and unpacks everything that goes over the air. Needs no
// daemon. Every operation is shown in CODEC.md, whose examples codec_test.cpp runs.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace mp::host {

// Answers one request with one JSON object, without the line's end. Never throws for what a request holds:
// a bad one is answered with {"error":"<reason>"}.
std::string codec_line(std::string_view json_line);

// Answers every line of `in` on `out`, flushing each, until `in` ends. Empty lines are skipped.
// Returns 0, or 1 when `in` cannot be read or `out` not written; what failed is said on `complaints`.
int run_codec(std::istream& in, std::ostream& out, std::ostream& complaints);

}  // namespace mp::host
