// SPDX-License-Identifier: ISC
// Any line gets one JSON object for an answer; and what `mpctl codec` takes apart, it puts together again.
#include "programs/mpctl/codec.hpp"

#include "micropycelium/base/check.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace {

using nlohmann::json;

json ask(const std::string& line) {
  const std::string reply = mp::host::codec_line(line);
  MP_CHECK(reply.find('\n') == std::string::npos);
  const json parsed = json::parse(reply, nullptr, /*allow_exceptions=*/false);
  MP_CHECK(parsed.is_object());
  return parsed;
}

std::string hex(std::string_view octets) {
  std::string out;
  for (const char c : octets) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 0xfU];
  }
  return out;
}

void packet(const std::string& digits) {
  json reply = ask(json({{"op", "unpack"}, {"packet", digits}}).dump());
  if (reply.contains("error")) return;
  reply["op"] = "pack";
  std::string expected = digits;
  expected.replace(2, 2, "00");  // the reserved byte
  MP_CHECK(ask(reply.dump()) == json({{"packet", expected}}));
}

void message(const char* kind, const std::string& digits) {
  json reply = ask(json({{"op", "message"}, {"kind", kind}, {"hex", digits}}).dump());
  if (reply.contains("error")) return;
  reply["op"] = "message";
  MP_CHECK(ask(reply.dump()) == json({{"hex", digits}}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'p':
      packet(hex(rest));
      break;
    case 'b':
      message("beacon", hex(rest));
      break;
    case 'g':
      message("gossip", hex(rest));
      break;
    case 't':
      message("tree", hex(rest));
      break;
    case 'i':
      message("ping", hex(rest));
      break;
    case 'd':
      message("debug", hex(rest));
      break;
    case 'a':
      message("advert", hex(rest));
      break;
    case 'o':
      message("probe", hex(rest));
      break;
    case 's':
      message("seek", hex(rest));
      break;
    case 'S':
      message("seek_answer", hex(rest));
      break;
    case 'I':
      message("introduction", hex(rest));
      break;
    case 'r':
      message("route", hex(rest));
      break;
    case 'e':
      message("route_error", hex(rest));
      break;
    case 'T':
      message("trace_request", hex(rest));
      break;
    case 'A':
      message("trace_answer", hex(rest));
      break;
    default:
      ask(std::string(reinterpret_cast<const char*>(data), size));
  }
  return 0;
}
