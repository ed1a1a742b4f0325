// SPDX-License-Identifier: ISC
#include "micropycelium/node/authority.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/hash.hpp"

namespace mp {

const char* name(Authority::Verdict verdict) {
  switch (verdict) {
    case Authority::Verdict::accepted:
      return "accepted";
    case Authority::Verdict::malformed:
      return "malformed";
    case Authority::Verdict::other_target:
      return "other_target";
    case Authority::Verdict::unknown_owner:
      return "unknown_owner";
    case Authority::Verdict::other_epoch:
      return "other_epoch";
    case Authority::Verdict::old_counter:
      return "old_counter";
    case Authority::Verdict::forged:
      return "forged";
    case Authority::Verdict::not_kept:
      return "not_kept";
  }
  return "unknown";
}

Status Authority::start(Platform platform, const Identity& self, std::span<const Ed25519PublicKey> owners) {
  if (owners.size() > kOwnersMax) return Status::too_large;
  storage_ = &platform.storage;
  self_ = self.node_id();
  count_ = 0;
  for (const Ed25519PublicKey& key : owners)
    if (find(key) == nullptr) owners_[count_++] = {key, 0};
  const Status known = restore(platform);
  if (known == Status::ok) return Status::ok;
  if (known == Status::io_error) return known;
  for (std::size_t i = 0; i < count_; ++i) owners_[i].counter = 0;
  begin_epoch(platform.random, self.boot());
  const Status kept = save(platform.storage);
  if (kept != Status::ok) count_ = 0;  // obeys nobody
  return kept == Status::ok && known == Status::corrupt ? known : kept;
}

// Status: ok (epoch and counters are those of before); not_found, exists (somebody in it is no owner any more),
// corrupt: a new epoch must begin; io_error.
Status Authority::restore(const Platform& platform) {
  ByteArray<kRecordMax> record;
  const auto size = platform.storage.read(kStorageKey, record);
  if (!size) return size.status() == Status::too_large ? Status::corrupt : size.status();
  Reader in(Bytes(record).first(*size));
  epoch_.value = in.array<Epoch::kSize>();
  while (in.left() >= kOwnerSize) {
    const Ed25519PublicKey key(in.array<Ed25519PublicKey::kSize>());
    const std::uint64_t counter = in.u64();
    Owner* owner = find(key);
    // Damage is seen at the end: then this is no reason either.
    if (owner != nullptr) owner->counter = counter;
  }
  const std::uint32_t crc = in.u32();
  if (!in.ok() || in.left() != 0 || crc != crc32(Bytes(record).first(*size - 4))) return Status::corrupt;
  Reader again(Bytes(record).first(*size - 4).subspan(Epoch::kSize));
  while (again.left() >= kOwnerSize) {
    if (find(Ed25519PublicKey(again.array<Ed25519PublicKey::kSize>())) == nullptr) return Status::exists;
    (void)again.u64();
  }
  return Status::ok;
}

// It repeats only if the random generator repeats and the boot counter was lost too.
void Authority::begin_epoch(Random& random, std::uint32_t boot) {
  ByteArray<32> fresh;
  random.fill(fresh);
  constexpr std::string_view kDomain = "Micropycelium epoch 1";
  ByteArray<kDomain.size() + 4 + fresh.size()> text;
  Writer out(text);
  out.put(bytes(kDomain));
  out.u32(boot);
  out.put(fresh);
  epoch_ = Epoch::from(Bytes(sha256(out.written())).first(Epoch::kSize));
}

Status Authority::save(Storage& storage) const {
  ByteArray<kRecordMax> record;
  Writer out(record);
  out.put(epoch_.bytes());
  for (std::size_t i = 0; i < count_; ++i) {
    out.put(owners_[i].key.bytes());
    out.u64(owners_[i].counter);
  }
  out.u32(crc32(out.written()));
  return storage.write(kStorageKey, out.written());
}

Authority::Owner* Authority::find(const Ed25519PublicKey& key) {
  for (std::size_t i = 0; i < count_; ++i)
    if (owners_[i].key == key) return &owners_[i];
  return nullptr;
}

std::uint64_t Authority::counter(const Ed25519PublicKey& key) const {
  for (std::size_t i = 0; i < count_; ++i)
    if (owners_[i].key == key) return owners_[i].counter;
  return 0;
}

Authority::Verdict Authority::accept(Bytes message) {
  const auto command = decode_command(message);
  return command ? accept(*command) : Verdict::malformed;
}

Authority::Verdict Authority::accept(const OwnerCommand& command) {
  if (!(command.target == self_)) return Verdict::other_target;
  Owner* owner = find(command.owner);
  if (owner == nullptr) return Verdict::unknown_owner;
  if (!(command.epoch == epoch_)) return Verdict::other_epoch;
  if (command.counter <= owner->counter) return Verdict::old_counter;
  if (verify(command) != Status::ok) return Verdict::forged;
  const std::uint64_t before = owner->counter;
  owner->counter = command.counter;
  if (save(*storage_) == Status::ok) return Verdict::accepted;
  // What is in storage now nobody knows; the counter of before is what can be obeyed again.
  owner->counter = before;
  return Verdict::not_kept;
}

}  // namespace mp
