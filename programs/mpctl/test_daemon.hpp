// SPDX-License-Identifier: ISC
// For the tests in this folder: a daemon that says over a socket pair what the test tells it to.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace mp::host {

inline constexpr const char* kGreeting = R"({"hello":"mpnode","protocol":1,"version":"0.1.0","node_id":"aa"})";

// The daemon's side of a socket pair.
class Daemon {
 public:
  Daemon() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    client_fd = fds[0];
    fd_ = fds[1];
  }
  ~Daemon() { hang_up(); }

  void say(const std::string& line) { EXPECT_TRUE(try_say(line + "\n")); }
  bool try_say(const std::string& bytes) {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  std::string heard() {
    char buffer[4096];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
  }
  // Waits until it has heard this; false: the client has hung up.
  bool wait_for(std::string_view text) {
    char buffer[4096];
    while (all_heard_.find(text) == std::string::npos) {
      const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) return false;
      all_heard_.append(buffer, static_cast<std::size_t>(n));
    }
    return true;
  }
  void hang_up() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  int client_fd;

 private:
  int fd_;
  std::string all_heard_;
};

}  // namespace mp::host
