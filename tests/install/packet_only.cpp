// SPDX-License-Identifier: ISC
// A program that wants the packet formats only: writes a packet and reads it back.
#include <micropycelium/packet/packet.hpp>

#include <cstdio>

int main() {
  mp::ByteArray<mp::kFrameMax> buffer{};
  mp::PacketFields fields;
  fields.packet_id = 7;
  const auto written = mp::write_packet(*mp::find_schema(1), fields, mp::bytes("body"), buffer);
  if (!written) return 1;
  const auto read = mp::PacketView::parse(*written);
  if (!read || read->packet_id() != 7 || mp::text(read->body()) != "body" || !read->checksum_ok()) return 2;
  std::printf("packet of %zu bytes\n", written->size());
  return 0;
}
