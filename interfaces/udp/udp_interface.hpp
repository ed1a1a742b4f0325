// SPDX-License-Identifier: ISC
// The UDP Interface: one UDP payload is one packet, the link address is the sender's IPv4 address and port
// (specification: interface.md). Everyone in reach is an IPv4 multicast group whose address follows from the
// network's name, or a list of peers that each get a copy. Used from one thread: the one that runs `io`.
#pragma once

#include "interfaces/udp/endpoint.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace asio {
class io_context;
}

namespace mp::host {

inline constexpr std::uint16_t kDefaultMulticastPort = 47474;

struct UdpOptions {
  std::uint32_t bind_ip = 0;              // 0: every address of this machine
  std::uint16_t port = 0;                 // 0: one that is free
  std::string network = "micropycelium";  // nodes meet when they name the same
  std::uint16_t multicast_port = kDefaultMulticastPort;
  std::string multicast_interface;        // an address of this machine or a name ("eth0"); empty: chosen
  std::vector<Endpoint> peers = {};       // not empty: these instead of multicast
  std::vector<Endpoint> hears_only = {};  // not empty: all others are ignored; port 0: any
  std::uint32_t bit_rate = 100'000'000;   // bits per second
  bool can_sleep = false;                 // simulates radios that do: what comes while it does not listen is lost

  bool operator==(const UdpOptions&) const = default;
};

struct UdpCounters {
  std::uint64_t rx_datagrams = 0;  // handed to the node
  std::uint64_t rx_bytes = 0;
  std::uint64_t rx_not_heard = 0;  // from someone who is not in `hears_only`
  std::uint64_t rx_own = 0;        // our own multicast, come back
  std::uint64_t rx_slept = 0;      // came while the Interface did not listen
  std::uint64_t tx_datagrams = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t tx_blocked = 0;
  std::uint64_t tx_failed = 0;
};

// 239.b0.b1.b2, where b are the first bytes of SHA-256("micropycelium" 0x00 network).
std::uint32_t multicast_group(std::string_view network);

class UdpInterface final : public Interface {
 public:
  // Opens the sockets. Throws std::runtime_error with a text that names the address and the reason.
  UdpInterface(asio::io_context& io, const UdpOptions& options);
  ~UdpInterface();

  // Called from `io` when something has come in, once until receive() has been called to the end.
  void on_readable(std::function<void()> wake);

  // What is sent is gathered, and goes in the next round of the event loop. Whoever knows when its turn of sending is
  // over can save that round: after this, nothing goes but by flush().
  void flushed_by_owner();
  void flush();

  InterfaceCaps caps() const override;
  Status send(const LinkAddress& to, Bytes datagram) override;
  std::optional<Received> receive() override;
  Status listen(bool on) override;

  const UdpCounters& counters() const;
  Endpoint local() const;       // what others see as the sender, unless bound to every address
  std::uint32_t group() const;  // 0: no multicast
  // What the operator should know about the choice of sockets; empty when nothing.
  const std::string& notice() const;

 private:
  struct Sockets;
  std::shared_ptr<Sockets> sockets_;
};

}  // namespace mp::host
