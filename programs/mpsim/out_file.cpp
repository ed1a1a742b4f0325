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

// Devices and pipes may well be both.
bool same_file(const std::string& a, const std::string& b) {
  struct stat is_a = {}, is_b = {};
  if (::stat(a.c_str(), &is_a) != 0 || ::stat(b.c_str(), &is_b) != 0) return a == b;
  return S_ISREG(is_a.st_mode) && is_a.st_dev == is_b.st_dev && is_a.st_ino == is_b.st_ino;
}

}  // namespace

void keep_apart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
  for (auto out = outputs.begin(); out != outputs.end(); ++out) {
    if (out->empty() || *out == "-") continue;
    if (out->ends_with(".toml")) throw UsageError(*out + ": a scenario is not written over");
    for (const std::string& in : inputs)
      if (same_file(in, *out)) throw UsageError(*out + ": it is read, and not written over; give another name");
    for (auto other = outputs.begin(); other != out; ++other)
      if (same_file(*other, *out)) throw UsageError(*out + ": two things can not be written to one file");
  }
}

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
