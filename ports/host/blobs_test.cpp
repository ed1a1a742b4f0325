// SPDX-License-Identifier: ISC
#include "ports/host/blobs.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include <unistd.h>

namespace mp::host {
namespace {

TEST(BufferBlob, PartsOutOfOrder_MakeTheWhole) {
  BufferBlob blob(8);
  ASSERT_EQ(blob.write(4, bytes("5678")), Status::ok);
  ASSERT_EQ(blob.write(0, bytes("1234")), Status::ok);
  ByteArray<4> out{};
  ASSERT_EQ(blob.read(2, out), Status::ok);
  EXPECT_EQ(text(out), "3456");
  EXPECT_EQ(blob.read(6, out), Status::too_large);
  const auto taken = blob.take(7);
  EXPECT_EQ(text(taken), "1234567");
}

TEST(BufferBlob, BeyondItsRoom_IsRefused) {
  BufferBlob blob(8);
  EXPECT_EQ(blob.write(5, bytes("5678")), Status::too_large);
  EXPECT_EQ(blob.write(9, {}), Status::too_large);
  EXPECT_EQ(blob.write(8, {}), Status::ok);
  EXPECT_EQ(blob.size(), 0U);
}

TEST(FileBlob, WrittenOutOfOrder_IsReadBack) {
  std::string name = (std::filesystem::temp_directory_path() / "mp-blob-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  ASSERT_GE(fd, 0);
  ::close(fd);
  FileBlob out;
  ASSERT_EQ(out.create(name), Status::ok);
  ASSERT_EQ(out.write(3, bytes("def")), Status::ok);
  ASSERT_EQ(out.write(0, bytes("abc")), Status::ok);
  EXPECT_EQ(out.size(), 6U);

  FileBlob in;
  ASSERT_EQ(in.open_to_read(name), Status::ok);
  EXPECT_EQ(in.size(), 6U);
  ByteArray<4> part{};
  ASSERT_EQ(in.read(1, part), Status::ok);
  EXPECT_EQ(text(part), "bcde");
  ASSERT_EQ(::truncate(name.c_str(), 2), 0);
  EXPECT_EQ(in.read(1, part), Status::io_error) << "cut short while it is being sent";
  ::unlink(name.c_str());
}

TEST(FileBlob, NoFile_IsNotFound) {
  FileBlob blob;
  EXPECT_EQ(blob.open_to_read("/nonexistent-file"), Status::not_found);
  EXPECT_EQ(blob.open_to_read("/"), Status::unsupported);
  EXPECT_EQ(blob.create("/nonexistent-folder/file"), Status::io_error);
}

}  // namespace
}  // namespace mp::host
