// SPDX-License-Identifier: ISC
// A file that appears under its name only when it is complete: written beside its place, renamed by keep(),
// removed otherwise. A pipe or device that already has the name is written to directly.
#pragma once

#include <string>
#include <string_view>

namespace mp::host {

class PartialFile {
 public:
  explicit PartialFile(const std::string& path);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  void write(std::string_view bytes);
  void keep();
  const std::string& path() const { return path_; }

 private:
  [[noreturn]] void fail(const std::string& what) const;

  std::string path_;
  std::string partial_path_;  // empty when written to directly
  int fd_ = -1;
};

}  // namespace mp::host
