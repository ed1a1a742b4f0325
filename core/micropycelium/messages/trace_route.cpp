// SPDX-License-Identifier: ISC
#include "micropycelium/messages/trace_route.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

constexpr std::uint8_t kRequest = 0, kAnswer = 1;

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
  const auto places = decode_places(in.rest());
  if (!places) return places.status();
  out.places = *places;
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
  const std::size_t places = bytes_of(answer.places.view());
  if (!w.ok() || out.size() < w.size() + places) return Status::too_large;
  encode_places(answer.places.view(), out.subspan(w.size(), places));
  return Bytes(out.first(w.size() + places));
}

}  // namespace mp
