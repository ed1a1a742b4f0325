// SPDX-License-Identifier: ISC
#include "micropycelium/messages/beacon.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

bool known(BeaconOp op) {
  switch (op) {
    case BeaconOp::beacon:
    case BeaconOp::response:
    case BeaconOp::disconnect:
      return true;
  }
  return false;
}

}  // namespace

Result<BeaconMessage> decode_beacon(Bytes message) {
  Reader in(message);
  BeaconMessage out;
  out.op = static_cast<BeaconOp>(in.u8());
  out.node_id.value = in.array<NodeId::kSize>();
  const Bytes apps = in.rest();
  if (!in.ok() || apps.size() % AppId::kSize != 0) return Status::truncated;
  if (apps.size() > kBeaconAppsMax * AppId::kSize) return Status::too_large;
  if (!known(out.op)) return Status::bad_value;
  out.apps = AppIdList(apps);
  return out;
}

Result<Bytes> encode_beacon(BeaconOp op, const NodeId& node_id, std::span<const AppId> apps, MutableBytes out) {
  if (apps.size() > kBeaconAppsMax) return Status::too_large;
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(op));
  w.put(node_id.bytes());
  for (const AppId& app : apps) w.put(app.bytes());
  if (!w.ok()) return Status::too_large;
  return w.written();
}

}  // namespace mp
