// SPDX-License-Identifier: ISC
// The operation message: the blobs of the existing Applications, both ways.
#include "programs/mpctl/codec_messages.hpp"

#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/messages/debug.hpp"
#include "micropycelium/messages/gossip.hpp"
#include "micropycelium/messages/ping.hpp"
#include "micropycelium/messages/tree_v0.hpp"

namespace mp::host::codec {
namespace {

Reply beacon_fields(Bytes message) {
  const Result<BeaconMessage> result = decode_beacon(message);
  const BeaconMessage& m = decoded(result, message.size());
  Reply apps = Reply::array();
  for (const AppId& app : m.apps) apps.push_back(hex(app.bytes()));
  return {{"op", static_cast<std::uint8_t>(m.op)}, {"node_id", hex(m.node_id.bytes())}, {"apps", apps}};
}

Octets beacon_bytes(const Object& in) {
  only(in, {"op", "node_id", "apps"});
  std::vector<AppId> apps;
  const Json none = Json::array();
  const Json& list = in.find("apps") == nullptr ? none : in.array("apps");
  if (list.size() > kBeaconAppsMax)
    throw Refusal(in.key("apps") + ": too_large: " + std::to_string(list.size()) + " app ids, a beacon holds " +
                  std::to_string(kBeaconAppsMax) + "; send several");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string key = in.key("apps[" + std::to_string(i) + "]");
    const Octets id = to_octets(list[i], key);
    need_size(id, AppId::kSize, key);
    apps.push_back(AppId::from(id));
  }
  ByteArray<kBeaconSizeMax> buffer;
  const auto op = static_cast<BeaconOp>(in.integer<std::uint8_t>("op"));
  const Bytes message = written(encode_beacon(op, in.fixed<NodeId>("node_id"), apps, buffer));
  accepted(decode_beacon(message), in, "0 beacon, 1 response, 255 disconnect");
  return {message.begin(), message.end()};
}

Reply ping_fields(Bytes message) {
  const Result<PingMessage> result = decode_ping(message);
  const PingMessage& m = decoded(result, message.size());
  return {{"op", static_cast<std::uint8_t>(m.op)},
          {"nonce", m.nonce},
          {"metric", m.metric},
          {"ts1", m.ts1},
          {"ts2", m.ts2},
          {"ts3", m.ts3},
          {"tree_state", m.address.tree_state},
          {"address", hex(m.address.address.value)},
          {"node_id", hex(m.node_id.bytes())}};
}

Octets ping_bytes(const Object& in) {
  only(in, {"op", "nonce", "metric", "ts1", "ts2", "ts3", "tree_state", "address", "node_id"});
  PingMessage m;
  m.op = static_cast<PingOp>(in.integer<std::uint8_t>("op"));
  m.nonce = in.integer<std::uint8_t>("nonce");
  m.metric = in.integer<std::uint8_t>("metric");
  m.ts1 = in.integer<std::uint64_t>("ts1");
  m.ts2 = in.integer<std::uint64_t>("ts2");
  m.ts3 = in.integer<std::uint64_t>("ts3");
  m.address.tree_state = in.integer<std::uint8_t>("tree_state");
  m.address.address = in.fixed<Address>("address");
  m.node_id = in.fixed<NodeId>("node_id");
  ByteArray<kPingSize> buffer;
  const Bytes message = written(encode_ping(m, buffer));
  accepted(decode_ping(message), in, "0 request, 1 respond, 2 gossip request, 3 gossip respond");
  return {message.begin(), message.end()};
}

// Besides what is on the wire, the message id; when encoding it may be given and must then be right.
Reply gossip_fields(Bytes message) {
  const Result<GossipMessage> result = decode_gossip(message);
  const GossipMessage& m = decoded(result, message.size());
  return {{"op", static_cast<std::uint8_t>(m.op)},
          {"topic_id", hex(m.topic_id.bytes())},
          {"data", hex(m.data)},
          {"id", hex(gossip_message_id(message).bytes())}};
}

Octets gossip_bytes(const Object& in) {
  only(in, {"op", "topic_id", "data", "id"});
  const Octets data = in.find("data") == nullptr ? Octets{} : in.octets("data");
  GossipMessage m;
  m.op = static_cast<GossipOp>(in.integer<std::uint8_t>("op"));
  m.topic_id = in.fixed<TopicId>("topic_id");
  m.data = data;
  Octets message(kGossipHead + data.size());
  written(encode_gossip(m, message));
  accepted(decode_gossip(message), in,
           "0 request, 1 request ids, 15 notify, 240 publish, 254 respond, 255 respond ids");
  if (in.find("id") != nullptr && in.fixed<GossipMessageId>("id") != gossip_message_id(message))
    throw Refusal(in.key("id") + ": the message's id is " + hex(gossip_message_id(message).bytes()) + "; leave it out");
  return message;
}

// Besides what is on the wire, the tree_state of the claim; as with the id of a gossip message.
Reply tree_fields(Bytes message) {
  const Result<TreeMessageV0> result = decode_tree(message);
  const TreeMessageV0& m = decoded(result, message.size());
  return {{"op", static_cast<std::uint8_t>(m.op)},
          {"ts", m.ts},
          {"age", m.age},
          {"claim", hex(m.claim.bytes())},
          {"address", hex(m.address.value)},
          {"node_id", hex(m.node_id.bytes())},
          {"tree_state", tree_state(m.claim)}};
}

Octets tree_bytes(const Object& in) {
  only(in, {"op", "ts", "age", "claim", "address", "node_id", "tree_state"});
  TreeMessageV0 m;
  m.op = static_cast<TreeOp>(in.integer<std::uint8_t>("op"));
  m.ts = in.integer<std::uint64_t>("ts");
  m.age = in.integer<std::uint8_t>("age");
  m.claim = in.fixed<NodeId>("claim");
  m.address = in.fixed<Address>("address");
  m.node_id = in.fixed<NodeId>("node_id");
  ByteArray<kTreeMessageSize> buffer;
  const Bytes message = written(encode_tree(m, buffer));
  accepted(decode_tree(message), in, "0 send, 15 respond, 240 request address assignment, 255 assign address");
  if (in.find("tree_state") != nullptr && in.integer<std::uint8_t>("tree_state") != tree_state(m.claim))
    throw Refusal(in.key("tree_state") + ": that of the claim is " + std::to_string(tree_state(m.claim)) +
                  "; leave it out");
  return {message.begin(), message.end()};
}

Reply debug_fields(Bytes message) {
  const Result<DebugMessage> result = decode_debug(message);
  const DebugMessage& m = decoded(result, message.size());
  return {{"op", m.op}, {"ts", m.ts}, {"nonce", m.nonce}, {"from_id", hex(m.from_id.bytes())}, {"data", hex(m.data)}};
}

Octets debug_bytes(const Object& in) {
  only(in, {"op", "ts", "nonce", "from_id", "data"});
  const Octets data = in.find("data") == nullptr ? Octets{} : in.octets("data");
  DebugMessage m;
  m.op = in.integer<std::uint8_t>("op");
  m.ts = in.integer<std::uint32_t>("ts");
  m.nonce = in.integer<std::uint16_t>("nonce");
  m.from_id = in.fixed<NodeId>("from_id");
  m.data = data;
  Octets message(kDebugHead + data.size());
  written(encode_debug(m, message));
  return message;
}

constexpr Kind kKinds[] = {
    {"beacon", beacon_fields, beacon_bytes}, {"gossip", gossip_fields, gossip_bytes}, {"tree", tree_fields, tree_bytes},
    {"ping", ping_fields, ping_bytes},       {"debug", debug_fields, debug_bytes},
};

const Kind& kind_of(const Object& request) {
  const std::string_view wanted = request.string("kind");
  std::string all;
  for (const std::span<const Kind> kinds : {std::span<const Kind>(kKinds), tree_kinds()})
    for (const Kind& kind : kinds) {
      if (kind.name == wanted) return kind;
      all += (all.empty() ? "" : ", ") + std::string(kind.name);
    }
  throw Refusal("kind: there is no kind \"" + shortened(wanted) + "\", only " + all);
}

// Fields beside "kind" instead of inside "fields"; the message's own op is then "message_op".
Json flat_fields(const Object& request) {
  Json fields = Json::object();
  for (const std::string& name : request.names())
    if (name != "op" && name != "kind") fields[name == "message_op" ? "op" : name] = request.at(name);
  return fields;
}

}  // namespace

Reply message(const Object& request) {
  const Kind& kind = kind_of(request);
  if (request.find("hex") != nullptr) {
    if (request.find("fields") != nullptr) throw Refusal("give either hex or fields, not both");
    const Octets octets = request.octets("hex");
    return {{"kind", kind.name}, {"fields", kind.fields(octets)}};
  }
  if (request.find("fields") != nullptr) return {{"hex", hex(kind.bytes(request.object("fields")))}};
  const Json flat = flat_fields(request);
  if (flat.empty()) throw Refusal("give hex or fields");
  return {{"hex", hex(kind.bytes(Object(flat, "")))}};
}

}  // namespace mp::host::codec
