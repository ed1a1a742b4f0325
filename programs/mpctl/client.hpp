// SPDX-License-Identifier: ISC
// One connection to a running mpnode: lines of JSON over a Unix socket, as in
// docs/specification/control-protocol.md. Replies are matched to requests, events are kept in order.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "programs/mpctl/errors.hpp"

namespace mp::host {

using Json = nlohmann::ordered_json;  // members stay in the order the daemon wrote them
using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;  // none: wait for ever

inline Deadline after_ms(std::int64_t ms) { return Clock::now() + std::chrono::milliseconds(ms); }

// The daemon's "no": its code decides the exit status, `details` holds all members of the error.
class Refused : public Failure {
 public:
  explicit Refused(const Json& error);
  Json details;
};

class Client {
 public:
  explicit Client(const std::string& socket_path);  // connects and reads the greeting
  explicit Client(int connected_fd);                // takes over a socket (tests)
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Json& greeting() const { return greeting_; }

  // Sends `command` with an id of our own and waits for its reply. Returns the result; throws Refused.
  Json request(Json command, Deadline deadline = after_ms(kReplyMs));
  std::int64_t last_id() const { return next_id_ - 1; }

  // The next event, in order of arrival. Nothing when the deadline has passed.
  std::optional<Json> event(Deadline deadline);

  // The events of the last request, one by one, until `take` says that it was the last. Ctrl-C cancels the request and
  // waits for its end. True: it was let run to the end.
  bool follow(const std::function<bool(const Json&)>& take);

  // Ctrl-C throws Interrupted out of every wait, until it has been noticed once and the command calls
  // this to tidy up undisturbed.
  void ignore_interrupts() { interruptible_ = false; }
  // Throw OutputClosed out of waits once nobody reads our standard output any more.
  void watch_output() { watch_output_ = true; }

  static constexpr std::int64_t kReplyMs = 30'000;

 private:
  void greet();
  void send_line(std::string_view line, Deadline deadline);
  std::optional<Json> read_message(Deadline deadline);
  bool wait(short events, Deadline deadline);  // false: the deadline has passed

  static constexpr std::size_t kLineMax = 1 << 20;

  int fd_ = -1;
  bool interruptible_ = true;
  bool watch_output_ = false;
  std::int64_t next_id_ = 1;
  Json greeting_;
  std::string input_;
  std::size_t scanned_ = 0;  // bytes of input_ known to hold no line end
  std::deque<Json> events_;
};

// The value of --app as the protocol wants it: a name, 32 hex digits, or a JSON object.
Json app_argument(const std::string& app);

}  // namespace mp::host
