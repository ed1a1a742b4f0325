// SPDX-License-Identifier: ISC
#include "ports/host/random.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <sys/random.h>

namespace mp::host {

void SystemRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t n = ::getrandom(out.data(), out.size(), 0);
    if (n < 0) {
      if (errno == EINTR) continue;
      // A node without random numbers would make a key that others can guess.
      std::perror("getrandom");
      std::abort();
    }
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

void SeededRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    ByteArray<8> eight;
    store_be(eight.data(), z);
    const std::size_t n = std::min(out.size(), eight.size());
    copy(Bytes(eight).first(n), out);
    out = out.subspan(n);
  }
}

}  // namespace mp::host
