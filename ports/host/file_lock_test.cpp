// SPDX-License-Identifier: ISC
#include "ports/host/file_lock.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace mp::host {
namespace {

TEST(FileLock, SecondHolder_IsToldWhoHasIt) {
  std::string folder = (std::filesystem::temp_directory_path() / "mp-lock-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const auto path = std::filesystem::path(folder) / "lock";
  {
    FileLock first;
    ASSERT_EQ(first.take(path), FileLock::Taken::yes) << first.reason();
    FileLock second;  // its own open file: the same as another process
    EXPECT_EQ(second.take(path), FileLock::Taken::held_by_other);
    EXPECT_EQ(second.reason(), "process " + std::to_string(::getpid()));
  }
  FileLock third;
  EXPECT_EQ(third.take(path), FileLock::Taken::yes) << "the first has gone";
  std::filesystem::remove_all(folder);
}

TEST(FileLock, NoSuchFolder_SaysWhy) {
  FileLock lock;
  EXPECT_EQ(lock.take("/nonexistent-folder/lock"), FileLock::Taken::failed);
  EXPECT_NE(lock.reason().find("/nonexistent-folder/lock"), std::string::npos) << lock.reason();
}

}  // namespace
}  // namespace mp::host
