// SPDX-License-Identifier: ISC
// Storage on Linux: a folder with one file a record, readable by its owner alone, replaced whole or not at
// all (written beside, fsync, rename, fsync of the folder).
#pragma once

#include "micropycelium/platform/storage.hpp"

#include <filesystem>
#include <string>

namespace mp::host {

class FileStorage final : public Storage {
 public:
  explicit FileStorage(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Makes the folder (mode 0700) and those above it where they are missing. Status: io_error.
  Status open();

  // Keys are file names: letters, digits, '-' and '_'. A file that others than its owner can read or write is not
  // read (io_error).
  Result<std::size_t> read(std::string_view key, MutableBytes out) override;
  Status write(std::string_view key, Bytes value) override;

  const std::filesystem::path& folder() const { return folder_; }
  // What went wrong last, for people: names the file and the reason. Empty when nothing has.
  const std::string& error() const { return error_; }

 private:
  Status fail(const std::string& what, const std::filesystem::path& path, int error);

  std::filesystem::path folder_;
  std::string error_;
};

}  // namespace mp::host
