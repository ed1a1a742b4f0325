// SPDX-License-Identifier: ISC
// The operations split and join: a Package cut into the packets of a sequence, and put together again.
#include "programs/mpctl/codec_packets.hpp"

namespace mp::host::codec {
namespace {

constexpr std::size_t kMissingShown = 8;

// "3, 5, 6": at most kMissingShown of the parts that did not come.
std::string list_missing(const std::vector<Octets>& parts, const std::vector<bool>& came) {
  std::string text;
  std::size_t n = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (came[i]) continue;
    if (++n <= kMissingShown) text += (n == 1 ? "" : ", ") + std::to_string(i);
  }
  return n > kMissingShown ? text + " and " + std::to_string(n - kMissingShown) + " more" : text;
}

const Schema& sequenced(const Schema& s, const std::string& key) {
  if (!s.sequenced()) throw Refusal(key + ": " + describe(s) + " has no sequences");
  return s;
}

// Answers, requests and what comes back undeliverable look like parts, but are none.
void need_part(Flags flags, const std::string& key) {
  if (flags.error()) throw Refusal(key + ": not a part: its error flag is set");
  if (flags.control() != Control::none && flags.control() != Control::ask)
    throw Refusal(key + ": not a part: its control code is " + std::to_string(static_cast<unsigned>(flags.control())) +
                  ", parts have 0 or 1 (ask)");
}

}  // namespace

Reply split(const Object& request) {
  const Schema& s = sequenced(schema_of(request), request.key("schema"));
  constexpr std::string_view kOurs[] = {"packet_id", "seq_id", "seq_size", kChecksum, kBody};
  const Json none = Json::object();
  const Object in = request.find("fields") == nullptr ? Object(none, "fields.") : request.object("fields");
  PacketFields fields = read_fields(in, s, kOurs);
  fields.seq_id = request.integer<std::uint8_t>("seq_id");
  const Octets data = request.octets("data");

  const std::size_t parts = std::max<std::size_t>(1, (data.size() + s.max_body - 1) / s.max_body);
  if (parts > s.max_parts())
    throw Refusal(request.key("data") + ": too_large: " + std::to_string(data.size()) + " bytes make " +
                  std::to_string(parts) + " parts, a sequence of " + describe(s) + " has at most " +
                  std::to_string(s.max_parts()) + " (" + std::to_string(s.max_package()) + " bytes)");
  fields.seq_size = static_cast<std::uint16_t>(parts - 1);
  Reply packets = Reply::array();
  for (std::size_t i = 0; i < parts; ++i) {
    fields.packet_id = static_cast<std::uint16_t>(i);
    const std::size_t begin = i * s.max_body;
    const std::size_t size = std::min<std::size_t>(s.max_body, data.size() - begin);
    ByteArray<kFrameMax> frame;
    const Result<Bytes> packet = write_packet(s, fields, Bytes(data).subspan(begin, size), frame);
    if (!packet) throw Refusal(name(packet.status()));
    packets.push_back(hex(*packet));
  }
  return {{"packets", std::move(packets)}};
}

Reply join(const Object& request) {
  const Json& list = request.array("packets");
  if (list.empty()) throw Refusal(request.key("packets") + ": empty, there is nothing to join");
  std::vector<Octets> parts;
  std::vector<bool> came;
  Octets first_storage;
  const PacketView first = parse_packet(list[0], request.key("packets[0]"), first_storage);
  const Schema& s = sequenced(first.schema(), request.key("packets[0]"));
  parts.resize(first.seq_size() + std::size_t{1});
  came.resize(parts.size());

  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string key = request.key("packets[" + std::to_string(i) + "]");
    Octets storage;
    const PacketView packet = parse_packet(list[i], key, storage);
    need_part(packet.flags(), key);
    const auto same = [&](const char* what, std::uint64_t mine, std::uint64_t expected) {
      if (mine != expected)
        throw Refusal(key + ": " + what + " " + std::to_string(mine) + ", but packets[0] has " +
                      std::to_string(expected));
    };
    same("schema", packet.schema().id, s.id);
    same("seq_id", packet.seq_id(), first.seq_id());
    same("seq_size", packet.seq_size(), first.seq_size());
    same("tree_state", packet.tree_state(), first.tree_state());
    if (packet.from_addr() != first.from_addr()) throw Refusal(key + ": from_addr differs from that of packets[0]");
    const std::size_t part = packet.packet_id();
    if (part >= parts.size())
      throw Refusal(key + ": packet_id " + std::to_string(part) + " is beyond seq_size " +
                    std::to_string(parts.size() - 1));
    if (part + 1 < parts.size() && packet.body().size() != s.max_body)
      throw Refusal(key + ": part " + std::to_string(part) + " has " + std::to_string(packet.body().size()) +
                    " bytes, all but the last have " + std::to_string(s.max_body));
    if (!packet.checksum_ok()) throw Refusal(key + ": bad_checksum");
    if (came[part] && !equal(parts[part], packet.body()))
      throw Refusal(key + ": part " + std::to_string(part) + " came before with other bytes");
    parts[part].assign(packet.body().begin(), packet.body().end());
    came[part] = true;
  }
  if (const std::string missing = list_missing(parts, came); !missing.empty())
    throw Refusal("incomplete: missing of " + std::to_string(parts.size()) + " parts: " + missing);

  Octets data;
  data.reserve(parts.size() * s.max_body);
  for (const Octets& part : parts) data.insert(data.end(), part.begin(), part.end());
  return {{"data", hex(data)}};
}

}  // namespace mp::host::codec
