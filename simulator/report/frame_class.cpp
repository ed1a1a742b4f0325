// SPDX-License-Identifier: ISC
#include "simulator/report/frame_class.hpp"

#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/messages/hello.hpp"
#include "micropycelium/packet/package.hpp"
#include "micropycelium/transport/sealing.hpp"

namespace mp::sim {
namespace {

FrameClass class_of_contents(const PacketView& packet) {
  const Schema& schema = packet.schema();
  if (schema.sequenced()) return FrameClass::data;
  if (schema.sealed())
    return schema.base() == kHopSchemaEspNow || schema.base() == kHopSchemaLora ? FrameClass::acknowledgement
                                                                                : FrameClass::data;
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

std::uint8_t schema_number(Bytes datagram) {
  constexpr std::size_t kSchemaAt = 2;
  return datagram.size() < kFixedHeader ? std::uint8_t{0} : std::to_integer<std::uint8_t>(datagram[kSchemaAt]);
}

bool is_opening(Bytes datagram) {
  const std::uint8_t schema = schema_number(datagram);
  return (schema == kOpeningSchemaEspNow || schema == kOpeningSchemaLora) && datagram[0] == std::byte{0} &&
         datagram.size() > kOpeningSize;
}

// The messages of an admission have two sizes, and no Beacon is so short.
bool is_admission(Bytes datagram) {
  const std::size_t text = datagram.size() - kOpeningSize;
  return text == kChallengeSize || text == kHelloSizeMax;
}

// What the seal byte says, and what follows the header of a sealed frame.
std::string describe_seal(Bytes datagram, const PacketView* packet) {
  const auto byte = SealByte::decode(datagram[1]);
  if (!byte) return ", impossible seal byte";
  std::string text =
      ", network generation " + std::to_string(byte->generation) + ", interface " + std::to_string(byte->number);
  if (packet != nullptr)
    text += std::string(byte->group ? ", to all" : ", to one") + ", counter " +
            std::to_string(frame_counter(packet->schema(), datagram));
  return text;
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

mp::Result<PacketView> header_of(Bytes datagram) {
  if (schema_number(datagram) < kSealedSchema) return PacketView::parse(datagram);
  // What counter and tag take at the end is taken off, so that the size is that of the packet.
  if (datagram.size() < kFixedHeader + kFrameSealSize) return Status::truncated;
  return PacketView::parse(datagram.first(datagram.size() - kFrameSealSize));
}

FrameClass classify(Bytes datagram) {
  if (is_opening(datagram)) return is_admission(datagram) ? FrameClass::control : FrameClass::beacon;
  const auto packet = header_of(datagram);
  return packet ? class_of(*packet) : FrameClass::other;
}

std::string describe(Bytes datagram) {
  if (is_opening(datagram))
    return std::string("opening, ") + (is_admission(datagram) ? "admission" : "beacon") + ", schema " +
           std::to_string(schema_number(datagram)) + describe_seal(datagram, nullptr);
  const auto packet = header_of(datagram);
  if (!packet) return std::string("no packet: ") + name(packet.status());
  const bool sealed = packet->schema().sealed();
  std::string text = sealed ? "sealed, " : "";
  text += sim::name(class_of(*packet));
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
  if (sealed) text += describe_seal(datagram, &*packet);
  return text;
}

}  // namespace mp::sim
