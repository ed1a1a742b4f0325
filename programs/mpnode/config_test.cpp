// SPDX-License-Identifier: ISC
#include "programs/mpnode/config_keys.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <tuple>

#include <sys/stat.h>
#include <unistd.h>

namespace mp::host {
namespace {

std::string all_errors(const ConfigResult& result) {
  std::string out;
  for (const ConfigError& e : result.errors) out += to_text(e, "f") + "\n";
  return out;
}

// The only error of a configuration, as people see it.
std::string error_of(std::string_view text) {
  const auto result = parse_config(text);
  EXPECT_EQ(result.errors.size(), 1U) << text << "\n" << all_errors(result);
  return result.errors.empty() ? std::string() : to_text(result.errors[0], "f");
}

Config good(std::string_view text) {
  const auto result = parse_config(text);
  EXPECT_TRUE(result.errors.empty()) << text << "\n" << all_errors(result);
  return result.config;
}

constexpr const char* kNode = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(Config, Empty_IsTheDefault) { EXPECT_EQ(good(""), Config{}); }

TEST(Config, PrintedDefault_ParsesToTheDefault) { EXPECT_EQ(good(print_default_config()), Config{}); }

TEST(Config, PrintedDefault_ShowsEveryKeyOnce) {
  const std::string text = print_default_config();
  for (const ConfigSection& section : config_sections()) {
    EXPECT_NE(text.find("[" + std::string(section.name) + "]"), std::string::npos) << section.name;
    for (const ConfigKey& key : section.keys)
      EXPECT_NE(text.find(std::string(key.name) + " = "), std::string::npos) << section.name << "." << key.name;
  }
}

// The examples, with their comment sign taken away, are a configuration too.
TEST(Config, PrintedExamples_ParseWhenUncommented) {
  std::istringstream in(print_default_config());
  std::string text;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("#[[") || (line.starts_with("#") && line.size() > 1 && line[1] != ' ')) line.erase(0, 1);
    if (line.starts_with("address = ")) line = "address = \"7-10::\"";
    text += line + "\n";
  }
  const Config config = good(text);
  EXPECT_EQ(config.routes.size(), 1U);
  ASSERT_EQ(config.applications.size(), 1U);
  EXPECT_EQ(config.applications[0].name, "Chat");
}

TEST(Config, EveryKey_TakesItsValue) {
  const Config c = good(std::string(R"(
[node]
state_dir = "/s"
address = "7-24::"
[udp]
bind = "127.0.0.1"
port = 47001
network = "n"
multicast_port = 5000
multicast_interface = "lo"
peers = ["127.0.0.1:47002", "10.0.0.1:1"]
hears_only = ["127.0.0.1", "10.0.0.1:9"]
bit_rate = 1000
[network]
name = "home"
key_file = "/k"
generation = 3
[control]
socket = "/x"
group = "g"
[beacon]
interval_s = 0.5
timeout_s = 3
[sleep]
sleep_ms = 90
wake_ms = 40
[log]
level = "debug"
file = "/l"
[limits]
peers = 1
routes = 2
datagrams = 3
sequences_in = 4
sequences_out = 5
seen = 6
hops = 7
ledgers = 8
targets = 9
detours = 10
[trees]
count = 3
pace_ms = 250
role = "leaf"
[[route]]
to = "7-10::"
via = ")") + kNode + R"("
node = ")" + kNode + R"("
frame_max = 240
[[application]]
name = "A"
description = "B"
version = 7
)");
  EXPECT_EQ(c.node.state_dir, "/s");
  EXPECT_EQ(c.node.address, *parse_address("7-24::"));
  ASSERT_EQ(c.udp.size(), 1U);
  EXPECT_EQ(c.udp[0].bind_ip, 0x7f000001U);
  EXPECT_EQ(c.udp[0].port, 47001);
  EXPECT_EQ(c.udp[0].network, "n");
  EXPECT_EQ(c.udp[0].multicast_port, 5000);
  EXPECT_EQ(c.udp[0].multicast_interface, "lo");
  EXPECT_EQ(c.udp[0].peers, (std::vector<Endpoint>{{0x7f000001, 47002}, {0x0a000001, 1}}));
  EXPECT_EQ(c.udp[0].hears_only, (std::vector<Endpoint>{{0x7f000001, 0}, {0x0a000001, 9}}));
  EXPECT_EQ(c.udp[0].bit_rate, 1000U);
  EXPECT_EQ(c.control, (ControlConfig{"/x", "g"}));
  EXPECT_EQ(c.network, (NetworkConfig{"home", "/k", "", 3}));
  EXPECT_EQ(c.beacon, (BeaconConfig{0.5, 3}));
  EXPECT_EQ(c.sleep, (SleepConfig{90, 40}));
  EXPECT_EQ(c.log, (LogConfig{LogLevel::debug, "/l"}));
  EXPECT_EQ(c.limits, (Limits{.peers = 1,
                              .routes = 2,
                              .datagrams = 3,
                              .sequences_in = 4,
                              .sequences_out = 5,
                              .seen = 6,
                              .hops = 7,
                              .ledgers = 8,
                              .trees = 3,
                              .targets = 9,
                              .detours = 10}));
  EXPECT_EQ(c.trees, (TreesConfig{250, "leaf"}));
  ASSERT_EQ(c.routes.size(), 1U);
  EXPECT_EQ(c.routes[0].to, *parse_address("7-10::"));
  EXPECT_EQ(c.routes[0].frame_max, 240);
  EXPECT_EQ(c.routes[0].via, c.routes[0].node);
  EXPECT_EQ(c.applications, (std::vector<ApplicationConfig>{{"A", "B", 7}}));
}

TEST(Config, SeveralUdp_AreSeveralInterfaces) {
  const Config c = good("[[udp]]\nport = 1\n[[udp]]\nport = 2\n");
  ASSERT_EQ(c.udp.size(), 2U);
  EXPECT_EQ(c.udp[0].port, 1);
  EXPECT_EQ(c.udp[1].port, 2);
}

TEST(Config, SleepThatNobodyCouldFollow_IsRefused) {
  EXPECT_NE(error_of("[sleep]\nsleep_ms = 90\n").find("sleep.wake_ms: a node that is never awake"), std::string::npos);
  EXPECT_NE(error_of("[sleep]\nsleep_ms = 29000\nwake_ms = 1001\n").find("at most 30000"), std::string::npos);
  EXPECT_NE(error_of("[sleep]\nsleep_ms = 29701\nwake_ms = 299\n").find("at least a hundredth of both, 300"),
            std::string::npos);
  EXPECT_EQ(good("[sleep]\nsleep_ms = 29700\nwake_ms = 300\n").sleep, (SleepConfig{29'700, 300}));
  EXPECT_EQ(good("[sleep]\nwake_ms = 40\n").sleep, (SleepConfig{0, 40}));
}

TEST(Config, UnknownKey_IsFoundWithASuggestion) {
  EXPECT_EQ(error_of("[udp]\n  prot = 1\n"), "f:2:3: udp.prot: there is no such key; did you mean port?");
  EXPECT_NE(error_of("[udp]\nzzzzzz = 1\n").find("there are: bind, port"), std::string::npos);
}

TEST(Config, UnknownSection_IsFoundWithASuggestion) {
  EXPECT_EQ(error_of("[beacn]\ninterval_s = 1\n"), "f:1:2: there is no section \"beacn\"; did you mean beacon?");
}

TEST(Config, WrongType_SaysWhatToWrite) {
  EXPECT_EQ(error_of("[udp]\nport = \"1\"\n"), "f:2:8: udp.port: the value has the wrong type; write a whole number");
  EXPECT_EQ(error_of("[udp]\nport = 1.5\n"), "f:2:8: udp.port: the value has the wrong type; write a whole number");
  EXPECT_EQ(error_of("[udp]\nnetwork = 7\n"),
            "f:2:11: udp.network: the value has the wrong type; write a text in quotes");
  EXPECT_NE(error_of("[udp]\npeers = \"127.0.0.1:1\"\n").find("write a list"), std::string::npos);
  EXPECT_NE(error_of("[udp]\npeers = [1]\n").find("write a list"), std::string::npos);
  EXPECT_NE(error_of("[beacon]\ninterval_s = \"soon\"\n").find("write a number"), std::string::npos);
  EXPECT_NE(error_of("udp = 1\n").find("write [udp] on a line of its own"), std::string::npos);
  EXPECT_NE(error_of("[[node]]\n").find("write [node]"), std::string::npos);
  EXPECT_NE(error_of("[route]\nto = \"7-10::\"\n").find("write [[route]] instead of [route]"), std::string::npos);
}

TEST(Config, OutOfRange_SaysTheRange) {
  EXPECT_EQ(error_of("[udp]\nport = 70000\n"),
            "f:2:8: udp.port: 70000 is outside the range; write a number from 0 to 65535");
  EXPECT_NE(error_of("[limits]\npeers = 0\n").find("from 1 to 250"), std::string::npos);
  EXPECT_NE(error_of("[beacon]\ninterval_s = -1\n").find("from 0.05 to 86400"), std::string::npos);
  EXPECT_NE(error_of("[beacon]\ninterval_s = nan\n").find("from 0.05"), std::string::npos);
  EXPECT_NE(error_of("[udp]\nport = 9223372036854775807\n").find("from 0 to 65535"), std::string::npos);
}

TEST(Config, BadAddress_ShowsAGoodOne) {
  EXPECT_NE(error_of("[udp]\nbind = \"localhost\"\n").find("192.168.1.7"), std::string::npos);
  EXPECT_NE(error_of("[udp]\npeers = [\"10.0.0.1\"]\n").find("\"192.168.1.7:47001\""), std::string::npos);
  EXPECT_NE(error_of("[node]\naddress = \"x\"\n").find("7-24::"), std::string::npos);
  EXPECT_NE(error_of("[log]\nlevel = \"loud\"\n").find("\"warning\""), std::string::npos);
  EXPECT_NE(error_of("[node]\naddress = \"7-10::\"\n[[route]]\nto = \"7-20::\"\nvia = \"12\"\n").find("64 hex digits"),
            std::string::npos);
}

TEST(Config, MissingKey_IsNamed) {
  const auto result = parse_config("[node]\naddress = \"7-10::\"\n[[route]]\nframe_max = 0\n");
  EXPECT_EQ(result.errors.size(), 2U) << all_errors(result);
  EXPECT_NE(all_errors(result).find("f:3:1: route.to is missing; write to = \"7-24::\""), std::string::npos)
      << all_errors(result);
}

TEST(Config, Duplicates_AreFound) {
  EXPECT_NE(error_of("[udp]\nport = 1\nport = 2\n").find("f:3:"), std::string::npos);
  EXPECT_NE(error_of("[udp]\npeers = [\"10.0.0.1:1\", \"10.0.0.1:1\"]\n").find("twice"), std::string::npos);
  EXPECT_NE(error_of("[[udp]]\nport = 5\n[[udp]]\nport = 5\n").find("port 5"), std::string::npos);
  const std::string route = std::string("[[route]]\nto = \"7-20::\"\nvia = \"") + kNode + "\"\n";
  EXPECT_NE(error_of("[node]\naddress = \"7-10::\"\n" + route + route).find("two routes to 7-20::"), std::string::npos);
  const std::string app = "[[application]]\nname = \"A\"\n";
  EXPECT_NE(error_of(app + app).find("listed twice"), std::string::npos);
}

TEST(Config, WhatDoesNotGoTogether_IsFound) {
  EXPECT_NE(error_of("[beacon]\ninterval_s = 100\ntimeout_s = 10\n").find("beacon.timeout_s"), std::string::npos);
  EXPECT_NE(error_of(std::string("[[route]]\nto = \"7-20::\"\nvia = \"") + kNode + "\"\n").find("node.address"),
            std::string::npos);
}

TEST(Config, WhatDoesNotGoTogether_NamesTheLine) {
  EXPECT_TRUE(error_of("[beacon]\ninterval_s = 100\ntimeout_s = 10\n").starts_with("f:3:13: beacon.timeout_s"));
  EXPECT_TRUE(error_of("[[udp]]\nport = 5\n[[udp]]\nport = 5\n").starts_with("f:4:8: udp.port"));
  const std::string app = "[[application]]\nname = \"A\"\n";
  EXPECT_TRUE(error_of(app + app).starts_with("f:3:")) << error_of(app + app);
}

TEST(Config, ApplicationOfTheDaemonItself_IsRefused) {
  for (const auto& [name, description, version] :
       {std::tuple{"Beacon", "Dev Beacon App", 0}, std::tuple{"Text", "mpctl send and recv", 1}}) {
    const std::string error = error_of("\n[[application]]\nname = \"" + std::string(name) + "\"\ndescription = \"" +
                                       description + "\"\nversion = " + std::to_string(version) + "\n");
    EXPECT_TRUE(error.starts_with("f:2:")) << error;
    EXPECT_NE(error.find("the daemon's own"), std::string::npos) << error;
  }
}

TEST(Config, ApplicationTexts_AreBoundedAndPrintable) {
  EXPECT_NE(error_of("[[application]]\nname = \"\"\n").find("f:2:8: application.name: is empty"), std::string::npos);
  EXPECT_NE(error_of("[[application]]\nname = \"a\\nb\"\n").find("control character"), std::string::npos);
  const std::string description = "[[application]]\nname = \"A\"\ndescription = \"";
  EXPECT_NE(error_of(description + std::string(256, 'x') + "\"\n").find("at most 255"), std::string::npos);
  good(description + std::string(255, 'x') + "\"\n");
}

TEST(Config, PathThatNoSystemTakes_IsRefused) {
  EXPECT_NE(error_of("[control]\nsocket = \"/" + std::string(107, 'x') + "\"\n").find("at most 107"),
            std::string::npos);
  good("[control]\nsocket = \"/" + std::string(106, 'x') + "\"\n");
  for (const char* key : {"[control]\nsocket", "[control]\ngroup", "[node]\nstate_dir", "[log]\nfile"})
    EXPECT_NE(error_of(std::string(key) + " = \"/a\\u0000b\"\n").find("zero character"), std::string::npos) << key;
}

TEST(Config, BindToAMulticastAddress_IsRefused) {
  EXPECT_NE(error_of("[udp]\nbind = \"239.1.2.3\"\n").find("f:2:8: udp.bind: \"239.1.2.3\" is a multicast address"),
            std::string::npos);
}

TEST(Config, SeveralErrors_AreAllToldInOrder) {
  const auto result = parse_config("[udp]\nport = -1\nbind = \"x\"\n[log]\nlevel = 3\n[nod]\n");
  ASSERT_EQ(result.errors.size(), 4U) << all_errors(result);
  EXPECT_EQ(result.errors[0].line, 2U);
  EXPECT_EQ(result.errors[1].line, 3U);
  EXPECT_EQ(result.errors[2].line, 5U);
  EXPECT_EQ(result.errors[3].line, 6U);
}

TEST(Config, NotToml_SaysWhere) {
  EXPECT_TRUE(error_of("[udp]\nport 1\n").starts_with("f:2:")) << error_of("[udp]\nport 1\n");
  EXPECT_TRUE(error_of("[udp\n").starts_with("f:1:"));
  EXPECT_FALSE(error_of(std::string_view("\0", 1)).empty());
}

TEST(Config, Network_WithAKeyIsClosedWithoutIsOpen) {
  EXPECT_FALSE(good("").network.closed());
  EXPECT_FALSE(good("[network]\nname = \"\"\n").network.closed());
  EXPECT_TRUE(good("[network]\nname = \"n\"\nkey_file = \"/k\"\n").network.closed());
  EXPECT_TRUE(good("[network]\nname = \"n\"\npassphrase_file = \"/p\"\n").network.closed());
}

TEST(Config, NetworkThatIsNotWhole_IsRefused) {
  EXPECT_EQ(error_of("[network]\nname = \"n\"\n"),
            "f:2:8: network.name: the network has no key; write key_file or passphrase_file too");
  EXPECT_TRUE(
      error_of("[network]\ngeneration = 1\n").starts_with("f:2:14: network.generation: the network has no key"));
  EXPECT_TRUE(error_of("[network]\nkey_file = \"/k\"\n").starts_with("f:1:1: network.name is missing"));
  EXPECT_EQ(error_of("[network]\nname = \"n\"\nkey_file = \"/k\"\npassphrase_file = \"/p\"\n"),
            "f:4:19: network.passphrase_file: there is a key_file too; remove one of the two");
  EXPECT_NE(error_of("[network]\ngeneration = 4\n").find("from 0 to 3"), std::string::npos);
  EXPECT_NE(error_of("[network]\nname = \"a\\nb\"\n").find("control character"), std::string::npos);
}

TEST(Config, NetworkFileThatCannotBeUsed_IsFoundWithItsLine) {
  const std::string path = ::testing::TempDir() + "mp-config-" + std::to_string(::getpid()) + ".toml";
  std::ofstream(path) << "[network]\nname = \"n\"\nkey_file = \"/nonexistent\"\n";
  const auto result = load_config(path);
  ::unlink(path.c_str());
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_EQ(to_text(result.errors[0], "f"),
            "f:3:12: network.key_file: /nonexistent cannot be read: No such file or directory");
}

TEST(Config, RelativePaths_BeginInTheFolderOfTheFile) {
  const std::string folder = ::testing::TempDir() + "mp-config-" + std::to_string(::getpid()) + "/";
  ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
  std::ofstream(folder + "home.key") << "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
  ASSERT_EQ(::chmod((folder + "home.key").c_str(), 0600), 0);
  std::ofstream(folder + "mpnode.toml") << "[node]\nstate_dir = \"state\"\n[control]\nsocket = \"/run/s\"\n"
                                           "[network]\nname = \"n\"\nkey_file = \"home.key\"\n";
  const auto result = load_config(folder + "mpnode.toml");
  for (const char* file : {"home.key", "mpnode.toml"}) ::unlink((folder + file).c_str());
  ::rmdir(folder.c_str());
  ASSERT_TRUE(result.errors.empty()) << result.errors[0].text;
  EXPECT_EQ(result.config.network.key_file, folder + "home.key");
  EXPECT_EQ(result.config.node.state_dir, folder + "state");
  EXPECT_EQ(result.config.control.socket, "/run/s");
  EXPECT_TRUE(result.config.log.file.empty()) << "what is not set stays so";
}

TEST(Config, TreesOfVersion0_ThatCannotBe) {
  auto result = parse_config("[interop]\ntrees = \"often\"\ntree_interval_s = 100\n");
  ASSERT_EQ(result.errors.size(), 2U);
  EXPECT_EQ(to_text(result.errors[0], "f"),
            "f:2:9: interop.trees: \"often\" is none of the choices; write \"auto\", \"always\" or \"off\"");
  EXPECT_EQ(to_text(result.errors[1], "f"),
            "f:3:19: interop.tree_interval_s: 100 is outside the range; write a number of seconds from 1 to 80");
  result = parse_config("[node]\naddress = \"7-24::\"\n[interop]\ntrees = \"always\"\n");
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_EQ(to_text(result.errors[0], "f"),
            "f:4:9: interop.trees: the tree would give the node another address than node.address; write \"auto\", or "
            "remove the address");
  EXPECT_TRUE(parse_config("").config.speaks_trees());
  EXPECT_FALSE(parse_config("[node]\naddress = \"7-24::\"\n").config.speaks_trees());
  EXPECT_FALSE(parse_config("[interop]\ntrees = \"off\"\n").config.speaks_trees());
}

TEST(Config, FileThatIsNotThere_SaysSo) {
  const auto result = load_config("/nonexistent.toml");
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_EQ(to_text(result.errors[0], "/nonexistent.toml"),
            "/nonexistent.toml: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace mp::host
