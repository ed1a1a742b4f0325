// SPDX-License-Identifier: ISC
#include "programs/mpsim/out_file.hpp"

#include "programs/mpsim/errors.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <vector>

namespace mp::sim {
namespace {

namespace fs = std::filesystem;

class OutFileTest : public testing::Test {
 protected:
  OutFileTest() : folder_(fs::temp_directory_path() / ("mpsim-out-file-" + std::to_string(::getpid()))) {
    fs::create_directory(folder_);
  }
  ~OutFileTest() override { fs::remove_all(folder_); }
  std::string path(const char* name) const { return (folder_ / name).string(); }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(OutFileTest, Kept_AppearsWholeUnderItsName) {
  OutFile out(path("a"));
  out.write("hello");
  EXPECT_FALSE(fs::exists(path("a")));
  out.keep();
  EXPECT_EQ(read(path("a")), "hello");
  EXPECT_EQ(files(), 1U);
}

TEST_F(OutFileTest, NotKept_LeavesNothingAndTheOldFileAsItWas) {
  std::ofstream(path("a")) << "old";
  {
    OutFile out(path("a"));
    out.write("new");
  }
  EXPECT_EQ(read(path("a")), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(OutFileTest, FolderThatIsNotThere_NamesTheFileAndWhy) {
  try {
    OutFile out(path("no/a"));
    FAIL();
  } catch (const OutputError& error) {
    EXPECT_EQ(std::string(error.what()), "cannot create " + path("no/a") + ": No such file or directory");
  }
}

TEST_F(OutFileTest, NameOfAFolder_IsRefused) {
  fs::create_directory(folder_ / "d");
  EXPECT_THROW(OutFile(path("d")), OutputError);
  EXPECT_TRUE(fs::is_directory(folder_ / "d"));
}

TEST_F(OutFileTest, FullDisk_IsSaidAtTheLatestWhenItIsKept) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  OutFile out("/dev/full");
  EXPECT_THROW(
      {
        out.write("hello");
        out.keep();
      },
      OutputError);
  EXPECT_TRUE(fs::exists("/dev/full"));
}

}  // namespace
}  // namespace mp::sim
