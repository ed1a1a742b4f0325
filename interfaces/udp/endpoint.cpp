// SPDX-License-Identifier: ISC
#include "interfaces/udp/endpoint.hpp"

#include <charconv>

namespace mp::host {
namespace {

// A decimal number as people write it: digits only, no leading zero.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

}  // namespace

std::string ip_text(std::uint32_t ip) {
  return std::to_string(ip >> 24) + "." + std::to_string(ip >> 16 & 0xff) + "." + std::to_string(ip >> 8 & 0xff) + "." +
         std::to_string(ip & 0xff);
}

std::string to_text(const Endpoint& endpoint) { return ip_text(endpoint.ip) + ":" + std::to_string(endpoint.port); }

std::optional<std::uint32_t> parse_ip(std::string_view text) {
  std::uint32_t ip = 0;
  for (int i = 0; i < 4; ++i) {
    const std::size_t dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return std::nullopt;
    const auto byte = parse_number(text.substr(0, dot), 255);
    if (!byte) return std::nullopt;
    ip = ip << 8 | *byte;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return ip;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto ip = parse_ip(text.substr(0, colon));
  const auto port = parse_number(text.substr(colon + 1), 65535);
  if (!ip || !port || *port == 0) return std::nullopt;
  return Endpoint{*ip, static_cast<std::uint16_t>(*port)};
}

std::optional<Endpoint> parse_endpoint_or_ip(std::string_view text) {
  if (const auto ip = parse_ip(text)) return Endpoint{*ip, 0};
  return parse_endpoint(text);
}

LinkAddress to_link(const Endpoint& endpoint) {
  ByteArray<kUdpLinkSize> raw{};
  store_be(raw.data(), endpoint.ip);
  store_be(raw.data() + 4, endpoint.port);
  return LinkAddress::from(raw);
}

std::optional<Endpoint> from_link(const LinkAddress& link) {
  if (link.size != kUdpLinkSize) return std::nullopt;
  return Endpoint{load_be<std::uint32_t>(link.value.data()), load_be<std::uint16_t>(link.value.data() + 4)};
}

}  // namespace mp::host
