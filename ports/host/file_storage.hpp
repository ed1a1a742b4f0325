// SPDX-License-Identifier: ISC
// Storage on Linux: a folder with one file a record, readable by its owner alone, replaced whole or not at all: written
// beside, fsync, rename, fsync of the folder. A power cut before the rename leaves the old record; after it the old or
// the new one; after the last fsync, when write() returns, the new one.
#pragma once

#include "micropycelium/platform/storage.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace mp::host {

class FileStorage final : public Storage {
 public:
  // What comes next in write().
  enum class Step : std::uint8_t { write_beside, sync_beside, rename, sync_folder, done };

  explicit FileStorage(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Makes the folder (mode 0700) and those above it where they are missing, durably. Status: io_error.
  Status open();

  // Keys are file names: letters, digits, '-' and '_'. A file that others than its owner can read or write is not
  // read (io_error).
  Result<std::size_t> read(std::string_view key, MutableBytes out) override;
  Status write(std::string_view key, Bytes value) override;

  const std::filesystem::path& folder() const { return folder_; }
  // What went wrong last, for people: names the file and the reason. Empty when nothing has.
  const std::string& error() const { return error_; }

  // For tests: called before each step of a write, and at its end. Does nothing by itself.
  std::function<void(Step)> before_step = [](Step) {};

 private:
  Status sync_folder(const std::filesystem::path& folder);
  Status fail(const std::string& what, const std::filesystem::path& path, int error);

  std::filesystem::path folder_;
  std::string error_;
};

}  // namespace mp::host
