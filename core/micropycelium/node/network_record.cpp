// SPDX-License-Identifier: ISC
#include "micropycelium/node/network_record.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/hash.hpp"

namespace mp {
namespace {

constexpr unsigned kHasKey = 1;
constexpr unsigned kHasNext = 2;

void read_key(Reader& in, std::optional<NetworkKey>& key) { copy(in.take(NetworkKey::kSize), key.emplace().fill()); }

}  // namespace

KeyFingerprint key_fingerprint(const NetworkKey& key, std::uint8_t generation) {
  Sha256 hash;
  hash.update(bytes("Micropycelium configured key 1"));
  const ByteArray<1> g{static_cast<std::byte>(generation)};
  hash.update(g);
  hash.update(key.bytes());
  return KeyFingerprint::from(Bytes(hash.finish()).first(KeyFingerprint::kSize));
}

Result<NetworkRecord> NetworkRecord::decode(Bytes record) {
  if (record.size() < KeyFingerprint::kSize + 2 + 4) return Status::truncated;
  const Bytes text = record.first(record.size() - 4);
  if (crc32(text) != load_be<std::uint32_t>(record.data() + text.size())) return Status::corrupt;
  Reader in(text);
  NetworkRecord r;
  r.configured = KeyFingerprint(in.array<KeyFingerprint::kSize>());
  r.generation = in.u8();
  const unsigned flags = in.u8();
  if (r.generation > 3 || flags == 0 || flags > (kHasKey | kHasNext)) return Status::bad_value;
  const std::size_t keys = ((flags & kHasKey) != 0 ? 1U : 0U) + ((flags & kHasNext) != 0 ? 1U : 0U);
  if (in.left() != keys * NetworkKey::kSize) return Status::bad_value;
  if ((flags & kHasKey) != 0) read_key(in, r.key);
  if ((flags & kHasNext) != 0) read_key(in, r.next);
  return r;
}

Bytes NetworkRecord::encode(std::span<std::byte, kSizeMax> out) const {
  MP_CHECK(key || next);
  Writer w(out);
  w.put(configured.bytes());
  w.u8(generation);
  w.u8(static_cast<std::uint8_t>((key ? kHasKey : 0U) | (next ? kHasNext : 0U)));
  if (key) w.put(key->bytes());
  if (next) w.put(next->bytes());
  w.u32(crc32(w.written()));
  return w.written();
}

Result<NetworkRecord> NetworkRecord::load(Storage& storage) {
  ByteArray<kSizeMax + 1> bytes;  // one more, so that a longer record is seen to be wrong
  const auto size = storage.read(kStorageKey, bytes);
  if (!size) return size.status() == Status::too_large ? Status::corrupt : size.status();
  if (*size == 0) return Status::not_found;
  auto record = decode(Bytes(bytes).first(*size));
  wipe(bytes);
  if (!record) return Status::corrupt;
  return record;
}

Status NetworkRecord::save(Storage& storage) const {
  ByteArray<kSizeMax> bytes;
  const Status status = storage.write(kStorageKey, encode(bytes));
  wipe(bytes);
  return status;
}

}  // namespace mp
