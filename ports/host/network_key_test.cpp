// SPDX-License-Identifier: ISC
#include "ports/host/network_key.hpp"

#include "ports/host/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <stdlib.h>
#include <sys/stat.h>

namespace mp::host {
namespace {

constexpr const char* kDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

class NetworkKeyFile : public ::testing::Test {
 protected:
  NetworkKeyFile() {
    std::string name = (std::filesystem::temp_directory_path() / "mp-key-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~NetworkKeyFile() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string_view contents, mode_t mode = 0600) {
    const std::string path = folder_ / std::to_string(++files_);
    std::ofstream(path, std::ios::binary) << contents;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  std::filesystem::path folder_;
  int files_ = 0;
};

NetworkKey counted() {
  NetworkKey key;
  for (std::size_t i = 0; i < NetworkKey::kSize; ++i) key.fill()[i] = static_cast<std::byte>(i);
  return key;
}

std::string hex_of(const NetworkKey& key) {
  std::string out;
  for (const std::byte b : key.bytes())
    for (const unsigned digit : {std::to_integer<unsigned>(b) >> 4, std::to_integer<unsigned>(b) & 15U})
      out += "0123456789abcdef"[digit];
  return out;
}

// Made once by crypto_pwhash of libsodium 1.0.18, called from Python: 32 bytes, salt
// SHA-256("Micropycelium networkoffice")[:16], 3 passes, 64 MiB, Argon2id.
constexpr const char* kOfficeKey = "68e103d9a19d82843ce1328c380ef099592b62a781c09f29ef83ac1f6a88e085";

TEST(NetworkKeyDerivation, KnownPassphrase_GivesTheKnownKey) {
  NetworkKey key;
  ASSERT_TRUE(derive_network_key(bytes(std::string_view("correct horse battery staple")), "office", key));
  EXPECT_EQ(hex_of(key), kOfficeKey);
}

TEST(NetworkKeyDerivation, OtherNameOrPassphrase_GivesAnotherKey) {
  NetworkKey a, b, c;
  ASSERT_TRUE(derive_network_key(bytes(std::string_view("one")), "office", a));
  ASSERT_TRUE(derive_network_key(bytes(std::string_view("one")), "garden", b));
  ASSERT_TRUE(derive_network_key(bytes(std::string_view("two")), "office", c));
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(a == c);
}

TEST(NetworkKeyDerivation, EmptyPassphrase_IsRefused) {
  NetworkKey key = counted();
  EXPECT_FALSE(derive_network_key({}, "office", key));
  EXPECT_TRUE(key == counted());
}

TEST_F(NetworkKeyFile, DigitsOrBytes_GiveTheKey) {
  const std::string raw(text(counted().bytes()));
  for (const std::string& contents :
       {std::string(kDigits), std::string(kDigits) + "\n", std::string(kDigits) + "\r\n", raw}) {
    const ReadNetworkKey read = read_key_file(file(contents));
    EXPECT_EQ(read.error, "");
    EXPECT_TRUE(read.key == counted());
  }
  EXPECT_EQ(read_key_file(file(kDigits, 0400)).error, "");
}

TEST_F(NetworkKeyFile, WhatIsWrongWithIt_IsSaid) {
  const std::string digits(kDigits);
  EXPECT_NE(read_key_file(file(digits.substr(2))).error.find("it has 62 digits; copy it again"), std::string::npos);
  EXPECT_NE(read_key_file(file(digits + " ")).error.find("stands behind the 64 digits"), std::string::npos);
  EXPECT_NE(read_key_file(file(digits + "\n\n")).error.find("stands behind the 64 digits"), std::string::npos);
  EXPECT_NE(read_key_file(file("a key")).error.find("begin a new network with: mpctl network new"), std::string::npos);
}

TEST_F(NetworkKeyFile, WhatIsNoKey_IsRefusedAndNotShown) {
  const std::string digits(kDigits);
  for (const std::string& contents : {std::string(), digits.substr(1), digits + "0", digits + "\n\n",
                                      "g" + digits.substr(1), std::string(31, 'x'), std::string(5000, 'a')}) {
    const ReadNetworkKey read = read_key_file(file(contents));
    EXPECT_NE(read.error.find("holds no key, which is 64 hex digits, or 32 bytes: "), std::string::npos) << read.error;
    EXPECT_EQ(read.error.find("0102030405"), std::string::npos) << read.error;
    EXPECT_TRUE(read.key == NetworkKey());
  }
  EXPECT_NE(read_key_file(file(std::string(64, '0'))).error.find("no random key"), std::string::npos);
  EXPECT_NE(read_key_file(file(std::string(32, 'k'))).error.find("no random key"), std::string::npos);
  EXPECT_NE(read_key_file((folder_ / "none").string()).error.find("No such file"), std::string::npos);
  EXPECT_NE(read_key_file(folder_.string()).error.find("is no file"), std::string::npos);
}

TEST_F(NetworkKeyFile, ThatOthersMayUse_IsRefusedWithTheFix) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0610U, 0666U}) {
    const std::string path = file(kDigits, mode);
    EXPECT_NE(read_key_file(path).error.find("chmod 600 " + path), std::string::npos) << mode;
    EXPECT_NE(read_passphrase_file(path, "n").error.find("chmod 600 " + path), std::string::npos) << mode;
  }
}

TEST_F(NetworkKeyFile, Passphrase_IsTheLineWithoutItsEnd) {
  for (const char* end : {"", "\n", "\r\n"}) {
    const ReadNetworkKey read = read_passphrase_file(file("correct horse battery staple" + std::string(end)), "office");
    EXPECT_EQ(read.error, "");
    EXPECT_EQ(hex_of(read.key), kOfficeKey);
  }
}

TEST_F(NetworkKeyFile, NoPassphrase_IsRefused) {
  EXPECT_NE(check_passphrase_file(file("")).find("is empty"), std::string::npos);
  EXPECT_NE(check_passphrase_file(file("\n")).find("is empty"), std::string::npos);
  EXPECT_NE(check_passphrase_file(file("a\nb\n")).find("several lines"), std::string::npos);
  EXPECT_NE(check_passphrase_file(file(std::string(1025, 'x'))).find("more than 1024"), std::string::npos);
  EXPECT_EQ(check_passphrase_file(file(std::string(1024, 'x') + "\n")), "");
}

TEST_F(NetworkKeyFile, NewKey_IsPrivateRandomAndNeverOverwrites) {
  SeededRandom random(7);
  const std::string path = folder_ / "new";
  ASSERT_EQ(make_key_file(path, random), "");
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(info.st_size, 65);
  const ReadNetworkKey first = read_key_file(path);
  ASSERT_EQ(first.error, "");
  EXPECT_NE(make_key_file(path, random).find("is there already"), std::string::npos);
  EXPECT_TRUE(read_key_file(path).key == first.key);
  ASSERT_EQ(make_key_file((folder_ / "other").string(), random), "");
  EXPECT_FALSE(read_key_file((folder_ / "other").string()).key == first.key);
  EXPECT_NE(make_key_file((folder_ / "none" / "new").string(), random).find("cannot be made"), std::string::npos);
}

// The first 4 bytes of: printf 'Micropycelium network fingerprint' and the 32 bytes, through sha256sum.
TEST(NetworkFingerprint, IsOfTheKeyAlone) {
  EXPECT_EQ(network_fingerprint(counted()), "a20f7354");
  EXPECT_NE(network_fingerprint(NetworkKey()), "a20f7354");
}

}  // namespace
}  // namespace mp::host
