// SPDX-License-Identifier: ISC
// peers: who lies in a closed network is named below the table; an honest peer is not.
#include <gtest/gtest.h>

#include <string>

#include "programs/mpctl/commands.hpp"
#include "programs/mpctl/test_daemon.hpp"

namespace mp::host {
namespace {

std::string shown(const std::string& peer, bool json = false) {
  Daemon daemon;
  daemon.say(kGreeting);
  daemon.say(R"({"id":1,"ok":true,"result":{"peers":[)" + peer + "]}}");
  testing::internal::CaptureStdout();
  Client client(daemon.client_fd);
  Output out(json);
  EXPECT_EQ(run_peers(client, out), kExitOk);
  return testing::internal::GetCapturedStdout();
}

std::string member(int lies, int doubts) {
  return R"({"node":"00112233445566778899","connected":true,"equal":true,"banned":false,"heard_ms":5,"links":[],"lies":)" +
         std::to_string(lies) + R"(,"doubts":)" + std::to_string(doubts) + "}";
}

TEST(Peers, Honest_NoWordOfLies) {
  EXPECT_EQ(shown(member(0, 0)).find("untrue"), std::string::npos);
  EXPECT_EQ(shown(R"({"node":"00112233445566778899","connected":true})").find("untrue"), std::string::npos)
      << "an open network";
}

TEST(Peers, Liar_IsNamed) {
  const std::string text = shown(member(3, 0));
  EXPECT_NE(text.find("0011223344556677 lies: 3 untrue Beacons under its own key"), std::string::npos) << text;
  EXPECT_EQ(text.find("by some member"), std::string::npos) << text;
}

TEST(Peers, Doubts_AreNobodysLie) {
  const std::string text = shown(member(0, 255));
  EXPECT_NE(text.find("0011223344556677: 255 or more untrue Beacons in its name"), std::string::npos) << text;
  EXPECT_EQ(text.find("lies:"), std::string::npos) << text;
}

TEST(Peers, Json_HasBoth) {
  const std::string text = shown(member(3, 4), true);
  EXPECT_NE(text.find(R"("doubts":4)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("lies":3)"), std::string::npos) << text;
}

}  // namespace
}  // namespace mp::host
