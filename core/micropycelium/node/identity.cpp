// SPDX-License-Identifier: ISC
#include "micropycelium/node/identity.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/node/succession.hpp"

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

void encode_boot(std::uint32_t counter, std::span<std::byte, Identity::kBootRecordSize> record) {
  Writer out(record);
  out.u32(counter);
  out.u32(crc32(out.written()));
}

Status write_boot(Storage& storage, std::uint32_t counter) {
  ByteArray<Identity::kBootRecordSize> record;
  encode_boot(counter, record);
  return storage.write(Identity::kBootKey, record);
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
    // The boot counter first: an identity without one has lost it. One that is there already goes on.
    if (platform.storage.read(kBootKey, {}).status() == Status::not_found) status = write_boot(platform.storage, 0);
    platform.random.fill(seed);
    encode(seed, MutableBytes(record).first<kRecordSize>());
    if (status == Status::ok) status = platform.storage.write(kStorageKey, Bytes(record).first(kRecordSize));
  } else {
    status = size.status() == Status::too_large ? Status::corrupt : size.status();
  }
  if (status == Status::ok) node_id_.value = keys_.emplace(seed).public_key();
  wipe(seed);
  wipe(record);
  return status;
}

Status Identity::hand_over(Platform platform) {
  Ed25519Seed seed;
  platform.random.fill(seed);
  Ed25519KeyPair after(seed);
  ByteArray<kRecordSize> record;
  encode(seed, record);
  wipe(seed);
  Succession succession;
  // What is damaged can lead nobody here any more; the new hand-over begins anew.
  Status status = succession.load(platform.storage, node_id_);
  if (status == Status::ok || status == Status::corrupt) status = succession.add(platform.storage, keys(), after);
  if (status == Status::ok) status = platform.storage.write(kStorageKey, record);
  if (status == Status::ok) {
    node_id_.value = after.public_key();
    keys_.emplace(std::move(after));
  }
  wipe(record);
  return status;
}

Status Identity::raise_boot(Storage& storage) {
  ByteArray<kBootRecordSize + 1> record;
  const auto size = storage.read(kBootKey, record);
  if (!size && size.status() != Status::not_found && size.status() != Status::too_large) return size.status();
  Reader in(Bytes(record).first(size ? *size : 0));
  const std::uint32_t before = in.u32();
  const std::uint32_t crc = in.u32();
  const bool known = in.ok() && in.left() == 0 && crc == crc32(Bytes(record).first<4>()) && before != 0xffffffff;
  const std::uint32_t counter = known ? before + 1 : 1;
  MP_TRY(write_boot(storage, counter));
  boot_ = counter;
  boot_lost_ = !known;
  return Status::ok;
}

}  // namespace mp
