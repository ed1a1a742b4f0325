// SPDX-License-Identifier: ISC
#include "ports/host/file_storage.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mp::host {
namespace {

class FileStorageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "mp-storage-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    base_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(base_); }

  static mode_t mode(const std::filesystem::path& path) {
    struct stat about {};
    EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
    return about.st_mode & 07777;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(base_ / "s"), std::filesystem::directory_iterator()));
  }

  std::filesystem::path base_;
};

TEST_F(FileStorageTest, Folder_IsMadeForItsOwnerAlone) {
  FileStorage storage(base_ / "a" / "b");
  ASSERT_EQ(storage.open(), Status::ok) << storage.error();
  EXPECT_EQ(mode(base_ / "a" / "b"), 0700U);
  EXPECT_EQ(storage.open(), Status::ok) << "a second time";
}

TEST_F(FileStorageTest, Written_IsReadBack) {
  FileStorage storage(base_ / "s");
  ASSERT_EQ(storage.open(), Status::ok);
  ByteArray<8> out{};
  EXPECT_EQ(storage.read("key", out).status(), Status::not_found);
  ASSERT_EQ(storage.write("key", bytes("12345678")), Status::ok) << storage.error();
  auto n = storage.read("key", out);
  ASSERT_TRUE(n);
  EXPECT_EQ(text(Bytes(out).first(*n)), "12345678");
  ASSERT_EQ(storage.write("key", bytes("new")), Status::ok);
  n = storage.read("key", out);
  ASSERT_TRUE(n);
  EXPECT_EQ(text(Bytes(out).first(*n)), "new");
  EXPECT_EQ(mode(base_ / "s" / "key"), 0600U);
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileStorageTest, RecordLongerThanTheRoom_IsTooLarge) {
  FileStorage storage(base_ / "s");
  ASSERT_EQ(storage.open(), Status::ok);
  ASSERT_EQ(storage.write("key", bytes("123456789")), Status::ok);
  ByteArray<8> out{};
  EXPECT_EQ(storage.read("key", out).status(), Status::too_large);
}

TEST_F(FileStorageTest, FileOpenToOthers_IsNotRead) {
  FileStorage storage(base_ / "s");
  ASSERT_EQ(storage.open(), Status::ok);
  ASSERT_EQ(storage.write("key", bytes("secret")), Status::ok);
  ASSERT_EQ(::chmod((base_ / "s" / "key").c_str(), 0640), 0);
  ByteArray<8> out{};
  EXPECT_EQ(storage.read("key", out).status(), Status::io_error);
  EXPECT_NE(storage.error().find("chmod 600"), std::string::npos) << storage.error();
}

TEST_F(FileStorageTest, KeyThatIsAPath_IsRefused) {
  FileStorage storage(base_ / "s");
  ASSERT_EQ(storage.open(), Status::ok);
  for (const char* key : {"", "../out", "a/b", ".", "a b"}) {
    EXPECT_EQ(storage.write(key, bytes("x")), Status::io_error) << key;
    ByteArray<8> out{};
    EXPECT_EQ(storage.read(key, out).status(), Status::not_found) << key;
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(FileStorageTest, LeftOverOfACrash_IsRemoved) {
  FileStorage storage(base_ / "s");
  ASSERT_EQ(storage.open(), Status::ok);
  const pid_t gone = ::fork();
  ASSERT_GE(gone, 0);
  if (gone == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(gone, nullptr, 0), gone);
  std::ofstream(base_ / "s" / ("key.new." + std::to_string(gone) + ".1")) << "half";
  ASSERT_EQ(storage.write("key", bytes("whole")), Status::ok) << storage.error();
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileStorageTest, FileOfAWriterAtWork_IsLeftAlone) {
  FileStorage storage(base_ / "s");
  ASSERT_EQ(storage.open(), Status::ok);
  const auto other = base_ / "s" / ("key.new." + std::to_string(::getppid()) + ".1");
  std::ofstream(other) << "half";
  ASSERT_EQ(storage.write("key", bytes("whole")), Status::ok) << storage.error();
  EXPECT_TRUE(std::filesystem::exists(other));
  EXPECT_EQ(files(), 2U);
}

// Opening a pipe that nobody writes to would wait for ever.
TEST_F(FileStorageTest, RecordThatIsAPipe_IsRefused) {
  FileStorage storage(base_ / "s");
  ASSERT_EQ(storage.open(), Status::ok);
  ASSERT_EQ(::mkfifo((base_ / "s" / "key").c_str(), 0600), 0);
  ByteArray<8> out{};
  EXPECT_EQ(storage.read("key", out).status(), Status::io_error);
  EXPECT_NE(storage.error().find("not a regular file"), std::string::npos) << storage.error();
}

// A limit on the size of files stands for the full disk: the write fails half way through. In a process of its own,
// since the limit cannot be lifted again by everyone.
TEST_F(FileStorageTest, NoSpaceLeft_KeepsTheOldRecordAndLeavesNothing) {
  FileStorage storage(base_ / "s");
  ASSERT_EQ(storage.open(), Status::ok);
  ASSERT_EQ(storage.write("key", bytes("old")), Status::ok);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4, 4};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    const Status status = storage.write("key", bytes("a longer record"));
    ::_exit(status == Status::io_error && storage.error().find("key") != std::string::npos ? 0 : 1);
  }
  int result = 0;
  ASSERT_EQ(::waitpid(child, &result, 0), child);
  EXPECT_EQ(WEXITSTATUS(result), 0);
  ByteArray<8> out{};
  const auto n = storage.read("key", out);
  ASSERT_TRUE(n);
  EXPECT_EQ(text(Bytes(out).first(*n)), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileStorageTest, FolderThatIsAFile_SaysSo) {
  std::ofstream(base_ / "file") << "x";
  FileStorage storage(base_ / "file");
  EXPECT_EQ(storage.open(), Status::io_error);
  EXPECT_NE(storage.error().find((base_ / "file").string()), std::string::npos) << storage.error();
}

}  // namespace
}  // namespace mp::host
