// SPDX-License-Identifier: ISC
// An IPv4 address and a port: the link address of the UDP Interface, 6 bytes on the inside
// (4 of address, 2 of port, big-endian), "a.b.c.d:port" for people.
#pragma once

#include "micropycelium/platform/interface.hpp"

#include <optional>
#include <string>

namespace mp::host {

struct Endpoint {
  std::uint32_t ip = 0;    // host byte order
  std::uint16_t port = 0;  // 0 in a "hears only" list: any port

  bool operator==(const Endpoint&) const = default;
};

inline constexpr std::size_t kUdpLinkSize = 6;

std::string ip_text(std::uint32_t ip);
std::string to_text(const Endpoint& endpoint);

// Dotted quads only: no names, no leading zeros, nothing around them.
std::optional<std::uint32_t> parse_ip(std::string_view text);
// "a.b.c.d:port", port 1..65535.
std::optional<Endpoint> parse_endpoint(std::string_view text);
// "a.b.c.d" (any port) or "a.b.c.d:port".
std::optional<Endpoint> parse_endpoint_or_ip(std::string_view text);

LinkAddress to_link(const Endpoint& endpoint);
// None for an address that is not one of ours.
std::optional<Endpoint> from_link(const LinkAddress& link);

}  // namespace mp::host
