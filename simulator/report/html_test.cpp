// SPDX-License-Identifier: ISC
// What can be said of the page without looking at it: it needs nothing from outside, is well formed, says what the
// run gave, lets nothing through that a scenario smuggles in, and stays small.
#include "simulator/report/html.hpp"

#include "simulator/report/svg.hpp"
#include "simulator/report/test_results.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace mp::sim {
namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

// Every element that opens closes, in order; "" when it is so, else what does not fit.
std::string misfit(const std::string& page) {
  std::vector<std::string> open;
  const std::size_t style_begin = page.find("<style>"), style_end = page.find("</style>");
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    if (at > style_begin && at < style_end) continue;
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) return "no end: " + page.substr(at, 40);
    std::string tag = page.substr(at + 1, end - at - 1);
    if (tag.starts_with('!') || tag.ends_with('/')) continue;
    const bool closes = tag.starts_with('/');
    tag = tag.substr(closes ? 1 : 0, tag.find_first_of(" \n", 1) - (closes ? 1 : 0));
    if (tag == "meta") continue;
    if (!closes) {
      open.push_back(tag);
    } else if (open.empty() || open.back() != tag) {
      return "</" + tag + "> in <" + (open.empty() ? "" : open.back()) + "> at " +
             page.substr(at > 80 ? at - 80 : 0, 120);
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "open at the end: " + open.back();
}

// Pages of runs in which little or odd things happened.
std::vector<Result> odd_results() {
  std::vector<Result> all(1);
  Result one = test::small_result();
  one.node_results.resize(1);
  one.nodes = 1;
  one.links = {{0, 77, 9, true}};  // to a node that is not there, on a medium that is not
  one.series.resize(1);
  all.push_back(one);
  Result heap = test::small_result();  // all in one place, never any energy, no time passed
  for (NodeResult& n : heap.node_results) n = {};
  heap.virtual_s = heap.wall_s = 0;
  for (Sample& s : heap.series) s.at = {};
  heap.converged_us = {};
  heap.never_met = 5;
  all.push_back(heap);
  Result silent = test::small_result();
  silent.media[0] = {};
  silent.flows[0].latency_us = {};
  silent.flows[0].latency_us.add(0);
  for (Sample& s : silent.series) s.airtime = {};
  silent.interrupted = true;
  all.push_back(silent);
  return all;
}

TEST(Html, Page_NeedsNothingFromOutside) {
  for (const Result& r : {test::small_result(), test::large_result(2'000)}) {
    const std::string page = to_html(r);
    for (const char* bad :
         {"http://", "https://", "src=", "href=", "url(", "@import", "<script", "<link rel", "<iframe"})
      EXPECT_FALSE(contains(page, bad)) << bad;
    EXPECT_TRUE(contains(page, "default-src 'none'"));
    EXPECT_TRUE(contains(page, "<html lang=\"en\">"));
    EXPECT_TRUE(contains(page, "width=device-width"));
    EXPECT_TRUE(contains(page, "prefers-color-scheme:dark"));
  }
}

TEST(Html, Elements_AllClose) {
  for (const Result& r : {test::small_result(), test::broken_result(), test::large_result(1'500)})
    EXPECT_EQ(misfit(to_html(r)), "");
  for (const Result& r : odd_results()) EXPECT_EQ(misfit(to_html(r)), "");
}

TEST(Html, OddRuns_GiveNoNumbersThatAreNone) {
  const std::regex none("[\" >]-?(nan|inf)|\"[^\"]*\\?[^\"]*\" d=|M\\?|L\\?");
  for (const Result& r : odd_results()) {
    const std::string page = to_html(r);
    std::smatch found;
    EXPECT_FALSE(std::regex_search(page, found, none)) << found.prefix().str().substr(0, 0) << found.str();
  }
}

TEST(Html, Pictures_HaveTitlesForThoseWhoListen) {
  const std::string page = to_html(test::broken_result());
  const std::size_t pictures = count_of(page, "<svg ");
  EXPECT_GE(pictures, 9U);
  std::set<std::string> ids;
  const std::regex labelled(
      "<svg [^>]*role=\"img\" aria-labelledby=\"([a-z-]+)-t ([a-z-]+)-d\"><title id=\"\\1-t\">[^<]+</title><desc "
      "id=\"\\1-d\">[^<]+</desc>");
  for (std::sregex_iterator i(page.begin(), page.end(), labelled), end; i != end; ++i)
    EXPECT_TRUE(ids.insert((*i)[1]).second) << (*i)[1];
  EXPECT_EQ(ids.size(), pictures);
}

TEST(Html, WhatAScenarioSays_StaysText) {
  const std::string page = to_html(test::broken_result());
  for (const char* bad : {"<script", "<img", "<b>", "<i>", "onerror=alert(1)\""})
    EXPECT_FALSE(contains(page, bad)) << bad;
  EXPECT_TRUE(contains(page, "<h1>maze &lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; co</h1>"));
  EXPECT_TRUE(contains(page, "&quot;Quoted&quot; &lt;b&gt;bold&lt;/b&gt; &amp; more"));
  EXPECT_TRUE(contains(page, "far &lt;i&gt;"));
  EXPECT_TRUE(contains(page, "&lt;img src=x onerror=alert(1)&gt;"));
}

TEST(Html, GoodRun_SaysSoWithItsFigures) {
  const std::string page = to_html(test::small_result());
  EXPECT_TRUE(contains(page, "All is well"));
  EXPECT_TRUE(contains(page, "<dt>Delivered</dt><dd>97.9 %</dd><dd class=\"more\">2,350 of 2,400</dd>"));
  EXPECT_TRUE(contains(page, "<dt>Violations</dt><dd>0</dd>"));
  EXPECT_TRUE(contains(page, "0123456789abcdef"));
  EXPECT_TRUE(contains(page, "<pre><code>mpsim run village.toml --seed 7</code></pre>"));
  for (const char* id : {"map", "treea", "delivery", "mesh", "latency", "met", "airtime", "energy", "media-airtime",
                         "media-time", "media-fate"})
    EXPECT_TRUE(contains(page, std::string("<title id=\"") + id + "-t\">")) << id;
}

TEST(Html, BrokenRun_SaysWhatWhereAndWhen) {
  const std::string page = to_html(test::broken_result());
  EXPECT_FALSE(contains(page, "All is well"));
  EXPECT_TRUE(contains(page, "212 violations"));
  EXPECT_TRUE(contains(page, "<td class=\"n\">302.000123</td><td>3 (&lt;img"));
  EXPECT_TRUE(contains(page, "and 210 more that are not listed"));
  EXPECT_TRUE(contains(page, "57 (2,210 copies)"));
  EXPECT_TRUE(contains(page, "1 expectation not met"));
  EXPECT_TRUE(contains(page, "partition heals"));
  EXPECT_EQ(count_of(page, "class=\"mark\" d="), 3U);  // in each chart over time
  EXPECT_TRUE(contains(page, "without power: 4"));
  EXPECT_TRUE(contains(page, "<path class=\"wall\""));
}

TEST(Html, ManyViolations_AreFoldedAfterTheFirst) {
  Result r = test::broken_result();
  for (std::uint32_t i = 0; i < 98; ++i) r.violations.push_back({test::at_s(400), i % 40, "time", "went back"});
  const std::string page = to_html(r);
  EXPECT_TRUE(contains(page, "<details><summary>and 88 more</summary>"));
  EXPECT_TRUE(contains(page, "and 112 more that are not listed"));
  EXPECT_EQ(misfit(page), "");
}

TEST(Html, TenThousandNodes_FitTwoMegabytes) {
  const std::string page = to_html(test::large_result());
  EXPECT_LT(page.size(), 2'000'000U);
  EXPECT_TRUE(contains(page, "live: 9,729"));
  EXPECT_TRUE(contains(page, "Drawn: "));
  EXPECT_TRUE(contains(page, "1,000 entries"));
}

TEST(Html, HundredThousandNodes_AreThinnedOutAndTheLegendCountsAll) {
  const std::string page = to_html(test::large_result(100'000));
  EXPECT_LT(page.size(), 3'000'000U);
  EXPECT_TRUE(contains(page, " of 100,000 nodes"));
  EXPECT_TRUE(contains(page, "live: 97,297"));
}

TEST(Html, Trees_HaveAMapEach) {
  const Result r = test::small_result();
  const std::string page = to_html(r);
  for (const char* id : {"treea", "treeb", "treec", "treed"})
    EXPECT_TRUE(contains(page, std::string("<title id=\"") + id + "-t\">")) << id;
  EXPECT_TRUE(contains(page, ">Tree 0</b> from root 3: "));
  EXPECT_TRUE(contains(page, "class=\"root\">14</text>"));  // of tree 1
  EXPECT_TRUE(contains(page, "<title>3\nroot</title>"));
  EXPECT_TRUE(contains(page, "below 3\ncost 1.25</title>"));
  std::size_t lines = 0;
  const std::regex branch("<path class=\"branch w[0-3] l0\" d=\"([^\"]*)\"");
  for (std::sregex_iterator i(page.begin(), page.end(), branch), end; i != end; ++i) lines += count_of((*i)[1], "M");
  std::size_t hanging = 0;
  for (const NodeResult& n : r.node_results) hanging += n.trees[0].hangs && !n.trees[0].root ? 1U : 0U;
  EXPECT_EQ(lines, hanging);
}

TEST(Html, NodesOutOfATree_AreCountedAndShown) {
  Result r = test::small_result();
  r.node_results[7].trees[2] = {};
  r.node_results[8].live = false;
  r.node_results[8].trees.clear();
  const std::string page = to_html(r);
  EXPECT_TRUE(contains(page, "; 1 of 39 hang nowhere (red)."));
  EXPECT_TRUE(contains(page, "<title>7\nhangs nowhere</title>"));
  for (NodeResult& n : r.node_results) n.trees.clear();
  EXPECT_FALSE(contains(to_html(r), "The spanning trees"));
}

TEST(Html, ParentsInACircle_EndSomewhere) {
  Result r = test::small_result();
  r.node_results[0].trees[0].parent = 1;
  r.node_results[1].trees[0].parent = 0;
  r.node_results[2].trees[0].parent = 2;
  EXPECT_EQ(misfit(to_html(r)), "");
}

TEST(Html, Curves_HaveTheValuesOfTheirNames) {
  Result r = test::small_result();
  r.series.back().airtime[test::kDataClass] = {};  // the books began anew when the warm-up ended
  const std::string page = to_html(r);
  EXPECT_TRUE(contains(page, "10 min\npairs of neighbours that know each other: 98.2 %\nnodes with power: 100.0 %"));
  EXPECT_TRUE(contains(page, "5 min\ndelivered: 2.3 per s\nsent: 4.0 per s")) << "in the brown-out";
  EXPECT_TRUE(contains(page, "data: 0.000 %"));
  EXPECT_FALSE(std::regex_search(page, std::regex(": -[0-9]")));
}

TEST(Html, FewNodes_HaveTheirNames) {
  Result r = test::small_result();
  r.node_results.resize(5);
  r.node_results[2].name = "the well behind the mill";
  EXPECT_TRUE(contains(to_html(r), ">the well behind\u2026</text>"));
  EXPECT_FALSE(contains(to_html(test::large_result(1'500)), "class=\"names\""));
}

TEST(Svg, RoundTicks_AreOneTwoOrFiveTimesAPowerOfTen) {
  const auto ticks = [](double lo, double hi) {
    std::vector<std::string> labels;
    const svg::Ticks t = svg::round_ticks(lo, hi, 5);
    for (const double at : t.at) labels.push_back(svg::num(at * 100));
    EXPECT_LE(t.lo, lo + 1e-9);
    EXPECT_GE(t.hi, hi - 1e-9);
    return labels;
  };
  using Labels = std::vector<std::string>;
  EXPECT_EQ(ticks(0, 1), (Labels{"0", "20", "40", "60", "80", "100"}));
  EXPECT_EQ(ticks(0, 0.037), (Labels{"0", "1", "2", "3", "4"}));
  EXPECT_EQ(ticks(14, 44), (Labels{"1000", "2000", "3000", "4000", "5000"}));
  EXPECT_EQ(ticks(3, 3), (Labels{"300", "320", "340", "360", "380", "400"}));
  EXPECT_EQ(svg::round_ticks(0, 0.037, 5).decimals, 2);
  EXPECT_EQ(svg::round_ticks(0, 97, 5).decimals, 0);
  EXPECT_EQ(svg::round_ticks(0, 1e15, 5).at.size(), 6U);
}

TEST(Svg, TimeScale_IsRoundInItsUnit) {
  const auto of = [](double us) {
    const svg::TimeScale s = svg::time_scale(us, 6);
    return svg::num(s.ticks.step) + " " + s.unit;
  };
  EXPECT_EQ(of(600e6), "2 min");
  EXPECT_EQ(of(90e6), "15 s");
  EXPECT_EQ(of(24 * 3600e6), "4 h");
  EXPECT_EQ(of(1.5e6), "500 ms");
  EXPECT_EQ(of(30 * 86'400e6), "5 d");
}

TEST(Svg, Shortened_CutsWholeCharacters) {
  EXPECT_EQ(svg::shortened("abc", 3), "abc");
  EXPECT_EQ(svg::shortened("abcd", 3), "ab\u2026");
  EXPECT_EQ(svg::shortened("\u00e9\u00e9\u00e9\u00e9", 3), "\u00e9\u00e9\u2026");
}

}  // namespace
}  // namespace mp::sim
