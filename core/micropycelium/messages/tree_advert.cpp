// SPDX-License-Identifier: ISC
#include "micropycelium/messages/tree_advert.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

constexpr unsigned kSettled = 0x20, kOrphan = 0x10, kRoot = 0x08, kPlaced = 0x04, kChildren = 0x02, kZero = 0x01;

Status read_entry(Reader& in, TreeEntry& e) {
  const unsigned head = in.u8();
  e.tree = static_cast<std::uint8_t>(head >> 6);
  e.claim.settled = (head & kSettled) != 0;
  e.orphan = (head & kOrphan) != 0;
  e.root = (head & kRoot) != 0;
  e.claim.lineage = in.u64();
  e.claim.term = in.u16();
  e.claim.seq = in.u16();
  e.claim.root = in.u32();
  e.cost = in.u16();
  if (!e.root) {
    e.parent = in.u32();
    e.index = in.u16();
  }
  if (!in.ok()) return Status::truncated;
  if ((head & kZero) != 0) return Status::bad_value;
  if ((head & kPlaced) != 0) {
    const Bytes size_and_address = in.take(1);
    if (size_and_address.empty()) return Status::truncated;
    const std::size_t size = std::to_integer<std::size_t>(size_and_address[0]);
    if (size == 0 || size > kCompactAddressMax) return Status::bad_value;
    const Bytes text = in.take(size);
    if (!in.ok()) return Status::truncated;
    BitReader bits(text);
    const auto place = CompactAddress::read(bits);
    if (!place) return place.status();
    // One way to write it: no byte too many, no bit set in the padding.
    if (bits.left() >= 8 || bits.take(static_cast<unsigned>(bits.left())) != 0) return Status::bad_value;
    e.place = *place;
  }
  if ((head & kChildren) != 0) {
    e.child_count = in.u8();
    if (in.ok() && (e.child_count == 0 || e.child_count > TreeEntry::kChildrenMax)) return Status::bad_value;
    for (std::size_t i = 0; i < e.child_count; ++i) {
      e.children[i].tag = in.u32();
      e.children[i].index = in.u16();
      if (in.ok() && e.children[i].index == 0) return Status::bad_value;
    }
    if (!in.ok()) return Status::truncated;
  }
  return Status::ok;
}

void write_entry(Writer& out, const TreeEntry& e) {
  unsigned head = unsigned{e.tree} << 6;
  if (e.claim.settled) head |= kSettled;
  if (e.orphan) head |= kOrphan;
  if (e.root) head |= kRoot;
  if (e.place) head |= kPlaced;
  if (e.child_count > 0) head |= kChildren;
  out.u8(static_cast<std::uint8_t>(head));
  out.u64(e.claim.lineage);
  out.u16(e.claim.term);
  out.u16(e.claim.seq);
  out.u32(e.claim.root);
  out.u16(e.cost);
  if (!e.root) {
    out.u32(e.parent);
    out.u16(e.index);
  }
  if (e.place) {
    ByteArray<kCompactAddressMax> text{};
    BitWriter bits(text);
    e.place->write(bits);
    out.u8(static_cast<std::uint8_t>(bits.size()));
    out.put(Bytes(text).first(bits.size()));
  }
  if (e.child_count == 0) return;
  out.u8(e.child_count);
  for (std::size_t i = 0; i < e.child_count; ++i) {
    out.u32(e.children[i].tag);
    out.u16(e.children[i].index);
  }
}

}  // namespace

ChildTag child_tag(const NodeId& id) { return load_be<ChildTag>(id.bytes().data()); }

Result<TreeAdvert> decode_tree_advert(Bytes message) {
  Reader in(message);
  TreeAdvert advert;
  advert.boot = in.u8();
  if (!in.ok()) return Status::truncated;
  unsigned seen = 0;
  while (in.left() > 0) {
    if (advert.count == kTreesMax) return Status::too_large;
    TreeEntry& e = advert.entries[advert.count++];
    MP_TRY(read_entry(in, e));
    if ((seen >> e.tree & 1U) != 0) return Status::bad_value;
    seen |= 1U << e.tree;
  }
  return advert;
}

Result<Bytes> encode_tree_advert(const TreeAdvert& advert, MutableBytes buffer) {
  Writer out(buffer);
  out.u8(advert.boot);
  for (std::size_t i = 0; i < advert.count; ++i) write_entry(out, advert.entries[i]);
  if (!out.ok()) return Status::too_large;
  return out.written();
}

std::size_t entry_size(const TreeEntry& e) {
  return 19 + (e.root ? 0U : 6U) + (e.place ? 1 + (e.place->wire_bits() + 7) / 8 : 0U) +
         (e.child_count > 0 ? 1U + 6U * e.child_count : 0U);
}

}  // namespace mp
