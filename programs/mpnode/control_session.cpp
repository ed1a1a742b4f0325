// SPDX-License-Identifier: ISC
#include "programs/mpnode/control_session.hpp"

#include "programs/mpnode/log.hpp"

#include <asio/post.hpp>
#include <asio/write.hpp>

#include <sys/socket.h>
#include <unistd.h>

namespace mp::host {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
// What a line that is longer than that gets at once, enough for most contents (kChunkMax as base64): each step of
// growth would be copied into pages that are new to the process. Only what is used of it costs memory.
constexpr std::size_t kLongLine = 6 * kReadSize;
constexpr std::size_t kWriteSize = 128 * 1024;  // lines are gathered until there is so much
constexpr int kLinesAtATime = 64;               // then the others get their turn
constexpr std::chrono::seconds kStallMax(30);

// A buffer is as large as the longest line that was in it, and most lines are short.
void give_back(std::string& buffer) {
  if (buffer.capacity() > 2 * kReadSize) std::string().swap(buffer);
}

// The daemon's own user and root may stop it.
bool is_trusted(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace

ControlSession::ControlSession(Socket socket, Service& service, Gone gone)
    : socket_(std::move(socket)), stall_timer_(socket_.get_executor()), service_(service), gone_(std::move(gone)) {}

void ControlSession::start() {
  socket_.non_blocking(true);
  client_ = std::make_unique<Client>(service_, *this, is_trusted(socket_.native_handle()));
  client_->greet();
  read();
}

void ControlSession::finish(const char* reason) {
  if (closed_ || !client_) return;
  client_->bye(reason);
  client_.reset();
  input_done_ = true;
  end_if_done();
}

void ControlSession::close() {
  if (closed_) return;
  closed_ = true;
  client_.reset();
  queue_.clear();
  waiting_ = waiting_packages_ = 0;
  std::error_code ignored;
  stall_timer_.cancel();
  socket_.close(ignored);
  // By way of the queue: whoever called this may still be at work here.
  asio::post(stall_timer_.get_executor(), [self = shared_from_this()] { self->gone_(self); });
}

void ControlSession::end_if_done() {
  if (input_done_ && nothing_waits() && !writing_) close();
}

// --- lines in ------------------------------------------------------------------------------------------

void ControlSession::read() {
  if (reading_ || closed_ || input_ended_ || waiting() > kPausedAbove) return;
  reading_ = true;
  const std::size_t before = input_.size();
  if (before > kReadSize / 2 && input_.capacity() < kLongLine) input_.reserve(kLongLine);
  input_.resize(before + kReadSize);
  socket_.async_read_some(asio::buffer(input_.data() + before, kReadSize),
                          [self = shared_from_this(), before](const std::error_code& error, std::size_t n) {
                            self->reading_ = false;
                            self->input_.resize(before + n);
                            if (self->closed_) return;
                            if (error == asio::error::eof)
                              self->input_ended_ = true;
                            else if (error)
                              return self->close();
                            self->take_lines();
                          });
}

void ControlSession::take_lines_later() {
  if (lines_posted_ || closed_) return;
  lines_posted_ = true;
  asio::post(stall_timer_.get_executor(), [self = shared_from_this()] {
    self->lines_posted_ = false;
    self->take_lines();
  });
}

void ControlSession::take_lines() {
  if (closed_ || input_done_ || reading_) return;
  service_.runner.poll();  // so that the node's time is now
  for (int i = 0; i < kLinesAtATime; ++i) {
    if (closed_ || !client_ || waiting() > kPausedAbove) return;
    const std::size_t end = input_.find('\n', std::max(input_at_, searched_));
    if (end == std::string::npos) {
      input_.erase(0, input_at_);
      input_at_ = 0;
      searched_ = input_.size();
      if (input_.empty()) give_back(input_);
      if (input_.size() >= kLineMax) {
        client_->refuse_long_line();
        client_.reset();
        input_done_ = true;
        return end_if_done();
      }
      if (!input_ended_) return read();
      client_->end_of_input();
      input_done_ = true;
      return end_if_done();
    }
    if (end - input_at_ >= kLineMax) {
      client_->refuse_long_line();
      client_.reset();
      input_done_ = true;
      return end_if_done();
    }
    const std::string_view line = std::string_view(input_).substr(input_at_, end - input_at_);
    input_at_ = end + 1;
    client_->take_line(line);
  }
  take_lines_later();
}

// --- lines out -----------------------------------------------------------------------------------------

void ControlSession::line(std::string text) {
  if (closed_) return;
  waiting_ += text.size();
  queue_.emplace_back(std::move(text));
  write_soon();
}

void ControlSession::package(PackageLines lines) {
  if (closed_) return;
  waiting_packages_ += lines.left();
  queue_.emplace_back(std::move(lines));
  write_soon();
}

// Later, since the node may be at work, and what comes now can go out together.
void ControlSession::write_soon() {
  if (writing_ || write_posted_ || closed_) return;
  write_posted_ = true;
  asio::post(stall_timer_.get_executor(), [self = shared_from_this()] {
    self->write_posted_ = false;
    self->write();
  });
}

void ControlSession::fill_buffer() {
  buffer_.clear();
  written_ = 0;
  while (!queue_.empty() && buffer_.size() < kWriteSize) {
    if (auto* text = std::get_if<std::string>(&queue_.front())) {
      waiting_ -= text->size();
      buffer_ += *text;
      queue_.pop_front();
      continue;
    }
    auto& lines = std::get<PackageLines>(queue_.front());
    const std::size_t before = lines.left();
    buffer_ += lines.next();
    waiting_packages_ -= before - lines.left();
    if (lines.done()) queue_.pop_front();
  }
}

void ControlSession::write() {
  if (writing_ || closed_) return;
  if (unsent() == 0) fill_buffer();
  if (unsent() == 0) {
    give_back(buffer_);
    return end_if_done();
  }
  writing_ = true;
  watch_for_stall();
  socket_.async_write_some(asio::buffer(buffer_.data() + written_, unsent()),
                           [self = shared_from_this()](const std::error_code& error, std::size_t n) {
                             self->writing_ = false;
                             if (self->closed_) return;
                             if (error) return self->close();
                             self->written_ += n;
                             self->stall_timer_.cancel();
                             if (self->client_ && self->waiting() <= kTraceMax) self->client_->on_drained();
                             if (self->waiting() <= kPausedAbove && !self->input_done_) self->take_lines_later();
                             self->write();
                           });
}

void ControlSession::watch_for_stall() {
  stall_timer_.expires_after(kStallMax);
  stall_timer_.async_wait([self = shared_from_this()](const std::error_code& error) {
    if (error || self->closed_ || !self->writing_) return;
    log_warning("a client of the control socket took nothing for 30 s and is disconnected");
    self->close();
  });
}

}  // namespace mp::host
