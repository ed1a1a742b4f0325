// SPDX-License-Identifier: ISC
// The table of operations, and the small ones: packages, identifiers, addresses, digests.
#include "programs/mpctl/codec.hpp"

#include "programs/mpctl/codec_request.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/messages/tree_v0.hpp"
#include "micropycelium/packet/address.hpp"
#include "micropycelium/packet/package.hpp"

#include <cerrno>
#include <cstring>
#include <istream>
#include <optional>
#include <ostream>

namespace mp::host {
namespace codec {
namespace {

Reply package(const Object& request) {
  const Octets blob = request.octets("blob");
  Octets out(kPackageHeader + blob.size());
  write_package_head({request.fixed<AppId>("app_id"), half_sha256(blob)},
                     std::span<std::byte>(out).first<kPackageHeader>());
  copy(blob, MutableBytes(out).subspan(kPackageHeader));
  return {{"package", hex(out)}};
}

Reply unpackage(const Object& request) {
  const Octets octets = request.octets("package");
  const Result<PackageView> view = PackageView::parse(octets);
  if (!view)
    throw Refusal(request.key("package") + ": " + name(view.status()) + ": " + std::to_string(octets.size()) +
                  " bytes, a Package has at least " + std::to_string(kPackageHeader));
  return {{"app_id", hex(view->head.app_id.bytes())}, {"blob", hex(view->blob)}, {"hash_ok", view->verify()}};
}

Reply app_id(const Object& request) {
  const AppId id =
      make_app_id(request.string("name"), request.string("description"), request.integer<std::uint32_t>("version"));
  return {{"id", hex(id.bytes())}};
}

Reply interface_id(const Object& request) {
  std::vector<std::uint8_t> schemas;
  const Json& list = request.array("schemas");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string key = request.key("schemas[" + std::to_string(i) + "]");
    schemas.push_back(static_cast<std::uint8_t>(to_integer(list[i], key, 0xff)));
  }
  const InterfaceId id = make_interface_id(request.string("name"), request.integer<std::uint32_t>("bitrate"), schemas);
  return {{"id", hex(id.bytes())}};
}

Address encode_coordinates(const Json& list, const std::string& key) {
  std::vector<std::uint8_t> coordinates;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string at = key + "[" + std::to_string(i) + "]";
    coordinates.push_back(static_cast<std::uint8_t>(to_integer(list[i], at, kCoordinateMax)));
  }
  const Result<Address> address = Address::encode(coordinates);
  if (!address) throw Refusal(key + ": " + name(address.status()) + ": does not fit the 32 nibbles of an address");
  return *address;
}

TreeAddress parse_text(std::string_view text, const std::string& key) {
  const Result<TreeAddress> address = parse_address(text);
  if (!address)
    throw Refusal(key + ": " + name(address.status()) + ": not an address; write <tree state 0..255>-<hex>, " +
                  "with :: for zero bytes, as in 7-24::");
  return *address;
}

Reply coordinates_json(const Address& address) {
  Reply list = Reply::array();
  const Coordinates coordinates = address.decode();
  for (const std::uint8_t c : coordinates.all()) list.push_back(c);
  return list;
}

Reply address(const Object& request) {
  const auto given = [&](std::string_view name) { return request.find(name) != nullptr; };
  if (given("coords") + given("hex") + given("text") != 1) throw Refusal("give exactly one of coords, hex and text");
  TreeAddress out;
  if (given("tree_state")) out.tree_state = request.integer<std::uint8_t>("tree_state");
  if (given("coords")) out.address = encode_coordinates(request.array("coords"), request.key("coords"));
  if (given("hex")) out.address = request.fixed<Address>("hex");
  if (given("text")) {
    const std::uint8_t state = out.tree_state;
    out = parse_text(request.string("text"), request.key("text"));
    if (given("tree_state") && state != out.tree_state)
      throw Refusal("tree_state: " + std::to_string(state) + ", but text says " + std::to_string(out.tree_state));
  }
  std::array<char, kAddressTextMax> text;
  return {{"tree_state", out.tree_state},
          {"coords", coordinates_json(out.address)},
          {"hex", hex(out.address.value)},
          {"text", to_text(out, text)}};
}

// An end of a distance: text, 32 hex digits, or a list of coordinates. Only text names a tree state.
struct End {
  Coordinates coordinates;
  std::optional<std::uint8_t> tree_state;
};

End end_of(const Object& request, std::string_view name) {
  const Json& value = request.at(name);
  const std::string key = request.key(name);
  if (value.is_array()) return {encode_coordinates(value, key).decode(), std::nullopt};
  const std::string_view text = to_string(value, key);
  if (text.find_first_of("-:") == std::string_view::npos) return {request.fixed<Address>(name).decode(), std::nullopt};
  const TreeAddress address = parse_text(text, key);
  return {address.address.decode(), address.tree_state};
}

Reply distance(const Object& request) {
  const End a = end_of(request, "a");
  const End b = end_of(request, "b");
  if (a.tree_state && b.tree_state && *a.tree_state != *b.tree_state)
    throw Refusal("b: tree state " + std::to_string(*b.tree_state) + ", but a has " + std::to_string(*a.tree_state) +
                  ": there is no distance between two trees");
  return {{"dtree", tree_distance(a.coordinates, b.coordinates)},
          {"dcpl_order", cpl_distance_order(a.coordinates, b.coordinates)}};
}

Reply crc32_of(const Object& request) {
  ByteArray<4> sum;
  store_be(sum.data(), crc32(request.octets("data")));
  return {{"crc32", hex(sum)}};
}

Reply half_sha256_of(const Object& request) {
  return {{"half_sha256", hex(half_sha256(request.octets("data")).bytes())}};
}

Reply tree_state_of(const Object& request) {
  const auto claim = request.fixed<NodeId>("claim");
  return {{"tree_state", tree_state(claim)}, {"score", hex(claim_score(claim).value)}};
}

struct Operation {
  std::string_view name;
  Reply (*answer)(const Object& request);
};

constexpr Operation kOperations[] = {
    {"pack", pack},
    {"unpack", unpack},
    {"package", package},
    {"unpackage", unpackage},
    {"split", split},
    {"join", join},
    {"app_id", app_id},
    {"interface_id", interface_id},
    {"address", address},
    {"distance", distance},
    {"message", message},
    {"schema", schema},
    {"flags", flags},
    {"crc32", crc32_of},
    {"half_sha256", half_sha256_of},
    {"tree_state", tree_state_of},
};

const Operation& operation_of(const Object& request) {
  const std::string_view wanted = request.string("op");
  std::string all;
  for (const Operation& operation : kOperations) {
    if (operation.name == wanted) return operation;
    all += (all.empty() ? "" : ", ") + std::string(operation.name);
  }
  throw Refusal("op: there is no operation \"" + shortened(wanted) + "\", only " + all);
}

// The request's own "id" comes back, so that replies can be told apart; nothing deep, since it is printed.
void echo_id(const Json& request, Reply& reply) {
  if (!request.is_object() || reply.contains("id")) return;
  const auto id = request.find("id");
  if (id == request.end()) return;
  if (id->is_string()) reply["id"] = id->get_ref<const std::string&>();
  if (id->is_number_unsigned()) reply["id"] = id->get<std::uint64_t>();
}

Reply answer(const Json& line) {
  try {
    if (line.is_discarded()) throw Refusal("not JSON: a request is one JSON object on one line");
    const Object request(line, "");
    return operation_of(request).answer(request);
  } catch (const Refusal& refusal) {
    return {{"error", refusal.what()}};
  }
}

}  // namespace
}  // namespace codec

std::string codec_line(std::string_view json_line) {
  const auto request = codec::Json::parse(json_line, nullptr, /*allow_exceptions=*/false);
  codec::Reply reply = codec::answer(request);
  codec::echo_id(request, reply);
  return reply.dump(-1, ' ', false, codec::Reply::error_handler_t::replace);
}

int run_codec(std::istream& in, std::ostream& out, std::ostream& complaints) {
  // Streams keep no reason; errno has that of the call beneath which failed last.
  const auto fail = [&](const char* what) {
    const int reason = errno;
    complaints << "mpctl: " << what << (reason == 0 ? "" : ": ") << (reason == 0 ? "" : std::strerror(reason)) << '\n'
               << std::flush;
    return 1;
  };
  errno = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    errno = 0;
    out << codec_line(line) << '\n' << std::flush;
    if (!out) return fail("cannot write the replies");
    errno = 0;
  }
  return in.bad() ? fail("cannot read the requests") : 0;
}

}  // namespace mp::host
