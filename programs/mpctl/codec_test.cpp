// SPDX-License-Identifier: ISC
// What `mpctl codec` answers to requests that are wrong, and that the examples of CODEC.md are true.
#include "programs/mpctl/codec.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>
#include <sstream>

namespace mp::host {
namespace {

using nlohmann::json;

std::string error_of(const std::string& line) { return json::parse(codec_line(line)).value("error", "no error"); }

// {"schema 5 request with fields ...}: all that schema 5 needs, to be changed by a test.
json schema5() {
  return {{"op", "pack"},
          {"schema", 5},
          {"flags", 8},
          {"fields",
           {{"packet_id", 1},
            {"ttl", 255},
            {"tree_state", 7},
            {"to_addr", "24000000000000000000000000000000"},
            {"from_addr", "25000000000000000000000000000000"},
            {"body", "6869"}}}};
}

std::string error_with(const json& patch) {
  json request = schema5();
  request.merge_patch(patch);
  return error_of(request.dump());
}

TEST(Codec, NotARequest_SaysSo) {
  EXPECT_EQ(error_of("{"), "not JSON: a request is one JSON object on one line");
  EXPECT_EQ(error_of("{} {}"), "not JSON: a request is one JSON object on one line");
  EXPECT_EQ(error_of("\"\xff\""), "not JSON: a request is one JSON object on one line");
  EXPECT_EQ(error_of("[1]"), "the request: must be an object, not array");
  EXPECT_EQ(error_of("{}"), "op: missing");
  EXPECT_EQ(error_of(R"({"op":5})"), "op: must be a string, not number");
  EXPECT_EQ(error_of(R"({"op":"pact"})"),
            "op: there is no operation \"pact\", only pack, unpack, package, unpackage, split, join, app_id, "
            "interface_id, address, distance, message, schema, flags, crc32, half_sha256, tree_state");
}

TEST(Codec, DeepNesting_IsAnsweredNotFollowed) {
  const std::string deep(50'000, '[');
  EXPECT_EQ(error_of(deep), "not JSON: a request is one JSON object on one line");
  const std::string closed = deep + std::string(50'000, ']');
  EXPECT_EQ(error_of(closed), "the request: must be an object, not array");
  EXPECT_EQ(error_of(R"({"op":)" + closed + "}"), "op: must be a string, not array");
  EXPECT_EQ(error_of(R"({"op":"nope","id":)" + closed + "}").substr(0, 3), "op:");
  EXPECT_EQ(error_of(R"({"op":"schema","schema":)" + closed + "}"), "schema: must be an integer 0..255, not array");
}

TEST(Codec, Id_ComesBack) {
  EXPECT_EQ(codec_line(R"({"op":"crc32","data":"00","id":7})"), R"({"crc32":"d202ef8d","id":7})");
  EXPECT_EQ(codec_line(R"({"op":"crc32","data":"00","id":"a\u0000b"})"), R"({"crc32":"d202ef8d","id":"a\u0000b"})");
  EXPECT_EQ(codec_line(R"({"op":"crc32","id":7})"), R"({"error":"data: missing","id":7})");
}

TEST(Codec, Id_DoesNotHideTheResult) {
  const json reply =
      json::parse(codec_line(R"({"op":"app_id","name":"Beacon","description":"Dev Beacon App","version":0,"id":7})"));
  EXPECT_EQ(reply, json({{"id", "366821dafdaf45e9bc5cfecb1c2a065c"}}));
}

TEST(Codec, Pack_EveryFieldIsChecked) {
  EXPECT_EQ(error_with({{"schema", nullptr}}), "schema: missing");
  EXPECT_EQ(error_with({{"schema", 14}}),
            "unknown_schema: there is no schema 14, only 0..13, 20..33, 51, 52, 53 and 63");
  EXPECT_EQ(error_with({{"schema", 256}}), "schema: 256 is outside 0..255");
  EXPECT_EQ(error_with({{"flags", -1}}), "flags: -1 is outside 0..255");
  EXPECT_EQ(error_with({{"flags", 1.5}}),
            "flags: must be an integer 0..255, not number with a fraction or beyond 64 bits");
  EXPECT_EQ(error_with({{"fields", nullptr}}), "fields: missing");
  EXPECT_EQ(error_with({{"fields", "x"}}), "fields: must be an object, not string");
  for (const char* field : {"packet_id", "ttl", "tree_state", "to_addr", "from_addr"})
    EXPECT_EQ(error_with({{"fields", {{field, nullptr}}}}), "fields." + std::string(field) + ": missing");
  EXPECT_EQ(error_with({{"fields", {{"packet_id", 256}}}}), "fields.packet_id: 256 is outside 0..255");
  EXPECT_EQ(error_with({{"fields", {{"ttl", "1"}}}}), "fields.ttl: must be an integer 0..255, not string");
  EXPECT_EQ(error_with({{"fields", {{"to_addr", "24"}}}}), "fields.to_addr: 1 bytes, must be 16");
  EXPECT_EQ(error_with({{"fields", {{"to_addr", 24}}}}), "fields.to_addr: must be a string, not number");
  EXPECT_EQ(error_with({{"fields", {{"body", "686"}}}}), "fields.body: odd number of hex digits (3)");
  EXPECT_EQ(error_with({{"fields", {{"body", "6g"}}}}), "fields.body: not hex at character 2");
  EXPECT_EQ(error_with({{"fields", {{"body", std::string(424, '0')}}}}),
            "fields.body: too_large: 212 bytes, schema 5 holds at most 211");
  EXPECT_EQ(error_with({{"fields", {{"seq_id", 1}}}}),
            "fields.seq_id: schema 5 has no such field, but packet_id, ttl, tree_state, to_addr, from_addr, body");
  EXPECT_EQ(error_with({{"fields", {{"checksum", "00000000"}}}}).substr(0, 39),
            "fields.checksum: schema 5 has no such f");
}

TEST(Codec, Pack_WideFieldsTakeTwoBytes) {
  const std::string head = R"({"op":"pack","schema":4,"fields":{"seq_id":1,)";
  EXPECT_EQ(json::parse(codec_line(head + R"("packet_id":65535,"seq_size":65535,"checksum":"01020304"}})"))["packet"],
            "00000400ffff01ffff01020304");
  EXPECT_EQ(error_of(head + R"("packet_id":65536,"seq_size":0}})"), "fields.packet_id: 65536 is outside 0..65535");
  EXPECT_EQ(error_of(head + R"("packet_id":0,"seq_size":65536}})"), "fields.seq_size: 65536 is outside 0..65535");
  EXPECT_EQ(error_of(head + R"("packet_id":0,"seq_size":0,"checksum":"0102"}})"),
            "fields.checksum: 2 bytes, must be 4");
}

TEST(Codec, Pack_FlagsAndBodyMayBeLeftOut) {
  EXPECT_EQ(codec_line(R"({"op":"pack","schema":0,"fields":{"packet_id":9,"body":null}})"),
            R"({"packet":"0000000009"})");
}

TEST(Codec, Unpack_SaysWhatIsWrong) {
  EXPECT_EQ(error_of(R"({"op":"unpack"})"), "packet: missing");
  EXPECT_EQ(error_of(R"({"op":"unpack","packet":"000000"})"), "packet: truncated: 3 bytes, a packet has at least 4");
  EXPECT_EQ(error_of(R"({"op":"unpack","packet":"0000050000"})"),
            "packet: truncated: 5 bytes, a packet of schema 5 has 39..250");
  EXPECT_EQ(error_of(R"({"op":"unpack","packet":"01000000"})"),
            "packet: bad_version: 4 bytes, version 1; only version 0 is known");
  EXPECT_EQ(error_of(R"({"op":"unpack","packet":"00000e00"})"), "packet: unknown_schema: 4 bytes, schema 14");
  EXPECT_EQ(error_of(R"({"op":"unpack","packet":"00001400)" + std::string(2 * 237, '0') + "\"}"),
            "packet: too_large: 241 bytes, a packet of schema 20 has 5..240");
}

TEST(Codec, Unpack_WrongChecksum_StillShowsTheFields) {
  const json reply = json::parse(codec_line(R"({"op":"unpack","packet":"0000010007000000006869"})"));
  EXPECT_EQ(reply["fields"], json({{"packet_id", 7}, {"checksum", "00000000"}, {"body", "6869"}}));
  EXPECT_EQ(reply["checksum_ok"], false);
}

TEST(Codec, Package_Errors) {
  EXPECT_EQ(error_of(R"({"op":"package","blob":""})"), "app_id: missing");
  EXPECT_EQ(error_of(R"({"op":"package","app_id":"00","blob":""})"), "app_id: 1 bytes, must be 16");
  EXPECT_EQ(error_of(R"({"op":"unpackage","package":"00"})"), "package: truncated: 1 bytes, a Package has at least 32");
}

TEST(Codec, Split_Errors) {
  EXPECT_EQ(error_of(R"({"op":"split","schema":5,"seq_id":9,"data":"00"})"), "schema: schema 5 has no sequences");
  EXPECT_EQ(error_of(R"({"op":"split","schema":2,"data":"00"})"), "seq_id: missing");
  EXPECT_EQ(error_of(R"({"op":"split","schema":2,"seq_id":9})"), "data: missing");
  EXPECT_EQ(error_of(R"({"op":"split","schema":7,"seq_id":9,"data":"00"})"), "fields.ttl: missing");
  EXPECT_EQ(error_of(R"({"op":"split","schema":2,"seq_id":9,"data":"00","fields":{"seq_size":1}})"),
            "fields.seq_size: not wanted here, it follows from the rest");
  EXPECT_EQ(error_of(R"({"op":"split","schema":2,"seq_id":9,"data":")" + std::string(2 * 62209, '0') + "\"}"),
            "data: too_large: 62209 bytes make 257 parts, a sequence of schema 2 has at most 256 (62208 bytes)");
}

TEST(Codec, Split_LargestSequence_JoinsAgain) {
  const std::string data(std::size_t{2} * 62208, 'a');
  const json request = {{"op", "split"}, {"schema", 2}, {"seq_id", 0}, {"data", data}};
  json packets = json::parse(codec_line(request.dump()));
  EXPECT_EQ(packets["packets"].size(), 256U);
  packets["op"] = "join";
  EXPECT_EQ(json::parse(codec_line(packets.dump()))["data"], data);
}

TEST(Codec, Split_NothingIsOneEmptyPart) {
  EXPECT_EQ(codec_line(R"({"op":"split","schema":2,"seq_id":9,"data":""})"), R"({"packets":["00000200000900"]})");
  EXPECT_EQ(codec_line(R"({"op":"join","packets":["00000200000900"]})"), R"({"data":""})");
}

// Parts of a sequence of 3 with full bodies but for the last, one byte each changed by a test.
class Join : public testing::Test {
 protected:
  Join() {
    json request = {{"op", "split"}, {"schema", 3}, {"seq_id", 9}, {"data", std::string(2 * 500, '7')}};
    packets_ = json::parse(codec_line(request.dump()))["packets"];
  }
  std::string join() { return error_of(json({{"op", "join"}, {"packets", packets_}}).dump()); }
  // Overwrites hex digits of packet i.
  void patch(std::size_t i, std::size_t at, const std::string& digits) {
    packets_[i] = packets_[i].get<std::string>().replace(at, digits.size(), digits);
  }
  json packets_;
};

TEST_F(Join, AllThere_AnyOrderAndTwice) {
  packets_ = json::array({packets_[2], packets_[0], packets_[2], packets_[1], packets_[0]});
  EXPECT_EQ(join(), "no error");
}

TEST_F(Join, NoPackets_Refused) {
  packets_ = json::array();
  EXPECT_EQ(join(), "packets: empty, there is nothing to join");
  packets_ = "00";
  EXPECT_EQ(join(), "packets: must be a list, not string");
  packets_ = {0};
  EXPECT_EQ(join(), "packets[0]: must be a string, not number");
}

TEST_F(Join, PartsMissing_AreNamed) {
  packets_ = json::array({packets_[1]});
  EXPECT_EQ(join(), "incomplete: missing of 3 parts: 0, 2");
  patch(0, 12, "ff");
  EXPECT_EQ(join(), "incomplete: missing of 256 parts: 0, 2, 3, 4, 5, 6, 7, 8 and 247 more");
}

TEST_F(Join, PacketsOfAnotherSequence_Refused) {
  const json before = packets_;
  patch(1, 10, "0a");
  EXPECT_EQ(join(), "packets[1]: seq_id 10, but packets[0] has 9");
  packets_ = before;
  patch(1, 12, "03");
  EXPECT_EQ(join(), "packets[1]: seq_size 3, but packets[0] has 2");
  packets_ = before;
  patch(1, 4, "02");
  EXPECT_EQ(join().substr(0, 12), "packets[1]: ");
  packets_ = {"0000000000"};
  EXPECT_EQ(join(), "packets[0]: schema 0 has no sequences");
}

TEST_F(Join, PartsOfDifferentTreeStates_Refused) {
  const json request = {{"op", "split"},
                        {"schema", 12},
                        {"seq_id", 9},
                        {"data", std::string(2 * 300, '7')},
                        {"fields",
                         {{"tree_state", 7},
                          {"to_addr", "24000000000000000000000000000000"},
                          {"from_addr", "25000000000000000000000000000000"}}}};
  packets_ = json::parse(codec_line(request.dump()))["packets"];
  EXPECT_EQ(join(), "no error");
  patch(1, 14, "08");
  EXPECT_EQ(join(), "packets[1]: tree_state 8, but packets[0] has 7");
}

TEST_F(Join, AnswersRequestsAndErrors_AreNotParts) {
  const json before = packets_;
  for (const char* control : {"10", "18", "20", "28"}) {
    packets_ = before;
    patch(1, 6, control);
    EXPECT_EQ(join().substr(0, 47), "packets[1]: not a part: its control code is " +
                                        std::to_string(std::stoi(control, nullptr, 16) >> 3) + ", ");
  }
  packets_ = before;
  patch(2, 6, "80");
  EXPECT_EQ(join(), "packets[2]: not a part: its error flag is set");
}

TEST_F(Join, PartsThatAskAndSomeThatDoNot_AreJoined) {
  patch(1, 6, "08");
  EXPECT_EQ(join(), "no error");
}

TEST_F(Join, PartBeyondTheEnd_Refused) {
  patch(2, 8, "03");
  EXPECT_EQ(join(), "packets[2]: packet_id 3 is beyond seq_size 2");
}

TEST_F(Join, WrongChecksum_Refused) {
  patch(2, 14, "00000000");
  EXPECT_EQ(join(), "packets[2]: bad_checksum");
}

TEST_F(Join, ShortPartThatIsNotTheLast_Refused) {
  patch(2, 8, "01");
  EXPECT_EQ(join(), "packets[2]: part 1 has 22 bytes, all but the last have 239");
}

TEST_F(Join, SamePartWithOtherBytes_Refused) {
  const json other = json::parse(codec_line(
      json({{"op", "split"}, {"schema", 3}, {"seq_id", 9}, {"data", std::string(2 * 500, '8')}}).dump()))["packets"];
  packets_.push_back(other[0]);
  EXPECT_EQ(join(), "packets[3]: part 0 came before with other bytes");
}

TEST(Codec, Identifiers_Errors) {
  EXPECT_EQ(error_of(R"({"op":"app_id","name":"a","description":"b"})"), "version: missing");
  EXPECT_EQ(error_of(R"({"op":"app_id","name":"a","description":"b","version":4294967296})"),
            "version: 4294967296 is outside 0..4294967295");
  EXPECT_EQ(error_of(R"({"op":"app_id","name":1,"description":"b","version":0})"),
            "name: must be a string, not number");
  EXPECT_EQ(error_of(R"({"op":"interface_id","name":"a","bitrate":1,"schemas":[0,256]})"),
            "schemas[1]: 256 is outside 0..255");
  EXPECT_EQ(error_of(R"({"op":"interface_id","name":"a","bitrate":1,"schemas":0})"),
            "schemas: must be a list, not number");
}

TEST(Codec, Address_Errors) {
  EXPECT_EQ(error_of(R"({"op":"address","tree_state":7})"), "give exactly one of coords, hex and text");
  EXPECT_EQ(error_of(R"({"op":"address","text":"7-24::","hex":"00"})"), "give exactly one of coords, hex and text");
  EXPECT_EQ(error_of(R"({"op":"address","tree_state":256,"coords":[]})"), "tree_state: 256 is outside 0..255");
  EXPECT_EQ(error_of(R"({"op":"address","coords":[1,136]})"), "coords[1]: 136 is outside 0..135");
  EXPECT_EQ(error_of(R"({"op":"address","coords":[8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,1]})"),
            "coords: not_representable: does not fit the 32 nibbles of an address");
  EXPECT_EQ(error_of(R"({"op":"address","hex":"24"})"), "hex: 1 bytes, must be 16");
  EXPECT_EQ(error_of(R"({"op":"address","text":"24::"})").substr(0, 34), "text: bad_value: not an address; w");
  EXPECT_EQ(error_of(R"({"op":"address","tree_state":8,"text":"7-24::"})"), "tree_state: 8, but text says 7");
  EXPECT_EQ(error_of(R"({"op":"distance","a":"7-24::"})"), "b: missing");
  EXPECT_EQ(error_of(R"({"op":"distance","a":"7-24::","b":"7-2"})").substr(0, 13), "b: bad_value:");
  EXPECT_EQ(error_of(R"({"op":"distance","a":"7-24::","b":7})"), "b: must be a string, not number");
}

TEST(Codec, DistanceBetweenTreeStates_Refused) {
  EXPECT_EQ(error_of(R"({"op":"distance","a":"7-24::","b":"8-25::"})"),
            "b: tree state 8, but a has 7: there is no distance between two trees");
  EXPECT_EQ(error_of(R"({"op":"distance","a":"7-24::","b":"7-25::"})"), "no error");
  EXPECT_EQ(error_of(R"({"op":"distance","a":"7-24::","b":[2,5]})"), "no error");
}

TEST(Codec, LongUnknownNames_AreNotRepeatedWhole) {
  const std::string forty(40, 'x');
  const std::string expected = "op: there is no operation \"" + forty + "...\", only pack";
  EXPECT_EQ(error_of(json({{"op", std::string(2'000'000, 'x')}}).dump()).substr(0, expected.size()), expected);
  EXPECT_LT(error_of(json({{"op", "message"}, {"kind", std::string(2'000'000, 'x')}}).dump()).size(), 250u);
  EXPECT_LT(error_with({{"fields", {{std::string(2'000'000, 'x'), 1}}}}).size(), 200u);
}

TEST(Codec, MinusZero_IsZero) {
  const std::string request = schema5().dump();
  const std::size_t at = request.find("\"ttl\":255");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(error_of(std::string(request).replace(at, 9, "\"ttl\":-0")), "no error");
  EXPECT_EQ(error_of(std::string(request).replace(at, 9, "\"ttl\":-1")), "fields.ttl: -1 is outside 0..255");
}

TEST(Codec, Message_Errors) {
  const std::string id(64, '0');
  EXPECT_EQ(error_of(R"({"op":"message","hex":"00"})"), "kind: missing");
  EXPECT_EQ(
      error_of(R"({"op":"message","kind":"mail","hex":"00"})"),
      "kind: there is no kind \"mail\", only beacon, gossip, tree, ping, debug, advert, probe, seek, seek_answer, "
      "introduction, plea, farewell, route, route_error, trace_request, trace_answer");
  EXPECT_EQ(error_of(R"({"op":"message","kind":"ping"})"), "give hex or fields");
  EXPECT_EQ(error_of(R"({"op":"message","kind":"ping","hex":"","fields":{}})"), "give either hex or fields, not both");
  for (const char* kind : {"beacon", "gossip", "tree", "ping", "debug"})
    EXPECT_EQ(error_of(json({{"op", "message"}, {"kind", kind}, {"hex", "00"}}).dump()),
              "hex: truncated: not such a message (1 bytes)");
  EXPECT_EQ(error_of(R"({"op":"message","kind":"beacon","hex":"02)" + id + "\"}"),
            "hex: bad_value: not such a message (33 bytes)");
  EXPECT_EQ(error_of(R"({"op":"message","kind":"beacon","fields":{"op":2,"node_id":")" + id + R"(","apps":[]}})"),
            "fields.op: bad_value: must be one of 0 beacon, 1 response, 255 disconnect");
  EXPECT_EQ(error_of(R"({"op":"message","kind":"beacon","fields":{"op":0,"node_id":")" + id + R"(","apps":["00"]}})"),
            "fields.apps[0]: 1 bytes, must be 16");
  json apps = json::array();
  for (int i = 0; i < 11; ++i) apps.push_back(std::string(32, '0'));
  EXPECT_EQ(
      error_of(json({{"op", "message"}, {"kind", "beacon"}, {"fields", {{"op", 0}, {"node_id", id}, {"apps", apps}}}})
                   .dump()),
      "fields.apps: too_large: 11 app ids, a beacon holds 10; send several");
  EXPECT_EQ(error_of(R"({"op":"message","kind":"beacon","fields":{"op":0,"node_id":")" + id + R"(","app":[]}})"),
            "fields.app: no such field, the message has op, node_id, apps");
  EXPECT_EQ(error_of(R"({"op":"message","kind":"gossip","fields":{"op":15,"topic_id":")" + id.substr(32) +
                     R"(","data":"","id":")" + id.substr(32) + "\"}}")
                .substr(0, 29),
            "fields.id: the message's id i");
  EXPECT_EQ(error_of(R"({"op":"message","kind":"tree","fields":{"op":0,"ts":0,"age":0,"claim":")" + id +
                     R"(","address":")" + id.substr(32) + R"(","node_id":")" + id + R"(","tree_state":0}})"),
            "fields.tree_state: that of the claim is 25; leave it out");
}

TEST(Codec, Message_AppsAndDataMayBeLeftOut) {
  const std::string id(64, '0');
  EXPECT_EQ(codec_line(R"({"op":"message","kind":"beacon","fields":{"op":0,"node_id":")" + id + "\"}}"),
            R"({"hex":"00)" + id + "\"}");
  EXPECT_EQ(codec_line(R"({"op":"message","kind":"gossip","fields":{"op":15,"topic_id":")" + id.substr(32) + "\"}}"),
            R"({"hex":"0f)" + id.substr(32) + "\"}");
}

TEST(RunCodec, AnswersLineByLine_AndGoesOnAfterAnError) {
  std::istringstream in("{\"op\":\"crc32\",\"data\":\"00\"}\r\n\n  \nnonsense\n{\"op\":\"crc32\",\"data\":\"\"}");
  std::ostringstream out;
  std::ostringstream complaints;
  EXPECT_EQ(run_codec(in, out, complaints), 0);
  EXPECT_EQ(complaints.str(), "");
  EXPECT_EQ(out.str(),
            "{\"crc32\":\"d202ef8d\"}\n{\"error\":\"not JSON: a request is one JSON object on one line\"}\n"
            "{\"crc32\":\"00000000\"}\n");
}

TEST(RunCodec, OutputGone_StopsAndSaysSo) {
  std::istringstream in("{}\n{}\n");
  std::ostringstream out;
  std::ostringstream complaints;
  out.setstate(std::ios::badbit);
  EXPECT_EQ(run_codec(in, out, complaints), 1);
  EXPECT_EQ(complaints.str(), "mpctl: cannot write the replies\n");
}

TEST(RunCodec, InputIsADirectory_FailsAndSaysSo) {
  std::ifstream in("/");  // opens, but cannot be read
  ASSERT_TRUE(in);
  std::ostringstream out;
  std::ostringstream complaints;
  EXPECT_EQ(run_codec(in, out, complaints), 1);
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(complaints.str(), "mpctl: cannot read the requests: Is a directory\n");
}

// Every ``` block of CODEC.md holds requests, each followed by its reply behind "-> ".
TEST(CodecGuide, EveryExampleIsTrue) {
  std::ifstream guide(MP_CODEC_GUIDE);
  ASSERT_TRUE(guide) << MP_CODEC_GUIDE;
  std::string request;
  std::set<std::string> shown;
  bool inside = false;
  for (std::string line; std::getline(guide, line);) {
    if (line.starts_with("```")) {
      inside = line == "```json";
    } else if (inside && line.starts_with("-> ")) {
      EXPECT_EQ(codec_line(request), line.substr(3)) << request;
      shown.insert(json::parse(request).value("op", ""));
    } else if (inside) {
      request = line;
    }
  }
  for (const char* op : {"pack", "unpack", "package", "unpackage", "split", "join", "app_id", "interface_id", "address",
                         "distance", "message", "schema", "flags", "crc32", "half_sha256", "tree_state"})
    EXPECT_TRUE(shown.contains(op)) << op << " has no example";
}

}  // namespace
}  // namespace mp::host
