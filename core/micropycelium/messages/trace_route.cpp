// SPDX-License-Identifier: ISC
#include "micropycelium/messages/trace_route.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

constexpr std::uint8_t kRequest = 0, kAnswer = 1;
constexpr unsigned kCountBits = 3;

}  // namespace

const char* name(TraceStep step) {
  switch (step) {
    case TraceStep::deliver:
      return "deliver";
    case TraceStep::neighbour:
      return "neighbour";
    case TraceStep::nearer:
      return "nearer";
    case TraceStep::detour:
      return "detour";
    case TraceStep::nowhere:
      return "nowhere";
  }
  return "unknown";
}

Result<TraceRequest> decode_trace_request(Bytes message) {
  Reader in(message);
  TraceRequest out;
  const std::uint8_t kind = in.u8();
  out.nonce = in.u32();
  if (!in.ok()) return Status::truncated;
  if (kind != kRequest) return Status::bad_value;
  const Bytes rest = in.rest();
  const auto route = decode_route_header(rest);
  if (!route) return route.status();
  if (route->size != rest.size()) return Status::too_large;
  out.route = route->header;
  return out;
}

Result<TraceAnswer> decode_trace_answer(Bytes message) {
  Reader in(message);
  TraceAnswer out;
  const std::uint8_t kind = in.u8();
  out.nonce = in.u32();
  const std::uint8_t step = in.u8();
  out.own_distance = in.u16();
  out.link_cost = in.u16();
  out.next_distance = in.u16();
  out.next.value = in.array<NodeId::kSize>();
  if (!in.ok()) return Status::truncated;
  if (kind != kAnswer || step > static_cast<std::uint8_t>(TraceStep::nowhere)) return Status::bad_value;
  out.step = static_cast<TraceStep>(step);
  const Bytes rest = in.rest();
  BitReader bits(rest);
  out.trees = static_cast<std::uint8_t>(bits.take(kCountBits));
  if (!bits.ok()) return Status::truncated;
  MP_TRY(read_places(bits, out.trees, out.places));
  if (bits.take(static_cast<unsigned>((8 - bits.at() % 8) % 8)) != 0) return Status::bad_value;
  if (bits.at() / 8 != rest.size()) return Status::too_large;
  return out;
}

Result<Bytes> encode_trace(const TraceRequest& request, MutableBytes out) {
  Writer w(out);
  w.u8(kRequest);
  w.u32(request.nonce);
  if (!w.ok()) return Status::too_large;
  const auto size = encode(request.route, out.subspan(w.size()));
  if (!size) return size.status();
  return Bytes(out.first(w.size() + *size));
}

Result<Bytes> encode_trace(const TraceAnswer& answer, MutableBytes out) {
  Writer w(out);
  w.u8(kAnswer);
  w.u32(answer.nonce);
  w.u8(static_cast<std::uint8_t>(answer.step));
  w.u16(answer.own_distance);
  w.u16(answer.link_cost);
  w.u16(answer.next_distance);
  w.put(answer.next.bytes());
  if (!w.ok()) return Status::too_large;
  const MutableBytes rest = out.subspan(w.size());
  fill_zero(rest);
  BitWriter bits(rest);
  bits.put(answer.trees, kCountBits);
  write_places(std::span(answer.places).first(answer.trees), bits);
  if (!bits.ok()) return Status::too_large;
  return Bytes(out.first(w.size() + (bits.at() + 7) / 8));
}

}  // namespace mp
