// SPDX-License-Identifier: ISC
// The operations pack, unpack, schema and flags.
#include "programs/mpctl/codec_packets.hpp"
#include "programs/mpctl/codec_messages.hpp"

namespace mp::host::codec {
namespace {

constexpr std::string_view kControlNames[] = {"", "ask", "ack", "rtx", "rns", "nia", "", ""};

// The field names of a schema, for a person.
std::string list_fields(const Schema& s) {
  std::string all;
  for (const auto& [name, field] : kFields)
    if ((s.*field).present()) all += std::string(name) + ", ";
  return all + (s.by_id() ? "route, contents, or " : "") + std::string(kBody);
}

bool has(const Schema& s, std::string_view name) {
  if (name == kBody) return true;
  if (name == kRoute || name == kContents) return s.by_id();
  for (const auto& [known, field] : kFields)
    if (known == name) return (s.*field).present();
  return false;
}

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Reply flag_names(Flags f) {
  Reply names = Reply::array();
  if (f.error()) names.push_back("error");
  if (f.throttle()) names.push_back("throttle");
  if (const auto control = kControlNames[static_cast<std::size_t>(f.control())]; !control.empty())
    names.push_back(control);
  if (f.reserved1()) names.push_back("reserved1");
  if (f.reserved2()) names.push_back("reserved2");
  if (f.mode()) names.push_back("mode");
  return names;
}

// Absent: no flag is set.
Flags flags_of(const Object& request) {
  return request.find("flags") == nullptr ? Flags() : Flags(request.integer<std::uint8_t>("flags"));
}

}  // namespace

const Schema& schema_of(const Object& request) {
  const auto id = request.integer<std::uint8_t>("schema");
  const Schema* schema = find_schema(id);
  if (schema == nullptr)
    throw Refusal("unknown_schema: there is no schema " + std::to_string(id) +
                  ", only 0..13, 20..33, 51, 52, 53 and 63");
  return *schema;
}

std::string describe(const Schema& s) { return "schema " + std::to_string(s.id); }

PacketFields read_fields(const Object& in, const Schema& s, std::span<const std::string_view> given) {
  for (const std::string& name : in.names()) {
    if (contains(given, name)) throw Refusal(in.key(shortened(name)) + ": not wanted here, it follows from the rest");
    if (!has(s, name))
      throw Refusal(in.key(shortened(name)) + ": " + describe(s) + " has no such field, but " + list_fields(s));
  }
  const auto wanted = [&](std::string_view name, Field f) { return f.present() && !contains(given, name); };
  const auto integer = [&](std::string_view name, Field f) {
    return static_cast<std::uint16_t>(wanted(name, f) ? in.integer(name, (1U << (8 * f.size)) - 1) : 0);
  };
  PacketFields out;
  out.packet_id = integer("packet_id", s.packet_id);
  out.seq_id = static_cast<std::uint8_t>(integer("seq_id", s.seq_id));
  out.seq_size = integer("seq_size", s.seq_size);
  out.ttl = static_cast<std::uint8_t>(integer("ttl", s.ttl));
  out.tree_state = static_cast<std::uint8_t>(integer("tree_state", s.tree_state));
  if (wanted("to_addr", s.to_addr)) out.to_addr = in.fixed<Address>("to_addr");
  if (wanted("from_addr", s.from_addr)) out.from_addr = in.fixed<Address>("from_addr");
  return out;
}

PacketView parse_packet(const Json& value, const std::string& key, Octets& storage) {
  storage = to_octets(value, key);
  const Result<PacketView> packet = PacketView::parse(storage);
  if (packet) return *packet;

  std::string why = key + ": " + name(packet.status()) + ": " + std::to_string(storage.size()) + " bytes";
  const Schema* schema =
      storage.size() < kFixedHeader ? nullptr : find_schema(std::to_integer<std::uint8_t>(storage[2]));
  switch (packet.status()) {
    case Status::bad_version:
      why += ", version " + std::to_string(std::to_integer<unsigned>(storage[0])) + "; only version 0 is known";
      break;
    case Status::unknown_schema:
      why += ", schema " + std::to_string(std::to_integer<unsigned>(storage[2]));
      break;
    case Status::truncated:
    case Status::too_large:
      why += schema == nullptr ? ", a packet has at least " + std::to_string(kFixedHeader)
                               : ", a packet of " + describe(*schema) + " has " + std::to_string(schema->body_offset) +
                                     ".." + std::to_string(schema->frame);
      break;
    default:
      break;
  }
  throw Refusal(why);
}

// By id the body may be given as what it is made of.
Octets body_of(const Object& in) {
  if (in.find(kRoute) == nullptr && in.find(kContents) == nullptr)
    return in.find(kBody) == nullptr ? Octets{} : in.octets(kBody);
  if (in.find(kBody) != nullptr) throw Refusal(in.key(kBody) + ": give either it, or route and contents");
  Octets body = route_bytes(in.object(kRoute));
  const Octets contents = in.find(kContents) == nullptr ? Octets{} : in.octets(kContents);
  body.insert(body.end(), contents.begin(), contents.end());
  return body;
}

Reply pack(const Object& request) {
  const Schema& s = schema_of(request);
  const Object in = request.object("fields");
  PacketFields fields = read_fields(in, s, {});
  fields.flags = flags_of(request);
  const Octets body = body_of(in);
  if (body.size() > s.max_body)
    throw Refusal(in.key(kBody) + ": too_large: " + std::to_string(body.size()) + " bytes, " + describe(s) +
                  " holds at most " + std::to_string(s.max_body));

  ByteArray<kFrameMax> frame;
  const Result<Bytes> packet = write_packet(s, fields, body, frame);
  if (!packet) throw Refusal(name(packet.status()));
  // A checksum that is given stands, right or wrong.
  if (s.checksum.present() && in.find(kChecksum) != nullptr) {
    const Octets given = in.octets(kChecksum);
    need_size(given, s.checksum.size, in.key(kChecksum));
    copy(given, MutableBytes(frame).subspan(s.checksum.offset));
  }
  return {{"packet", hex(*packet)}};
}

Reply unpack(const Object& request) {
  Octets storage;
  const PacketView packet = parse_packet(request.at("packet"), request.key("packet"), storage);
  const Schema& s = packet.schema();
  Reply fields = Reply::object();
  for (const auto& [name, member] : kFields) {
    const Field f = s.*member;
    if (!f.present()) continue;
    const Bytes raw = packet.datagram().subspan(f.offset, f.size);
    if (f.size <= 2)
      fields[std::string(name)] = load_be<std::uint16_t>(raw.data(), f.size);
    else
      fields[std::string(name)] = hex(raw);
  }
  const Result<DecodedRouteHeader> route =
      s.by_id() ? decode_route_header(packet.route()) : Result<DecodedRouteHeader>(Status::bad_value);
  if (route && route->size == packet.route().size()) {
    fields[std::string(kRoute)] = route_fields(route->header);
    fields[std::string(kContents)] = hex(packet.contents());
  } else {
    fields[std::string(kBody)] = hex(packet.body());
  }
  return {{"schema", s.id},
          {"flags", packet.flags().state()},
          {"fields", std::move(fields)},
          {"checksum_ok", s.checksum.present() ? Reply(packet.checksum_ok()) : Reply(nullptr)}};
}

Reply schema(const Object& request) {
  const Schema& s = schema_of(request);
  Reply fields = Reply::array();
  for (const auto& [name, member] : kFields) {
    const Field f = s.*member;
    if (f.present()) fields.push_back({{"name", name}, {"offset", f.offset}, {"length", f.size}});
  }
  return {{"schema", s.id},
          {"frame", s.frame},
          {"max_body", s.max_body},
          {"max_parts", s.max_parts()},
          {"max_package", s.max_package()},
          {"fields", fields}};
}

Reply flags(const Object& request) {
  const Flags f(request.integer<std::uint8_t>("flags"));
  return {{"flags", f.state()}, {"set", flag_names(f)}};
}

}  // namespace mp::host::codec
