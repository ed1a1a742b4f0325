// SPDX-License-Identifier: ISC
// send, when the end and the patience of the user come at the same time: what the daemon says last decides.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "programs/mpctl/commands.hpp"
#include "programs/mpctl/test_daemon.hpp"

namespace mp::host {
namespace {

struct Ended {
  int exit_code = -1;
  std::string output;
  std::string errors;
};

// A send of five bytes whose time runs out at once; `last_words` is what the daemon answers to its cancel (id 3).
Ended send_that_times_out(const std::string& last_words) {
  Daemon daemon;
  daemon.say(kGreeting);
  daemon.say(R"({"id":1,"ok":true,"result":{"blob_max":1000}})");
  daemon.say(R"({"id":2,"ok":true,"result":{"transfer":1,"state":"queued","size":5}})");
  std::thread speaker([&] {
    EXPECT_TRUE(daemon.wait_for(R"("cmd":"cancel","target":2)"));
    daemon.say(last_words);
  });
  Ended ended;
  SendOptions options;
  options.to = "aabbccdd";
  options.text = "hello";
  options.timeout_s = 0.02;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  {
    Client client(daemon.client_fd);
    Output out(false);
    try {
      ended.exit_code = run_send(client, out, options);
    } catch (const Failure& failure) {
      ended.exit_code = failure.exit_code;
    }
    ::shutdown(daemon.client_fd, SHUT_RDWR);  // so that the speaker ends, whatever happened
    speaker.join();
  }
  ended.output = testing::internal::GetCapturedStdout();
  ended.errors = testing::internal::GetCapturedStderr();
  return ended;
}

TEST(Send, TimeOut_IsCancelledAndSaysSo) {
  const Ended ended =
      send_that_times_out(R"({"id":3,"ok":true,"result":{}})"
                          "\n"
                          R"({"event":"send","id":2,"transfer":1,"state":"failed","final":true,"reason":"cancelled"})");
  EXPECT_EQ(ended.exit_code, kExitTimedOut);
  EXPECT_EQ(ended.output, "");
  EXPECT_NE(ended.errors.find("cancelled"), std::string::npos) << ended.errors;
}

TEST(Send, DeliveredBeforeTheCancel_IsDelivered) {
  const Ended ended = send_that_times_out(
      R"({"event":"send","id":2,"transfer":1,"state":"delivered","final":true,"elapsed_ms":20.5})"
      "\n"
      R"({"id":3,"ok":false,"error":{"code":"not_found","message":"no open request has this id"}})");
  EXPECT_EQ(ended.exit_code, kExitOk);
  EXPECT_EQ(ended.output, "delivered: 5 bytes to aabbccdd in 20.5 ms\n");
  EXPECT_EQ(ended.errors, "");
}

TEST(Send, DeliveredWhileTheCancelIsTaken_IsDelivered) {
  const Ended ended =
      send_that_times_out(R"({"event":"send","id":2,"transfer":1,"state":"delivered","final":true,"elapsed_ms":20.5})"
                          "\n"
                          R"({"id":3,"ok":true,"result":{}})");
  EXPECT_EQ(ended.exit_code, kExitOk);
  EXPECT_EQ(ended.output, "delivered: 5 bytes to aabbccdd in 20.5 ms\n");
  EXPECT_EQ(ended.errors, "");
}

}  // namespace
}  // namespace mp::host
