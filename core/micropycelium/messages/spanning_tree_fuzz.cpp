// SPDX-License-Identifier: ISC
// Any bytes, by all decoders: a message or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/spanning_tree.hpp"

namespace {

// A signature is made anew; all before it stays.
void same_but_signature(mp::Bytes again, mp::Bytes input) {
  constexpr std::size_t kSignature = mp::Ed25519Signature::kSize;
  MP_CHECK(again.size() == input.size() &&
           mp::equal(again.first(again.size() - kSignature), input.first(input.size() - kSignature)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mp;
  static const Ed25519KeyPair keys{Ed25519Seed{}};
  const NodeId self = NodeId::from(keys.public_key().bytes());
  const Bytes input = std::as_bytes(std::span(data, size));
  ByteArray<std::max(kAdvertMax, kSeekAnswerMax)> out;
  const auto kind = tree_message_kind(input);
  if (const auto advert = decode_signed_advert(input)) {
    MP_CHECK(*kind == TreeMessage::advert && size <= kAdvertMax);
    (void)signed_advert_genuine(input, self, {});
    same_but_signature(*encode_signed_advert(*advert, self, {}, keys, out), input);
    // Cut for the smallest frame, nothing is lost and nothing is too large.
    AdvertParts parts(advert->advert, AdvertParts::kRoomMin);
    TreeAdvert part;
    std::size_t children = 0, wanted = 0;
    while (parts.next(part)) {
      std::size_t bytes = 1;
      for (std::size_t i = 0; i < part.count; ++i) {
        bytes += entry_size(part.entries[i]);
        children += part.entries[i].child_count;
      }
      MP_CHECK(bytes <= AdvertParts::kRoomMin && (part.count > 0) == (advert->advert.count > 0));
    }
    for (std::size_t i = 0; i < advert->advert.count; ++i) wanted += advert->advert.entries[i].child_count;
    MP_CHECK(children == wanted);
  }
  if (const auto probe = decode_root_probe(input)) MP_CHECK(equal(encode_root_probe(*probe), input));
  if (const auto nonce = decode_boot_question(input)) MP_CHECK(equal(encode_boot_question(*nonce), input));
  if (const auto answer = decode_boot_answer(input)) (void)boot_answer_genuine(input, NodeId{}, NodeId{});
  if (const auto who = decode_introduction(input)) MP_CHECK(equal(encode_introduction(*who), input));
  if (const auto seek = decode_seek(input)) MP_CHECK(equal(*encode_seek(*seek, out), input));
  if (const auto answer = decode_seek_answer(input)) {
    (void)seek_answer_genuine(input, self);
    same_but_signature(*encode_seek_answer(*answer, self, keys, out), input);
  }
  return 0;
}
