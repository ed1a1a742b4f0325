// SPDX-License-Identifier: ISC
// What the UDP Interface is about to send. The system takes a run of datagrams of one size to one address for little
// more than the price of one (UDP_SEGMENT, Linux 4.18); so what is sent in one turn of the event loop is gathered here
// and goes at its end. Only to whoever took the datagram before: else it goes at once, and its sender hears of the
// failure. Where the system has no runs they go one by one.
#pragma once

#include "interfaces/udp/endpoint.hpp"

#include "micropycelium/base/bytes.hpp"
#include "micropycelium/base/status.hpp"

#include <array>

namespace mp::host {

struct UdpCounters;

class SendRuns {
 public:
  static constexpr std::size_t kDatagramMax = 250;

  // `socket`: open and non-blocking as long as there is something to send.
  void begin(int socket, UdpCounters& counters) {
    socket_ = socket;
    counters_ = &counters;
  }

  // Status: ok (sent, or gathered), would_block (no room), or why it could not be sent.
  Status send(const Endpoint& to, Bytes datagram);
  // Sends what was gathered; what the system has no room for stays.
  void flush();
  // Something is gathered.
  bool any() const;

 private:
  // The system's limit, where it is lowest.
  static constexpr std::size_t kRunMax = 64;
  static constexpr std::size_t kDestinations = 8;

  struct Run {
    Endpoint to;  // port 0: unused
    std::uint32_t used = 0;
    std::uint16_t count = 0;
    std::uint16_t segment = 0;  // bytes of each but the last, which may be shorter
    std::size_t size = 0;
    ByteArray<kRunMax * kDatagramMax> bytes;

    bool takes(Bytes datagram) const {
      return count == 0 || (count < kRunMax && size == std::size_t{count} * segment && datagram.size() <= segment);
    }
    void add(Bytes datagram);
    void drop_first(std::size_t n);
  };

  Run* find(const Endpoint& to);
  void remember(const Endpoint& to);
  void flush(Run& run);
  void count_failure(int error, std::size_t datagrams);
  // The error number; 0: sent.
  int send_now(const Endpoint& to, Bytes datagram) const;
  int send_run(const Run& run) const;

  int socket_ = -1;
  UdpCounters* counters_ = nullptr;
  bool has_runs_ = true;  // until the system says otherwise
  std::uint32_t turn_ = 0;
  std::array<Run, kDestinations> runs_;
};

}  // namespace mp::host
