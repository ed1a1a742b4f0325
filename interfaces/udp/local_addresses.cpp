// SPDX-License-Identifier: ISC
#include "interfaces/udp/local_addresses.hpp"

#include "interfaces/udp/endpoint.hpp"

#include <algorithm>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace mp::host {
namespace {

struct NamedAddress {
  std::string name;
  std::uint32_t ip;
  bool multicast;  // it is up, leads elsewhere, and takes multicast
};

std::vector<NamedAddress> read_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  std::vector<NamedAddress> all;
  for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
    sockaddr_in address{};
    std::memcpy(&address, i->ifa_addr, sizeof address);
    const bool multicast = (i->ifa_flags & (IFF_UP | IFF_MULTICAST | IFF_LOOPBACK)) == (IFF_UP | IFF_MULTICAST);
    all.push_back({i->ifa_name, ntohl(address.sin_addr.s_addr), multicast});
  }
  return all;
}

}  // namespace

bool LocalAddresses::contains(std::uint32_t ip) {
  if (ip >> 24 == 127) return true;
  const auto now = std::chrono::steady_clock::now();
  const auto known = [&] { return std::find(all_.begin(), all_.end(), ip) != all_.end(); };
  if (read_ != std::chrono::steady_clock::time_point{} && (known() || now - read_ < std::chrono::seconds(5)))
    return known();
  all_.clear();
  for (const NamedAddress& a : read_addresses()) all_.push_back(a.ip);
  read_ = now;
  return known();
}

std::uint32_t first_multicast_address() {
  for (const NamedAddress& a : read_addresses())
    if (a.multicast) return a.ip;
  return 0;
}

MulticastChoice choose_multicast_address(const std::string& wanted, std::uint32_t bind_ip) {
  if (wanted.empty()) return {bind_ip, {}};
  const auto all = read_addresses();
  const auto ip = parse_ip(wanted);
  for (const NamedAddress& a : all)
    if (ip ? a.ip == *ip : a.name == wanted) return {a.ip, {}};
  if (ip && *ip >> 24 == 127) return {*ip, {}};
  std::string names;
  for (const NamedAddress& a : all) names += (names.empty() ? "" : ", ") + a.name + " (" + ip_text(a.ip) + ")";
  return {0,
          "no network interface '" + wanted + "' with an IPv4 address; there are: " + (names.empty() ? "none" : names)};
}

}  // namespace mp::host
