// SPDX-License-Identifier: ISC
// recv: listens to an Application and shows or keeps what comes. File names are made of digests, never of
// anything a sender chose; a file is there completely or not at all.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "programs/mpctl/commands.hpp"
#include "programs/mpctl/partial_file.hpp"

namespace mp::host {
namespace {

constexpr std::size_t kPreview = 16'384;  // bytes of a Package that are shown when nothing is kept

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

class Receiving {
 public:
  Receiving(Client& client, Output& out, const RecvOptions& options) : client_(client), out_(out), options_(options) {
    to_stdout_ = options.out == "-";
    to_directory_ = !options.out.empty() && !to_stdout_ && (options.out.back() == '/' || is_directory(options.out));
    count_ = options.count;
    const bool one_place = !options.out.empty() && !to_directory_;
    if (one_place && count_ == 0) count_ = 1;
    if (one_place && !to_stdout_ && count_ > 1)
      throw Failure(kExitUsage, "usage",
                    options.out + " is not a directory: several Packages cannot be kept in one file");
    if (to_stdout_ && out.json()) throw Failure(kExitUsage, "usage", "--json and --out - both want standard output");
    if (to_directory_ && ::mkdir(options.out.c_str(), 0777) != 0 && errno != EEXIST)
      throw Failure(kExitFailed, "output_failed", "cannot create " + options.out + ": " + std::strerror(errno));
  }

  int run();

 private:
  void begin(const Json& event);
  void add(std::string_view data);
  void end();
  std::string file_name() const;

  Client& client_;
  Output& out_;
  const RecvOptions& options_;
  bool to_stdout_ = false;
  bool to_directory_ = false;
  std::int64_t count_ = 0;

  std::int64_t complete_ = 0;
  bool open_ = false;
  Json head_;
  std::uint64_t size_ = 0;
  std::uint64_t received_ = 0;
  std::string data_;  // all of it for --json, else a preview
  std::unique_ptr<PartialFile> file_;
};

int Receiving::run() {
  Json request{{"cmd", "recv"}};
  if (!options_.app.empty()) request["app"] = app_argument(options_.app);
  const Json result = client_.request(std::move(request));
  const std::int64_t id = client_.last_id();
  client_.watch_output();
  if (out_.json())
    out_.record({{"event", "listening"}, {"app", text(result, "app")}});
  else if (::isatty(STDERR_FILENO) == 1)
    complain("listening for Application " + text(result, "app") + "; Ctrl-C ends");
  Deadline deadline;
  if (options_.timeout_s) deadline = after_ms(static_cast<std::int64_t>(*options_.timeout_s * 1000));

  while (count_ == 0 || complete_ < count_) {
    const std::optional<Json> event = client_.event(deadline);
    if (!event) {
      if (count_ == 0 && complete_ > 0) return kExitOk;
      throw Failure(kExitTimedOut, "timed_out",
                    complete_ == 0 ? "no Package came within the time given"
                                   : "only " + std::to_string(complete_) + " of " + std::to_string(count_) +
                                         " Packages came within the time given");
    }
    if (number(*event, "id", -1) != id) continue;
    const std::string kind = text(*event, "event");
    if (kind == "package") {
      begin(*event);
    } else if (kind == "package_data" && open_) {
      add(from_base64(event->value("data", "")));
    } else if (kind == "lost") {
      if (out_.json()) out_.record({{"event", "lost"}, {"count", number(*event, "count")}});
      complain(std::to_string(number(*event, "count")) + " Package(s) lost: this program did not read fast enough");
    }
    if (open_ && received_ >= size_) end();
  }
  client_.request({{"cmd", "cancel"}, {"target", id}});
  return kExitOk;
}

void Receiving::begin(const Json& event) {
  head_ = event;
  head_.erase("data");
  head_.erase("id");
  size_ = static_cast<std::uint64_t>(number(event, "size"));
  received_ = 0;
  data_.clear();
  open_ = true;
  if (to_directory_)
    file_ = std::make_unique<PartialFile>(options_.out + (options_.out.back() == '/' ? "" : "/") + file_name());
  else if (!options_.out.empty() && !to_stdout_)
    file_ = std::make_unique<PartialFile>(options_.out);
  if (event.contains("data") && event["data"].is_string()) add(from_base64(event["data"].get<std::string>()));
}

void Receiving::add(std::string_view data) {
  received_ += data.size();
  if (received_ > size_)
    throw Failure(kExitUnreachable, "bad_daemon", "the daemon sent more bytes of a Package than it had announced");
  if (file_)
    file_->write(data);
  else if (to_stdout_)
    out_.raw(data);
  else if (out_.json() || data_.size() < kPreview)
    data_ += data;
}

void Receiving::end() {
  open_ = false;
  ++complete_;
  if (file_) {
    file_->keep();
    head_["file"] = file_->path();
    file_.reset();
  } else if (out_.json()) {
    head_["data"] = base64(data_);
  }
  if (out_.json()) {
    out_.record(head_);
    return;
  }
  if (to_stdout_) return;
  const Json from = head_.value("from", Json::object());
  const bool proven = from.value("proven", Json()).is_string();
  const std::string sender = proven                                   ? short_node(text(from, "proven")) + " (proven)"
                             : from.value("node", Json()).is_string() ? short_node(text(from, "node"))
                             : from.value("address", Json()).is_string() ? text(from, "address")
                                                                         : "a stranger at " + text(from, "link");
  out_.line(out_.bold("from " + sender) + "  " + std::to_string(size_) + " bytes  " +
            out_.dim("half_sha256 " + text(head_, "half_sha256")) + (flag(from, "broadcast") ? "  broadcast" : ""));
  if (head_.contains("file"))
    out_.line("  kept in " + printable(head_["file"].get<std::string>()));
  else if (data_.size() == size_ && is_plain_text(data_))
    out_.line(data_);
  else
    out_.line("  (not shown: " + std::string(data_.size() == size_ ? "binary" : "long") + "; keep it with --out)");
}

// "<sender>-<digest>.bin": the same content from the same sender has the same name.
std::string Receiving::file_name() const {
  const auto digits = [](const std::string& id, std::size_t n) {
    const bool hex = id.size() >= n && id.find_first_not_of("0123456789abcdef") == std::string::npos;
    return hex ? id.substr(0, n) : std::string("unknown");
  };
  const Json from = head_.value("from", Json::object());
  return digits(text(from, "proven", text(from, "node", "")), 16) + "-" + digits(text(head_, "half_sha256", ""), 32) +
         ".bin";
}

}  // namespace

int run_recv(Client& client, Output& out, const RecvOptions& options) { return Receiving(client, out, options).run(); }

}  // namespace mp::host
