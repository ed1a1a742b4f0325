// SPDX-License-Identifier: ISC
#include "simulator/report/pcapng.hpp"

#include <string>

namespace mp::sim {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d'0d0a, kInterfaceDescription = 1, kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrder = 0x1a2b'3c4d;
constexpr std::uint16_t kComment = 1, kUserApplication = 4;                // options: of all blocks; of a section
constexpr std::uint16_t kName = 2, kDescription = 3, kTimeResolution = 9;  // of an interface
constexpr std::byte kMicroseconds{6};                                      // 10^-6 s
constexpr std::size_t kCommentMax = 4096;

template <typename Int>
void put(capture::Octets& out, Int value) {
  for (std::size_t i = 0; i < sizeof(Int); ++i)
    out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
}

void put_padded(capture::Octets& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
  while (out.size() % 4 != 0) out.push_back(std::byte{0});
}

// At most so many bytes, whole characters of UTF-8.
std::string_view cut(std::string_view text) {
  if (text.size() <= kCommentMax) return text;
  std::size_t end = kCommentMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end);
}

const char* physics(MediumKind kind) {
  switch (kind) {
    case MediumKind::ideal:
      return "ideal, as UDP over IPv4";
    case MediumKind::espnow:
      return "ESP-NOW, 802.11b at 1 Mb/s";
    case MediumKind::lora:
      return "LoRa, framed as by an RYLR998";
    case MediumKind::udp:
      return "UDP over IPv4";
  }
  return "";
}

}  // namespace

PcapngWriter::PcapngWriter(std::ostream& out, std::string_view scenario, std::uint64_t seed,
                           std::span<const MediumSpec> media)
    : out_(out), media_(media.begin(), media.end()), sequences_(media.size()) {
  section(scenario, seed);
  for (const MediumSpec& medium : media_) interface(medium);
}

void PcapngWriter::open_block(std::uint32_t type) {
  block_.clear();
  put(block_, type);
  put(block_, std::uint32_t{0});  // the size, by close_block
}

void PcapngWriter::option(std::uint16_t code, Bytes value) {
  put(block_, code);
  put(block_, static_cast<std::uint16_t>(value.size()));
  put_padded(block_, value);
}

void PcapngWriter::close_options() { put(block_, std::uint32_t{0}); }

void PcapngWriter::close_block() {
  const auto size = static_cast<std::uint32_t>(block_.size() + 4);
  put(block_, size);
  for (std::size_t i = 0; i < 4; ++i) block_[4 + i] = static_cast<std::byte>(size >> (8 * i));
  if (!ok_) return;
  out_.write(reinterpret_cast<const char*>(block_.data()), static_cast<std::streamsize>(block_.size()));
  ok_ = out_.good();
}

void PcapngWriter::section(std::string_view scenario, std::uint64_t seed) {
  open_block(kSectionHeader);
  put(block_, kByteOrder);
  put(block_, std::uint16_t{1});  // version 1.0
  put(block_, std::uint16_t{0});
  put(block_, ~std::uint64_t{0});  // how long the section is, is not known
  const std::string comment = "scenario " + std::string(scenario) + ", seed " + std::to_string(seed);
  option(kComment, bytes(cut(comment)));
  option(kUserApplication, bytes("mpsim"));
  close_options();
  close_block();
}

void PcapngWriter::interface(const MediumSpec& medium) {
  open_block(kInterfaceDescription);
  put(block_, static_cast<std::uint16_t>(capture::link_type(medium.kind)));
  put(block_, std::uint16_t{0});
  put(block_, std::uint32_t{0});  // nothing is cut off
  option(kName, bytes(cut(medium.name)));
  option(kDescription, bytes(physics(medium.kind)));
  option(kTimeResolution, Bytes(&kMicroseconds, 1));
  close_options();
  close_block();
}

// Repetitions carry the number of the frame that they repeat.
std::uint16_t PcapngWriter::sequence_of(std::uint8_t medium, RadioIndex from, bool repeated) {
  std::vector<std::uint16_t>& of_medium = sequences_[medium];
  if (from >= of_medium.size()) of_medium.resize(from + std::size_t{1});
  std::uint16_t& next = of_medium[from];
  if (!repeated) next = (next + 1U) & 0xfffU;
  return (next - 1U) & 0xfffU;
}

void PcapngWriter::frame(std::uint8_t medium, Instant at, RadioIndex from, RadioIndex to, Bytes datagram,
                         std::string_view comment, unsigned tries) {
  if (!ok_ || medium >= media_.size()) return;
  captured_.clear();
  capture::frame(media_[medium], {from, to, datagram, sequence_of(medium, from, tries > 1), tries}, captured_);
  open_block(kEnhancedPacket);
  put(block_, std::uint32_t{medium});
  put(block_, static_cast<std::uint32_t>(static_cast<std::uint64_t>(at.us) >> 32));
  put(block_, static_cast<std::uint32_t>(at.us));
  put(block_, static_cast<std::uint32_t>(captured_.size()));
  put(block_, static_cast<std::uint32_t>(captured_.size()));
  put_padded(block_, captured_);
  if (!comment.empty()) {
    option(kComment, bytes(cut(comment)));
    close_options();
  }
  close_block();
}

bool PcapngWriter::flush() {
  if (ok_) ok_ = out_.flush().good();
  return ok_;
}

}  // namespace mp::sim
