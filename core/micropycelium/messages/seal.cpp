// SPDX-License-Identifier: ISC
#include "micropycelium/messages/seal.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

struct Shape {
  bool session, number;
  std::size_t least;  // bytes of the message
  bool exactly;
};

constexpr Shape kShapes[] = {
    {false, false, kSealXxFirst, true},
    {true, false, kSealXxSecond, true},
    {true, false, kSealXxThird, true},
    {false, false, kSealIkFirst, true},
    {true, false, kSealIkSecond, true},
    {false, false, kSealOneWay, false},
    {true, true, kSealHead + kSealTag, false},  // without an app id: only that a session stands
    {true, true, kSealHead + kSealAppSize + kSealTag, false},
    {true, true, kSealReceipt, true},
};

const Shape* shape_of(SealKind kind) {
  const auto index = static_cast<std::size_t>(kind) - 1;
  return index < std::size(kShapes) ? &kShapes[index] : nullptr;
}

}  // namespace

Result<SealMessage> decode_seal(Bytes message) {
  Reader in(message);
  SealMessage out;
  out.kind = static_cast<SealKind>(in.u8());
  if (!in.ok()) return Status::truncated;
  const Shape* shape = shape_of(out.kind);
  if (shape == nullptr) return Status::bad_value;
  if (message.size() < shape->least) return Status::truncated;
  if (shape->exactly && message.size() > shape->least) return Status::too_large;
  if (shape->session) {
    out.session = in.u32();
    if (out.session == 0) return Status::bad_value;
  }
  if (shape->number) out.number = in.u32();
  out.body = in.rest();
  return out;
}

Bytes encode_seal_head(const SealMessage& message, std::span<std::byte, kSealHead> out) {
  const Shape* shape = shape_of(message.kind);
  MP_CHECK(shape != nullptr);
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(message.kind));
  if (shape->session) w.u32(message.session);
  if (shape->number) w.u32(message.number);
  return w.written();
}

}  // namespace mp
