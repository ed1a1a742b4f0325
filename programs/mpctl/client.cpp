// SPDX-License-Identifier: ISC
#include "programs/mpctl/client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "programs/mpctl/interrupt.hpp"
#include "programs/mpctl/output.hpp"

namespace mp::host {
namespace {

constexpr int kProtocol = 1;

Failure unreachable(const std::string& message) { return {kExitUnreachable, "no_daemon", message}; }

std::string text_of(const Json& object, const char* member, const std::string& otherwise) {
  const auto it = object.find(member);
  return it != object.end() && it->is_string() ? it->get<std::string>() : otherwise;
}

std::string explain(const Json& error) {
  std::string message = text_of(error, "message", "the daemon refused without saying why");
  if (const auto matches = error.find("matches"); matches != error.end() && matches->is_array()) {
    message += "; it could be:";
    for (const Json& match : *matches)
      message += "\n  " + (match.is_string() ? match.get<std::string>() : match.dump());
  }
  return message;
}

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw Failure(
        kExitUsage, "usage",
        "the socket path must have 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes: \"" + path + "\"");
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw unreachable(std::string("cannot make a socket: ") + std::strerror(errno));
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int error = errno;
  ::close(fd);
  if (error == ENOENT || error == ECONNREFUSED)
    throw unreachable("no daemon at " + path +
                      ": start one with `mpnode`, or name its socket with --socket or MPNODE_SOCKET");
  if (error == EACCES || error == EPERM)
    throw unreachable("not allowed to use " + path +
                      ": become the user that runs mpnode, or let a group in with `group` under [control]");
  throw unreachable("cannot connect to " + path + ": " + std::strerror(error));
}

}  // namespace

Refused::Refused(const Json& error)
    : Failure(kExitRefused, text_of(error, "code", "internal"), explain(error)), details(error) {}

Client::Client(const std::string& socket_path) : fd_(connect_to(socket_path)) {
  try {
    greet();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Client::Client(int connected_fd) : fd_(connected_fd) { greet(); }

Client::~Client() { ::close(fd_); }

void Client::greet() {
  const std::optional<Json> hello = read_message(after_ms(5'000));
  if (!hello) throw Failure(kExitTimedOut, "timed_out", "the daemon took the connection, but says nothing");
  if (!hello->contains("hello") || !hello->contains("protocol"))
    throw unreachable("whoever listens on this socket does not speak the control protocol of mpnode");
  if ((*hello)["protocol"] != kProtocol)
    throw unreachable("the daemon speaks control protocol " + (*hello)["protocol"].dump() + ", this mpctl " +
                      std::to_string(kProtocol) + ": use the mpctl that came with the daemon");
  greeting_ = *hello;
}

Json Client::request(Json command, Deadline deadline) {
  const std::int64_t id = next_id_++;
  command["id"] = id;
  send_line(command.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", deadline);
  for (;;) {
    std::optional<Json> message = read_message(deadline);
    if (!message) throw Failure(kExitTimedOut, "timed_out", "the daemon did not answer in time");
    if (message->contains("event")) {
      events_.push_back(std::move(*message));
      continue;
    }
    const auto reply_id = message->find("id");
    if (reply_id == message->end() || (!reply_id->is_null() && *reply_id != id)) continue;
    const auto ok = message->find("ok");
    if (ok == message->end() || *ok != true) {
      const auto error = message->find("error");
      throw Refused(error != message->end() && error->is_object() ? *error : Json::object());
    }
    Json result = message->value("result", Json::object());
    return result.is_null() ? Json::object() : result;
  }
}

bool Client::follow(const std::function<bool(const Json&)>& take) {
  constexpr std::int64_t kEndMs = 3'000;
  const std::int64_t id = last_id();
  const auto to_the_end = [&](Deadline deadline) {
    while (const std::optional<Json> next = event(deadline))
      if (number(*next, "id", -1) == id && take(*next)) return;
  };
  try {
    to_the_end(std::nullopt);
    return true;
  } catch (const Interrupted&) {
    ignore_interrupts();
    request({{"cmd", "cancel"}, {"target", id}}, after_ms(kEndMs));
    to_the_end(after_ms(kEndMs));
    return false;
  }
}

std::optional<Json> Client::event(Deadline deadline) {
  while (events_.empty()) {
    std::optional<Json> message = read_message(deadline);
    if (!message) return std::nullopt;
    if (message->contains("event")) events_.push_back(std::move(*message));
  }
  Json first = std::move(events_.front());
  events_.pop_front();
  if (first["event"] == "bye")
    throw unreachable("the daemon has been stopped (" + text_of(first, "reason", "no reason given") + ")");
  return first;
}

void Client::send_line(std::string_view line, Deadline deadline) {
  while (!line.empty()) {
    const ssize_t n = ::send(fd_, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      line.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      if (!wait(POLLOUT, deadline))
        throw Failure(kExitTimedOut, "timed_out", "the daemon does not read what is sent to it");
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return;  // its last words may explain; reading finds the end of the connection
    } else if (errno != EINTR) {
      throw unreachable(std::string("cannot write to the daemon: ") + std::strerror(errno));
    }
  }
}

std::optional<Json> Client::read_message(Deadline deadline) {
  for (;;) {
    const std::size_t end = input_.find('\n', scanned_);
    if (end != std::string::npos) {
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      scanned_ = 0;
      if (line.empty() || line == "\r") continue;
      Json message = Json::parse(line, nullptr, false);
      if (!message.is_object()) throw unreachable("the daemon sent a line that is not a JSON object");
      return message;
    }
    scanned_ = input_.size();
    if (input_.size() > kLineMax) throw unreachable("the daemon sent a line of more than 1 MiB");
    if (!wait(POLLIN, deadline)) return std::nullopt;
    std::array<char, 65536> buffer;
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n > 0) {
      input_.append(buffer.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || errno == ECONNRESET) {
      throw unreachable("the daemon closed the connection");
    } else if (errno != EAGAIN && errno != EINTR) {
      throw unreachable(std::string("cannot read from the daemon: ") + std::strerror(errno));
    }
  }
}

bool Client::wait(short events, Deadline deadline) {
  for (;;) {
    int timeout_ms = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
      timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
    }
    // A negative fd is skipped by poll(); events = 0 on the output still reports that its reader has gone.
    std::array<pollfd, 3> fds{{{fd_, events, 0},
                               {interruptible_ ? interrupt::fd() : -1, POLLIN, 0},
                               {watch_output_ ? STDOUT_FILENO : -1, 0, 0}}};
    const int n = ::poll(fds.data(), fds.size(), timeout_ms);
    if (n < 0 && errno != EINTR) throw unreachable(std::string("cannot wait for the daemon: ") + std::strerror(errno));
    if (n > 0 && fds[1].revents != 0) throw Interrupted();
    if (n > 0 && (fds[2].revents & POLLERR) != 0) throw OutputClosed();
    if (n > 0 && fds[0].revents != 0) return true;
    if (deadline && Clock::now() >= *deadline) return false;
  }
}

Json app_argument(const std::string& app) {
  if (!app.starts_with('{')) return app;
  Json object = Json::parse(app, nullptr, false);
  if (!object.is_object()) throw Failure(kExitUsage, "usage", "--app: not a JSON object: " + app);
  return object;
}

}  // namespace mp::host
