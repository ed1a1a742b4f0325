// SPDX-License-Identifier: ISC
#include "ports/host/blobs.hpp"

#include <cerrno>
#include <limits>

#include <fcntl.h>
#include <sys/stat.h>

namespace mp::host {

Status BufferBlob::read(std::uint32_t offset, MutableBytes out) {
  if (offset > contents_.size() || out.size() > contents_.size() - offset) return Status::too_large;
  copy(Bytes(contents_).subspan(offset, out.size()), out);
  return Status::ok;
}

Status BufferBlob::write(std::uint32_t offset, Bytes part) {
  if (offset > size_max_ || part.size() > size_max_ - offset) return Status::too_large;
  if (part.empty()) return Status::ok;
  const std::size_t end = offset + part.size();
  // Room for all of it at once: what nobody has written to costs nothing but addresses, and it never moves.
  if (contents_.empty()) contents_.reserve(size_max_);
  if (end > contents_.size()) contents_.resize(end);
  copy(part, MutableBytes(contents_).subspan(offset));
  return Status::ok;
}

std::vector<std::byte> BufferBlob::take(std::size_t size) {
  contents_.resize(std::min(size, contents_.size()));
  return std::move(contents_);
}

Status FileBlob::open_to_read(const std::filesystem::path& path) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return errno == ENOENT ? Status::not_found : Status::io_error;
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return Status::io_error;
  if (!S_ISREG(about.st_mode)) return Status::unsupported;
  if (about.st_size > std::int64_t{std::numeric_limits<std::uint32_t>::max()}) return Status::too_large;
  file_ = std::move(file);
  size_ = static_cast<std::uint32_t>(about.st_size);
  return Status::ok;
}

Status FileBlob::create(const std::filesystem::path& path) {
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return Status::io_error;
  file_ = std::move(file);
  size_ = 0;
  return Status::ok;
}

Status FileBlob::read(std::uint32_t offset, MutableBytes out) {
  while (!out.empty()) {
    const ssize_t n = ::pread(file_.get(), out.data(), out.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Status::io_error;  // 0: the file was cut short meanwhile
    out = out.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint32_t>(n);
  }
  return Status::ok;
}

Status FileBlob::write(std::uint32_t offset, Bytes part) {
  while (!part.empty()) {
    const ssize_t n = ::pwrite(file_.get(), part.data(), part.size(), offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Status::io_error;
    part = part.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint32_t>(n);
    size_ = std::max(size_, offset);
  }
  return Status::ok;
}

}  // namespace mp::host
