// SPDX-License-Identifier: ISC
// What mpsim writes: files that appear under their name only when they are whole, and standard output.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace mp::sim {

// Written beside its place, renamed by keep(), removed otherwise. A pipe or device that already has the name is written
// to directly. Throws OutputError.
class OutFile {
 public:
  explicit OutFile(const std::string& path);
  ~OutFile();
  OutFile(const OutFile&) = delete;
  OutFile& operator=(const OutFile&) = delete;

  std::ostream& stream() { return out_; }
  void write(std::string_view text);
  void keep();

 private:
  std::string path_, partial_;  // `partial_`: empty when written to directly, or kept
  std::ofstream out_;
};

// Throws UsageError when one of `outputs` is an input or there twice, by whatever name, or named like a scenario. Empty
// ones and "-" are none.
void keep_apart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);

// To standard output, at once. Nothing is wrong when nobody reads it any more; else throws OutputError.
void print(std::string_view text);

// "mpsim: <text>" on standard error.
void complain(std::string_view text);

}  // namespace mp::sim
