// SPDX-License-Identifier: ISC
#include "simulator/report/trees_map.hpp"

#include "simulator/report/charts.hpp"
#include "simulator/report/projection.hpp"
#include "simulator/report/text.hpp"

#include <array>
#include <cmath>
#include <functional>
#include <map>

namespace mp::sim {
namespace {

using svg::cat;

constexpr std::size_t kNumbered = 150;      // nodes, up to which each says how deep it hangs
constexpr std::size_t kSeparate = 600;      // nodes, up to which each shows more at the pointer
constexpr std::size_t kBackground = 4'000;  // links, up to which those that no tree uses are there, too
constexpr std::size_t kLinesMax = 6'000;    // of a tree: of more, those with most nodes behind them
constexpr std::uint32_t kClimbMax = 256;    // levels; while trees change, parents may lead in a circle
// A line of the first thickness has a part of the nodes behind it that is this small at least, and so on.
constexpr std::array<std::uint32_t, 4> kParts{6, 24, 96, ~0U};

struct Summary {
  std::map<std::uint16_t, std::uint32_t> roots;  // epoch, how many nodes
  std::uint32_t live = 0, hanging = 0, deepest = 0;
  std::uint64_t levels = 0;
  std::vector<std::string> names;  // of roots
};

class TreeMap {
 public:
  TreeMap(const Result& r, std::size_t tree) : r_(r), nodes_(r.node_results), tree_(tree), project_(nodes_) {
    const auto n = static_cast<double>(nodes_.size());
    const bool numbered = nodes_.size() <= kNumbered;
    radius_ = std::clamp(0.14 * std::sqrt(Projection::kWidth * project_.height() / n), 2.0, numbered ? 19.0 : 8.0);
    if (numbered) radius_ = std::max(radius_, 13.0);
    for (const NodeResult& node : nodes_) count(node);
    weigh();
  }

  std::string picture() const {
    const std::string number = std::to_string(tree_);
    const std::string content = background() + lines() + walls(r_, project_) + dots();
    return cat(
        "<div class=\"tree\"><p><b class=\"k", number, "\">Tree ", number, "</b> ", svg::escape(text()), "</p>",
        svg::picture("tree" + letters(), Projection::kWidth, project_.height(), "Tree " + number, text(), content),
        "</div>");
  }

 private:
  const TreeResult* of(const NodeResult& n) const {
    return n.live && tree_ < n.trees.size() ? &n.trees[tree_] : nullptr;
  }
  // Ids are of letters.
  std::string letters() const { return std::string(1, static_cast<char>('a' + tree_)); }

  void count(const NodeResult& n) {
    if (!n.live) return;
    ++summary_.live;
    const TreeResult* t = of(n);
    if (t == nullptr || !t->hangs) return;
    ++summary_.hanging;
    ++summary_.roots[t->epoch];
    summary_.deepest = std::max(summary_.deepest, t->depth);
    summary_.levels += t->depth;
    if (t->root) summary_.names.push_back(n.name);
  }

  // How many nodes a line has behind it, and how many it must have to be drawn.
  void weigh() {
    behind_.assign(nodes_.size(), 0);
    std::uint32_t lines = 0;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      std::size_t at = i;
      for (std::uint32_t level = 0; level < kClimbMax; ++level) {
        const TreeResult* t = of(nodes_[at]);
        if (t == nullptr || t->parent >= nodes_.size()) break;
        lines += behind_[at]++ == 0 ? 1U : 0U;
        at = t->parent;
      }
    }
    if (lines <= kLinesMax) return;
    std::vector<std::uint32_t> order = behind_;
    std::nth_element(order.begin(), order.begin() + kLinesMax, order.end(), std::greater<>());
    least_ = order[kLinesMax] + 1;
  }

  std::string text() const {
    const Summary& s = summary_;
    if (s.hanging == 0) return "Nobody hangs in it.";
    std::string out = s.names.size() == 1   ? "from root " + svg::shortened(s.names[0], 16)
                      : s.names.empty()     ? "without its root"
                      : s.names.size() <= 4 ? "with " + std::to_string(s.names.size()) + " roots: " + joined(s.names)
                                            : "with " + text::grouped(s.names.size()) + " roots";
    out += ": " + text::count(s.deepest, "level", "levels") + ", " +
           text::significant(static_cast<double>(s.levels) / s.hanging) + " on average";
    if (s.roots.size() > s.names.size() && s.roots.size() > 1) out += ", " + text::grouped(s.roots.size()) + " epochs";
    if (s.hanging < s.live)
      out += "; " + text::grouped(s.live - s.hanging) + " of " + text::grouped(s.live) + " hang nowhere (red)";
    return out + ".";
  }

  static std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& n : names) out += (out.empty() ? "" : ", ") + svg::shortened(n, 16);
    return out;
  }

  std::string from_to(const Point& a, const Point& b) const {
    const double x = std::round(project_.x(a)), y = std::round(project_.y(a));
    return cat("M", x, " ", y, "l", std::round(project_.x(b)) - x, " ", std::round(project_.y(b)) - y);
  }

  std::string background() const {
    if (r_.links.size() > kBackground) return {};
    std::string d;
    for (const LinkResult& link : r_.links)
      if (link.known && link.a < nodes_.size() && link.b < nodes_.size())
        d += from_to(nodes_[link.a].at, nodes_[link.b].at);
    return d.empty() ? d : cat("<path class=\"unused\" d=\"", d, "\"/>");
  }

  // From the child to its parent.
  std::string lines() const {
    std::array<std::string, kParts.size()> d;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (behind_[i] < least_) continue;
      std::size_t which = 0;
      while (std::uint64_t{behind_[i]} * kParts[which] < nodes_.size()) ++which;
      d[which] += from_to(nodes_[i].at, nodes_[of(nodes_[i])->parent].at);
    }
    std::string out;
    for (std::size_t w = d.size(); w-- > 0;)
      if (!d[w].empty())
        out += cat("<path class=\"branch w", std::to_string(w), " l", std::to_string(tree_), "\" d=\"", d[w], "\"/>");
    return out;
  }

  std::string dots() const {
    std::string hanging, nowhere, roots;
    const bool separate = nodes_.size() <= kSeparate;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const NodeResult& n = nodes_[i];
      const TreeResult* t = of(n);
      const bool hangs = t != nullptr && t->hangs;
      const double x = project_.x(n.at), y = project_.y(n.at);
      if (hangs && t->root)
        roots += cat(circle(x, y, std::max(radius_ * 1.35, 9.0), about(n, t)), number(x, y, "0"),
                     svg::text(std::clamp(x, 80.0, Projection::kWidth - 80), y - std::max(radius_ * 1.35, 9.0) - 7,
                               "middle", svg::shortened(n.name, 16), "root"));
      else if (!n.live && separate)
        nowhere += circle(x, y, radius_ * 0.5, about(n, t));
      else if (separate)
        (hangs ? hanging : nowhere) +=
            circle(x, y, radius_, about(n, t)) + (hangs ? number(x, y, std::to_string(t->depth)) : "");
      else if (n.live && !hangs && keeps(i, nodes_.size(), kLinesMax))
        nowhere += cat("M", x, " ", y, "h0");
    }
    const std::string colour = std::to_string(tree_);
    if (!separate) {
      const auto path = [&](std::string_view css, const std::string& d) {
        return d.empty()
                   ? d
                   : cat("<path class=\"dots ", css, "\" style=\"stroke-width:", 2 * radius_, "\" d=\"", d, "\"/>");
      };
      return path("wrong", nowhere) + cat("<g class=\"hang rooted l", colour, " f", colour, "\">", roots, "</g>");
    }
    return cat("<g class=\"hang l", colour, "\">", hanging, "</g><g class=\"hang nowhere\">", nowhere,
               "</g><g class=\"hang rooted l", colour, " f", colour, "\">", roots, "</g>");
  }

  static std::string circle(double x, double y, double r, const std::string& about) {
    return cat("<circle cx=\"", x, "\" cy=\"", y, "\" r=\"", r, "\"><title>", about, "</title></circle>");
  }
  std::string number(double x, double y, const std::string& depth) const {
    return nodes_.size() <= kNumbered ? svg::text(x, y + 6, "middle", depth, "depth") : std::string();
  }

  std::string about(const NodeResult& n, const TreeResult* t) const {
    std::string out = n.name;
    if (!n.live) return svg::escape(out + " (without power)");
    if (t == nullptr || (!t->hangs && t->parent >= nodes_.size())) return svg::escape(out + "\nhangs nowhere");
    if (t->root) return svg::escape(out + "\nroot");
    if (t->hangs) out += "\naddress " + t->address + ", " + text::count(t->depth, "level", "levels");
    if (!t->hangs) out += "\nhas no address";
    if (t->parent < nodes_.size()) out += "\nbelow " + nodes_[t->parent].name;
    return svg::escape(out + "\ncost " + text::significant(t->cost));
  }

  const Result& r_;
  const std::vector<NodeResult>& nodes_;
  std::size_t tree_;
  Projection project_;
  double radius_ = 1;
  Summary summary_;
  std::vector<std::uint32_t> behind_;  // 0: no line
  std::uint32_t least_ = 1;
};

}  // namespace

std::string to_trees_map(const Result& r) {
  std::size_t trees = 0;
  for (const NodeResult& n : r.node_results) trees = std::max(trees, n.trees.size());
  if (trees == 0) return {};
  std::string pictures = "<div class=\"trees\">";
  for (std::size_t tree = 0; tree < trees; ++tree) pictures += TreeMap(r, tree).picture();
  const bool numbered = r.node_results.size() <= kNumbered;
  const charts::Heading heading{"trees", "The spanning trees",
                                std::string("At the end, as the nodes had them: lines lead from each node to its "
                                            "parent, thicker the more nodes are behind "
                                            "them") +
                                    (numbered ? "; the number is how many levels a node is below its root." : ".")};
  return charts::figure(heading, {}, pictures + "</div>", "", "map wide");
}

}  // namespace mp::sim
