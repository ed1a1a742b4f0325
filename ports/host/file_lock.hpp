// SPDX-License-Identifier: ISC
// A lock on a file that one process holds until it ends, however it ends.
#pragma once

#include "ports/host/file.hpp"

#include <filesystem>
#include <string>

namespace mp::host {

class FileLock {
 public:
  enum class Taken { yes, held_by_other, failed };

  // The holder's process id is written into the file, for whoever finds it taken.
  Taken take(const std::filesystem::path& path);
  // Waits until nobody else has it; never held_by_other. For what takes a moment: nothing is written into the file.
  Taken wait(const std::filesystem::path& path);
  // After held_by_other: who has it, as far as known; after failed: why.
  const std::string& reason() const { return reason_; }

 private:
  Taken fail(const std::filesystem::path& path, int error);

  File file_;
  std::string reason_;
};

}  // namespace mp::host
