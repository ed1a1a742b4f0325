// SPDX-License-Identifier: ISC
#include "ports/host/network_key.hpp"

#include "micropycelium/crypto/hash.hpp"
#include "ports/host/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

namespace mp::host {
namespace {

constexpr std::size_t kPassphraseMax = 1024;
constexpr std::size_t kFileMax = kPassphraseMax + 2;  // and the end of a line
constexpr unsigned long long kPasses = 3;
constexpr std::size_t kMemory = 64 * 1024 * 1024;

std::string reason(int error) { return std::generic_category().message(error); }

// The contents of a small file, wiped in the end. One byte more than can be right, to see that there are too many.
struct Contents {
  Secret<kFileMax + 1> bytes;
  std::size_t size = 0;

  MutableBytes all() { return bytes.fill().first(size); }
};

std::string read_private(const std::string& path, Contents& out) {
  // Not blocked by a pipe; which is no file then.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return path + " cannot be read: " + reason(errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return path + " cannot be read: " + reason(errno);
  if (!S_ISREG(info.st_mode)) return path + " is no file";
  if (info.st_uid != ::geteuid() && info.st_uid != 0)
    return path + " belongs to another user; write chown $(id -u) " + path + " as root, or copy it";
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return "others than the owner may use " + path + "; write chmod 600 " + path +
           ", and make a new key if others may have read it";
  while (out.size < out.bytes.kSize) {
    const ssize_t n = ::read(file.get(), out.bytes.fill().data() + out.size, out.bytes.kSize - out.size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return path + " cannot be read: " + reason(errno);
    if (n == 0) break;
    out.size += static_cast<std::size_t>(n);
  }
  return {};
}

// Without the end of its line.
MutableBytes line_of(Contents& contents) {
  MutableBytes line = contents.all();
  if (!line.empty() && line.back() == std::byte{'\n'}) {
    line = line.first(line.size() - 1);
    if (!line.empty() && line.back() == std::byte{'\r'}) line = line.first(line.size() - 1);
  }
  return line;
}

int digit_value(std::byte digit) {
  const auto c = static_cast<char>(digit);
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool parse_digits(Bytes digits, MutableBytes out) {
  if (digits.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit_value(digits[2 * i]);
    const int low = digit_value(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::byte>(high << 4 | low);
  }
  return true;
}

void write_digits(Bytes in, MutableBytes out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t i = 0; i < in.size(); ++i) {
    out[2 * i] = static_cast<std::byte>(kDigits[std::to_integer<unsigned>(in[i]) >> 4]);
    out[2 * i + 1] = static_cast<std::byte>(kDigits[std::to_integer<unsigned>(in[i]) & 15]);
  }
}

// What is wrong with a file that should hold 64 digits. Says how many there are, and never which.
std::string no_key_in(const std::string& path, Bytes line) {
  std::size_t digits = 0;
  while (digits < line.size() && digit_value(line[digits]) >= 0) ++digits;
  const std::string must = path + " holds no key, which is 64 hex digits, or 32 bytes: ";
  if (digits == 2 * NetworkKey::kSize && line.size() > digits)
    return must + "something stands behind the 64 digits; take it away";
  if (digits == line.size() && digits > 0)
    return must + "it has " + std::to_string(digits) + " digits; copy it again from another member";
  return must + "copy it from another member, or begin a new network with: mpctl network new FILE";
}

std::string passphrase_of(const std::string& path, Contents& contents) {
  if (std::string error = read_private(path, contents); !error.empty()) return error;
  const Bytes line = line_of(contents);
  if (line.empty()) return path + " is empty; write a passphrase into it, on one line";
  if (line.size() > kPassphraseMax) return path + " holds more than 1024 bytes; write a shorter passphrase";
  if (std::find(line.begin(), line.end(), std::byte{'\n'}) != line.end())
    return path + " has several lines; write the passphrase on one";
  return {};
}

}  // namespace

bool derive_network_key(Bytes passphrase, std::string_view network, NetworkKey& key) {
  if (passphrase.empty() || sodium_init() < 0) return false;
  Sha256 hash;
  hash.update(bytes(std::string_view("Micropycelium network")));
  hash.update(bytes(network));
  const Sha256Digest digest = hash.finish();
  static_assert(crypto_pwhash_SALTBYTES == 16);
  NetworkKey made;
  if (crypto_pwhash(reinterpret_cast<unsigned char*>(made.fill().data()), NetworkKey::kSize,
                    reinterpret_cast<const char*>(passphrase.data()), passphrase.size(),
                    reinterpret_cast<const unsigned char*>(digest.data()), kPasses, kMemory,
                    crypto_pwhash_ALG_ARGON2ID13) != 0)
    return false;
  key = std::move(made);
  return true;
}

ReadNetworkKey read_key_file(const std::string& path) {
  ReadNetworkKey result;
  Contents contents;
  if (result.error = read_private(path, contents); !result.error.empty()) return result;
  MutableBytes all = contents.all();
  if (all.size() == NetworkKey::kSize)
    copy(all, result.key.fill());
  else if (!parse_digits(line_of(contents), result.key.fill())) {
    result.key.clear();
    result.error = no_key_in(path, line_of(contents));
    return result;
  }
  const Bytes key = result.key.bytes();
  if (std::all_of(key.begin(), key.end(), [&](std::byte b) { return b == key[0]; })) {
    result.key.clear();
    result.error = path + " holds no random key, but one byte again and again; make one with: mpctl network new FILE";
  }
  return result;
}

ReadNetworkKey read_passphrase_file(const std::string& path, std::string_view network) {
  ReadNetworkKey result;
  Contents contents;
  if (result.error = passphrase_of(path, contents); !result.error.empty()) return result;
  if (!derive_network_key(line_of(contents), network, result.key))
    result.error = "no key can be made of " + path + ": that takes 64 MiB of memory; free some, or use a key file";
  return result;
}

std::string check_passphrase_file(const std::string& path) {
  Contents contents;
  return passphrase_of(path, contents);
}

std::string make_key_file(const std::string& path, Random& random) {
  NetworkKey key;
  random.fill(key.fill());
  return write_key_file(path, key);
}

std::string write_key_file(const std::string& path, const NetworkKey& key) {
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file)
    return errno == EEXIST ? path + " is there already, and was left as it is; choose another name"
                           : path + " cannot be made: " + reason(errno);
  Secret<2 * NetworkKey::kSize + 1> text;
  write_digits(key.bytes(), text.fill());
  text.fill().back() = std::byte{'\n'};
  Bytes rest = text.bytes();
  int error = 0;
  while (!rest.empty() && error == 0) {
    const ssize_t n = ::write(file.get(), rest.data(), rest.size());
    if (n >= 0)
      rest = rest.subspan(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      error = errno;
  }
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (file.close() != 0 && error == 0) error = errno;
  if (error == 0) return {};
  ::unlink(path.c_str());  // it is ours: nobody else could have made it meanwhile
  return path + " cannot be written: " + reason(error);
}

std::string network_fingerprint(const NetworkKey& key) {
  Sha256 hash;
  hash.update(bytes(std::string_view("Micropycelium network fingerprint")));
  hash.update(key.bytes());
  const Sha256Digest digest = hash.finish();
  ByteArray<8> digits;
  write_digits(Bytes(digest).first(4), digits);
  return std::string(text(digits));
}

}  // namespace mp::host
