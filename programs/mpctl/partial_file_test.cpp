// SPDX-License-Identifier: ISC
#include "programs/mpctl/partial_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "programs/mpctl/errors.hpp"

namespace mp::host {
namespace {

namespace fs = std::filesystem;

class PartialFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "mpctl_test.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory = pattern;
  }
  void TearDown() override { fs::remove_all(directory); }

  std::size_t entries() const {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory)) ++n;
    return n;
  }
  static std::string contents(const fs::path& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
  }

  fs::path directory;
};

TEST_F(PartialFileTest, Kept_AppearsWholeAndAlone) {
  const fs::path path = directory / "a.bin";
  PartialFile file(path.string());
  file.write("one ");
  EXPECT_FALSE(fs::exists(path));
  file.write("two");
  file.keep();
  EXPECT_EQ(contents(path), "one two");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(PartialFileTest, NotKept_LeavesNothingAndTheOldFileAsItWas) {
  const fs::path path = directory / "a.bin";
  std::ofstream(path) << "old";
  { PartialFile(path.string()).write("new"); }
  EXPECT_EQ(contents(path), "old");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(PartialFileTest, KeptOverAnOldFile_ReplacesIt) {
  const fs::path path = directory / "a.bin";
  std::ofstream(path) << "old and longer";
  PartialFile file(path.string());
  file.write("new");
  file.keep();
  EXPECT_EQ(contents(path), "new");
}

TEST_F(PartialFileTest, NoSuchDirectory_NamesTheFile) {
  try {
    PartialFile file((directory / "none" / "a.bin").string());
    FAIL() << "created in a directory that does not exist";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.exit_code, kExitFailed);
    EXPECT_NE(std::string(failure.what()).find("none/a.bin: No such file"), std::string::npos);
  }
}

TEST_F(PartialFileTest, DiskFull_SaysSo) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  PartialFile file("/dev/full");
  try {
    file.write("x");
    FAIL() << "wrote to a full disk";
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("No space left"), std::string::npos);
  }
}

}  // namespace
}  // namespace mp::host
