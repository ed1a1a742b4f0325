// SPDX-License-Identifier: ISC
// The operation message: what trees of version 1 and routes by id are made of, both ways.
#include "programs/mpctl/codec_messages.hpp"

#include "micropycelium/messages/spanning_tree.hpp"
#include "micropycelium/messages/trace_route.hpp"

namespace mp::host::codec {
namespace {

template <typename Number>
std::string number_hex(Number value) {
  ByteArray<sizeof(Number)> bytes;
  store_be(bytes.data(), value);
  return hex(bytes);
}

template <typename Number>
Number number_of(const Object& in, std::string_view name) {
  const Octets octets = in.octets(name);
  need_size(octets, sizeof(Number), in.key(name));
  return load_be<Number>(octets.data());
}

bool flag(const Object& in, std::string_view name) {
  const Json* value = in.find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) throw Refusal(in.key(name) + ": must be true or false");
  return value->get<bool>();
}

// Absent: an empty one. Calls f(object) for each.
template <typename F>
void each(const Object& in, std::string_view name, std::size_t most, F&& f) {
  if (in.find(name) == nullptr) return;
  const Json& list = in.array(name);
  if (list.size() > most)
    throw Refusal(in.key(name) + ": " + std::to_string(list.size()) + " of them, at most " + std::to_string(most));
  for (std::size_t i = 0; i < list.size(); ++i) f(Object(list[i], in.key(name) + "[" + std::to_string(i) + "]."));
}

// --- places --------------------------------------------------------------------------------------------------

void add_address(Reply& to, const CompactAddress& address) {
  Reply indexes = Reply::array(), classes = Reply::array();
  address.each([&](std::uint32_t index, CostClass cost, unsigned) {
    indexes.push_back(index);
    classes.push_back(cost);
  });
  to["indexes"] = indexes;
  to["classes"] = classes;
}

// Classes may be left out: all are 0.
CompactAddress address_of(const Object& in) {
  const Json& indexes = in.array("indexes");
  const Json none = Json::array();
  const Json& classes = in.find("classes") == nullptr ? none : in.array("classes");
  if (!classes.empty() && classes.size() != indexes.size())
    throw Refusal(in.key("classes") + ": " + std::to_string(classes.size()) + " of them, but " +
                  std::to_string(indexes.size()) + " indexes");
  CompactAddress address;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    const std::string at = "[" + std::to_string(i) + "]";
    const auto index = static_cast<unsigned>(to_integer(indexes[i], in.key("indexes") + at, 0xffff));
    const std::uint64_t cost = classes.empty() ? 0 : to_integer(classes[i], in.key("classes") + at, kCostClassMax);
    const auto child = address.child(index, static_cast<CostClass>(cost));
    if (!child)
      throw Refusal(in.key("indexes") + at + ": " + name(child.status()) +
                    (index == 0 ? ": indexes begin with 1" : ": an address has 32 bytes, 28 of them for indexes"));
    address = *child;
  }
  return address;
}

Reply places_json(std::span<const TreePlace> places) {
  Reply all = Reply::array();
  for (const TreePlace& p : places) {
    Reply place = {{"tree", p.tree}, {"epoch", p.epoch}};
    add_address(place, p.address);
    all.push_back(place);
  }
  return all;
}

TreePlaces places_of(const Object& in, std::string_view name) {
  TreePlaces places;
  each(in, name, kTreesMax, [&](const Object& p) {
    only(p, {"tree", "epoch", "indexes", "classes"});
    TreePlace place{static_cast<std::uint8_t>(p.integer("tree", kTreesMax - 1)), p.integer<std::uint16_t>("epoch"),
                    address_of(p)};
    if (places.count > 0 && places.all[places.count - 1U].tree >= place.tree)
      throw Refusal(p.key("tree") + ": trees stand in ascending order, each once");
    places.all[places.count++] = place;
  });
  return places;
}

// --- adverts -------------------------------------------------------------------------------------------------

Reply entry_json(const TreeEntry& e) {
  Reply entry = {{"tree", e.tree},
                 {"settled", e.claim.settled},
                 {"orphan", e.orphan},
                 {"lineage", number_hex(e.claim.lineage)},
                 {"term", e.claim.term},
                 {"seq", e.claim.seq},
                 {"root", number_hex(e.claim.root)},
                 {"cost", e.cost},
                 {"parent", nullptr}};
  if (!e.root) {
    entry["parent"] = number_hex(e.parent);
    entry["index"] = e.index;
  }
  if (e.place) add_address(entry, *e.place);
  Reply children = Reply::array();
  for (std::size_t i = 0; i < e.child_count; ++i)
    children.push_back({{"node", number_hex(e.children[i].tag)}, {"index", e.children[i].index}});
  entry["children"] = children;
  return entry;
}

TreeEntry entry_of(const Object& in) {
  only(in, {"tree", "settled", "orphan", "lineage", "term", "seq", "root", "cost", "parent", "index", "indexes",
            "classes", "children"});
  TreeEntry e;
  e.tree = static_cast<std::uint8_t>(in.integer("tree", kTreesMax - 1));
  e.claim.settled = flag(in, "settled");
  e.claim.lineage = number_of<std::uint64_t>(in, "lineage");
  e.claim.term = in.integer<std::uint16_t>("term");
  e.claim.seq = in.integer<std::uint16_t>("seq");
  e.claim.root = number_of<ChildTag>(in, "root");
  e.orphan = flag(in, "orphan");
  e.cost = in.integer<std::uint16_t>("cost");
  e.root = in.find("parent") == nullptr;
  if (!e.root) {
    e.parent = number_of<ChildTag>(in, "parent");
    e.index = in.find("index") == nullptr ? std::uint16_t{0} : in.integer<std::uint16_t>("index");
  } else if (in.find("index") != nullptr) {
    throw Refusal(in.key("index") + ": a root has none");
  }
  if (in.find("indexes") != nullptr) e.place = address_of(in);
  each(in, "children", TreeEntry::kChildrenMax, [&](const Object& child) {
    only(child, {"node", "index"});
    e.children[e.child_count++] = {number_of<ChildTag>(child, "node"), child.integer<std::uint16_t>("index")};
  });
  return e;
}

Reply advert_fields(Bytes message) {
  const Result<SignedAdvert> result = decode_signed_advert(message);
  const SignedAdvert& a = decoded(result, message.size());
  Reply entries = Reply::array();
  for (std::size_t i = 0; i < a.advert.count; ++i) entries.push_back(entry_json(a.advert.entries[i]));
  return {{"count", a.count}, {"boot", a.boot}, {"entries", entries}, {"signature", hex(a.signature.value)}};
}

// The signature is put there as it is given: nobody's key is at hand.
Octets advert_bytes(const Object& in) {
  only(in, {"count", "boot", "entries", "signature"});
  TreeAdvert advert;
  each(in, "entries", kTreesMax, [&](const Object& entry) { advert.entries[advert.count++] = entry_of(entry); });
  const auto count = in.integer<std::uint32_t>("count"), boot = in.integer<std::uint32_t>("boot");
  advert.boot = static_cast<std::uint8_t>(boot);
  ByteArray<1 + kTreesMax * kTreeEntryMax> buffer;
  const Bytes body = written(encode_tree_advert(advert, buffer));
  const Octets signature = in.octets("signature");
  need_size(signature, Ed25519Signature::kSize, in.key("signature"));
  Octets out(kAdvertHead);
  out[0] = static_cast<std::byte>(TreeMessage::advert);
  store_be(out.data() + 1, count);
  store_be(out.data() + 5, static_cast<std::uint16_t>(boot >> 16));
  out[7] = static_cast<std::byte>(boot >> 8);
  out.insert(out.end(), body.begin(), body.end());
  out.insert(out.end(), signature.begin(), signature.end());
  if (const auto back = decode_signed_advert(out); !back)
    throw Refusal(in.key("entries") + ": " + name(back.status()) + ": no such message is taken (" +
                  std::to_string(out.size()) + " bytes)");
  return out;
}

// --- probe, introduction, seek ---------------------------------------------------------------------------------

Reply probe_fields(Bytes message) {
  const Result<RootProbe> result = decode_root_probe(message);
  const RootProbe& p = decoded(result, message.size());
  return {{"tree", p.tree}, {"what", static_cast<std::uint8_t>(p.what)}};
}

Octets probe_bytes(const Object& in) {
  only(in, {"tree", "what"});
  const auto message = encode_root_probe({static_cast<std::uint8_t>(in.integer("tree", kTreesMax - 1)),
                                          static_cast<RootProbe::What>(in.integer("what", 2))});
  return {message.begin(), message.end()};
}

// An introduction, a plea or a farewell.
template <TreeMessage kKind>
Reply introduction_fields(Bytes message) {
  Result<Introduction> result = decode_introduction(message);
  if (result.ok() && result->kind != kKind) result = Status::bad_value;
  return {{"node_id", hex(decoded(result, message.size()).node.bytes())}};
}

template <TreeMessage kKind>
Octets introduction_bytes(const Object& in) {
  only(in, {"node_id"});
  const auto message = encode_introduction({kKind, in.fixed<NodeId>("node_id")});
  return {message.begin(), message.end()};
}

Reply seek_fields(Bytes message) {
  const Result<SeekMessage> result = decode_seek(message);
  const SeekMessage& s = decoded(result, message.size());
  return {{"hops", s.hops},
          {"request", s.request},
          {"target", hex(s.target.bytes())},
          {"origin", hex(s.origin.bytes())},
          {"places", places_json(s.places.view())}};
}

Octets seek_bytes(const Object& in) {
  only(in, {"hops", "request", "target", "origin", "places"});
  SeekMessage s;
  s.hops = in.integer<std::uint8_t>("hops");
  s.request = in.integer<std::uint32_t>("request");
  s.target = in.fixed<NodeTag>("target");
  s.origin = in.fixed<NodeId>("origin");
  s.places = places_of(in, "places");
  ByteArray<kSeekMax> buffer;
  const Bytes message = written(encode_seek(s, buffer));
  return {message.begin(), message.end()};
}

Reply seek_answer_fields(Bytes message) {
  const Result<SeekAnswer> result = decode_seek_answer(message);
  const SeekAnswer& a = decoded(result, message.size());
  return {{"request", a.request},
          {"node_id", hex(a.node.bytes())},
          {"places", places_json(a.places.view())},
          {"signature", hex(message.last(SeekAnswer::kTail))}};
}

Octets seek_answer_bytes(const Object& in) {
  only(in, {"request", "node_id", "places", "signature"});
  const TreePlaces places = places_of(in, "places");
  const auto node = in.fixed<NodeId>("node_id");
  const Octets signature = in.octets("signature");
  need_size(signature, SeekAnswer::kTail, in.key("signature"));
  Octets out(SeekAnswer::kHead + bytes_of(places.view()));
  out[0] = static_cast<std::byte>(TreeMessage::seek_answer);
  store_be(out.data() + 1, in.integer<std::uint32_t>("request"));
  copy(node.bytes(), MutableBytes(out).subspan(5));
  encode_places(places.view(), MutableBytes(out).subspan(SeekAnswer::kHead));
  out.insert(out.end(), signature.begin(), signature.end());
  return out;
}

// --- routes --------------------------------------------------------------------------------------------------

Metric metric_of(const Object& in) {
  const std::string_view metric = in.string("metric");
  if (metric == "tree") return Metric::tree;
  if (metric == "prefix") return Metric::prefix;
  throw Refusal(in.key("metric") + ": must be \"tree\" or \"prefix\"");
}

Visited visited_of(const Object& in) {
  const Octets octets = in.find("visited") == nullptr ? Octets{} : in.octets("visited");
  for (std::uint8_t code = 0; code < 4; ++code)
    if (octets.size() == Visited::size_of(code)) {
      Visited v = Visited::of(code);
      copy(octets, v.bytes());
      return v;
    }
  throw Refusal(in.key("visited") + ": " + std::to_string(octets.size()) + " bytes, must be 0, 8, 16 or 32");
}

Reply route_message_fields(Bytes message) {
  const auto result = decode_route_header(message);
  if (result && result->size != message.size())
    throw Refusal("hex: too_large: the header has " + std::to_string(result->size) + " of " +
                  std::to_string(message.size()) + " bytes");
  return route_fields(decoded(result, message.size()).header);
}

Reply trace_request_fields(Bytes message) {
  const Result<TraceRequest> result = decode_trace_request(message);
  const TraceRequest& t = decoded(result, message.size());
  return {{"nonce", t.nonce}, {"route", route_fields(t.route)}};
}

Octets trace_request_bytes(const Object& in) {
  only(in, {"nonce", "route"});
  Octets out(5);
  out[0] = std::byte{0};
  store_be(out.data() + 1, in.integer<std::uint32_t>("nonce"));
  const Octets route = route_bytes(in.object("route"));
  out.insert(out.end(), route.begin(), route.end());
  return out;
}

Reply trace_answer_fields(Bytes message) {
  const Result<TraceAnswer> result = decode_trace_answer(message);
  const TraceAnswer& t = decoded(result, message.size());
  return {{"nonce", t.nonce},
          {"step", name(t.step)},
          {"own_distance", t.own_distance},
          {"link_cost", t.link_cost},
          {"next_distance", t.next_distance},
          {"next", t.next.is_zero() ? Reply(nullptr) : Reply(hex(t.next.bytes()))},
          {"places", places_json(t.places.view())}};
}

TraceStep step_of(const Object& in) {
  constexpr TraceStep kSteps[] = {TraceStep::deliver, TraceStep::neighbour, TraceStep::nearer, TraceStep::detour,
                                  TraceStep::nowhere};
  std::string all;
  for (const TraceStep step : kSteps) {
    if (in.string("step") == name(step)) return step;
    all += (all.empty() ? "" : ", ") + std::string(name(step));
  }
  throw Refusal(in.key("step") + ": must be one of " + all);
}

Octets trace_answer_bytes(const Object& in) {
  only(in, {"nonce", "step", "own_distance", "link_cost", "next_distance", "next", "places"});
  TraceAnswer t;
  t.nonce = in.integer<std::uint32_t>("nonce");
  t.step = step_of(in);
  t.own_distance = in.integer<std::uint16_t>("own_distance");
  t.link_cost = in.integer<std::uint16_t>("link_cost");
  t.next_distance = in.integer<std::uint16_t>("next_distance");
  if (in.find("next") != nullptr) t.next = in.fixed<NodeId>("next");
  t.places = places_of(in, "places");
  ByteArray<kTraceAnswerMax> buffer;
  const Bytes message = written(encode_trace(t, buffer));
  return {message.begin(), message.end()};
}

// What is left of a packet by id that nobody could send on; a stranger's has a number behind it.
constexpr std::size_t kErrorSize = 1 + NodeTag::kSize, kStrangerSize = kErrorSize + 4;
constexpr std::uint8_t kStranger = 2;

Reply error_fields(Bytes message) {
  const auto why = message.empty() ? std::uint8_t{0xff} : std::to_integer<std::uint8_t>(message[0]);
  if (why > kStranger || message.size() < (why == kStranger ? kStrangerSize : kErrorSize))
    throw Refusal("hex: not such a message (" + std::to_string(message.size()) + " bytes)");
  Reply fields = {{"why", why}, {"where", hex(message.subspan(1, NodeTag::kSize))}};
  Bytes rest = message.subspan(kErrorSize);
  if (why == kStranger) {
    fields["number"] = load_be<std::uint32_t>(rest.data());
    rest = rest.subspan(4);
  }
  fields["rest"] = hex(rest);
  return fields;
}

Octets error_bytes(const Object& in) {
  only(in, {"why", "where", "number", "rest"});
  const auto why = static_cast<std::uint8_t>(in.integer("why", kStranger));
  Octets out{static_cast<std::byte>(why)};
  const auto where = in.fixed<NodeTag>("where");
  out.insert(out.end(), where.bytes().begin(), where.bytes().end());
  if (why == kStranger) {
    out.resize(kStrangerSize);
    store_be(out.data() + kErrorSize, in.integer<std::uint32_t>("number"));
  } else if (in.find("number") != nullptr) {
    throw Refusal(in.key("number") + ": only a stranger's has one (why 2)");
  }
  const Octets rest = in.find("rest") == nullptr ? Octets{} : in.octets("rest");
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

constexpr Kind kTreeKinds[] = {
    {"advert", advert_fields, advert_bytes},
    {"probe", probe_fields, probe_bytes},
    {"seek", seek_fields, seek_bytes},
    {"seek_answer", seek_answer_fields, seek_answer_bytes},
    {"introduction", introduction_fields<TreeMessage::introduction>, introduction_bytes<TreeMessage::introduction>},
    {"plea", introduction_fields<TreeMessage::plea>, introduction_bytes<TreeMessage::plea>},
    {"farewell", introduction_fields<TreeMessage::farewell>, introduction_bytes<TreeMessage::farewell>},
    {"route", route_message_fields, route_bytes},
    {"route_error", error_fields, error_bytes},
    {"trace_request", trace_request_fields, trace_request_bytes},
    {"trace_answer", trace_answer_fields, trace_answer_bytes},
};

}  // namespace

std::span<const Kind> tree_kinds() { return kTreeKinds; }

Reply route_fields(const RouteHeader& h) {
  return {{"returning", h.state.returning},
          {"metric", h.metric == Metric::tree ? "tree" : "prefix"},
          {"ttl", h.state.ttl},
          {"budget", h.state.budget},
          {"watermark", h.state.watermark},
          {"target", hex(h.target.bytes())},
          {"source", hex(h.source.bytes())},
          {"message", h.message},
          {"visited", hex(h.state.visited.bytes())},
          {"places", places_json(h.known_places())},
          {"source_places", h.tells_source ? places_json(h.known_source_places()) : Reply(nullptr)}};
}

Octets route_bytes(const Object& in) {
  only(in, {"returning", "metric", "ttl", "budget", "watermark", "target", "source", "message", "visited", "places",
            "source_places"});
  RouteHeader h;
  h.state.returning = flag(in, "returning");
  h.metric = metric_of(in);
  h.state.ttl = in.integer<std::uint8_t>("ttl");
  h.state.budget = in.integer<std::uint8_t>("budget");
  h.state.watermark = in.integer<std::uint16_t>("watermark");
  h.target = in.fixed<NodeTag>("target");
  h.source = in.fixed<NodeTag>("source");
  h.message = in.integer<std::uint32_t>("message");
  h.state.visited = visited_of(in);
  const TreePlaces to = places_of(in, "places"), from = places_of(in, "source_places");
  h.trees = to.count;
  h.places = to.all;
  h.tells_source = in.find("source_places") != nullptr;
  h.source_trees = from.count;
  h.source_places = from.all;
  ByteArray<kRouteHeaderMax> buffer;
  const Result<std::size_t> size = encode(h, buffer);
  if (!size)
    throw Refusal(in.key("places") + ": too_large: " + std::to_string(size_of(h)) + " bytes, a header has at most " +
                  std::to_string(kRouteHeaderMax));
  const Bytes header = Bytes(buffer).first(*size);
  return {header.begin(), header.end()};
}

}  // namespace mp::host::codec
