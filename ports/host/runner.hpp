// SPDX-License-Identifier: ISC
// Runs a Node on an Asio event loop: the only caller of Node::poll on Linux. One thread, the one that runs
// `io`; everything here is called from it.
#pragma once

#include "micropycelium/node/node.hpp"

#include <functional>
#include <memory>

namespace asio {
class io_context;
}

namespace mp::host {

class Runner {
 public:
  // Both outlive the Runner.
  Runner(asio::io_context& io, Node& node);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Starts the node (Status: as Node::start) and polls it from now on.
  Status start();
  // Lets the Applications say goodbye. The node is still polled, to drain, until the Runner goes.
  void stop();

  // Polls at once: before asking the node for something that depends on its time. Not from inside a handler.
  void poll();
  // Polls soon: an Interface has something, or a send was queued. Cheap, may be called often.
  void wake();
  // Called after each poll, outside the node: for what a handler may not do.
  void after_poll(std::function<void()> call);

  Node& node() { return node_; }
  asio::io_context& io() { return io_; }
  // On the clock that the node lives by: 0 when the Runner was made, never back.
  Instant now() const;

 private:
  struct Loop;
  asio::io_context& io_;
  Node& node_;
  std::shared_ptr<Loop> loop_;
};

}  // namespace mp::host
