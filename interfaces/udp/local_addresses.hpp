// SPDX-License-Identifier: ISC
// The IPv4 addresses of this machine: which are ours, and over which one multicast goes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace mp::host {

// Whether an address belongs to this machine. The list is read again at most once in 5 s.
class LocalAddresses {
 public:
  bool contains(std::uint32_t ip);

 private:
  std::vector<std::uint32_t> all_;
  std::chrono::steady_clock::time_point read_{};
};

// The first address of this machine, besides loopback, whose network interface is up and takes multicast; 0: none.
std::uint32_t first_multicast_address();

struct MulticastChoice {
  std::uint32_t ip = 0;  // of the network interface; 0: the system's choice
  std::string error;     // not empty: there is none such
};

// `wanted`: an address of this machine or the name of a network interface; empty: the one that `bind_ip` belongs
// to, or the system's choice when that is 0.
MulticastChoice choose_multicast_address(const std::string& wanted, std::uint32_t bind_ip);

}  // namespace mp::host
