// SPDX-License-Identifier: ISC
#include "micropycelium/packet/route_header.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

// Of the byte behind the size, from the top: returning 1, metric 1, trees 3, size of the visited nodes 2, source 1.
constexpr std::uint8_t kReturning = 0x80, kPrefix = 0x40, kTellsSource = 0x01;
constexpr unsigned kCountBits = 3;
constexpr std::size_t kTargetAt = 6, kSourceAt = 14, kMessageAt = 22;
constexpr unsigned kTreesShift = 3, kVisitedShift = 1;

std::size_t place_bytes(const RouteHeader& header) {
  std::size_t bits = bits_of(header.known_places());
  if (header.tells_source) bits += kCountBits + bits_of(header.known_source_places());
  return (bits + 7) / 8;
}

}  // namespace

const char* name(RouteError why) {
  switch (why) {
    case RouteError::no_route:
      return "no_route";
    case RouteError::ttl:
      return "ttl";
    case RouteError::stranger:
      return "stranger";
    case RouteError::unknown:
      return "unknown";
  }
  return "unknown";
}

std::size_t size_of(const RouteHeader& header) {
  return kRouteHeaderFixed + header.state.visited.size() + place_bytes(header);
}

Result<std::size_t> encode(const RouteHeader& header, MutableBytes to) {
  const std::size_t size = size_of(header);
  if (to.size() < size || size > kRouteHeaderMax) return Status::too_large;
  const RouteState& state = header.state;
  Writer writer(to.first(size));
  writer.u8(static_cast<std::uint8_t>(size));
  writer.u8(static_cast<std::uint8_t>((state.returning ? kReturning : 0) |
                                      (header.metric == Metric::prefix ? kPrefix : 0) | header.trees << kTreesShift |
                                      state.visited.size_code() << kVisitedShift |
                                      (header.tells_source ? kTellsSource : 0)));
  writer.u8(state.ttl);
  writer.u8(state.budget);
  writer.u16(state.watermark);
  writer.put(header.target.bytes());
  writer.put(header.source.bytes());
  writer.u32(header.message);
  writer.put(state.visited.bytes());
  const MutableBytes rest = to.first(size).subspan(writer.size());
  fill_zero(rest);
  BitWriter bits(rest);
  write_places(header.known_places(), bits);
  if (header.tells_source) {
    bits.put(header.source_trees, kCountBits);
    write_places(header.known_source_places(), bits);
  }
  MP_CHECK(writer.ok() && bits.ok());
  return size;
}

Result<DecodedRouteHeader> decode_route_header(Bytes from) {
  DecodedRouteHeader out;
  RouteHeader& header = out.header;
  Reader reader(from);
  const std::size_t size = reader.u8();
  const std::uint8_t flags = reader.u8();
  header.state.returning = (flags & kReturning) != 0;
  header.metric = (flags & kPrefix) != 0 ? Metric::prefix : Metric::tree;
  header.trees = flags >> kTreesShift & 7;
  header.state.visited = Visited::of(flags >> kVisitedShift & 3);
  header.state.ttl = reader.u8();
  header.state.budget = reader.u8();
  header.state.watermark = reader.u16();
  header.target.value = reader.array<NodeTag::kSize>();
  header.source.value = reader.array<NodeTag::kSize>();
  header.message = reader.u32();
  copy(reader.take(header.state.visited.size()), header.state.visited.bytes());
  if (!reader.ok()) return Status::truncated;
  const std::size_t before = from.size() - reader.left();
  BitReader bits(reader.rest());
  MP_TRY(read_places(bits, header.trees, header.places));
  header.tells_source = (flags & kTellsSource) != 0;
  if (header.tells_source) {
    header.source_trees = static_cast<std::uint8_t>(bits.take(kCountBits));
    if (!bits.ok()) return Status::truncated;
    MP_TRY(read_places(bits, header.source_trees, header.source_places));
  }
  if (bits.take(static_cast<unsigned>((8 - bits.at() % 8) % 8)) != 0) return Status::bad_value;
  out.size = before + bits.at() / 8;
  if (out.size != size) return Status::bad_value;
  return out;
}

Result<std::size_t> replace_route(const Schema& schema, MutableBytes buffer, std::size_t size,
                                  const RouteHeader& header) {
  const std::size_t at = schema.body_offset;
  const std::size_t before = std::min<std::size_t>(std::to_integer<std::uint8_t>(buffer[at]), size - at);
  const std::size_t after = size_of(header);
  const std::size_t behind = size - at - before;
  if (after > kRouteHeaderMax || at + after + behind > schema.frame) return Status::too_large;
  std::memmove(buffer.data() + at + after, buffer.data() + at + before, behind);
  MP_CHECK(encode(header, buffer.subspan(at, after)).ok());
  return at + after + behind;
}

NodeTag route_target(Bytes header) {
  return header.size() < kRouteHeaderFixed ? NodeTag{} : NodeTag::from(header.subspan(kTargetAt, NodeTag::kSize));
}

NodeTag route_source(Bytes header) {
  return header.size() < kRouteHeaderFixed ? NodeTag{} : NodeTag::from(header.subspan(kSourceAt, NodeTag::kSize));
}

std::uint32_t route_message(Bytes header) {
  return header.size() < kRouteHeaderFixed ? 0 : load_be<std::uint32_t>(header.data() + kMessageAt);
}

}  // namespace mp
