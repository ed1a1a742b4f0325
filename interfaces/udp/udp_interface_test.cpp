// SPDX-License-Identifier: ISC
// Real sockets on loopback. Nothing here asserts on the clock: a datagram between two sockets of one machine is there
// when the event loop says so, and the loop ends with a guard.
#include "interfaces/udp/udp_interface.hpp"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>

namespace mp::host {
namespace {

constexpr std::chrono::seconds kHang(20);

UdpOptions on_loopback() {
  UdpOptions o;
  o.bind_ip = 0x7f000001;
  o.peers = {{0x7f000001, 9}};  // so that no multicast socket is opened
  return o;
}

struct Got {
  Endpoint from;
  std::string text;
  bool broadcast;
};

Got got(const Received& r) { return {*from_link(r.from), std::string(text(r.datagram)), r.broadcast}; }

// Runs the loop until the Interface has something.
std::optional<Got> wait_for(asio::io_context& io, UdpInterface& interface) {
  if (auto r = interface.receive()) return got(*r);
  bool readable = false;
  interface.on_readable([&] { readable = true; });
  const auto end = std::chrono::steady_clock::now() + kHang;
  while (std::chrono::steady_clock::now() < end) {
    io.restart();
    io.run_one_for(std::chrono::milliseconds(200));
    if (!readable) continue;
    readable = false;
    if (auto r = interface.receive()) return got(*r);
  }
  return std::nullopt;
}

TEST(UdpInterface, Unicast_ArrivesWithTheSendersAddress) {
  asio::io_context io;
  UdpInterface a(io, on_loopback());
  UdpInterface b(io, on_loopback());
  ASSERT_NE(a.local(), b.local());
  ASSERT_EQ(a.send(to_link(b.local()), bytes("one packet")), Status::ok);
  const auto r = wait_for(io, b);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->text, "one packet");
  EXPECT_EQ(r->from, a.local());
  EXPECT_FALSE(r->broadcast);
  EXPECT_EQ(a.counters().tx_datagrams, 1U);
  EXPECT_EQ(a.counters().tx_bytes, 10U);
  EXPECT_EQ(b.counters().rx_datagrams, 1U);
  EXPECT_EQ(b.counters().rx_bytes, 10U);
  EXPECT_FALSE(b.receive());
}

TEST(UdpInterface, SeveralDatagrams_StaySeparateAndInOrder) {
  asio::io_context io;
  UdpInterface a(io, on_loopback());
  UdpInterface b(io, on_loopback());
  for (const char* text : {"1", "22", "333"}) ASSERT_EQ(a.send(to_link(b.local()), bytes(text)), Status::ok);
  for (const char* text : {"1", "22", "333"}) {
    const auto r = wait_for(io, b);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->text, text);
  }
}

// Sizes as they come in a transfer, and as they do not: equal ones, a shorter one, a longer one again.
TEST(UdpInterface, ManyInOneTurn_StaySeparateAndInOrder) {
  asio::io_context io;
  UdpInterface a(io, on_loopback());
  UdpInterface b(io, on_loopback());
  UdpInterface c(io, on_loopback());
  const auto size_of = [](std::size_t i) { return i % 90 == 89 ? 0 : i % 50 == 49 ? 7 : i % 70 < 35 ? 250 : 100 + i; };
  const auto text_of = [&](std::size_t i) {
    std::string text(size_of(i), static_cast<char>('a' + i % 26));
    return text;
  };
  constexpr std::size_t kMany = 150;
  for (std::size_t i = 0; i < kMany; ++i)
    for (UdpInterface* to : {&b, &c}) ASSERT_EQ(a.send(to_link(to->local()), bytes(text_of(i))), Status::ok);
  for (UdpInterface* to : {&b, &c})
    for (std::size_t i = 0; i < kMany; ++i) {
      const auto r = wait_for(io, *to);
      ASSERT_TRUE(r) << i;
      ASSERT_EQ(r->text, text_of(i)) << i;
      ASSERT_EQ(r->from, a.local());
    }
  EXPECT_EQ(a.counters().tx_datagrams, 2 * kMany);
  EXPECT_EQ(a.counters().tx_bytes, b.counters().rx_bytes + c.counters().rx_bytes);
  EXPECT_EQ(b.counters().rx_datagrams, kMany);
}

TEST(UdpInterface, WhatIsGathered_GoesWhenTheInterfaceEnds) {
  asio::io_context io;
  UdpInterface b(io, on_loopback());
  {
    UdpInterface a(io, on_loopback());
    for (const char* text : {"one", "two", "six"}) ASSERT_EQ(a.send(to_link(b.local()), bytes(text)), Status::ok);
  }
  for (const char* text : {"one", "two", "six"}) {
    const auto r = wait_for(io, b);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->text, text);
  }
}

TEST(UdpInterface, RunFromAStranger_IsCountedByDatagram) {
  asio::io_context io;
  UdpInterface stranger(io, on_loopback());
  UdpInterface friendly(io, on_loopback());
  UdpOptions options = on_loopback();
  options.hears_only = {friendly.local()};
  UdpInterface a(io, options);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(stranger.send(to_link(a.local()), bytes("same size")), Status::ok);
  io.poll();  // what was gathered goes
  io.restart();
  ASSERT_EQ(friendly.send(to_link(a.local()), bytes("yes")), Status::ok);
  const auto r = wait_for(io, a);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->text, "yes");
  EXPECT_EQ(a.counters().rx_not_heard, 20U);
}

TEST(UdpInterface, BroadcastWithPeers_GoesToEachOfThem) {
  asio::io_context io;
  UdpInterface b(io, on_loopback());
  UdpInterface c(io, on_loopback());
  UdpOptions options = on_loopback();
  options.peers = {b.local(), c.local()};
  UdpInterface a(io, options);
  EXPECT_EQ(a.group(), 0U);
  ASSERT_EQ(a.send(LinkAddress::broadcast(), bytes("all")), Status::ok);
  for (UdpInterface* other : {&b, &c}) {
    const auto r = wait_for(io, *other);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->text, "all");
    EXPECT_EQ(r->from, a.local());
  }
  EXPECT_EQ(a.counters().tx_datagrams, 2U);
}

TEST(UdpInterface, BroadcastWithPeers_IsSentWhenOneOfThemTookIt) {
  asio::io_context io;
  UdpInterface b(io, on_loopback());
  const Endpoint nowhere{0xf0000001, 9};  // 240.0.0.1, which no system sends to
  UdpOptions options = on_loopback();
  for (const std::vector<Endpoint>& peers : {std::vector{b.local(), nowhere}, std::vector{nowhere, b.local()}}) {
    options.peers = peers;
    UdpInterface a(io, options);
    EXPECT_EQ(a.send(LinkAddress::broadcast(), bytes("some")), Status::ok);
    ASSERT_TRUE(wait_for(io, b));
    EXPECT_EQ(a.counters().tx_datagrams, 1U);
    EXPECT_EQ(a.counters().tx_failed, 1U);
  }
  options.peers = {nowhere};
  UdpInterface a(io, options);
  EXPECT_EQ(a.send(LinkAddress::broadcast(), bytes("none")), Status::unreachable);
}

TEST(UdpInterface, HearsOnly_IgnoresTheRestAndCountsIt) {
  asio::io_context io;
  UdpInterface friendly(io, on_loopback());
  UdpInterface stranger(io, on_loopback());
  UdpOptions options = on_loopback();
  options.hears_only = {friendly.local()};
  UdpInterface a(io, options);
  ASSERT_EQ(stranger.send(to_link(a.local()), bytes("no")), Status::ok);
  ASSERT_EQ(friendly.send(to_link(a.local()), bytes("yes")), Status::ok);
  const auto r = wait_for(io, a);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->text, "yes");
  EXPECT_EQ(a.counters().rx_not_heard, 1U);
  EXPECT_EQ(a.counters().rx_datagrams, 1U);
}

TEST(UdpInterface, HearsOnlyAnAddress_TakesEveryPortOfIt) {
  asio::io_context io;
  UdpInterface b(io, on_loopback());
  UdpOptions options = on_loopback();
  options.hears_only = {{0x7f000001, 0}};
  UdpInterface a(io, options);
  ASSERT_EQ(b.send(to_link(a.local()), bytes("hi")), Status::ok);
  ASSERT_TRUE(wait_for(io, a));
}

TEST(UdpInterface, DatagramOverTheFrame_IsHandedOverToBeCounted) {
  asio::io_context io;
  UdpInterface a(io, on_loopback());
  asio::ip::udp::socket raw(io, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0));
  for (const std::size_t size : {std::size_t{251}, std::size_t{5000}}) {
    const std::string big(size, 'x');
    raw.send_to(asio::buffer(big), {asio::ip::address_v4::loopback(), a.local().port});
    const auto r = wait_for(io, a);
    ASSERT_TRUE(r);
    EXPECT_GT(r->text.size(), 250U);
  }
  EXPECT_EQ(a.counters().rx_bytes, 5251U);
  EXPECT_EQ(a.send(to_link(a.local()), bytes(std::string(251, 'x'))), Status::too_large);
}

TEST(UdpInterface, EmptyDatagram_IsADatagram) {
  asio::io_context io;
  UdpInterface a(io, on_loopback());
  UdpInterface b(io, on_loopback());
  ASSERT_EQ(a.send(to_link(b.local()), {}), Status::ok);
  const auto r = wait_for(io, b);
  ASSERT_TRUE(r);
  EXPECT_TRUE(r->text.empty());
}

TEST(UdpInterface, NobodyAtTheOtherEnd_DoesNotBreakReceiving) {
  asio::io_context io;
  UdpInterface a(io, on_loopback());
  Endpoint gone;
  {
    UdpInterface closed(io, on_loopback());
    gone = closed.local();
  }
  for (int i = 0; i < 10; ++i) {
    (void)a.send(to_link(gone), bytes("anyone?"));
    EXPECT_FALSE(a.receive());
  }
  UdpInterface b(io, on_loopback());
  ASSERT_EQ(b.send(to_link(a.local()), bytes("here")), Status::ok);
  const auto r = wait_for(io, a);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->text, "here");
  EXPECT_EQ(a.send(to_link(b.local()), bytes("good")), Status::ok);
}

TEST(UdpInterface, LinkThatIsNoEndpoint_IsUnreachable) {
  asio::io_context io;
  UdpInterface a(io, on_loopback());
  EXPECT_EQ(a.send(LinkAddress::from(bytes("self")), bytes("x")), Status::unreachable);
  EXPECT_EQ(a.send(to_link({0x7f000001, 0}), bytes("x")), Status::unreachable);
}

TEST(UdpInterface, PortInUse_SaysWhichAndWhy) {
  asio::io_context io;
  UdpInterface a(io, on_loopback());
  UdpOptions options = on_loopback();
  options.port = a.local().port;
  try {
    UdpInterface b(io, options);
    FAIL() << "the port was taken twice";
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find(to_text(a.local())), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("in use"), std::string::npos) << e.what();
  }
}

TEST(UdpInterface, Caps_AreThoseOfTheFamily) {
  asio::io_context io;
  const UdpInterface a(io, on_loopback());
  const InterfaceCaps caps = a.caps();
  EXPECT_EQ(caps.name, "udp");
  EXPECT_EQ(caps.frame_max, 250);
  ASSERT_EQ(caps.schema_ids.size(), 28U);
  EXPECT_EQ(caps.schema_ids[0], 0);
  EXPECT_EQ(caps.schema_ids[14], 20);
  EXPECT_EQ(caps.schema_ids[27], 33);
}

// The first 3 bytes of: printf 'micropycelium\0micropycelium' | sha256sum
TEST(MulticastGroup, FollowsFromTheNetworkName) {
  EXPECT_EQ(multicast_group("micropycelium"), 0xef56d843);  // 239.86.216.67
  EXPECT_NE(multicast_group("a"), multicast_group("b"));
  EXPECT_EQ(multicast_group("a"), multicast_group("a"));
}

UdpOptions multicast_on_loopback(const std::string& network) {
  UdpOptions o;
  o.bind_ip = 0x7f000001;
  o.network = network;
  return o;
}

// A name of its own for each test, so that nothing else on this machine is heard.
std::string private_network(const char* test) {
  return std::string(test) + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
}

TEST(UdpInterface, Multicast_ReachesTheOthersOnThisMachineAndNotOneself) {
  asio::io_context io;
  const UdpOptions options = multicast_on_loopback(private_network("reaches"));
  UdpInterface a(io, options);
  UdpInterface b(io, options);
  UdpInterface c(io, options);
  ASSERT_EQ(a.send(LinkAddress::broadcast(), bytes("all")), Status::ok);
  for (UdpInterface* other : {&b, &c}) {
    const auto r = wait_for(io, *other);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->text, "all");
    EXPECT_EQ(r->from, a.local()) << "the sender is the socket that an answer goes to";
    EXPECT_TRUE(r->broadcast);
  }
  // What b says comes after our own: when it is here, ours was seen and dropped.
  ASSERT_EQ(b.send(LinkAddress::broadcast(), bytes("answer")), Status::ok);
  const auto r = wait_for(io, a);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->text, "answer");
  EXPECT_EQ(a.counters().rx_own, 1U);
}

TEST(UdpInterface, WhatComesWhileItDoesNotListen_IsLost) {
  asio::io_context io;
  UdpOptions options = on_loopback();
  options.can_sleep = true;
  UdpInterface a(io, on_loopback());
  UdpInterface b(io, options);
  EXPECT_TRUE(b.caps().can_sleep);
  EXPECT_FALSE(a.caps().can_sleep);
  ASSERT_EQ(b.listen(false), Status::ok);
  ASSERT_EQ(a.send(to_link(b.local()), bytes("asleep")), Status::ok);
  ASSERT_EQ(b.send(to_link(a.local()), bytes("I may speak")), Status::ok);
  ASSERT_TRUE(wait_for(io, a));  // and so the first has been there for long
  ASSERT_EQ(b.listen(true), Status::ok);
  ASSERT_EQ(a.send(to_link(b.local()), bytes("awake")), Status::ok);
  const auto r = wait_for(io, b);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->text, "awake");
  EXPECT_EQ(b.counters().rx_slept, 1U);
}

TEST(UdpInterface, AnotherNetwork_IsNotHeard) {
  asio::io_context io;
  UdpInterface a(io, multicast_on_loopback(private_network("one")));
  UdpInterface b(io, multicast_on_loopback(private_network("two")));
  ASSERT_NE(a.group(), b.group());
  ASSERT_EQ(a.send(LinkAddress::broadcast(), bytes("all")), Status::ok);
  ASSERT_EQ(a.send(to_link(b.local()), bytes("just you")), Status::ok);
  const auto r = wait_for(io, b);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->text, "just you");
}

TEST(UdpInterface, HearsOnly_HoldsForMulticastToo) {
  asio::io_context io;
  const std::string network = private_network("hears");
  UdpInterface friendly(io, multicast_on_loopback(network));
  UdpInterface stranger(io, multicast_on_loopback(network));
  UdpOptions options = multicast_on_loopback(network);
  options.hears_only = {friendly.local()};
  UdpInterface a(io, options);
  ASSERT_EQ(stranger.send(LinkAddress::broadcast(), bytes("no")), Status::ok);
  ASSERT_EQ(friendly.send(LinkAddress::broadcast(), bytes("yes")), Status::ok);
  const auto r = wait_for(io, a);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->text, "yes");
  EXPECT_EQ(a.counters().rx_not_heard, 1U);
}

TEST(UdpInterface, NoSuchNetworkInterface_SaysWhatThereIs) {
  asio::io_context io;
  UdpOptions options = multicast_on_loopback("x");
  options.multicast_interface = "nosuch0";
  try {
    UdpInterface a(io, options);
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("nosuch0"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace mp::host
