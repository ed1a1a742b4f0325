// SPDX-License-Identifier: ISC
// The figures, for people and for programs.
#pragma once

#include "row.hpp"

#include <ostream>

namespace mp::bench {

struct Measurement {
  Row row;
  std::vector<Figure> figures;
};

bool all_met(const std::vector<Measurement>& all);
// The lines of one row, at once when it is done.
void print_head(std::ostream& out);
void print(std::ostream& out, const Measurement& measurement);
// `amount`: what Context::transfers is called.
void print_json(std::ostream& out, const std::string& amount, const Context& context,
                const std::vector<Measurement>& all);

}  // namespace mp::bench
