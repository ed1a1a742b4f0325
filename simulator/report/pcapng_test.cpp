// SPDX-License-Identifier: ISC
// Structure byte by byte, as the draft lays it out; frames against a capture of real ESP-NOW and hand-made sums.
#include "simulator/report/pcapng.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace mp::sim {
namespace {

std::string hex(Bytes bytes) {
  std::string text;
  for (const std::byte b : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[std::to_integer<unsigned>(b) >> 4U];
    text += kDigits[std::to_integer<unsigned>(b) & 15U];
  }
  return text;
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

std::uint32_t le32(std::string_view file, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(file[at + i]);
  return value;
}

MediumSpec medium(const char* name, MediumKind kind) {
  MediumSpec spec;
  spec.name = name;
  spec.kind = kind;
  return spec;
}

// The blocks of a file; fails when their sizes do not fit together.
std::vector<std::string> blocks_of(const std::string& file) {
  std::vector<std::string> blocks;
  for (std::size_t at = 0; at < file.size();) {
    const std::uint32_t size = at + 12 <= file.size() ? le32(file, at + 4) : 0;
    if (size < 12 || size % 4 != 0 || at + size > file.size() || le32(file, at + size - 4) != size) {
      ADD_FAILURE() << "no whole block at " << at;
      break;
    }
    blocks.push_back(file.substr(at, size));
    at += size;
  }
  return blocks;
}

TEST(Capture, EspNowBroadcast_IsByteForByteWhatTheAirCarries) {
  capture::Octets out;
  capture::espnow({.from = 1, .datagram = bytes("hi")}, 0x11223344, out);
  EXPECT_EQ(hex(out), without_spaces("00000c00 04800000 02000800 d0000000 ffffffffffff 020000000001 ffffffffffff 0000 "
                                     "7f18fe34 11223344 dd07 18fe34 0401 6869"));
  EXPECT_EQ(out.size(), 53U);
}

TEST(Capture, EspNowUnicastRepeated_HasDurationRetryAndSequence) {
  capture::Octets out;
  capture::espnow({.from = 1, .to = 0x0203, .datagram = bytes("hi"), .sequence = 0xabc, .tries = 2}, 0, out);
  EXPECT_EQ(hex(out), without_spaces("00000c00 04800000 02000000 d0083a01 020000000203 020000000001 ffffffffffff c0ab "
                                     "7f18fe34 00000000 dd07 18fe34 0401 6869"));
}

TEST(Capture, EspNowOf250Bytes_Has289BytesOfMpdu) {
  const std::string payload(250, 'x');
  capture::Octets out;
  capture::espnow({.from = 1, .datagram = bytes(payload)}, 0, out);
  EXPECT_EQ(out.size(), 12U + 289U);
  EXPECT_LE(out.size() - payload.size(), capture::kOverheadMax);
}

TEST(Capture, Lora_HasLoraTapAndTheHeaderOfTheModule) {
  LoraSpec spec;
  spec.spreading_factor = 9;
  spec.bandwidth_khz = 500;
  capture::Octets out;
  capture::lora({.from = 0x0102, .to = 6, .datagram = bytes("hi")}, spec, out);
  // 868.3 MHz is 0x33c134e0; addresses are the index plus one, low byte first.
  EXPECT_EQ(hex(out), without_spaces("0000000f 33c134e0 04 09 00000000 12 0700 0301 02 6869"));
  out.clear();
  capture::lora({.from = 65'535, .datagram = {}}, spec, out);
  EXPECT_EQ(hex(Bytes(out).subspan(15)), "0000010000");
}

TEST(Capture, Udp_HasRightChecksums) {
  capture::Octets out;
  capture::udp({.from = 0, .to = 0x0102, .datagram = bytes("abc"), .sequence = 5}, out);
  // 4500 + 001f + 0005 + 4000 + 4011 + 0a00 + 0001 + 0a00 + 0103 = da39, inverted 25c6.
  EXPECT_EQ(hex(Bytes(out).first(20)), without_spaces("4500001f 00054000 401125c6 0a000001 0a000103"));
  // Over pseudo header, UDP header and payload the words with their checksum give ffff.
  std::uint64_t sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0103 + 17 + 11;
  for (std::size_t i = 20; i + 1 < out.size(); i += 2) sum += load_be<std::uint16_t>(out.data() + i);
  sum += std::to_integer<std::uint64_t>(out.back()) << 8U;
  EXPECT_EQ((sum & 0xffff) + (sum >> 16U), 0xffffU);
  out.clear();
  capture::udp({.from = 0, .datagram = {}}, out);
  EXPECT_EQ(hex(Bytes(out).subspan(12, 8)), "0a000001ffffffff");
}

TEST(Pcapng, Section_NamesProgramScenarioAndSeed) {
  std::ostringstream out;
  PcapngWriter writer(out, "two", 7, {});
  const std::string file = out.str();
  // type, size, byte order, version 1.0, unknown length; comment of 20 bytes; application of 5, padded; end; size.
  const std::string expected = without_spaces("0a0d0d0a 44000000 4d3c2b1a 0100 0000 ffffffffffffffff 0100 1400") +
                               hex(bytes("scenario two, seed 7")) + without_spaces("0400 0500") + hex(bytes("mpsim")) +
                               without_spaces("000000 00000000 44000000");
  EXPECT_EQ(hex(bytes(file)), expected);
}

TEST(Pcapng, Interfaces_HaveNameLinkTypeAndMicroseconds) {
  std::ostringstream out;
  const std::array media{medium("air", MediumKind::espnow), medium("far", MediumKind::lora),
                         medium("net", MediumKind::udp), medium("test", MediumKind::ideal)};
  PcapngWriter writer(out, "x", 1, media);
  const auto blocks = blocks_of(out.str());
  ASSERT_EQ(blocks.size(), 5U);
  const std::array<unsigned, 4> link_types{127, 270, 101, 101};
  for (std::size_t i = 0; i < media.size(); ++i) {
    const std::string& block = blocks[i + 1];
    EXPECT_EQ(le32(block, 0), 1U);
    EXPECT_EQ(le32(block, 8), link_types[i]);
    EXPECT_EQ(le32(block, 12), 0U);
    EXPECT_EQ(le32(block, 16), 2U | media[i].name.size() << 16U);
    EXPECT_EQ(block.substr(20, media[i].name.size()), media[i].name);
    // The last option: resolution 9, one byte, 6, padding; then the end of options.
    EXPECT_EQ(hex(bytes(block.substr(block.size() - 16, 12))), without_spaces("0900 0100 06000000 00000000"));
  }
}

TEST(Pcapng, Frame_HasTimeSizesPaddingAndComment) {
  std::ostringstream out;
  const std::array media{medium("net", MediumKind::udp), medium("air", MediumKind::espnow)};
  PcapngWriter writer(out, "x", 1, media);
  out.str("");
  writer.frame(1, Instant{0x1'2345'6789}, 1, Frame::kEveryone, bytes("hi"), "a -> all: what");
  const auto blocks = blocks_of(out.str());
  ASSERT_EQ(blocks.size(), 1U);
  const std::string& block = blocks[0];
  EXPECT_EQ(hex(bytes(block.substr(0, 28))), without_spaces("06000000") + hex(bytes(block.substr(4, 4))) +
                                                 without_spaces("01000000 01000000 89674523 35000000 35000000"));
  EXPECT_EQ(hex(bytes(block.substr(28 + 51, 5))), "6869000000");  // the datagram, padding to four
  EXPECT_EQ(hex(bytes(block.substr(28 + 56, 4))), "01000e00");
  EXPECT_EQ(block.substr(28 + 60, 14), "a -> all: what");
  EXPECT_EQ(hex(bytes(block.substr(28 + 74, 6))), "000000000000");
  EXPECT_EQ(block.size(), 28U + 56 + 4 + 16 + 4 + 4);
  EXPECT_TRUE(writer.flush());
}

TEST(Pcapng, FramesOfARadio_AreNumberedAndRepetitionsKeepTheNumber) {
  std::ostringstream out;
  const std::array media{medium("air", MediumKind::espnow)};
  PcapngWriter writer(out, "x", 1, media);
  out.str("");
  writer.frame(0, Instant{1}, 5, 2, bytes("a"), "");
  writer.frame(0, Instant{2}, 5, 2, bytes("a"), "", 2);
  writer.frame(0, Instant{3}, 7, 2, bytes("a"), "");
  writer.frame(0, Instant{4}, 5, 2, bytes("a"), "");
  std::vector<std::string> numbers, controls;
  for (const std::string& block : blocks_of(out.str())) {
    controls.push_back(hex(bytes(block.substr(28 + 12, 2))));
    numbers.push_back(hex(bytes(block.substr(28 + 34, 2))));
  }
  EXPECT_EQ(numbers, (std::vector<std::string>{"0000", "0000", "0000", "1000"}));
  EXPECT_EQ(controls, (std::vector<std::string>{"d000", "d008", "d000", "d000"}));
}

TEST(Pcapng, SameFrames_GiveTheSameFileAndDifferentOnesDifferentNonces) {
  const std::array media{medium("air", MediumKind::espnow)};
  std::array<std::ostringstream, 2> out;
  for (auto& o : out) {
    PcapngWriter writer(o, "x", 1, media);
    for (std::int64_t i = 0; i < 100; ++i) writer.frame(0, Instant{i}, 1, 2, bytes("same"), "c");
  }
  EXPECT_EQ(out[0].str(), out[1].str());
  const auto blocks = blocks_of(out[0].str());
  std::vector<std::string> nonces;
  for (std::size_t i = 2; i < blocks.size(); ++i) nonces.push_back(blocks[i].substr(28 + 40, 4));
  ASSERT_EQ(nonces.size(), 100U);
  std::sort(nonces.begin(), nonces.end());
  EXPECT_EQ(std::unique(nonces.begin(), nonces.end()), nonces.end());
}

TEST(Pcapng, LongComment_IsCutAtAWholeCharacter) {
  std::ostringstream out;
  const std::array media{medium("air", MediumKind::lora)};
  PcapngWriter writer(out, "x", 1, media);
  out.str("");
  std::string comment(4095, 'x');
  comment += "\u00e9\u00e9";
  writer.frame(0, Instant{1}, 1, 2, {}, comment);
  const auto blocks = blocks_of(out.str());
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(hex(bytes(blocks[0].substr(28 + 20, 4))), "0100ff0f");
}

// A disk with room for so many bytes.
class SmallDisk final : public std::streambuf {
 public:
  explicit SmallDisk(std::streamsize room) : room_(room) {}

 private:
  std::streamsize xsputn(const char*, std::streamsize n) override {
    const std::streamsize taken = std::min(n, room_);
    room_ -= taken;
    return taken;
  }
  int_type overflow(int_type) override { return traits_type::eof(); }
  std::streamsize room_;
};

TEST(Pcapng, DiskFull_IsSaidAndNothingMoreIsWritten) {
  const std::array media{medium("air", MediumKind::espnow)};
  SmallDisk disk(400);
  std::ostream out(&disk);
  PcapngWriter writer(out, "x", 1, media);
  EXPECT_TRUE(writer.ok());
  unsigned frames = 0;
  for (; writer.ok() && frames < 100; ++frames) writer.frame(0, Instant{1}, 1, 2, bytes("data"), "");
  EXPECT_LT(frames, 10U);
  EXPECT_FALSE(writer.flush());
}

}  // namespace
}  // namespace mp::sim
