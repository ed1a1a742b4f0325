// SPDX-License-Identifier: ISC
// One connection to the control socket: lines in, lines out, and what is done about clients that are slow or gone
// (specification: control-protocol.md, section 5).
#pragma once

#include "programs/mpnode/client.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <variant>

#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

namespace mp::host {

class ControlSession final : public Output, public std::enable_shared_from_this<ControlSession> {
 public:
  using Socket = asio::local::stream_protocol::socket;
  using Gone = std::function<void(const std::shared_ptr<ControlSession>&)>;

  // `gone` is called once, when the connection has ended.
  ControlSession(Socket socket, Service& service, Gone gone);

  void start();
  // Says goodbye, writes what waits and closes.
  void finish(const char* reason);
  // Closes at once.
  void close();

  void line(std::string text) override;
  void package(PackageLines lines) override;
  std::size_t waiting() const override { return waiting_ + unsent() + waiting_packages_; }
  std::size_t waiting_packages() const override { return waiting_packages_; }

 private:
  using Item = std::variant<std::string, PackageLines>;

  void read();
  void take_lines();
  void take_lines_later();
  void write_soon();
  void write();
  void fill_buffer();
  void watch_for_stall();
  std::size_t unsent() const { return buffer_.size() - written_; }
  bool nothing_waits() const { return queue_.empty() && unsent() == 0; }
  void end_if_done();

  Socket socket_;
  asio::steady_timer stall_timer_;
  Service& service_;
  Gone gone_;
  std::unique_ptr<Client> client_;

  std::string input_;
  std::size_t input_at_ = 0;  // where the next line begins
  std::size_t searched_ = 0;  // no line feed before
  bool reading_ = false;
  bool lines_posted_ = false;
  bool input_ended_ = false;  // the client sends no more
  bool input_done_ = false;   // ... and all its lines were taken

  std::deque<Item> queue_;
  std::size_t waiting_ = 0;           // bytes of the lines in the queue
  std::size_t waiting_packages_ = 0;  // bytes of the Packages in the queue
  std::string buffer_;                // being written
  std::size_t written_ = 0;
  bool writing_ = false;
  bool write_posted_ = false;
  bool closed_ = false;
};

}  // namespace mp::host
