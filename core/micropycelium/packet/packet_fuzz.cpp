// SPDX-License-Identifier: ISC
// Any datagram: a packet or a reason; what is taken is written back to the same bytes, but for a reserved byte
// that is not 0 and a checksum that is wrong; what a relay patches changes nothing else.
#include "micropycelium/packet/packet.hpp"

#include "micropycelium/base/crc32.hpp"

namespace {

mp::PacketFields fields_of(const mp::PacketView& p) {
  return {p.flags(), p.packet_id(), p.seq_id(), p.seq_size(), p.ttl(), p.tree_state(), p.to_addr(), p.from_addr()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  const auto packet = mp::PacketView::parse(input);
  if (!packet) return 0;
  const mp::Schema& s = packet->schema();
  MP_CHECK(size <= s.frame && packet->body().size() <= s.max_body);

  mp::ByteArray<mp::kFrameMax> expected;
  mp::copy(input, expected);
  expected[1] = std::byte{0};
  if (s.checksum.present()) mp::store_be(expected.data() + s.checksum.offset, mp::crc32(packet->body()));
  mp::ByteArray<mp::kFrameMax> frame;
  const auto written = mp::write_packet(s, fields_of(*packet), packet->body(), frame);
  MP_CHECK(written && mp::equal(*written, mp::Bytes(expected).first(size)));

  const auto again = mp::PacketView::parse(*written);
  MP_CHECK(again && again->checksum_ok());
  mp::set_flags(frame, packet->flags().with_error(true));
  mp::set_ttl(s, frame, static_cast<std::uint8_t>(packet->ttl() - 1));
  MP_CHECK(again->flags().error() && mp::equal(again->body(), packet->body()));
  MP_CHECK(again->to_addr() == packet->to_addr() && again->from_addr() == packet->from_addr());
  mp::set_flags(frame, packet->flags());
  mp::set_ttl(s, frame, packet->ttl());
  MP_CHECK(mp::equal(*written, mp::Bytes(expected).first(size)));
  return 0;
}
