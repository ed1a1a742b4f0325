// SPDX-License-Identifier: ISC
// Blobs on Linux: in memory that grows with what comes, or in a file.
#pragma once

#include "micropycelium/platform/blob.hpp"
#include "ports/host/file.hpp"

#include <filesystem>
#include <vector>

namespace mp::host {

// Contents in memory. Made empty to receive into (up to `size_max` bytes), or with contents to send.
class BufferBlob final : public Blob {
 public:
  explicit BufferBlob(std::size_t size_max) : size_max_(size_max) {}
  explicit BufferBlob(std::vector<std::byte> contents) : size_max_(contents.size()), contents_(std::move(contents)) {}

  std::uint32_t size() const override { return static_cast<std::uint32_t>(contents_.size()); }
  Status read(std::uint32_t offset, MutableBytes out) override;
  Status write(std::uint32_t offset, Bytes part) override;

  Bytes contents() const { return contents_; }
  // Leaves the Blob empty. `size`: what the Package turned out to hold.
  std::vector<std::byte> take(std::size_t size);

 private:
  std::size_t size_max_;
  std::vector<std::byte> contents_;
};

// Contents in a file, for programs that send or receive files without holding them in memory.
class FileBlob final : public Blob {
 public:
  // For sending. Status: not_found, io_error, too_large (over 4 GiB), unsupported (not a regular file).
  Status open_to_read(const std::filesystem::path& path);
  // For receiving; an existing file is replaced. Status: io_error.
  Status create(const std::filesystem::path& path);

  std::uint32_t size() const override { return size_; }
  Status read(std::uint32_t offset, MutableBytes out) override;
  Status write(std::uint32_t offset, Bytes part) override;

 private:
  File file_;
  std::uint32_t size_ = 0;
};

}  // namespace mp::host
