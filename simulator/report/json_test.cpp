// SPDX-License-Identifier: ISC
#include "simulator/report/json.hpp"

#include "simulator/report/test_results.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mp::sim {
namespace {

using Json = nlohmann::ordered_json;

TEST(Json, TopLevel_HoldsWhatEveryToolAsksFor) {
  const Json json = Json::parse(to_json(test::small_result(), JsonDetail::overview));
  EXPECT_EQ(json["trace_hash"], "0123456789abcdef");
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["nodes"], 40);
  EXPECT_EQ(json["events"], 1'234'567);
  EXPECT_EQ(json["virtual_s"], 600.0);
  EXPECT_EQ(json["wall_s"], 1.5);
  EXPECT_EQ(json["measured_s"], 600.0);
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["scenario"], "village");
  EXPECT_EQ(json["replay"], "mpsim run village.toml --seed 7");
  for (const char* key : {"media", "flows", "delivery", "latency_ms", "airtime", "energy", "convergence", "counters",
                          "memory", "violations", "excused", "unmet", "timeline", "series", "figures"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_FALSE(json.contains("node_list"));
}

TEST(Json, Keys_StandInTheSameOrderWhateverTheRunGave) {
  const auto keys = [](const Result& r) {
    std::vector<std::string> names;
    const Json json = Json::parse(to_json(r, JsonDetail::full));
    for (const auto& item : json.items()) names.push_back(item.key());
    return names;
  };
  const auto some = keys(test::small_result());
  EXPECT_EQ(some.front(), "trace_hash");
  EXPECT_EQ(some, keys(test::broken_result()));
  EXPECT_EQ(some, keys(Result{}));
}

TEST(Json, Figures_AreThoseOfTheResult) {
  Result r = test::small_result();
  r.flows[0].latency_us = {};
  for (int i = 0; i < 4; ++i) r.flows[0].latency_us.add(8'000);
  const Json json = Json::parse(to_json(r, JsonDetail::overview));
  EXPECT_DOUBLE_EQ(json["delivery"]["share"], 2350.0 / 2400.0);
  EXPECT_EQ(json["delivery"]["outcomes"]["no_answer"], 47);
  EXPECT_EQ(json["latency_ms"]["count"], 4);
  EXPECT_DOUBLE_EQ(json["latency_ms"]["min"], 8.0);
  EXPECT_DOUBLE_EQ(json["latency_ms"]["max"], 8.0);
  EXPECT_DOUBLE_EQ(json["latency_ms"]["p95"], 8.0);
  EXPECT_DOUBLE_EQ(json["airtime"]["seconds"]["beacon"], 240.0);  // a hundredth of 40 * 600 s
  EXPECT_DOUBLE_EQ(json["media"][0]["time_s"]["rx"], 4800.0);
  EXPECT_DOUBLE_EQ(json["energy"]["node_mwh_day"].get<double>(), json["energy"]["node_mwh_mean"].get<double>() * 144);
  EXPECT_EQ(json["counters"]["rx_duplicate"], 312);
  EXPECT_EQ(json["memory"]["high_water"]["peers"], "11 / 16");
  EXPECT_DOUBLE_EQ(json["figures"]["delivered_share"], json["delivery"]["share"]);
}

TEST(Json, Series_AreColumnsOfOneLength) {
  const Json series = Json::parse(to_json(test::small_result(), JsonDetail::overview))["series"];
  EXPECT_EQ(series["t_s"].size(), 201U);
  EXPECT_DOUBLE_EQ(series["t_s"][200], 600.0);
  EXPECT_DOUBLE_EQ(series["known_share"][200], 0.982);
  for (const auto& item : series.items()) {
    if (item.value().is_array()) {
      EXPECT_EQ(item.value().size(), 201U) << item.key();
    }
  }
  EXPECT_EQ(series["airtime_s"].size(), kFrameClasses);
  for (const auto& column : series["airtime_s"]) EXPECT_EQ(column.size(), 201U);
}

TEST(Json, Broken_SaysWhatAndWhere) {
  const Json json = Json::parse(to_json(test::broken_result(), JsonDetail::overview));
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["violations_total"], 212);
  EXPECT_EQ(json["violations"].size(), 2U);
  EXPECT_DOUBLE_EQ(json["violations"][1]["t_s"], 302.000123);
  EXPECT_EQ(json["violations"][1]["node"], 3);
  EXPECT_EQ(json["violations"][1]["checker"], "forward while off");
  EXPECT_EQ(json["unmet"].size(), 1U);
  EXPECT_EQ(json["timeline"][0]["t_s"], 270.0);
  EXPECT_EQ(json["flows"][2]["broadcast"], true);
  EXPECT_EQ(json["flows"][2]["arrivals"], 2'210);
  EXPECT_EQ(json["delivery"]["sent"], 2400 + 120);  // without them
}

TEST(Json, Full_HasAllNodesAndLinks) {
  const Result r = test::broken_result();
  const std::string text = to_json(r, JsonDetail::full);
  const Json json = Json::parse(text);
  ASSERT_EQ(json["node_list"].size(), r.node_results.size());
  ASSERT_EQ(json["link_list"].size(), r.links.size());
  EXPECT_EQ(json["node_list"][5]["live"], false);
  EXPECT_EQ(json["node_list"][3]["name"], "<img src=x onerror=alert(1)>");
  EXPECT_EQ(json["node_list"][5]["trees"], Json::array());  // it has no power
  const Json& trees = json["node_list"][3]["trees"];
  ASSERT_EQ(trees.size(), 2U);
  EXPECT_EQ(trees[0],
            Json({{"root", true}, {"parent", nullptr}, {"address", ""}, {"depth", 0}, {"cost", 0.0}, {"epoch", 1}}));
  EXPECT_EQ(trees[1]["address"], nullptr);  // its root has no power
  const Json& below = json["node_list"][4]["trees"][0];
  EXPECT_EQ(below["parent"].get<std::uint32_t>(), r.node_results[4].trees[0].parent);
  EXPECT_EQ(below["address"], r.node_results[4].trees[0].address);
  EXPECT_DOUBLE_EQ(json["node_list"][4]["x_m"].get<double>() * 1000, static_cast<double>(r.node_results[4].at.x_mm));
}

TEST(Json, NameThatIsNotUtf8_StillGivesJson) {
  Result r = test::small_result();
  r.node_results[0].name = "\xff\xfe";
  r.scenario = "caf\xe9";
  const Json json = Json::parse(to_json(r, JsonDetail::full));
  EXPECT_EQ(json["scenario"], "caf\ufffd");
}

TEST(Json, EmptyResult_HasNoFiguresWithoutMeaning) {
  const Json json = Json::parse(to_json(Result{}, JsonDetail::full));
  EXPECT_TRUE(json["delivery"]["share"].is_null());
  EXPECT_EQ(json["latency_ms"], Json({{"count", 0}}));
  EXPECT_FALSE(json["figures"].contains("latency_p50_ms"));
  EXPECT_FALSE(json["figures"].contains("delivered_share"));
}

TEST(Json, Lines_AreShortEnoughToReadAndDiff) {
  const std::string text = to_json(test::small_result(), JsonDetail::full);
  EXPECT_NE(text.find("\n  \"seed\": 7,\n"), std::string::npos);
  EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 150);
}

}  // namespace
}  // namespace mp::sim
