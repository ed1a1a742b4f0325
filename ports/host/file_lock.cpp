// SPDX-License-Identifier: ISC
#include "ports/host/file_lock.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace mp::host {
namespace {

int open_lock(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
}

}  // namespace

FileLock::Taken FileLock::fail(const std::filesystem::path& path, int error) {
  reason_ = "cannot lock " + path.string() + ": " + std::generic_category().message(error);
  return Taken::failed;
}

FileLock::Taken FileLock::wait(const std::filesystem::path& path) {
  File file(open_lock(path));
  if (!file) return fail(path, errno);
  while (::flock(file.get(), LOCK_EX) != 0)
    if (errno != EINTR) return fail(path, errno);
  file_ = std::move(file);
  return Taken::yes;
}

FileLock::Taken FileLock::take(const std::filesystem::path& path) {
  File file(open_lock(path));
  if (!file) return fail(path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(path, errno);
    std::array<char, 16> text{};
    const ssize_t n = ::read(file.get(), text.data(), text.size());
    std::string pid(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    while (!pid.empty() && (pid.back() < '0' || pid.back() > '9')) pid.pop_back();
    reason_ = pid.empty() ? "another process" : "process " + pid;
    return Taken::held_by_other;
  }
  // Only a help for people: on a full disk the lock holds all the same.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) == 0) (void)!::write(file.get(), pid.data(), pid.size());
  file_ = std::move(file);
  return Taken::yes;
}

}  // namespace mp::host
