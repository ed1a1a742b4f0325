// SPDX-License-Identifier: ISC
#include "simulator/sweep/plan.hpp"

#include "simulator/sweep/error.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

constexpr std::size_t kRunsMax = 10'000'000;

std::vector<std::string> divide(std::string_view list) {
  std::vector<std::string> values(1);
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (c == ',' && !quoted && depth <= 0) {
      values.emplace_back();
      continue;
    }
    if (c == '\\' && quoted && i + 1 < list.size())
      values.back() += list[i++];
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '[' || c == '{'))
      ++depth;
    else if (!quoted && (c == ']' || c == '}'))
      --depth;
    values.back() += list[i];
  }
  return values;
}

}  // namespace

Override parse_override(std::string_view option, std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw SweepError(std::string(option) + ": \"" + std::string(text) +
                     "\" is no key and value; write one like topology.nodes=200");
  }
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Vary parse_vary(std::string_view text) {
  const Override all = parse_override("--vary", text);
  if (all.key == "seed") throw SweepError("--vary: seed: the seeds of a sweep are given by --seeds " + all.value);
  Vary vary{all.key, divide(all.value)};
  for (const std::string& value : vary.values) {
    if (value.empty()) {
      throw SweepError("--vary: " + std::string(text) + ": a value is empty; write them like " + vary.key +
                       "=50,100,200");
    }
    if (std::count(vary.values.begin(), vary.values.end(), value) > 1)
      throw SweepError("--vary: " + vary.key + ": " + value + " is there twice; name each value once");
  }
  return vary;
}

std::size_t Plan::combinations() const {
  std::size_t n = 1;
  for (const Vary& v : vary) n *= v.values.size();
  return n;
}

PlannedRun Plan::run(std::size_t number) const { return {number, number / seeds.size(), seeds[number % seeds.size()]}; }

std::vector<Override> Plan::parameters(std::size_t combination) const {
  std::vector<Override> all(vary.size());
  for (std::size_t i = vary.size(); i-- > 0;) {
    all[i] = {vary[i].key, vary[i].values[combination % vary[i].values.size()]};
    combination /= vary[i].values.size();
  }
  return all;
}

std::vector<Override> Plan::overrides(std::size_t combination) const {
  std::vector<Override> all = set;
  for (Override& o : parameters(combination)) all.push_back(std::move(o));
  return all;
}

void Plan::check() const {
  std::size_t n = seeds.size();
  for (const Vary& v : vary) {
    if (n > kRunsMax / v.values.size()) {
      throw SweepError("these are more than " + std::to_string(kRunsMax) +
                       " runs; take fewer seeds, or fewer values with --vary");
    }
    n *= v.values.size();
    if (std::count_if(vary.begin(), vary.end(), [&v](const Vary& o) { return o.key == v.key; }) > 1)
      throw SweepError("--vary: " + v.key + " is there twice; give all its values at once");
  }
}

std::string text_of(const std::vector<Override>& parameters) {
  std::string text;
  for (const Override& p : parameters) text += (text.empty() ? "" : " ") + p.key + "=" + p.value;
  return text;
}

}  // namespace mp::sim
