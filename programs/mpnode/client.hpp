// SPDX-License-Identifier: ISC
// One client of the control socket: its requests, in the order they came, and those that are open
// (specification: control-protocol.md). Knows no socket: lines come in, lines go to Output.
#pragma once

#include "programs/mpnode/json.hpp"
#include "programs/mpnode/output.hpp"
#include "programs/mpnode/service.hpp"

#include <map>
#include <stdexcept>

namespace mp::host {

inline constexpr std::size_t kLineMax = 1 << 20;       // bytes, the line feed included
inline constexpr std::size_t kOpenMax = 256;           // open requests of one client
inline constexpr std::size_t kChunkMax = 256 * 1024;   // bytes of contents in one line
inline constexpr std::size_t kPausedAbove = 1 << 20;   // bytes of output; then requests wait
inline constexpr std::size_t kTraceMax = 256 * 1024;   // bytes of output; then trace events are dropped
inline constexpr std::size_t kPackagesMax = 32 << 20;  // bytes of Packages waiting for one client

// A request that cannot be fulfilled. `members` go into the error object besides code and message.
class CommandError : public std::runtime_error {
 public:
  CommandError(std::string the_code, const std::string& message, std::string the_members = {})
      : std::runtime_error(message), code(std::move(the_code)), members(std::move(the_members)) {}

  const std::string code;
  const std::string members;  // JSON: "\"max\":213", or empty
};

// A request with events still to come. Tells its end to the client by being removed from it.
class OpenRequest {
 public:
  virtual ~OpenRequest() = default;
  // The client asks to end it, and has its reply already. Subscriptions just end.
  virtual void cancel() = 0;
  // The client closed its writing side: subscriptions end.
  virtual bool is_subscription() const { return false; }
  // Output was written: something that was left out may be said.
  virtual void on_drained() {}
};

class Client;

// A request as the commands see it.
struct Request {
  const Json& body;
  const std::string& id;  // as JSON
  // What "data" held, when it was long (contents.hpp); the body then has kTakenOut in its place.
  std::optional<std::vector<std::byte>>& contents;
};

class Client {
 public:
  // `trusted`: may stop the daemon.
  Client(Service& service, Output& output, bool trusted);
  ~Client();

  void greet();
  // Without its end. Every line gets one reply.
  void take_line(std::string_view line);
  void refuse_long_line();
  // No more lines will come.
  void end_of_input();
  void on_drained();
  void bye(const char* reason);

  // --- for the commands ----------------------------------------------------------------------------
  Service& service() { return service_; }
  Output& output() { return output_; }
  bool trusted() const { return trusted_; }

  // `members`: JSON of the result's members, without braces. Every command replies once, or throws CommandError.
  void reply(const Request& request, std::string_view members);
  void reply_error(const std::string& id, const CommandError& error);
  void event(std::string_view name, const std::string& id, std::string_view members);

  void open(const std::string& id, std::unique_ptr<OpenRequest> request);
  OpenRequest* find(const std::string& id);
  // Ends an open request and destroys it: if it calls this itself, then as the last thing it does.
  void close(const std::string& id);

  std::size_t packages_reserved = 0;  // bytes of Packages that are on their way to this client

 private:
  void run(const Request& request);

  Service& service_;
  Output& output_;
  bool trusted_;
  std::map<std::string, std::unique_ptr<OpenRequest>> open_;
};

}  // namespace mp::host
