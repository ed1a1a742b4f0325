// SPDX-License-Identifier: ISC
#include "programs/mpsim/out_file.hpp"

#include "programs/mpsim/errors.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace mp::sim {
namespace {

[[noreturn]] void fail(const std::string& path, const char* doing) {
  const int why = errno;
  throw OutputError("cannot " + std::string(doing) + " " + path + ": " + std::strerror(why != 0 ? why : EIO));
}

}  // namespace

OutFile::OutFile(const std::string& path) : path_(path) {
  struct stat info = {};
  const bool special = ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
  if (!special) {
    const auto slash = path.rfind('/');
    const auto name = slash == std::string::npos ? 0 : slash + 1;
    partial_ = path.substr(0, name) + "." + path.substr(name) + "." + std::to_string(::getpid()) + ".part";
  }
  errno = 0;
  out_.open(special ? path : partial_, std::ios::binary | std::ios::trunc);
  if (!out_) {
    partial_.clear();
    fail(path_, "create");
  }
}

OutFile::~OutFile() {
  if (!partial_.empty()) ::unlink(partial_.c_str());
}

void OutFile::write(std::string_view text) {
  errno = 0;
  if (!out_.write(text.data(), static_cast<std::streamsize>(text.size()))) fail(path_, "write");
}

void OutFile::keep() {
  errno = 0;
  out_.close();
  if (!out_) fail(path_, "write");
  if (partial_.empty()) return;
  if (::rename(partial_.c_str(), path_.c_str()) != 0) fail(path_, "rename to");
  partial_.clear();
}

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n >= 0)
      text.remove_prefix(static_cast<std::size_t>(n));
    else if (errno == EPIPE)
      return;
    else if (errno != EINTR)
      fail("to standard output", "write");
  }
}

void complain(std::string_view text) {
  const std::string line = "mpsim: " + std::string(text) + "\n";
  std::fputs(line.c_str(), stderr);
}

}  // namespace mp::sim
