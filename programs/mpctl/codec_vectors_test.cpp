// SPDX-License-Identifier: ISC
// Every golden vector of tests/vectors/public.json through `mpctl codec`, in both directions where there are two.
#include "programs/mpctl/codec.hpp"

#include "micropycelium/crypto/hash.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace mp::host {
namespace {

using nlohmann::json;

const json& vectors() {
  static const json all = json::parse(std::ifstream(MP_VECTORS_DIR "/public.json"));
  return all;
}

json ask(const json& request) { return json::parse(codec_line(request.dump())); }

// The keys of a vector that belong into a message's "fields".
json only(const json& vector, std::initializer_list<const char*> keys) {
  json out = json::object();
  for (const char* key : keys) out[key] = vector.at(key);
  return out;
}

// What the long vectors give instead of the bytes: byte i = (i*mul + add + (i>>8)) & 255.
std::string rule_hex(unsigned mul, unsigned add, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i) {
    const auto b = (i * mul + add + (i >> 8)) & 0xffU;
    hex += kDigits[b >> 4];
    hex += kDigits[b & 0xfU];
  }
  return hex;
}

std::string sha256_hex_of_hex(const std::string& hex) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::vector<std::byte> raw(hex.size() / 2);
  for (std::size_t i = 0; i < raw.size(); ++i)
    raw[i] = static_cast<std::byte>(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
  const Sha256Digest digest = sha256(raw);
  std::string out;
  for (const std::byte b : digest) {
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 0xfU];
  }
  return out;
}

void packs_and_unpacks(const char* category) {
  const json& all = vectors().at(category);
  ASSERT_FALSE(all.empty());
  for (const json& v : all) {
    if (v.value("over_mtu", false)) continue;
    const json packed = ask({{"op", "pack"}, {"schema", v["schema"]}, {"flags", v["flags"]}, {"fields", v["fields"]}});
    EXPECT_EQ(packed, json({{"packet", v["packet"]}})) << v["fields"];
    const json unpacked = ask({{"op", "unpack"}, {"packet", v["packet"]}});
    EXPECT_EQ(unpacked["schema"], v["schema"]);
    EXPECT_EQ(unpacked["flags"], v["flags"]);
    EXPECT_EQ(unpacked["fields"], v["fields"]);
    if (v.contains("checksum_ok")) {
      EXPECT_EQ(unpacked["checksum_ok"], v["checksum_ok"]);
    }
    // Left out, a checksum is computed: the vectors whose checksum is right come out the same.
    if (v.value("checksum_ok", json()) != true) continue;
    json fields = v["fields"];
    fields.erase("checksum");
    EXPECT_EQ(ask({{"op", "pack"}, {"schema", v["schema"]}, {"flags", v["flags"]}, {"fields", fields}})["packet"],
              v["packet"]);
  }
}

TEST(CodecVectors, Packets_PackAndUnpack) { packs_and_unpacks("packets"); }
TEST(CodecVectors, PacketsOfOneHopSchemas_PackAndUnpack) { packs_and_unpacks("packets_new"); }

TEST(CodecVectors, Reject_UnpackSaysWhy) {
  for (const json& v : vectors().at("reject")) {
    const json reply = ask({{"op", "unpack"}, {"packet", v["packet"]}});
    EXPECT_EQ(reply.contains("error"), v["expect"] == "reject") << v["name"] << ": " << reply;
  }
}

TEST(CodecVectors, Flags_HaveTheirNames) {
  ASSERT_EQ(vectors().at("flags").size(), 256U);
  for (const json& v : vectors().at("flags")) {
    json mine = ask({{"op", "flags"}, {"flags", v["state"]}})["set"];
    json theirs = v["set"];
    std::sort(mine.begin(), mine.end());
    std::sort(theirs.begin(), theirs.end());
    EXPECT_EQ(mine, theirs) << v["state"];
  }
}

TEST(CodecVectors, Schemas_HaveTheirSizesAndFields) {
  for (const json& v : vectors().at("schemas")) {
    const json mine = ask({{"op", "schema"}, {"schema", v["id"]}});
    EXPECT_EQ(mine["max_body"], v["max_body"]);
    EXPECT_EQ(mine["max_parts"], v["max_seq"]);
    EXPECT_EQ(mine["max_package"], v["max_blob"]);
    ASSERT_EQ(mine["fields"].size() + 1, v["fields"].size()) << "the vectors list the body too";
    unsigned offset = 4;
    for (std::size_t i = 0; i < mine["fields"].size(); ++i) {
      EXPECT_EQ(mine["fields"][i]["name"], v["fields"][i]["name"]);
      EXPECT_EQ(mine["fields"][i]["length"], v["fields"][i]["length"]);
      EXPECT_EQ(mine["fields"][i]["offset"], offset);
      offset += v["fields"][i]["length"].get<unsigned>();
    }
  }
}

TEST(CodecVectors, Packages_BothWays) {
  for (const json& v : vectors().at("packages")) {
    if (v.contains("verify")) {
      const json back = ask({{"op", "unpackage"}, {"package", v["package"]}});
      EXPECT_EQ(back["hash_ok"], v["verify"]);
      EXPECT_EQ(back["app_id"], v["app_id"]);
      continue;
    }
    const std::string blob =
        v.contains("blob") ? v["blob"].get<std::string>() : rule_hex(v["rule"][0], v["rule"][1], v["rule"][2]);
    const json made = ask({{"op", "package"}, {"app_id", v["app_id"]}, {"blob", blob}});
    const auto package = made.at("package").get<std::string>();
    if (v.contains("package")) {
      EXPECT_EQ(package, v["package"]);
    } else {
      EXPECT_EQ(package.size(), 2 * v["package_len"].get<std::size_t>());
      EXPECT_EQ(sha256_hex_of_hex(package), v["package_sha256"]);
    }
    EXPECT_EQ(package.substr(32, 32), v["half_sha256"]);
    const json back = ask({{"op", "unpackage"}, {"package", package}});
    EXPECT_EQ(back, json({{"app_id", v["app_id"]}, {"blob", blob}, {"hash_ok", true}}));
  }
}

TEST(CodecVectors, Digests) {
  for (const json& v : vectors().at("crc32"))
    EXPECT_EQ(ask({{"op", "crc32"}, {"data", v["data"]}})["crc32"], v["crc32"]);
  for (const json& v : vectors().at("half_sha256"))
    EXPECT_EQ(ask({{"op", "half_sha256"}, {"data", v["data"]}})["half_sha256"], v["half_sha256"]);
}

TEST(CodecVectors, Identifiers) {
  for (const json& v : vectors().at("app_ids")) {
    json request = only(v, {"name", "description", "version"});
    request["op"] = "app_id";
    EXPECT_EQ(ask(request), json({{"id", v["id"]}}));
  }
  for (const json& v : vectors().at("interface_ids")) {
    json request = only(v, {"name", "bitrate", "schemas"});
    request["op"] = "interface_id";
    EXPECT_EQ(ask(request), json({{"id", v["id"]}}));
  }
}

TEST(CodecVectors, Sequences_SplitAndJoin) {
  ASSERT_FALSE(vectors().at("sequences").empty());
  for (const json& v : vectors().at("sequences")) {
    const bool whole = v.contains("blob");
    const std::string data =
        whole ? v["blob"].get<std::string>()
              : rule_hex(v["blob_rule"]["mul"], v["blob_rule"]["add"], v["blob_len"].get<std::size_t>());
    json packets = ask({{"op", "split"},
                        {"schema", v["schema"]},
                        {"seq_id", v["seq_id"]},
                        {"data", data},
                        {"fields", v["fields"]}})["packets"];
    ASSERT_EQ(packets.size(), v["packet_count"].get<std::size_t>());
    // split sets no flags; the vectors ask for an acknowledgement of the first, the middle and the last part.
    for (const std::size_t asked : {std::size_t{0}, packets.size() / 2, packets.size() - 1})
      packets[asked] = packets[asked].get<std::string>().replace(6, 2, "08");
    if (whole) {
      EXPECT_EQ(packets, v["packets"]);
      json shuffled = json::array();
      for (const json& i : v["shuffled"]) shuffled.push_back(packets[i.get<std::size_t>()]);
      EXPECT_EQ(ask({{"op", "join"}, {"packets", shuffled}}), json({{"data", data}}));
    } else {
      EXPECT_EQ(packets.front(), v["first"]);
      EXPECT_EQ(packets.back(), v["last"]);
      std::string all;
      for (const json& packet : packets) all += packet.get<std::string>();
      EXPECT_EQ(sha256_hex_of_hex(all), v["packets_sha256"]);
    }
    EXPECT_EQ(ask({{"op", "join"}, {"packets", packets}}), json({{"data", data}}));
    packets.push_back(packets.back());  // the last part twice
    std::reverse(packets.begin(), packets.end());
    EXPECT_EQ(ask({{"op", "join"}, {"packets", packets}}), json({{"data", data}}));
  }
}

TEST(CodecVectors, Addresses_AllThreeForms) {
  for (const json& v : vectors().at("addresses")) {
    if (v.contains("expect")) {
      ASSERT_EQ(v["expect"], "error");
      const json reply = ask({{"op", "address"}, {"tree_state", 7}, {"coords", v["coords"]}});
      EXPECT_TRUE(reply.contains("error")) << reply;
      continue;
    }
    const json expected = {
        {"tree_state", v["tree_state"]}, {"coords", v["coords"]}, {"hex", v["address"]}, {"text", v["text"]}};
    EXPECT_EQ(ask({{"op", "address"}, {"tree_state", v["tree_state"]}, {"coords", v["coords"]}}), expected);
    EXPECT_EQ(ask({{"op", "address"}, {"tree_state", v["tree_state"]}, {"hex", v["address"]}}), expected);
    EXPECT_EQ(ask({{"op", "address"}, {"text", v["text"]}}), expected);
  }
}

TEST(CodecVectors, Distances_HopsAndOrder) {
  const json& all = vectors().at("distances");
  std::vector<std::pair<double, unsigned>> order;
  for (const json& v : all) {
    const auto text = [](const json& coords) {
      return ask({{"op", "address"}, {"tree_state", 7}, {"coords", coords}}).at("text");
    };
    const json reply = ask({{"op", "distance"}, {"a", text(v["x"])}, {"b", text(v["y"])}});
    EXPECT_EQ(reply["dtree"], v["dTree"]) << v;
    EXPECT_EQ(reply, ask({{"op", "distance"}, {"a", v["x"]}, {"b", v["y"]}})) << "coordinates are taken too";
    EXPECT_EQ(reply["dcpl_order"] == 0, v["x"] == v["y"]);
    order.emplace_back(v["dCPL"].get<double>(), reply["dcpl_order"].get<unsigned>());
  }
  for (const auto& [theirs, mine] : order)
    for (const auto& [theirs_too, mine_too] : order) {
      if (theirs < theirs_too) {
        EXPECT_LT(mine, mine_too);
      }
    }
}

TEST(CodecVectors, TreeState_AndScore) {
  for (const json& v : vectors().at("tree_state"))
    EXPECT_EQ(ask({{"op", "tree_state"}, {"claim", v["claim"]}}),
              json({{"tree_state", v["tree_state"]}, {"score", v["score_xor_target0"]}}));
}

void message_both_ways(const char* kind, const json& fields, const json& hex) {
  EXPECT_EQ(ask({{"op", "message"}, {"kind", kind}, {"hex", hex}}), json({{"kind", kind}, {"fields", fields}}));
  EXPECT_EQ(ask({{"op", "message"}, {"kind", kind}, {"fields", fields}}), json({{"hex", hex}}));
  json flat = fields;
  flat["message_op"] = fields["op"];
  flat["op"] = "message";
  flat["kind"] = kind;
  if (flat.contains("id")) flat.erase("id");
  EXPECT_EQ(ask(flat), json({{"hex", hex}}));
}

TEST(CodecVectors, Messages_BothWays) {
  for (const char* category : {"beacons", "new_beacons"})
    for (const json& v : vectors().at(category))
      message_both_ways("beacon", only(v, {"op", "node_id", "apps"}), v["message"]);
  for (const json& v : vectors().at("gossip_messages"))
    message_both_ways("gossip", only(v, {"op", "topic_id", "data", "id"}), v["message"]);
  for (const json& v : vectors().at("tree_messages"))
    message_both_ways("tree", only(v, {"op", "ts", "age", "claim", "address", "node_id", "tree_state"}), v["message"]);
  for (const json& v : vectors().at("ping_messages"))
    message_both_ways("ping",
                      only(v, {"op", "nonce", "metric", "ts1", "ts2", "ts3", "tree_state", "address", "node_id"}),
                      v["message"]);
  for (const json& v : vectors().at("debug_messages"))
    message_both_ways("debug", only(v, {"op", "ts", "nonce", "from_id", "data"}), v["message"]);
}

// A beacon all the way: message, Package, the packet that was broadcast.
TEST(CodecVectors, Beacons_AsTheyGoOverTheAir) {
  const json beacon_app =
      ask({{"op", "app_id"}, {"name", "Beacon"}, {"description", "Dev Beacon App"}, {"version", 0}});
  for (const json& v : vectors().at("beacons")) {
    const json package = ask({{"op", "package"}, {"app_id", beacon_app["id"]}, {"blob", v["message"]}})["package"];
    EXPECT_EQ(package, v["package"]);
    ASSERT_EQ(v["broadcast_packets"].size(), 1U);
    const json packet =
        ask({{"op", "pack"}, {"schema", 0}, {"fields", {{"packet_id", v["packet_id"]}, {"body", package}}}})["packet"];
    EXPECT_EQ(packet, v["broadcast_packets"][0]);
  }
}

}  // namespace
}  // namespace mp::host
