// SPDX-License-Identifier: ISC
// Frames sealed and opened with a tag of 8 bytes, beside libsodium's one call with its whole tag for the same bytes:
// `ratio` is our speed as a part of theirs, the median over pairs measured in turns. Below kBar the program ends
// with 1. And what the slow operations take. MP_SEED=n draws other inputs.
#include "allocations.hpp"

#include "micropycelium/base/check.hpp"
#include "micropycelium/crypto/aead.hpp"
#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/crypto/noise.hpp"

#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace mp {
namespace {

constexpr double kBar = 0.8;
constexpr int kFrames = 64;  // of one kind before the turn changes
constexpr std::size_t kHeader = 12;

bool g_missed = false;

std::uint64_t seed() {
  const char* given = std::getenv("MP_SEED");
  return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

void fill(MutableBytes out) {
  static std::mt19937_64 engine(seed());
  for (std::byte& b : out) b = static_cast<std::byte>(engine());
}

unsigned char* raw(MutableBytes b) { return reinterpret_cast<unsigned char*>(b.data()); }
const unsigned char* raw(Bytes b) { return reinterpret_cast<const unsigned char*>(b.data()); }

struct Frame {
  explicit Frame(std::size_t size) : text(size), theirs(size) {
    fill(key.fill());
    fill(nonce.value);
    fill(header);
    fill(text);
    theirs = text;
    tag = aead_seal8(key, nonce, {header}, text);
    seal_theirs();
    MP_CHECK(text == theirs);
  }
  void seal_theirs() {
    crypto_aead_chacha20poly1305_ietf_encrypt_detached(raw(MutableBytes(theirs)), whole, nullptr, raw(Bytes(theirs)),
                                                       theirs.size(), raw(Bytes(header)), header.size(), nullptr,
                                                       raw(nonce.bytes()), raw(key.bytes()));
  }
  bool open_theirs() {
    return crypto_aead_chacha20poly1305_ietf_decrypt_detached(raw(MutableBytes(theirs)), nullptr, raw(Bytes(theirs)),
                                                              theirs.size(), whole, raw(Bytes(header)), header.size(),
                                                              raw(nonce.bytes()), raw(key.bytes())) == 0;
  }

  AeadKey key;
  AeadNonce nonce;
  ByteArray<kHeader> header;
  std::vector<std::byte> text, theirs;
  AeadTag8 tag;
  unsigned char whole[16];
};

double seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

// `ours` and `theirs` are called on each of kFrames frames, in turns; the time that counts is ours. `restore` puts the
// frames back between the turns, unmeasured.
template <typename Ours, typename Theirs, typename Restore>
void compare(benchmark::State& state, const Ours& ours, const Theirs& theirs, const Restore& restore) {
  std::vector<Frame> frames;
  for (int i = 0; i < kFrames; ++i) frames.emplace_back(static_cast<std::size_t>(state.range(0)));
  std::vector<double> ratios;
  ratios.reserve(1 << 20);
  const auto timed = [&](const auto& work) {
    const auto began = std::chrono::steady_clock::now();
    for (Frame& frame : frames) work(frame);
    benchmark::ClobberMemory();
    return seconds(std::chrono::steady_clock::now() - began);
  };
  {
    const bench::NoAllocations none(state);
    bool first = false;
    for (auto _ : state) {
      first = !first;
      const double before = first ? 0 : timed(theirs);
      const double own = timed(ours);
      const double other = first ? timed(theirs) : before;
      for (Frame& frame : frames) restore(frame);
      if (ratios.size() < ratios.capacity()) ratios.push_back(other / own);
      state.SetIterationTime(own);
    }
  }
  std::nth_element(ratios.begin(), ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2), ratios.end());
  const double ratio = ratios[ratios.size() / 2];
  // A calibrating run of a few iterations says nothing.
  if (ratios.size() >= 100 && ratio < kBar) g_missed = true;
  state.counters["ratio"] = ratio;
  state.SetItemsProcessed(state.iterations() * kFrames);
}

void seal8(benchmark::State& state) {
  compare(
      state, [](Frame& f) { f.tag = aead_seal8(f.key, f.nonce, {f.header}, f.text); },
      [](Frame& f) { f.seal_theirs(); }, [](Frame&) {});
}

void open8(benchmark::State& state) {
  compare(
      state, [](Frame& f) { MP_CHECK(aead_open8(f.key, f.nonce, {f.header}, f.text, f.tag) == Status::ok); },
      [](Frame& f) { MP_CHECK(f.open_theirs()); },
      [](Frame& f) {
        f.tag = aead_seal8(f.key, f.nonce, {f.header}, f.text);
        f.seal_theirs();
      });
}

X25519PrivateKey draw_key() {
  X25519PrivateKey key;
  fill(key.fill());
  return key;
}

void sign(benchmark::State& state) {
  Ed25519Seed secret;
  fill(secret);
  const Ed25519KeyPair pair(secret);
  ByteArray<100> message;
  fill(message);
  for (auto _ : state) benchmark::DoNotOptimize(pair.sign(message));
}

void verify(benchmark::State& state) {
  Ed25519Seed secret;
  fill(secret);
  const Ed25519KeyPair pair(secret);
  ByteArray<100> message;
  fill(message);
  const Ed25519Signature signature = pair.sign(message);
  for (auto _ : state) MP_CHECK(ed25519_verify(pair.public_key(), message, signature) == Status::ok);
}

// Both ends of a whole handshake, IK with empty payloads.
void noise_ik(benchmark::State& state) {
  const X25519KeyPair one(draw_key()), other(draw_key());
  const X25519PrivateKey ephemeral = draw_key(), answer = draw_key();
  ByteArray<NoiseHandshake::kOverheadMax> out, none;
  NoiseHandshake a, b;
  for (auto _ : state) {
    a.initiate_ik(one, other.public_key(), ephemeral.copy(), {});
    b.respond(NoisePattern::ik, other, answer.copy(), {});
    MP_CHECK(b.read_message(*a.write_message({}, out), none).ok());
    MP_CHECK(a.read_message(*b.write_message({}, out), none).ok());
  }
}

BENCHMARK(seal8)->ArgName("bytes")->Arg(16)->Arg(64)->Arg(128)->Arg(233)->UseManualTime();
BENCHMARK(open8)->ArgName("bytes")->Arg(16)->Arg(64)->Arg(128)->Arg(233)->UseManualTime();
BENCHMARK(sign);
BENCHMARK(verify);
BENCHMARK(noise_ik);

}  // namespace
}  // namespace mp

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  // Chooses the fastest code for this processor, for both sides. MP_SODIUM_PLAIN=1 leaves it out: the portable code,
  // which is what a program gets that never calls sodium_init(), and a microcontroller.
  const bool plain = std::getenv("MP_SODIUM_PLAIN") != nullptr;
  if (!plain && sodium_init() < 0) return 1;
  benchmark::AddCustomContext("seed", std::to_string(mp::seed()));
  benchmark::AddCustomContext("libsodium", plain ? "portable code" : "best code for this processor");
  benchmark::RunSpecifiedBenchmarks();
  if (mp::g_missed) std::fputs("a ratio is below the bar of 0.8\n", stderr);
  return mp::g_missed || mp::bench::NoAllocations::failed() ? 1 : 0;
}
