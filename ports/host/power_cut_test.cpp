// SPDX-License-Identifier: ISC
// A process that is killed at any step of a write to its state folder: the record is the old one or the new one, whole
// and its owner's alone; no boot counter is used twice, no identity lost. What a killed process cannot show, that the
// disk itself had everything before the rename, is the order of the steps.
#include "micropycelium/node/identity.hpp"
#include "ports/host/file_storage.hpp"
#include "ports/host/random.hpp"

#include <gtest/gtest.h>

#include <random>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mp::host {
namespace {

using Step = FileStorage::Step;

class PowerCutTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "mp-cuts-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    base_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(base_); }

  // Runs `life` in a process of its own that dies at the n-th step from now. Whether it got to its end.
  template <typename Life>
  bool run_until_step(int n, Life&& life) {
    const pid_t child = ::fork();
    if (child == 0) {
      FileStorage storage(base_ / "s");
      storage.before_step = [&](Step) {
        if (n-- == 0) ::_exit(1);
      };
      ::_exit(storage.open() == Status::ok && life(storage) ? 0 : 2);
    }
    int result = -1;
    EXPECT_EQ(::waitpid(child, &result, 0), child);
    EXPECT_TRUE(WIFEXITED(result) && WEXITSTATUS(result) < 2) << result;
    return WIFEXITED(result) && WEXITSTATUS(result) == 0;
  }

  std::filesystem::path base_;
};

TEST_F(PowerCutTest, Steps_ComeInTheOrderThatKeepsTheOldRecord) {
  FileStorage storage(base_ / "s");
  ASSERT_EQ(storage.open(), Status::ok);
  std::vector<Step> steps;
  storage.before_step = [&](Step step) {
    steps.push_back(step);
    EXPECT_EQ(std::filesystem::exists(base_ / "s" / "key"), step >= Step::sync_folder);
  };
  ASSERT_EQ(storage.write("key", bytes("value")), Status::ok);
  EXPECT_EQ(steps, (std::vector{Step::write_beside, Step::sync_beside, Step::rename, Step::sync_folder, Step::done}));
}

TEST_F(PowerCutTest, KilledAtEachStep_OldOrNewRecordWhole) {
  for (int step = 0; step <= static_cast<int>(Step::done); ++step) {
    FileStorage storage(base_ / "s");
    ASSERT_EQ(storage.open(), Status::ok);
    ASSERT_EQ(storage.write("key", bytes("the old one")), Status::ok);
    EXPECT_FALSE(run_until_step(step, [](FileStorage& s) { return s.write("key", bytes("new")) == Status::ok; }));
    ByteArray<16> out{};
    const auto n = storage.read("key", out);
    ASSERT_TRUE(n) << storage.error();
    EXPECT_EQ(text(Bytes(out).first(*n)), step <= static_cast<int>(Step::rename) ? "the old one" : "new") << step;
    struct stat about {};
    ASSERT_EQ(::stat((base_ / "s" / "key").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0600U);
    ASSERT_EQ(storage.write("key", bytes("the next")), Status::ok) << "and what was left is no hindrance";
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(base_ / "s"), {}), 1);
  }
}

TEST_F(PowerCutTest, KilledAtAnyStepOfAStart_NoBootTwiceAndNoIdentityLost) {
  constexpr std::uint32_t kSeed = 7;
  std::mt19937 random(kSeed);
  const auto used_path = base_ / "used";
  std::uint32_t highest = 0, lives = 0;
  NodeId id;
  for (int round = 0; round < 200; ++round) {
    const bool whole = run_until_step(static_cast<int>(random() % 20), [&](FileStorage& storage) {
      SystemRandom true_random;
      Identity identity;
      if (identity.load_or_create({true_random, storage}) != Status::ok || identity.raise_boot(storage) != Status::ok)
        return false;
      FileStorage beside(used_path);
      ByteArray<36> used;
      store_be(used.data(), identity.boot());
      copy(identity.node_id().bytes(), MutableBytes(used).subspan(4));
      return beside.open() == Status::ok && beside.write("life", used) == Status::ok;
    });
    if (!whole) continue;
    FileStorage beside(used_path);
    ByteArray<36> used;
    ASSERT_TRUE(beside.read("life", used)) << beside.error();
    const auto boot = load_be<std::uint32_t>(used.data());
    const NodeId who = NodeId::from(Bytes(used).subspan(4));
    ASSERT_GT(boot, highest) << "seed " << kSeed << ", round " << round;
    ASSERT_TRUE(id.is_zero() || id == who) << "seed " << kSeed << ", round " << round;
    highest = boot;
    id = who;
    ++lives;
  }
  EXPECT_GT(lives, 20U);
}

TEST_F(PowerCutTest, FoldersThatAreMissing_AreMadeOneInTheOther) {
  FileStorage storage(base_ / "a" / "b" / "c");
  ASSERT_EQ(storage.open(), Status::ok) << storage.error();
  struct stat about {};
  ASSERT_EQ(::stat((base_ / "a" / "b" / "c").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0700U);
  FileStorage again(base_ / "a" / "b" / "c" / "");
  EXPECT_EQ(again.open(), Status::ok) << again.error();
  FileStorage below_a_file(base_ / "file" / "s");
  const int fd = ::open((base_ / "file").c_str(), O_CREAT | O_WRONLY, 0600);
  ASSERT_GE(fd, 0);
  ::close(fd);
  EXPECT_EQ(below_a_file.open(), Status::io_error);
}

}  // namespace
}  // namespace mp::host
