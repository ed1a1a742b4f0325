// SPDX-License-Identifier: ISC
// The connection, spoken with over a socket pair: what the daemon says is written in advance, line by line.
#include "programs/mpctl/client.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <thread>

#include "programs/mpctl/test_daemon.hpp"

namespace mp::host {
namespace {

ExitCode exit_code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.exit_code;
  }
  return kExitOk;
}

TEST(Client, RequestWithEventsBetween_ReturnsReplyAndKeepsEventsInOrder) {
  Daemon daemon;
  daemon.say(kGreeting);
  Client client(daemon.client_fd);
  EXPECT_EQ(client.greeting()["node_id"], "aa");
  daemon.say(R"({"event":"trace","id":7,"n":0})");
  daemon.say("");
  daemon.say(R"({"event":"trace","id":7,"n":1})");
  daemon.say("{\"id\":1,\"ok\":true,\"result\":{\"x\":3}}\r");
  EXPECT_EQ(client.request({{"cmd", "status"}})["x"], 3);
  EXPECT_EQ(daemon.heard(), "{\"cmd\":\"status\",\"id\":1}\n");
  EXPECT_EQ((*client.event(after_ms(0)))["n"], 0);
  EXPECT_EQ((*client.event(after_ms(0)))["n"], 1);
  EXPECT_FALSE(client.event(after_ms(0)).has_value());
}

TEST(Client, LongLineInPieces_IsPutTogether) {
  Daemon daemon;
  daemon.say(kGreeting);
  Client client(daemon.client_fd);
  std::thread speaker([&] {  // a socket holds less than the line: both sides must work at once
    daemon.say(R"({"event":"package_data","data":")" + std::string(900'000, 'x') + "\"}");
    daemon.say(R"({"event":"next"})");
  });
  EXPECT_EQ((*client.event(std::nullopt))["data"].get<std::string>().size(), 900'000u);
  EXPECT_EQ((*client.event(std::nullopt))["event"], "next");
  speaker.join();
}

TEST(Client, LineOverTheLimit_IsUnreachable) {
  Daemon daemon;
  daemon.say(kGreeting);
  Client client(daemon.client_fd);
  std::thread speaker([&] { daemon.try_say(std::string(2 << 20, 'x')); });
  EXPECT_EQ(exit_code_of([&] { client.event(std::nullopt); }), kExitUnreachable);
  ::shutdown(daemon.client_fd, SHUT_RDWR);
  speaker.join();
}

TEST(Client, Refusal_IsThrownWithCodeMatchesAndExitStatus) {
  Daemon daemon;
  daemon.say(kGreeting);
  Client client(daemon.client_fd);
  daemon.say(R"({"id":1,"ok":false,"error":{"code":"ambiguous","message":"two nodes","matches":["aa11","aa12"]}})");
  try {
    client.request({{"cmd", "ping"}});
    FAIL() << "the refusal was not noticed";
  } catch (const Refused& refused) {
    EXPECT_EQ(refused.exit_code, kExitRefused);
    EXPECT_EQ(refused.code, "ambiguous");
    EXPECT_NE(std::string(refused.what()).find("aa12"), std::string::npos);
    EXPECT_EQ(refused.details["matches"].size(), 2u);
  }
}

TEST(Client, RefusalWithoutMembers_IsARefusalAllTheSame) {
  Daemon daemon;
  daemon.say(kGreeting);
  Client client(daemon.client_fd);
  daemon.say(R"({"id":null,"ok":false})");
  EXPECT_EQ(exit_code_of([&] { client.request({{"cmd", "ping"}}); }), kExitRefused);
}

TEST(Client, OtherProtocol_IsRefusedWithBothNumbers) {
  Daemon daemon;
  daemon.say(R"({"hello":"mpnode","protocol":2,"version":"9","node_id":"aa"})");
  try {
    Client client(daemon.client_fd);
    FAIL() << "protocol 2 was taken";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.exit_code, kExitUnreachable);
    EXPECT_NE(std::string(failure.what()).find("protocol 2"), std::string::npos);
  }
}

TEST(Client, SomebodyElseListens_IsUnreachable) {
  for (const char* line : {"HTTP/1.1 400 Bad Request", "{\"id\":1}", "[1]", "{\"a\":"}) {
    Daemon daemon;
    daemon.say(line);
    EXPECT_EQ(exit_code_of([&] { Client client(daemon.client_fd); }), kExitUnreachable) << line;
  }
}

TEST(Client, DaemonHangsUp_IsUnreachable) {
  Daemon daemon;
  daemon.say(kGreeting);
  Client client(daemon.client_fd);
  daemon.say(R"({"event":"trace","n":0})");
  daemon.hang_up();
  EXPECT_TRUE(client.event(std::nullopt).has_value());  // what it said before still counts
  EXPECT_EQ(exit_code_of([&] { client.event(std::nullopt); }), kExitUnreachable);
  EXPECT_EQ(exit_code_of([&] { client.request({{"cmd", "status"}}); }), kExitUnreachable);
}

TEST(Client, Bye_IsUnreachable) {
  Daemon daemon;
  daemon.say(kGreeting);
  Client client(daemon.client_fd);
  daemon.say(R"({"event":"bye","reason":"stop"})");
  EXPECT_EQ(exit_code_of([&] { client.event(std::nullopt); }), kExitUnreachable);
}

TEST(Client, NoAnswer_TimesOut) {
  Daemon daemon;
  daemon.say(kGreeting);
  Client client(daemon.client_fd);
  EXPECT_EQ(exit_code_of([&] { client.request({{"cmd", "status"}}, after_ms(1)); }), kExitTimedOut);
}

TEST(Client, NoSocket_SaysHowToStartOne) {
  try {
    Client client(std::string("/nonexistent/mpnode.sock"));
    FAIL() << "connected to nothing";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.exit_code, kExitUnreachable);
    EXPECT_NE(std::string(failure.what()).find("start one with `mpnode`"), std::string::npos);
  }
}

TEST(Client, SocketPathTooLong_IsAUsageError) {
  EXPECT_EQ(exit_code_of([] { Client client{std::string(200, 'x')}; }), kExitUsage);
  EXPECT_EQ(exit_code_of([] { Client client{std::string{}}; }), kExitUsage);
}

TEST(AppArgument, NameOrObject_AsTheProtocolWantsIt) {
  EXPECT_EQ(app_argument("Text"), "Text");
  EXPECT_EQ(app_argument(R"({"name":"Chat","description":"x","version":2})")["version"], 2);
  EXPECT_EQ(exit_code_of([] { app_argument("{name"); }), kExitUsage);
}

}  // namespace
}  // namespace mp::host
