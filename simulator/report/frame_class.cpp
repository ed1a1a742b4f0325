// SPDX-License-Identifier: ISC
#include "simulator/report/frame_class.hpp"

#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/packet/package.hpp"
#include "micropycelium/packet/packet.hpp"

namespace mp::sim {
namespace {

FrameClass class_of_contents(const PacketView& packet) {
  if (packet.schema().sequenced()) return FrameClass::data;
  const Bytes body = packet.body();
  if (body.size() < kPackageHeader) return FrameClass::other;
  static const AppId kBeacon = kBeaconApp.id();
  return equal(body.first(AppId::kSize), kBeacon.bytes()) ? FrameClass::beacon : FrameClass::data;
}

FrameClass class_of(const PacketView& packet) {
  if (packet.flags().error()) return FrameClass::control;
  switch (packet.flags().control()) {
    case Control::none:
    case Control::ask:
      return class_of_contents(packet);
    case Control::ack:
      return FrameClass::acknowledgement;
    case Control::rtx:
    case Control::rns:
    case Control::nia:
      return FrameClass::control;
    case Control::reserved6:
    case Control::reserved7:
      break;
  }
  return FrameClass::other;
}

const char* word(Control control) {
  switch (control) {
    case Control::none:
      break;
    case Control::ask:
      return "ask";
    case Control::ack:
      return "ack";
    case Control::rtx:
      return "rtx";
    case Control::rns:
      return "rns";
    case Control::nia:
      return "nia";
    case Control::reserved6:
    case Control::reserved7:
      return "reserved control code";
  }
  return "";
}

}  // namespace

const char* name(FrameClass c) {
  switch (c) {
    case FrameClass::beacon:
      return "beacon";
    case FrameClass::control:
      return "control";
    case FrameClass::acknowledgement:
      return "acknowledgement";
    case FrameClass::data:
      return "data";
    case FrameClass::other:
      return "other";
    case FrameClass::count_:
      break;
  }
  return "?";
}

FrameClass classify(Bytes datagram) {
  const auto packet = PacketView::parse(datagram);
  return packet ? class_of(*packet) : FrameClass::other;
}

std::string describe(Bytes datagram) {
  const auto packet = PacketView::parse(datagram);
  if (!packet) return std::string("no packet: ") + name(packet.status());
  std::string text = sim::name(class_of(*packet));
  const Control control = packet->flags().control();
  if (packet->flags().error()) text += " (undeliverable, on its way back)";
  if (control != Control::none && control != Control::ack) text += std::string(" (") + word(control) + ")";
  text += ", schema " + std::to_string(packet->schema().id);
  if (packet->schema().sequenced()) {
    text += ", part " + std::to_string(packet->packet_id() + 1) + " of " + std::to_string(packet->seq_size() + 1) +
            " of sequence " + std::to_string(packet->seq_id());
  } else {
    text += ", id " + std::to_string(packet->packet_id());
  }
  if (packet->schema().routed()) text += ", ttl " + std::to_string(packet->ttl());
  return text;
}

}  // namespace mp::sim
