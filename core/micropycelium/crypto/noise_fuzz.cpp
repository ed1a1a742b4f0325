// SPDX-License-Identifier: ISC
// Byte 0: which of the six messages of XX, IK and X is meant; byte 1: whether the rest is the message, or is laid over
// the true one (xor). What is not the true message is refused, but for the first of XX, and the true one is taken then.
#include "micropycelium/crypto/noise.hpp"

#include "micropycelium/base/check.hpp"

#include <algorithm>

namespace {

using mp::Bytes;
using mp::NoisePattern;

constexpr std::size_t kPayload = 10;
constexpr std::size_t kRoom = 300;

struct Step {
  NoisePattern pattern;
  int number;
};
constexpr Step kSteps[] = {{NoisePattern::xx, 0}, {NoisePattern::xx, 1}, {NoisePattern::xx, 2},
                           {NoisePattern::ik, 0}, {NoisePattern::ik, 1}, {NoisePattern::x, 0}};

mp::X25519PrivateKey key(unsigned char value) {
  mp::X25519PrivateKey k;
  std::fill(k.fill().begin(), k.fill().end(), std::byte{value});
  return k;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Bytes input = std::as_bytes(std::span(data, size)).subspan(2);
  if (input.size() > kRoom) return 0;
  const Step step = kSteps[data[0] % std::size(kSteps)];
  static const mp::X25519KeyPair one(key(1)), other(key(2));

  mp::NoiseHandshake initiator, responder;
  if (step.pattern == NoisePattern::xx) initiator.initiate_xx(one, key(3), {});
  if (step.pattern == NoisePattern::ik) initiator.initiate_ik(one, other.public_key(), key(3), {});
  if (step.pattern == NoisePattern::x) initiator.initiate_x(one, other.public_key(), key(3), {});
  responder.respond(step.pattern, other, key(4), {});

  mp::ByteArray<kRoom> written, read;
  const mp::ByteArray<kPayload> payload{};
  for (int n = 0;; ++n) {
    mp::NoiseHandshake& writer = initiator.writes_next() ? initiator : responder;
    mp::NoiseHandshake& reader = initiator.writes_next() ? responder : initiator;
    const auto message = writer.write_message(payload, written);
    MP_CHECK(message.ok());
    if (n < step.number) {
      MP_CHECK(reader.read_message(*message, read).ok());
      continue;
    }
    mp::ByteArray<kRoom> forged{};
    std::size_t forged_size = input.size();
    mp::copy(input, forged);
    if (data[1] % 2 == 1) {
      forged_size = std::max(input.size(), message->size());
      for (std::size_t i = 0; i < message->size(); ++i) forged[i] ^= (*message)[i];
    }
    const Bytes tried = Bytes(forged).first(forged_size);
    const std::size_t overhead = reader.next_overhead();
    const bool taken = reader.read_message(tried, read).ok();
    const bool unproven = step.pattern == NoisePattern::xx && n == 0 && tried.size() >= overhead;
    MP_CHECK(taken == (unproven || mp::equal(tried, *message)));
    if (!taken) {
      MP_CHECK(reader.reads_next() && reader.next_overhead() == overhead);
      const auto true_one = reader.read_message(*message, read);
      MP_CHECK(true_one.ok() && mp::equal(*true_one, payload));
    }
    return 0;
  }
}
