// SPDX-License-Identifier: ISC
// `mpctl codec` on what trees and routes by id are made of: both ways, and what it says of requests that are wrong.
#include "programs/mpctl/codec.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

using nlohmann::json;

std::string error_of(const std::string& line) { return json::parse(codec_line(line)).value("error", "no error"); }

// A whole one of each kind, made from its fields, and with one of them changed.
json tree_message(const char* kind, const json& patch = {}) {
  const std::string id(64, '1'), tag(16, '2');
  const json places = {{{"tree", 0}, {"epoch", 7}, {"indexes", {1, 5}}, {"classes", {0, 3}}},
                       {{"tree", 3}, {"epoch", 8}, {"indexes", json::array()}}};
  const json route = {
      {"metric", "prefix"},     {"ttl", 3},     {"budget", 4},    {"watermark", 5},    {"target", tag},
      {"source", tag},          {"message", 6}, {"visited", tag}, {"returning", true}, {"places", places},
      {"source_places", places}};
  const json entry = {{"tree", 1},
                      {"lineage", tag},
                      {"term", 1},
                      {"seq", 2},
                      {"root", "01020304"},
                      {"cost", 9},
                      {"parent", "05060708"},
                      {"index", 3},
                      {"orphan", true},
                      {"settled", true},
                      {"indexes", {3}},
                      {"children", {{{"node", "0a0b0c0d"}, {"index", 1}}}}};
  const json all = {
      {"advert", {{"count", 1}, {"boot", 0x01020304}, {"entries", {entry}}, {"signature", std::string(128, '7')}}},
      {"probe", {{"tree", 3}, {"what", 2}}},
      {"introduction", {{"node_id", id}}},
      {"seek", {{"hops", 2}, {"request", 9}, {"target", tag}, {"origin", id}, {"places", places}}},
      {"seek_answer", {{"request", 9}, {"node_id", id}, {"places", places}, {"signature", std::string(128, '7')}}},
      {"route", route},
      {"route_error", {{"why", 1}, {"where", tag}, {"rest", "00"}}},
      {"trace_request", {{"nonce", 1}, {"route", route}}},
      {"trace_answer",
       {{"nonce", 1},
        {"step", "detour"},
        {"own_distance", 2},
        {"link_cost", 3},
        {"next_distance", 4},
        {"next", id},
        {"places", places}}}};
  json fields = all.at(kind);
  if (!patch.is_null()) fields.merge_patch(patch);
  return {{"op", "message"}, {"kind", kind}, {"fields", fields}};
}

std::string tree_error(const char* kind, const json& patch) { return error_of(tree_message(kind, patch).dump()); }

TEST(CodecTrees, EachKind_ComesBackAsItWas) {
  for (const char* kind : {"advert", "probe", "introduction", "seek", "seek_answer", "route", "route_error",
                           "trace_request", "trace_answer"}) {
    const json request = tree_message(kind);
    const json packed = json::parse(codec_line(request.dump()));
    ASSERT_TRUE(packed.contains("hex")) << kind << packed;
    json unpacked = json::parse(codec_line(json({{"op", "message"}, {"kind", kind}, {"hex", packed["hex"]}}).dump()));
    ASSERT_TRUE(unpacked.contains("fields")) << kind << unpacked;
    // All that was given is there; what was left out has its default beside it.
    json merged = unpacked["fields"];
    merged.merge_patch(request["fields"]);
    EXPECT_EQ(merged.size(), unpacked["fields"].size()) << kind;
    unpacked["op"] = "message";
    EXPECT_EQ(json::parse(codec_line(unpacked.dump())), packed) << kind;
    const std::string hex = packed["hex"];
    if (kind != std::string("route_error")) {
      EXPECT_NE(error_of(json({{"op", "message"}, {"kind", kind}, {"hex", hex + "00"}}).dump()), "no error") << kind;
      EXPECT_NE(error_of(json({{"op", "message"}, {"kind", kind}, {"hex", hex.substr(2)}}).dump()), "no error") << kind;
    }
  }
}

TEST(CodecTrees, Errors_NameTheField) {
  EXPECT_EQ(tree_error("probe", {{"tree", 4}}), "fields.tree: 4 is outside 0..3");
  EXPECT_EQ(tree_error("probe", {{"what", 3}}), "fields.what: 3 is outside 0..2");
  EXPECT_EQ(tree_error("seek", {{"places", {{{"tree", 1}, {"epoch", 1}, {"indexes", {0}}}}}}),
            "fields.places[0].indexes[0]: bad_value: indexes begin with 1");
  EXPECT_EQ(tree_error("seek", {{"places", {{{"tree", 1}, {"epoch", 1}, {"indexes", {1, 2}}, {"classes", {1}}}}}}),
            "fields.places[0].classes: 1 of them, but 2 indexes");
  EXPECT_EQ(tree_error("seek", {{"places", {{{"tree", 1}, {"epoch", 1}, {"indexes", {1}}, {"classes", {15}}}}}}),
            "fields.places[0].classes[0]: 15 is outside 0..14");
  const json place = {{"tree", 2}, {"epoch", 1}, {"indexes", {1}}};
  EXPECT_EQ(tree_error("route", {{"places", {place, place}}}),
            "fields.places[1].tree: trees stand in ascending order, each once");
  EXPECT_EQ(tree_error("route", {{"places", {place, place, place, place, place}}}),
            "fields.places: 5 of them, at most 4");
  EXPECT_EQ(tree_error("route", {{"visited", "00"}}), "fields.visited: 1 bytes, must be 0, 8, 16 or 32");
  EXPECT_EQ(tree_error("route", {{"metric", "hops"}}), "fields.metric: must be \"tree\" or \"prefix\"");
  EXPECT_EQ(tree_error("route", {{"returning", 1}}), "fields.returning: must be true or false");
  EXPECT_EQ(tree_error("route", {{"hops", 1}}).substr(0, 26), "fields.hops: no such field");
  EXPECT_EQ(tree_error("trace_answer", {{"step", "away"}}),
            "fields.step: must be one of deliver, neighbour, nearer, detour, nowhere");
  EXPECT_EQ(tree_error("advert", {{"signature", "00"}}), "fields.signature: 1 bytes, must be 64");
  const json root = {
      {"tree", 1}, {"lineage", std::string(16, '0')}, {"term", 1}, {"seq", 2}, {"root", "01020304"}, {"cost", 9},
      {"index", 2}};
  EXPECT_EQ(tree_error("advert", {{"entries", {root}}}), "fields.entries[0].index: a root has none");
  EXPECT_EQ(tree_error("route_error", {{"why", 3}}), "fields.why: 3 is outside 0..2");
  EXPECT_EQ(tree_error("route_error", {{"why", 2}}), "fields.number: missing");
  EXPECT_EQ(tree_error("route_error", {{"number", 2}}), "fields.number: only a stranger's has one (why 2)");
  EXPECT_EQ(json::parse(codec_line(tree_message("route_error", {{"why", 2}, {"number", 258}}).dump()))["hex"],
            "02222222222222222200000102"
            "00");
}

TEST(CodecTrees, AddressBeyondItsLimit_IsRefusedAtTheLevel) {
  json indexes = json::array();
  for (int i = 0; i < 32; ++i) indexes.push_back(200);
  EXPECT_EQ(tree_error("seek", {{"places", {{{"tree", 1}, {"epoch", 1}, {"indexes", indexes}}}}}),
            "fields.places[0].indexes[14]: not_representable: an address has 32 bytes, 28 of them for indexes");
}

TEST(CodecTrees, PacketsById_ShowTheirRoute) {
  const json route = tree_message("route")["fields"];
  json packet = json::parse(codec_line(
      json({{"op", "pack"}, {"schema", 52}, {"fields", {{"packet_id", 1}, {"route", route}, {"contents", "6869"}}}})
          .dump()));
  ASSERT_TRUE(packet.contains("packet")) << packet;
  const json fields = json::parse(codec_line(json({{"op", "unpack"}, {"packet", packet["packet"]}}).dump()))["fields"];
  EXPECT_EQ(fields["contents"], "6869");
  EXPECT_EQ(fields["route"]["watermark"], 5);
  EXPECT_FALSE(fields.contains("body"));
  // One whose header cannot be read is shown as it is.
  EXPECT_EQ(json::parse(codec_line(R"({"op":"unpack","packet":"00003400010500"})"))["fields"]["body"], "0500");
  EXPECT_EQ(
      error_of(json({{"op", "pack"}, {"schema", 52}, {"fields", {{"packet_id", 1}, {"route", route}, {"body", "00"}}}})
                   .dump()),
      "fields.body: give either it, or route and contents");
  EXPECT_EQ(error_of(json({{"op", "pack"}, {"schema", 0}, {"fields", {{"packet_id", 1}, {"route", route}}}}).dump()),
            "fields.route: schema 0 has no such field, but packet_id, body");
}

}  // namespace
}  // namespace mp::host
