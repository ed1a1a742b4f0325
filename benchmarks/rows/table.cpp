// SPDX-License-Identifier: ISC
#include "table.hpp"

#include "simulator/report/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace mp::bench {
namespace {

constexpr std::size_t kRowWidth = 17, kNameWidth = 64, kValueWidth = 11, kBarWidth = 12;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}
std::string right(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

std::string bar_of(const Figure& f) {
  if (f.bar == Figure::Bar::none) return "";
  return (f.bar == Figure::Bar::at_most ? "<= " : ">= ") + sim::text::fixed(f.limit, f.decimals);
}

void line(std::ostream& out, const std::string& row, const std::string& name, const std::string& value,
          const std::string& bar, const std::string& met, const std::string& note) {
  std::string text = padded(row, kRowWidth) + padded(name, kNameWidth) + right(value, kValueWidth) + "  " +
                     padded(bar, kBarWidth) + padded(met, 5) + note;
  text.erase(text.find_last_not_of(' ') + 1);
  out << text << '\n';
}

}  // namespace

bool all_met(const std::vector<Measurement>& all) {
  return std::all_of(all.begin(), all.end(), [](const Measurement& m) {
    return std::all_of(m.figures.begin(), m.figures.end(), [](const Figure& f) { return f.met(); });
  });
}

void print_head(std::ostream& out) { line(out, "row", "figure", "measured", "bar", "met", ""); }

void print(std::ostream& out, const Measurement& m) {
  for (const Figure& f : m.figures)
    line(out, m.row.name, f.name, sim::text::fixed(f.value, f.decimals), bar_of(f),
         f.bar == Figure::Bar::none ? ""
         : f.met()                  ? "yes"
                                    : "NO",
         f.note);
  out.flush();
}

void print_json(std::ostream& out, const std::string& amount, const Context& context,
                const std::vector<Measurement>& all) {
  nlohmann::ordered_json json{{"seed", context.seed}, {amount, context.transfers}, {"all_met", all_met(all)}};
  json["figures"] = nlohmann::ordered_json::array();
  for (const Measurement& m : all)
    for (const Figure& f : m.figures) {
      nlohmann::ordered_json one{{"row", m.row.name}, {"figure", f.name}, {"measured", f.value}};
      if (f.bar != Figure::Bar::none) {
        one[f.bar == Figure::Bar::at_most ? "at_most" : "at_least"] = f.limit;
        one["met"] = f.met();
      }
      if (!f.note.empty()) one["note"] = f.note;
      json["figures"].push_back(std::move(one));
    }
  out << json.dump(2) << '\n';
}

}  // namespace mp::bench
