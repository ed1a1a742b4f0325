// SPDX-License-Identifier: ISC
#include "programs/mpctl/partial_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "programs/mpctl/errors.hpp"

namespace mp::host {

PartialFile::PartialFile(const std::string& path) : path_(path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    fd_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    const std::size_t slash = path.rfind('/');
    const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
    partial_path_ = path.substr(0, name) + "." + path.substr(name) + "." + std::to_string(::getpid()) + ".part";
    fd_ = ::open(partial_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  }
  if (fd_ < 0) {
    partial_path_.clear();
    fail("create");
  }
}

PartialFile::~PartialFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!partial_path_.empty()) ::unlink(partial_path_.c_str());
}

void PartialFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (errno == EPIPE)
      throw OutputClosed();
    else if (errno != EINTR)
      fail("write");
  }
}

void PartialFile::keep() {
  const int fd = fd_;
  fd_ = -1;
  if (::close(fd) != 0) fail("write");
  if (partial_path_.empty()) return;
  if (::rename(partial_path_.c_str(), path_.c_str()) != 0) fail("rename to");
  partial_path_.clear();
}

void PartialFile::fail(const std::string& what) const {
  throw Failure(kExitFailed, "output_failed", "cannot " + what + " " + path_ + ": " + std::strerror(errno));
}

}  // namespace mp::host
