// SPDX-License-Identifier: ISC
#include "micropycelium/node/succession.hpp"

#include "micropycelium/base/crc32.hpp"

namespace mp {

HandoverChain Succession::chain() const {
  if (count_ == 0) return {};
  return *decode_chain(Bytes(record_).first(count_ * kHandoverSize));
}

Status Succession::load(Storage& storage, const NodeId& own) {
  count_ = 0;
  const auto size = storage.read(kStorageKey, record_);
  if (!size) {
    if (size.status() == Status::not_found) return Status::ok;
    return size.status() == Status::too_large ? Status::corrupt : size.status();
  }
  if (*size < 4) return Status::corrupt;
  const Bytes records = Bytes(record_).first(*size - 4);
  const auto chain = decode_chain(records);
  if (!chain || crc32(records) != load_be<std::uint32_t>(record_.data() + records.size())) return Status::corrupt;
  for (std::size_t i = 0; i < chain->size(); ++i)
    if ((*chain)[i].after == own) count_ = i + 1;
  // The last hand-over was stored, and the power failed before the new identity was.
  if (count_ == 0)
    for (std::size_t i = 0; i < chain->size(); ++i)
      if ((*chain)[i].before == own) return Status::ok;
  return count_ == 0 ? Status::corrupt : Status::ok;
}

Status Succession::add(Storage& storage, const Ed25519KeyPair& own, const Ed25519KeyPair& after) {
  const std::uint32_t counter = count_ == 0 ? 0 : chain()[count_ - 1].counter;
  if (counter == 0xffffffff) return Status::exhausted;
  ByteArray<kRecordMax> record;
  const std::size_t from = count_ == kHandoversMax ? 1 : 0;
  const std::size_t kept = (count_ - from) * kHandoverSize;
  copy(Bytes(record_).subspan(from * kHandoverSize, kept), record);
  encode_handover(make_handover(own, after, counter + 1),
                  std::span<std::byte, kHandoverSize>(record.data() + kept, kHandoverSize));
  const std::size_t size = kept + kHandoverSize;
  store_be(record.data() + size, crc32(Bytes(record).first(size)));
  MP_TRY(storage.write(kStorageKey, Bytes(record).first(size + 4)));
  record_ = record;
  count_ = size / kHandoverSize;
  return Status::ok;
}

}  // namespace mp
