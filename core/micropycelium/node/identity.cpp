// SPDX-License-Identifier: ISC
#include "micropycelium/node/identity.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/ed25519.hpp"

namespace mp {
namespace {

constexpr std::string_view kMagic = "MPK1";

Result<Ed25519Seed> decode(Bytes record) {
  Reader in(record);
  const Bytes magic = in.take(kMagic.size());
  const auto seed = in.array<32>();
  const std::uint32_t crc = in.u32();
  if (!in.ok() || in.left() != 0 || !equal(magic, bytes(kMagic)) ||
      crc != crc32(record.first(Identity::kRecordSize - 4)))
    return Status::corrupt;
  return seed;
}

void encode(const Ed25519Seed& seed, std::span<std::byte, Identity::kRecordSize> record) {
  Writer out(record);
  out.put(bytes(kMagic));
  out.put(seed);
  out.u32(crc32(out.written()));
}

}  // namespace

Status Identity::load_or_create(Platform platform) {
  ByteArray<kRecordSize + 1> record;  // one byte more, so that a longer record is seen to be wrong
  Ed25519Seed seed{};
  const auto size = platform.storage.read(kStorageKey, record);
  Status status = Status::ok;
  if (size) {
    if (const auto stored = decode(Bytes(record).first(*size)))
      seed = *stored;
    else
      status = stored.status();
  } else if (size.status() == Status::not_found) {
    platform.random.fill(seed);
    encode(seed, MutableBytes(record).first<kRecordSize>());
    status = platform.storage.write(kStorageKey, Bytes(record).first(kRecordSize));
  } else {
    status = size.status() == Status::too_large ? Status::corrupt : size.status();
  }
  if (status == Status::ok) node_id_.value = ed25519_public_key(seed);
  wipe(seed);
  wipe(record);
  return status;
}

}  // namespace mp
