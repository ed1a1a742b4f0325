// SPDX-License-Identifier: ISC
#include "simulator/scenario/selection.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace mp::sim {
namespace {

constexpr std::uint32_t kWhole_milli = 100'000;  // "100%" in thousandths of a percent

enum class TermKind : std::uint8_t { all, none, range, every, random, random_share, name };

struct Term {
  TermKind kind = TermKind::none;
  std::uint32_t first = 0, last = 0;  // range: both; every, random: first; random_share: first, thousandths of percents
  std::string name;
};

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "10" or "2.5", up to three digits after the point; in thousandths.
std::optional<std::uint32_t> thousandths(std::string_view text) {
  const auto point = text.find('.');
  std::string digits(text.substr(0, point));
  std::string fraction(point == std::string_view::npos ? std::string_view() : text.substr(point + 1));
  if (fraction.size() > 3 || (point != std::string_view::npos && fraction.empty())) return std::nullopt;
  fraction.resize(3, '0');
  return digits.empty() ? std::nullopt : number(digits + fraction);
}

[[noreturn]] void fail(std::string_view term, const std::string& why) {
  throw ScenarioError("\"" + std::string(term) + "\" " + why);
}

// What follows `word` and at least one space, or nothing.
std::optional<std::string_view> after(std::string_view text, std::string_view word) {
  if (text.substr(0, word.size()) != word || text.size() == word.size()) return std::nullopt;
  if (text[word.size()] != ' ' && text[word.size()] != '\t') return std::nullopt;
  return trim(text.substr(word.size()));
}

Term parse_term(std::string_view text) {
  if (text.empty())
    throw ScenarioError(
        "selects nothing; write \"all\", \"none\", \"0-9\", \"0,3,7\", \"every 10\", \"random 5\", \"random 10%\" or "
        "the "
        "name of a group");
  if (text == "all") return {.kind = TermKind::all, .name = {}};
  if (text == "none") return {.kind = TermKind::none, .name = {}};
  if (const auto step = after(text, "every")) {
    const auto n = number(*step);
    if (!n || *n == 0) fail(text, "does not say which; write \"every 10\" for the nodes 0, 10, 20 ...");
    return {.kind = TermKind::every, .first = *n, .name = {}};
  }
  if (const auto count = after(text, "random")) {
    if (count->ends_with('%')) {
      const auto share = thousandths(trim(count->substr(0, count->size() - 1)));
      if (!share || *share > kWhole_milli) fail(text, "is no share of the nodes; write \"random 10%\"");
      return {.kind = TermKind::random_share, .first = *share, .name = {}};
    }
    const auto n = number(*count);
    if (!n) fail(text, "does not say how many; write \"random 5\" or \"random 10%\"");
    return {.kind = TermKind::random, .first = *n, .name = {}};
  }
  if (const auto n = number(text)) return {.kind = TermKind::range, .first = *n, .last = *n, .name = {}};
  if (const auto dash = text.find('-'); dash != std::string_view::npos && text[0] >= '0' && text[0] <= '9') {
    const auto first = number(trim(text.substr(0, dash))), last = number(trim(text.substr(dash + 1)));
    if (!first || !last) fail(text, "is neither a number nor a range of numbers; write one like \"0-9\"");
    if (*last < *first) fail(text, "ends before it begins");
    return {.kind = TermKind::range, .first = *first, .last = *last, .name = {}};
  }
  if (!can_be_name(std::string(text)))
    fail(text,
         "means no nodes; write \"all\", \"none\", \"0-9\", \"0,3,7\", \"every 10\", \"random 5\", \"random 10%\" or "
         "the name of a group");
  return {.kind = TermKind::name, .name = std::string(text)};
}

std::vector<Term> parse(const Selector& selector) {
  std::vector<Term> terms;
  for (std::string_view rest = selector.text;;) {
    const auto comma = rest.find(',');
    terms.push_back(parse_term(trim(rest.substr(0, comma))));
    if (comma == std::string_view::npos) return terms;
    rest.remove_prefix(comma + 1);
  }
}

void check_last(const Term& term, std::uint32_t nodes) {
  if (term.kind == TermKind::range && term.last >= nodes)
    throw ScenarioError("there is no node " + std::to_string(term.last) + "; the last is " + std::to_string(nodes - 1));
}

std::string list_of(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

void check_name(const Term& term, const std::vector<std::string>& names) {
  if (term.kind != TermKind::name || std::find(names.begin(), names.end(), term.name) != names.end()) return;
  fail(term.name, names.empty() ? "is no name of nodes: there are no groups, and the topology has no tags"
                                : "is no name of nodes; there are: " + list_of(names));
}

// The nodes whose own lot is lowest: one more never changes who was chosen before.
std::vector<std::uint32_t> draw(std::uint32_t count, std::uint32_t nodes, Seed seed) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> lots;
  lots.reserve(nodes);
  for (std::uint32_t i = 0; i < nodes; ++i) lots.emplace_back(seed.child("lot", i).value(), i);
  count = std::min(count, nodes);
  std::nth_element(lots.begin(), lots.begin() + count, lots.end());
  std::vector<std::uint32_t> chosen;
  chosen.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) chosen.push_back(lots[i].second);
  return chosen;
}

}  // namespace

std::vector<std::uint32_t> select(const Selector& selector, std::uint32_t nodes, const std::vector<NamedNodes>& names,
                                  Seed seed) {
  std::vector<std::uint32_t> chosen;
  const auto add_range = [&](std::uint32_t first, std::uint32_t end) {
    const auto before = chosen.size();
    chosen.resize(before + (end - first));
    std::iota(chosen.begin() + static_cast<std::ptrdiff_t>(before), chosen.end(), first);
  };
  const auto add = [&](const std::vector<std::uint32_t>& more) {
    chosen.insert(chosen.end(), more.begin(), more.end());
  };
  for (const Term& term : parse(selector)) {
    check_last(term, nodes);
    switch (term.kind) {
      case TermKind::none:
        break;
      case TermKind::all:
        add_range(0, nodes);
        break;
      case TermKind::range:
        add_range(term.first, term.last + 1);
        break;
      case TermKind::every:
        for (std::uint64_t i = 0; i < nodes; i += term.first) chosen.push_back(static_cast<std::uint32_t>(i));
        break;
      case TermKind::random:
        add(draw(term.first, nodes, seed));
        break;
      case TermKind::random_share: {
        const std::uint64_t share = (std::uint64_t{nodes} * term.first + kWhole_milli / 2) / kWhole_milli;
        add(draw(static_cast<std::uint32_t>(share), nodes, seed));
        break;
      }
      case TermKind::name: {
        bool found = false;
        for (const NamedNodes& n : names)
          if (n.name == term.name) {
            add(n.nodes);
            found = true;
          }
        if (found) break;
        std::vector<std::string> all;
        for (const NamedNodes& n : names) all.push_back(n.name);
        check_name(term, all);
      }
    }
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  if (!chosen.empty() && chosen.back() >= nodes)
    throw ScenarioError("\"" + selector.text + "\": there is no node " + std::to_string(chosen.back()));
  return chosen;
}

std::string check_selector(const Selector& selector, std::optional<std::uint32_t> nodes,
                           const std::optional<std::vector<std::string>>& names) {
  try {
    for (const Term& term : parse(selector)) {
      if (nodes) check_last(term, *nodes);
      if (names) check_name(term, *names);
    }
  } catch (const ScenarioError& e) {
    return e.what();
  }
  return {};
}

bool can_be_name(const std::string& text) {
  if (text.empty() || text.size() > 64) return false;
  for (const std::string_view word : {"all", "none", "every", "random", "neighbour", "nodes", "everyone"})
    if (text == word) return false;
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
      return false;
  return text[0] != '-' && (text[0] < '0' || text[0] > '9');
}

}  // namespace mp::sim
