// SPDX-License-Identifier: ISC
#include "simulator/report/map.hpp"

#include "simulator/report/charts.hpp"
#include "simulator/report/projection.hpp"
#include "simulator/report/text.hpp"

#include <algorithm>
#include <cmath>

namespace mp::sim {
namespace {

using svg::cat;

constexpr double kWidth = Projection::kWidth;
constexpr std::size_t kNamed = 100;       // nodes, up to which they have their names beside them
constexpr std::size_t kSeparate = 1'000;  // nodes, up to which each shows its figures at the pointer
constexpr std::size_t kLinksMax = 20'000, kNodesMax = 30'000;

enum class Standing : std::uint8_t { live, alone, dead };

Standing standing(const NodeResult& n) {
  return !n.live ? Standing::dead : n.peers == 0 ? Standing::alone : Standing::live;
}

const char* css(Standing s) {
  switch (s) {
    case Standing::live:
      return "node";
    case Standing::alone:
      return "node alone";
    case Standing::dead:
      return "node dead";
  }
  return "";
}

class Map {
 public:
  explicit Map(const Result& r) : r_(r), nodes_(r.node_results), project_(nodes_) {
    const auto n = static_cast<double>(nodes_.size());
    radius_ = std::clamp(0.13 * std::sqrt(kWidth * project_.height() / n), 1.7, 12.0);
    if (nodes_.size() <= kSeparate) radius_ = std::clamp(0.45 * usual_gap(), std::min(5.0, radius_), radius_);
  }

  std::string figure() {
    const std::string dots = nodes(), lines = links();  // in the order of the legend, not of the picture
    const std::string content = lines + walls(r_, project_) + dots + names() + scale_bar();
    const charts::Heading heading{"map", "Map of the mesh",
                                  "Where the nodes stood at the end, and which neighbours knew each other."};
    const std::string note = links_left_out_ + nodes_left_out_ > 0 ? "<p class=\"note\">" + thinned() + "</p>" : "";
    return charts::figure(heading, keys_,
                          svg::picture("map", kWidth, project_.height(), heading.title, heading.about, content), note,
                          "map");
  }

 private:
  // From a node to the next, the median: small where nodes crowd into villages.
  double usual_gap() const {
    std::vector<double> gaps;
    for (std::size_t a = 0; a < nodes_.size(); ++a) {
      double gap = kWidth;
      for (std::size_t b = 0; b < nodes_.size(); ++b) {
        if (a == b) continue;
        const double dx = project_.x(nodes_[a].at) - project_.x(nodes_[b].at);
        const double dy = project_.y(nodes_[a].at) - project_.y(nodes_[b].at);
        gap = std::min(gap, std::sqrt(dx * dx + dy * dy));
      }
      gaps.push_back(gap);
    }
    std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2), gaps.end());
    return gaps[gaps.size() / 2];
  }

  // The known links of each medium in its colour; on top of them those that are not known, whichever medium.
  std::string links() {
    const std::size_t media = std::max<std::size_t>(1, r_.media.size());
    std::vector<std::string> known(media);
    std::string unknown;
    std::vector<std::uint64_t> counts(media);
    std::uint64_t strangers = 0;
    for (std::size_t i = 0; i < r_.links.size(); ++i) {
      const LinkResult& link = r_.links[i];
      if (link.a >= nodes_.size() || link.b >= nodes_.size()) continue;
      const std::size_t medium = std::min<std::size_t>(link.medium, media - 1);
      ++(link.known ? counts[medium] : strangers);
      if (!keeps(i, r_.links.size(), kLinksMax)) {
        ++links_left_out_;
        continue;
      }
      const double x = project_.x(nodes_[link.a].at), y = project_.y(nodes_[link.a].at);
      (link.known ? known[medium] : unknown) +=
          cat("M", x, " ", y, "l", project_.x(nodes_[link.b].at) - x, " ", project_.y(nodes_[link.b].at) - y);
    }
    const char* dense = r_.links.size() > 4'000 ? " dense" : "";
    std::string out;
    for (std::size_t m = 0; m < media; ++m) {
      if (counts[m] == 0) continue;
      const unsigned colour = static_cast<unsigned>(m % charts::kGrey);
      out += cat("<path class=\"link", dense, " l", std::to_string(colour), "\" d=\"", known[m], "\"/>");
      const std::string medium = media > 1 ? ", " + r_.media[m].name : "";
      keys_.push_back({"know each other" + medium + ": " + text::grouped(counts[m]), colour});
    }
    if (strangers != 0) {
      out += cat("<path class=\"link unknown", dense, " l", std::to_string(charts::kBad), "\" d=\"", unknown, "\"/>");
      keys_.push_back({"in reach, but strangers: " + text::grouped(strangers), charts::kBad, true});
    }
    return out;
  }

  std::string nodes() {
    std::array<std::string, 3> dots;
    std::array<std::uint64_t, 3> counts{};
    const bool separate = nodes_.size() <= kSeparate;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const NodeResult& n = nodes_[i];
      const auto s = static_cast<std::size_t>(standing(n));
      ++counts[s];
      if (!keeps(i, nodes_.size(), kNodesMax)) {
        ++nodes_left_out_;
        continue;
      }
      const double x = project_.x(n.at), y = project_.y(n.at);
      if (separate)
        dots[s] +=
            cat("<circle cx=\"", x, "\" cy=\"", y, "\" r=\"", radius_, "\"><title>", about(n), "</title></circle>");
      else
        dots[s] += cat("M", x, " ", y, "h0");
    }
    std::string out;
    static constexpr std::array kNames{"live", "live, without peers", "without power"};
    for (std::size_t s = 0; s < dots.size(); ++s) {
      if (counts[s] == 0) continue;
      const auto which = static_cast<Standing>(s);
      if (separate)
        out += cat("<g class=\"", css(which), "\">", dots[s], "</g>");
      else
        out += many(which, dots[s]);
      const unsigned colour = which == Standing::alone ? charts::kBad : charts::kInk;
      keys_.push_back({kNames[s] + (": " + text::grouped(counts[s])), colour, false, which == Standing::dead});
      keys_.back().dot = true;
    }
    return out;
  }

  // As one path: round ends of lines without length. A hollow one is a smaller one on top.
  std::string many(Standing s, const std::string& d) const {
    const auto dots = [&d](std::string_view of, double width) {
      return cat("<path class=\"dots ", of, "\" style=\"stroke-width:", width, "\" d=\"", d, "\"/>");
    };
    std::string out = dots(s == Standing::alone ? "wrong" : "", 2 * radius_);
    if (s == Standing::dead) out += dots("hole", 1.1 * radius_);
    return out;
  }

  static std::string about(const NodeResult& n) {
    std::string text = n.name + (n.live ? "" : " (without power)") + "\n" + text::count(n.peers, "peer", "peers");
    if (n.restarts != 0) text += ", " + text::count(n.restarts, "restart", "restarts");
    text += "\nPackages: " + text::grouped(n.sent) + " sent, " + text::grouped(n.received) + " received";
    text += "\n" + text::count(n.frames_sent, "frame", "frames");
    if (n.energy_mwh > 0) text += ", " + text::significant(n.energy_mwh) + " mWh";
    return svg::escape(text);
  }

  // Names stand where they do not cover each other; the others show at the pointer. Beside the edge they begin or end
  // with their node.
  std::string names() const {
    if (nodes_.size() > kNamed) return {};
    constexpr double kLetter = 13, kLine = 24;  // as on a phone, where letters are large beside the picture
    struct Box {
      double from, to, y;
    };
    std::vector<Box> taken;
    std::string out = "<g class=\"names\">";
    for (const NodeResult& n : nodes_) {
      const std::string name = svg::shortened(n.name, 16);
      const double x = project_.x(n.at), y = project_.y(n.at) - radius_ - 5;
      const double width = kLetter * static_cast<double>(name.size());
      const bool starts = width > 60 && x<100, ends = width> 60 && x > kWidth - 100;
      const double from = starts ? x - 12 : ends ? x + 12 - width : x - width / 2;
      const bool covered = std::any_of(taken.begin(), taken.end(), [&](const Box& box) {
        return std::fabs(box.y - y) < kLine && from < box.to && box.from < from + width;
      });
      if (covered) continue;
      taken.push_back({from, from + width, y});
      out += svg::text(starts ? x - 12 : ends ? x + 12 : x, y, starts ? "start" : ends ? "end" : "middle", name);
    }
    return out + "</g>";
  }

  std::string scale_bar() const {
    double m = 1;
    for (double step = 1; step < 1e9; step *= 10)
      for (const double times : {1.0, 2.0, 5.0})
        if (step * times * project_.per_m() <= kWidth / 5) m = step * times;
    const double length = m * project_.per_m();
    if (length > kWidth / 3) return {};  // all within a metre
    const double x = kWidth - 24 - length, y = project_.height() - 8;
    const std::string label = m >= 1000 ? text::significant(m / 1000) + " km" : text::significant(m) + " m";
    return cat("<path class=\"scale\" d=\"M", x, " ", y - 6, "v6h", length, "v-6\"/>") +
           svg::text(x + length / 2, y - 8, "middle", label, "scale");
  }

  std::string thinned() const {
    std::string out = "Drawn: ";
    out += text::grouped(r_.links.size() - links_left_out_) + " of " + text::grouped(r_.links.size()) + " links";
    if (nodes_left_out_ > 0)
      out += ", " + text::grouped(nodes_.size() - nodes_left_out_) + " of " + text::grouped(nodes_.size()) + " nodes";
    return out + ".";
  }

  const Result& r_;
  const std::vector<NodeResult>& nodes_;
  Projection project_;
  double radius_ = 1;
  std::vector<charts::Key> keys_;
  std::size_t links_left_out_ = 0, nodes_left_out_ = 0;
};

}  // namespace

std::string to_map(const Result& result) { return result.node_results.empty() ? std::string() : Map(result).figure(); }

}  // namespace mp::sim
