// SPDX-License-Identifier: ISC
// What tree, routes and trace show of the daemon's replies.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "programs/mpctl/commands.hpp"
#include "programs/mpctl/test_daemon.hpp"

namespace mp::host {
namespace {

using Command = std::function<int(Client&, Output&)>;

struct Shown {
  int status = 0;
  std::string text;
};

// `says`: the lines of the daemon after its greeting.
Shown shown(const std::vector<std::string>& says, const Command& command, bool json = false) {
  Daemon daemon;
  daemon.say(kGreeting);
  for (const std::string& line : says) daemon.say(line);
  testing::internal::CaptureStdout();
  Client client(daemon.client_fd);
  Output out(json);
  Shown result;
  result.status = command(client, out);
  result.text = testing::internal::GetCapturedStdout();
  return result;
}

std::string reply(const std::string& result) { return R"({"id":1,"ok":true,"result":)" + result + "}"; }

const std::string kA(64, 'a'), kB(64, 'b'), kC(64, 'c');

std::string attached(const std::string& root_node) {
  return R"({"tree":1,"state":"attached","root":"bbbbbbbb","root_node":)" + root_node +
         R"(,"lineage":"0000000000000007","term":2,"seq":3,"settled":true,"epoch":"b3c7","address":"1.2","cost":3.25,)"
         R"("parent":")" +
         kA + R"(","parent_changes":4,"children":[{"node":")" + kC + R"(","index":5}],"neighbours":[{"node":")" + kA +
         R"(","link_cost":1.25,"heard":true,"epoch":"b3c7","address":"1","cost":2.0,"orphan":false},{"node":")" + kB +
         R"(","link_cost":16.0,"heard":true,"epoch":"ffff","address":"root","cost":0.0,"orphan":false},{"node":")" +
         kC + R"(","link_cost":1.0,"heard":true,"epoch":"b3c7","address":null,"cost":null,"orphan":true},)" +
         R"({"node":"dddddddddddddddddd","link_cost":2.0,"heard":false}]})";
}

std::string tree_reply(const std::string& trees) {
  return reply(R"({"pace_ms":20,"trees":[)" + trees + R"(],"counters":{}})");
}

TEST(TreeCommand, Attached_ShowsWhereAndBelowWhom) {
  const Shown s = shown({tree_reply(attached("\"" + kB + "\""))}, run_tree);
  EXPECT_EQ(s.status, kExitOk);
  EXPECT_EQ(s.text,
            "tree 1  attached, address 1.2, cost 3.25, parent aaaaaaaaaaaaaaaa, root bbbbbbbbbbbbbbbb\n"
            "  lineage 0000000000000007, term 2, seq 3, epoch b3c7, settled, parent changes 4\n"
            "  NEIGHBOUR         LINK   ADDRESS  COST  IS\n"
            "  aaaaaaaaaaaaaaaa  1.25   1        2.00  parent\n"
            "  bbbbbbbbbbbbbbbb  16.00  root     0.00  in another tree\n"
            "  cccccccccccccccc  1.00   -        -     child 5, orphan\n"
            "  dddddddddddddddd  2.00   -        -     not heard of it\n");
}

TEST(TreeCommand, RootThatNobodyHereKnows_IsShownByItsBeginning) {
  EXPECT_NE(shown({tree_reply(attached("null"))}, run_tree).text.find(", root bbbbbbbb\n"), std::string::npos);
}

TEST(TreeCommand, RootAndSearching_HaveNoParent) {
  const Shown s = shown({tree_reply(R"({"tree":0,"state":"root","root":"aaaaaaaa","root_node":null,"lineage":"01",)"
                                    R"("term":1,"seq":0,"settled":false,"epoch":"0001","address":"root","cost":0.0,)"
                                    R"("parent":null,"parent_changes":0,"children":[],"neighbours":[]},)"
                                    R"({"tree":1,"state":"searching"})")},
                        run_tree);
  EXPECT_NE(s.text.find("tree 0  root, address root, cost 0.00, parent none, root aaaaaaaa\n"), std::string::npos)
      << s.text;
  EXPECT_NE(s.text.find(", young, "), std::string::npos) << s.text;
  EXPECT_NE(s.text.find("\ntree 1  searching\n"), std::string::npos) << s.text;
}

TEST(TreeCommand, None_SaysWhere) {
  EXPECT_EQ(shown({tree_reply("")}, run_tree).text, "no trees: trees.count is 0 in the configuration\n");
}

TEST(TreeCommand, Json_IsTheReply) {
  const Shown s = shown({tree_reply(R"({"tree":1,"state":"searching"})")}, run_tree, true);
  EXPECT_EQ(Json::parse(s.text),
            Json::parse(R"({"pace_ms":20,"trees":[{"tree":1,"state":"searching"}],"counters":{}})"));
}

const std::string kRoute = R"({"to":"7-40::","via":")" + kA + R"(","node":")" + kB + R"(","frame_max":240})";
const std::string kTarget = R"({"node":")" + kC +
                            R"(","begins":"cccccccccccccccc","state":"known","places":[)"
                            R"({"tree":0,"epoch":"0001","address":"1.1"},{"tree":3,"epoch":"0002","address":"root"}]})";

std::string routes_reply(const std::string& routes, const std::string& targets) {
  return reply(R"({"routes":[)" + routes + R"(],"targets":[)" + targets + "]}");
}

TEST(RoutesCommand, Both_InTwoTables) {
  EXPECT_EQ(shown({routes_reply(kRoute, kTarget)}, run_routes).text,
            "TO      VIA               NODE THERE        FRAME\n"
            "7-40::  aaaaaaaaaaaaaaaa  bbbbbbbbbbbbbbbb  240 B\n"
            "\n"
            "NODE BEYOND       STATE  PLACES\n"
            "cccccccccccccccc  known  0:1.1  3:root\n");
}

TEST(RoutesCommand, OneKindAlone_HasNoEmptyTableBesideIt) {
  EXPECT_EQ(shown({routes_reply("", R"({"begins":"cccccccccccccccc","state":"sought","places":[]})")}, run_routes).text,
            "NODE BEYOND       STATE   PLACES\n"
            "cccccccccccccccc  sought  -\n");
  EXPECT_EQ(shown({routes_reply(R"({"to":"7-40::","via":")" + kA + R"("})", "")}, run_routes).text,
            "TO      VIA               NODE THERE  FRAME\n"
            "7-40::  aaaaaaaaaaaaaaaa  -           -\n");
  EXPECT_EQ(shown({routes_reply("", "")}, run_routes).text, "no routes\n");
}

TEST(RoutesCommand, Json_IsALineForEach) {
  EXPECT_EQ(shown({routes_reply(kRoute, kTarget)}, run_routes, true).text,
            Json::parse(kRoute).dump() + "\n" + Json::parse(kTarget).dump() + "\n");
}

std::string hop(int number, const std::string& node, const std::string& rest) {
  return R"({"event":"trace_hop","id":1,"hop":)" + std::to_string(number) + R"(,"node":")" + node + R"(",)" + rest +
         "}";
}

Shown traced(const std::vector<std::string>& events, bool json = false) {
  std::vector<std::string> says{reply(R"({"node":")" + kC + "\"}")};
  says.insert(says.end(), events.begin(), events.end());
  return shown(
      says, [](Client& client, Output& out) { return run_trace(client, out, {.to = kC}); }, json);
}

std::string end(const std::string& how) {
  return R"({"event":"trace_end","id":1,"final":true,"end":")" + how + R"("})";
}

TEST(TraceCommand, EachHop_WithWhyAndWhere) {
  const Shown s =
      traced({hop(0, kA,
                  R"("why":"nearer","next":")" + kB +
                      R"(","link_cost":1.5,"distance":6.0,"next_distance":4.0,)"
                      R"("places":[{"tree":0,"address":"root"},{"tree":2,"address":"2.1"}])"),
              hop(1, kB, R"("rtt_ms":0.25,"why":"neighbour","next":")" + kC + R"(","link_cost":1.0,"places":[])"),
              hop(10, kC, R"("rtt_ms":1.0,"why":"deliver","places":[{"tree":0,"address":"1"}])"), end("arrived")});
  EXPECT_EQ(s.status, kExitOk);
  EXPECT_EQ(s.text, "trace to " + kC +
                        "\n"
                        " 0  aaaaaaaaaaaaaaaa\n"
                        "    -> bbbbbbbbbbbbbbbb (link 1.50): 4.00 from the target, itself 6.00\n"
                        "    0:root  2:2.1\n"
                        " 1  bbbbbbbbbbbbbbbb  0.2 ms\n"
                        "    -> cccccccccccccccc (link 1.00): the target, its neighbour\n"
                        "    no place in any tree\n"
                        "10  cccccccccccccccc  1.0 ms\n"
                        "    is the target\n"
                        "    0:1\n"
                        "arrived\n");
}

TEST(TraceCommand, DetoursAndDeadEnds_AreSaid) {
  const Shown s =
      traced({hop(0, kA, R"("why":"detour","next":")" + kB + R"(","link_cost":2.0,"distance":null,"places":[])"),
              hop(1, kB, R"("rtt_ms":3.0,"why":"nowhere","places":[])"), end("nowhere")});
  EXPECT_EQ(s.status, kExitFailed);
  EXPECT_NE(s.text.find("-> bbbbbbbbbbbbbbbb (link 2.00): nobody is nearer, so it would try this one\n"),
            std::string::npos)
      << s.text;
  EXPECT_NE(s.text.find("    knows of no way\n"), std::string::npos) << s.text;
  const Shown far = traced(
      {hop(0, kA,
           R"("why":"nearer","next":")" + kB + R"(","link_cost":1.0,"distance":null,"next_distance":9.5,"places":[])"),
       end("no_answer")});
  EXPECT_NE(far.text.find("9.50 from the target, itself unknown\n"), std::string::npos) << far.text;
}

TEST(TraceCommand, Ends_InWordsAndWithAStatus) {
  for (const auto& [how, words] :
       {std::pair{"unreachable", "nobody knows where it is"}, std::pair{"nowhere", "the last hop knows of no way"},
        std::pair{"no_answer", "the next hop does not answer"},
        std::pair{"circle", "the next hop was on the way before"}, std::pair{"too_long", "over 64 hops"},
        std::pair{"of_another_version", "ended"}}) {
    const Shown s = traced({end(how)});
    EXPECT_EQ(s.status, kExitFailed) << how;
    EXPECT_EQ(s.text, "trace to " + kC + "\n" + words + "\n") << how;
  }
}

TEST(TraceCommand, Json_IsTheEventsWithoutTheId) {
  const std::string first = hop(0, kA, R"("why":"deliver","places":[])");
  Json expected = Json::parse(first), last = Json::parse(end("arrived"));
  expected.erase("id");
  last.erase("id");
  EXPECT_EQ(traced({first, end("arrived")}, true).text, expected.dump() + "\n" + last.dump() + "\n");
}

}  // namespace
}  // namespace mp::host
