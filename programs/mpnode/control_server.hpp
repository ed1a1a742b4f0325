// SPDX-License-Identifier: ISC
// The control socket: takes its path, accepts clients, removes it at the end.
#pragma once

#include "programs/mpnode/service.hpp"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace asio {
class io_context;
}

namespace mp::host {

// Another daemon answers on the path.
class SocketTaken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ControlServer {
 public:
  // Takes the path; a socket file that nobody answers on is replaced. Throws SocketTaken, or std::runtime_error with a
  // text that names the path and the reason.
  ControlServer(asio::io_context& io, const std::string& path, const std::string& group);
  ~ControlServer();

  void serve(Service& service);
  // Says goodbye to every client and closes the socket; `done` is called when all are gone.
  void finish(const char* reason, std::function<void()> done);
  // Closes what is left.
  void close();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mp::host
