// SPDX-License-Identifier: ISC
// send: a file, standard input or a text to a node, an address or everyone in reach. Says what became of
// it and nothing more: only "delivered" means that the other end has it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "programs/mpctl/commands.hpp"
#include "programs/mpctl/interrupt.hpp"

namespace mp::host {
namespace {

constexpr std::size_t kChunk = 262'144;
constexpr std::int64_t kEndMs = 3'000;  // for the end of a send that was cancelled

// Where the bytes come from: a regular file is read as it is sent, everything else first, since the
// protocol wants to know the size.
class Source {
 public:
  Source(const SendOptions& options, std::uint64_t blob_max);
  ~Source() {
    if (fd_ > STDIN_FILENO) ::close(fd_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  std::uint64_t size() const { return size_; }
  std::string read(std::size_t size_max);  // as much as there is, up to size_max

 private:
  std::size_t read_some(char* to, std::size_t n);
  void read_all(std::uint64_t blob_max);

  std::string name_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::string buffer_;  // what was read ahead
};

Source::Source(const SendOptions& options, std::uint64_t blob_max) {
  if (options.text) {
    buffer_ = *options.text;
    size_ = buffer_.size();
    return;
  }
  const bool standard_input = options.file.empty() || options.file == "-";
  name_ = standard_input ? "standard input" : options.file;
  fd_ = standard_input ? STDIN_FILENO : ::open(options.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) throw Failure(kExitFailed, "no_file", "cannot open " + name_ + ": " + std::strerror(errno));
  struct stat info {};
  if (::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode)) {
    const off_t at = ::lseek(fd_, 0, SEEK_CUR);
    size_ = info.st_size > at ? static_cast<std::uint64_t>(info.st_size - at) : 0;
  } else {
    read_all(blob_max);
  }
}

std::size_t Source::read_some(char* to, std::size_t n) {
  for (;;) {
    const ssize_t got = ::read(fd_, to, n);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw Failure(kExitFailed, "read_failed", "cannot read " + name_ + ": " + std::strerror(errno));
    if (interrupt::signal_seen() != 0) throw Interrupted();
  }
}

void Source::read_all(std::uint64_t blob_max) {
  std::string piece(65536, '\0');
  while (const std::size_t n = read_some(piece.data(), piece.size())) {
    buffer_.append(piece, 0, n);
    if (buffer_.size() > blob_max)
      throw Failure(kExitRefused, "too_large",
                    name_ + " holds more than " + std::to_string(blob_max) + " bytes, the most that can be sent");
  }
  size_ = buffer_.size();
  if (fd_ > STDIN_FILENO) ::close(fd_);
  fd_ = -1;
}

std::string Source::read(std::size_t size_max) {
  if (fd_ < 0) {
    std::string result = buffer_.substr(0, size_max);
    buffer_.erase(0, result.size());
    return result;
  }
  std::string result(size_max, '\0');
  std::size_t filled = 0;
  while (filled < size_max) {
    const std::size_t n = read_some(result.data() + filled, size_max - filled);
    if (n == 0) break;
    filled += n;
  }
  result.resize(filled);
  return result;
}

// Of what went by id: at whom it ended.
std::string where_text(const Json& event) {
  const std::string why = text(event, "why", "");
  if (why == "unknown") return ": nobody says where it is";
  if (why == "ttl") return ": after too many hops, at node " + text(event, "where");
  return why.empty() ? "" : ": node " + text(event, "where") + " has nobody left to send it to";
}

std::string reason_text(const std::string& reason) {
  if (reason == "no_answer") return "no answer from the other end";
  if (reason == "not_wanted")
    return "it is not wanted there: nobody listens for this Application (there: mpctl recv), or who does has no room "
           "for it now";
  if (reason == "no_room") return "no room for it, there or on the way; try again later";
  if (reason == "bad_digest") return "it arrived, but not as it was sent";
  if (reason == "unreachable") return "no way leads there";
  if (reason == "peer_lost") return "the peer went away";
  if (reason == "storage_failed") return "the daemon could not read it back from its store";
  if (reason == "cancelled") return "cancelled";
  if (reason == "expired") return "its time was over before it was acknowledged";
  if (reason == "displaced") return "the daemon's queue was full, and it gave way to something more urgent";
  return reason;
}

class Sending {
 public:
  Sending(Client& client, Output& out, const SendOptions& options)
      : client_(client),
        out_(out),
        options_(options),
        show_progress_(options.progress || ::isatty(STDERR_FILENO) == 1) {
    if (options.timeout_s) deadline_ = after_ms(static_cast<std::int64_t>(*options.timeout_s * 1000));
  }

  int run() {
    const Json status = client_.request({{"cmd", "status"}});
    Source source(options_, static_cast<std::uint64_t>(number(status, "blob_max", std::int64_t{1} << 20)));
    try {
      start(source);
      return finish(deadline_);
    } catch (const Interrupted&) {
      return cancel(kExitInterrupted);
    } catch (const Failure& failure) {
      if (failure.exit_code != kExitTimedOut && failure.exit_code != kExitFailed) throw;
      if (cancel(failure.exit_code) == kExitOk) return kExitOk;  // it arrived before the daemon could give up
      throw;
    }
  }

 private:
  void start(Source& source);
  int finish(Deadline deadline);
  int cancel(int exit_code);
  void stage(const std::string& stage);
  void progress(const std::string& what, std::int64_t done, std::int64_t total);
  int end(const Json& event);

  Client& client_;
  Output& out_;
  const SendOptions& options_;
  bool show_progress_;
  bool progress_line_ = false;
  Deadline deadline_;
  std::int64_t id_ = 0;
  std::uint64_t size_ = 0;
};

void Sending::start(Source& source) {
  size_ = source.size();
  Json request{{"cmd", options_.broadcast ? "broadcast" : "send"}};
  if (!options_.broadcast) {
    request["to"] = options_.to;
    if (options_.no_ask) request["ask"] = false;
    if (options_.sealed) request["sealed"] = true;
    if (!options_.mode.empty()) request["mode"] = options_.mode;
  }
  if (!options_.priority.empty()) request["priority"] = options_.priority;
  if (options_.expires_s) request["expires_ms"] = std::max<std::int64_t>(1, std::llround(*options_.expires_s * 1000));
  if (!options_.app.empty()) request["app"] = app_argument(options_.app);
  const bool whole = options_.broadcast || size_ <= kChunk;
  if (whole)
    request["data"] = base64(source.read(options_.broadcast ? std::min<std::size_t>(size_, kChunk) : kChunk));
  else
    request["size"] = size_;
  Json result = client_.request(std::move(request), deadline_);
  id_ = client_.last_id();
  const std::int64_t transfer = number(result, "transfer");
  if (out_.json()) out_.record({{"state", text(result, "state", "queued")}, {"transfer", transfer}, {"size", size_}});
  if (whole) return;

  std::uint64_t uploaded = 0;
  while (uploaded < size_) {
    const std::string chunk = source.read(static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, size_ - uploaded)));
    if (chunk.empty())
      throw Failure(kExitFailed, "file_changed", "the file became shorter while it was read; nothing was sent");
    result = client_.request({{"cmd", "send_data"}, {"transfer", transfer}, {"data", base64(chunk)}}, deadline_);
    uploaded += chunk.size();
    if (out_.json())
      out_.record({{"state", text(result, "state", "uploading")}, {"transfer", transfer}, {"received", uploaded}});
  }
}

int Sending::finish(Deadline deadline) {
  for (;;) {
    const std::optional<Json> event = client_.event(deadline);
    if (!event)
      throw Failure(kExitTimedOut, "timed_out",
                    "not known to be delivered within the time given; it has been cancelled");
    if (event->value("event", "") != "send" || number(*event, "id") != id_) continue;
    if (flag(*event, "final")) return end(*event);
    if (out_.json()) {
      Json record = *event;
      record.erase("event");
      record.erase("id");
      out_.record(record);
    }
    stage(text(*event, "stage"));
    progress("parts", number(*event, "parts_done"), number(*event, "parts_total"));
  }
}

// After Ctrl-C, a timeout or a file that failed: asks the daemon to give up, and reports how it ended.
int Sending::cancel(int exit_code) {
  if (id_ == 0) return exit_code;
  client_.ignore_interrupts();
  try {
    client_.request({{"cmd", "cancel"}, {"target", id_}}, after_ms(kEndMs));
  } catch (const Refused&) {
    // It had ended already; its last event came before this reply.
  } catch (const Failure&) {
    return exit_code;  // the daemon has gone
  }
  try {
    return finish(after_ms(kEndMs)) == kExitOk ? kExitOk : exit_code;
  } catch (const Failure&) {
    return exit_code;
  }
}

// What is not cut into parts has no bar, but a word.
void Sending::stage(const std::string& stage) {
  if (!show_progress_ || stage.empty() || size_ > kChunk) return;
  std::fprintf(stderr, "\r%-30s", stage == "relayed" ? "the next hop has it" : "sent");
  std::fflush(stderr);
  progress_line_ = true;
}

void Sending::progress(const std::string& what, std::int64_t done, std::int64_t total) {
  if (!show_progress_ || total <= 0) return;
  constexpr std::int64_t kWidth = 30;
  const std::int64_t filled = std::clamp<std::int64_t>(done * kWidth / total, 0, kWidth);
  const std::string bar =
      std::string(static_cast<std::size_t>(filled), '#') + std::string(static_cast<std::size_t>(kWidth - filled), '.');
  std::fprintf(stderr, "\r[%s] %lld of %lld %s ", bar.c_str(), static_cast<long long>(done),
               static_cast<long long>(total), what.c_str());
  std::fflush(stderr);
  progress_line_ = true;
}

int Sending::end(const Json& event) {
  if (progress_line_) std::fputc('\n', stderr);
  const std::string state = text(event, "state");
  const std::string target = options_.broadcast ? "everyone in reach" : options_.to;
  if (out_.json()) {
    Json record = event;
    record.erase("event");
    record.erase("id");
    record["size"] = size_;
    out_.record(record);
  }
  if (state == "delivered" || state == "sent") {
    std::string sentence = state == "delivered" ? out_.good("delivered") : "sent, unconfirmed";
    sentence += ": " + std::to_string(size_) + " bytes to " + target;
    if (state == "delivered" && event.contains("elapsed_ms"))
      sentence += " in " + fixed(real(event, "elapsed_ms"), 1) + " ms";
    if (!out_.json()) out_.line(sentence);
    return kExitOk;
  }
  complain("not delivered to " + target + ": " + reason_text(text(event, "reason", state)) + where_text(event));
  return kExitFailed;
}

}  // namespace

int run_send(Client& client, Output& out, const SendOptions& options) { return Sending(client, out, options).run(); }

}  // namespace mp::host
