// SPDX-License-Identifier: ISC
#include "ports/host/file_storage.hpp"

#include "ports/host/file.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

namespace mp::host {
namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

bool valid_key(std::string_view key) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), fits);
}

// Everything, whatever the system takes at a time. 0 or the errno.
int write_all(int fd, Bytes value) {
  while (!value.empty()) {
    const ssize_t n = ::write(fd, value.data(), value.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    value = value.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

// What the names of unfinished files begin with; the writer's process id follows, and a number of its own.
std::string unfinished(std::string_view key) { return std::string(key) + ".new"; }

// Removes what writers of this record left that ended before they were done.
void remove_left_over(const std::filesystem::path& folder, std::string_view key) {
  const std::string start = unfinished(key);
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().filename().string();
    if (!file.starts_with(start)) continue;
    pid_t writer = 0;
    if (file.size() > start.size()) {
      const char* const number = file.data() + start.size() + 1;
      const auto [rest, bad] = std::from_chars(number, file.data() + file.size(), writer);
      if (file[start.size()] != '.' || bad != std::errc{} || *rest != '.' || writer <= 0) continue;
    }
    if (writer == 0 || (::kill(writer, 0) != 0 && errno == ESRCH)) ::unlink(it->path().c_str());
  }
}

}  // namespace

Status FileStorage::fail(const std::string& what, const std::filesystem::path& path, int error) {
  error_ = what + " " + path.string() + ": " + std::generic_category().message(error);
  return Status::io_error;
}

// Names in it must survive a power cut too.
Status FileStorage::sync_folder(const std::filesystem::path& path) {
  const File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return fail("cannot write", path, errno);
  return Status::ok;
}

Status FileStorage::open() {
  std::error_code error;
  // Those that are missing, the innermost first; `above` is the one that is there.
  std::vector<std::filesystem::path> missing;
  std::filesystem::path above = std::filesystem::absolute(folder_, error);
  if (error) return fail("cannot use as a folder", folder_, error.value());
  if (!above.has_filename()) above = above.parent_path();  // "state/"
  while (above.has_relative_path() && ::access(above.c_str(), F_OK) != 0 && errno == ENOENT) {
    missing.push_back(above);
    above = above.parent_path();
  }
  for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
    const bool ours = path + 1 == missing.rend();
    if (::mkdir(path->c_str(), ours ? S_IRWXU : S_IRWXU | S_IRWXG | S_IRWXO) != 0 && errno != EEXIST)
      return fail("cannot make the folder", *path, errno);
    MP_TRY(sync_folder(path->parent_path()));
  }
  if (!std::filesystem::is_directory(folder_, error)) return fail("cannot use as a folder", folder_, ENOTDIR);
  return Status::ok;
}

Result<std::size_t> FileStorage::read(std::string_view key, MutableBytes out) {
  if (!valid_key(key)) return Status::not_found;
  const auto path = folder_ / key;
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));  // a pipe must not stop us
  if (!file) return errno == ENOENT ? Status::not_found : fail("cannot open", path, errno);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return fail("cannot read", path, errno);
  if (!S_ISREG(about.st_mode)) {
    error_ = path.string() + " is not a regular file; move it away";
    return Status::io_error;
  }
  if ((about.st_mode & kOthers) != 0) {
    error_ = path.string() + " is open to others than its owner; allow it to nobody else: chmod 600 " + path.string();
    return Status::io_error;
  }
  std::size_t size = 0;
  for (;;) {
    std::byte one_more{};
    const bool full = size == out.size();
    const ssize_t n = ::read(file.get(), full ? &one_more : out.data() + size, full ? 1 : out.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("cannot read", path, errno);
    if (n == 0) return size;
    if (full) return Status::too_large;
    size += static_cast<std::size_t>(n);
  }
}

Status FileStorage::write(std::string_view key, Bytes value) {
  if (!valid_key(key)) return fail("cannot write", folder_ / key, EINVAL);
  const auto path = folder_ / key;
  remove_left_over(folder_, key);
  // A name of its own: nobody who writes the same record at the same time may get into this file.
  static std::atomic<unsigned> number{0};
  const auto beside = folder_ / (unfinished(key) + "." + std::to_string(::getpid()) + "." + std::to_string(++number));
  File file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!file) return fail("cannot write", beside, errno);
  before_step(Step::write_beside);
  int error = write_all(file.get(), value);
  before_step(Step::sync_beside);
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (file.close() != 0 && error == 0) error = errno;
  before_step(Step::rename);
  if (error == 0 && ::rename(beside.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(beside.c_str());
    return fail("cannot write", path, error);
  }
  before_step(Step::sync_folder);
  MP_TRY(sync_folder(folder_));
  before_step(Step::done);
  return Status::ok;
}

}  // namespace mp::host
