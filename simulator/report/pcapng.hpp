// SPDX-License-Identifier: ISC
// Writes what was on the air as pcapng (draft-ietf-opsawg-pcapng), which Wireshark opens: one interface for each
// medium, virtual time in microseconds since 1970, a comment on each frame. Frame by frame, each in one piece, so that
// a file that ends early is whole up to there. Little-endian on every machine: equal runs, equal files.
#pragma once

#include "simulator/report/capture.hpp"

#include <ostream>
#include <span>
#include <string_view>

namespace mp::sim {

class PcapngWriter {
 public:
  // `out`, opened as binary, must outlive the writer. Writes the section and the interfaces.
  PcapngWriter(std::ostream& out, std::string_view scenario, std::uint64_t seed, std::span<const MediumSpec> media);

  // A frame as it begins, in order of `at`. `medium`: as in the constructor. `tries`: 2 and more for a repetition by
  // the MAC. `comment`: UTF-8, cut at 4 KiB.
  void frame(std::uint8_t medium, Instant at, RadioIndex from, RadioIndex to, Bytes datagram, std::string_view comment,
             unsigned tries = 1);
  // False once something could not be written (a full disk); nothing is written any more then. What the stream still
  // holds counts after flush().
  bool ok() const { return ok_; }
  bool flush();

 private:
  void open_block(std::uint32_t type);
  void option(std::uint16_t code, Bytes value);
  void close_options();
  void close_block();
  void section(std::string_view scenario, std::uint64_t seed);
  void interface(const MediumSpec& medium);
  std::uint16_t sequence_of(std::uint8_t medium, RadioIndex from, bool repeated);

  std::ostream& out_;
  bool ok_ = true;
  std::vector<MediumSpec> media_;
  std::vector<std::vector<std::uint16_t>> sequences_;  // per medium and radio: of its next frame
  capture::Octets block_, captured_;                   // kept, so that a frame allocates nothing
};

}  // namespace mp::sim
