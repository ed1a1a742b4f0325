// SPDX-License-Identifier: ISC
#include "micropycelium/applications/tree_proofs.hpp"

#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/hash.hpp"

namespace mp {
namespace {

unsigned bits_of_levels(const Place& place, unsigned levels) {
  unsigned bits = 0;
  for (unsigned level = 0; level < levels; ++level) bits += gamma_at(place.index, bits).bits;
  return bits;
}

}  // namespace

ByteArray<8> TreeProofs::prefix_of(std::uint8_t tree, std::uint16_t epoch, const Place& place, unsigned levels) {
  const unsigned bits = bits_of_levels(place, levels);
  ByteArray<1 + 2 + 1 + 4 * kIndexWords> text;
  Writer out(text);
  out.u8(tree);
  out.u16(epoch);
  out.u8(static_cast<std::uint8_t>(bits));
  for (unsigned word = 0; word < kIndexWords; ++word) {
    const unsigned kept = bits > 32 * word ? std::min(bits - 32 * word, 32U) : 0U;
    out.u32(kept == 0 ? 0 : place.index[word] & ~std::uint32_t{0} << (32 - kept));
  }
  ByteArray<8> prefix;
  const Sha256Digest digest = sha256(text);
  copy(Bytes(digest).first<8>(), prefix);
  return prefix;
}

std::uint16_t TreeProofs::index_at(const Place& place, unsigned levels) {
  return static_cast<std::uint16_t>(gamma_at(place.index, bits_of_levels(place, levels - 1)).value);
}

void TreeProofs::begin_below_known(Check& c) const {
  for (const Known& k : known) {
    if (k.levels == 0 || k.tree != c.tree || k.epoch != c.epoch || k.levels < c.level || k.levels >= c.place.levels)
      continue;
    if (k.prefix != prefix_of(c.tree, c.epoch, c.place, k.levels)) continue;
    c.level = static_cast<std::uint8_t>(k.levels + 1);
    c.above = k.node;
    c.boot = k.boot;
    c.weight = k.weight;
  }
}

// The one that was learnt first gives way, unless it is the same place.
void TreeProofs::know(const Check& c, unsigned levels) {
  const ByteArray<8> prefix = prefix_of(c.tree, c.epoch, c.place, levels);
  Known* at = nullptr;
  for (Known& k : known)
    if (k.levels == levels && k.tree == c.tree && k.epoch == c.epoch && k.prefix == prefix) at = &k;
  if (at == nullptr) {
    at = &known[next_known];
    next_known = static_cast<std::uint8_t>((next_known + 1U) % kKnown);
  }
  *at = {prefix, c.above, c.epoch, c.weight, c.boot, c.tree, static_cast<std::uint8_t>(levels)};
}

}  // namespace mp
