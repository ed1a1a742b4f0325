// SPDX-License-Identifier: ISC
#include "micropycelium/node/bans.hpp"

#include "micropycelium/base/crc32.hpp"

#include <algorithm>

namespace mp {
namespace {

constexpr std::array<std::string_view, Bans::kRecords> kKeys{"bans0", "bans1", "bans2", "bans3",
                                                             "bans4", "bans5", "bans6", "bans7"};
constexpr std::size_t kRecordMax = Bans::kInRecord * NodeId::kSize + 4;

}  // namespace

Result<Bans::Part> Bans::read(std::size_t record) const {
  ByteArray<kRecordMax> bytes;
  const auto size = storage_.read(kKeys[record], bytes);
  if (!size) return size.status() == Status::too_large ? Status::corrupt : size.status();
  if (*size % NodeId::kSize != 4) return Status::corrupt;
  const Bytes ids = Bytes(bytes).first(*size - 4);
  if (crc32(ids) != load_be<std::uint32_t>(bytes.data() + ids.size())) return Status::corrupt;
  Part part;
  for (; part.count < ids.size() / NodeId::kSize; ++part.count)
    part.ids[part.count] = NodeId::from(ids.subspan(part.count * NodeId::kSize, NodeId::kSize));
  return part;
}

Status Bans::write(std::size_t record, const Part& part) {
  ByteArray<kRecordMax> bytes;
  const std::size_t size = part.count * NodeId::kSize;
  for (std::size_t i = 0; i < part.count; ++i)
    copy(part.ids[i].bytes(), MutableBytes(bytes).subspan(i * NodeId::kSize));
  store_be(bytes.data() + size, crc32(Bytes(bytes).first(size)));
  return storage_.write(kKeys[record], Bytes(bytes).first(size + 4));
}

Status Bans::add(const NodeId& id) {
  std::size_t place = kRecords;
  Part room;
  for (std::size_t i = 0; i < kRecords; ++i) {
    const auto part = read(i);
    if (!part && part.status() == Status::io_error) return Status::io_error;
    const Part known = part ? *part : Part{};
    if (std::find(known.ids.begin(), known.ids.begin() + known.count, id) != known.ids.begin() + known.count)
      return Status::ok;
    if (place == kRecords && known.count < kInRecord) {
      place = i;
      room = known;
    }
    if (!part && part.status() == Status::not_found) break;
  }
  if (place == kRecords) return Status::no_buffer;
  room.ids[room.count++] = id;
  return write(place, room);
}

Status Bans::remove(const NodeId& id) {
  for (std::size_t i = 0; i < kRecords; ++i) {
    const auto part = read(i);
    if (!part && part.status() == Status::not_found) break;
    if (!part && part.status() == Status::io_error) return Status::io_error;
    if (!part) continue;
    Part left;
    for (std::size_t n = 0; n < part->count; ++n)
      if (!(part->ids[n] == id)) left.ids[left.count++] = part->ids[n];
    if (left.count != part->count) MP_TRY(write(i, left));
  }
  return Status::ok;
}

}  // namespace mp
