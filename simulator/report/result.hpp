// SPDX-License-Identifier: ISC
// What a run gave, as plain data: from it come the JSON, the HTML report and the tables of a sweep. Times are virtual
// unless they say wall.
#pragma once

#include "simulator/engine/distribution.hpp"
#include "simulator/media/medium.hpp"
#include "simulator/topologies/layout.hpp"

#include <array>
#include <string>
#include <vector>

namespace mp::sim {

// What a frame carries, as far as anyone can read without keys.
enum class FrameClass : std::uint8_t { beacon, control, acknowledgement, data, other, count_ };
inline constexpr std::size_t kFrameClasses = static_cast<std::size_t>(FrameClass::count_);
const char* name(FrameClass c);

struct MediumResult {
  std::string name, kind;
  std::uint32_t radios = 0;
  RadioCounts total;                              // over all radios
  RadioTimes times;                               // the same
  std::array<Duration, kFrameClasses> airtime{};  // of frames sent, by what they carry
  std::array<std::uint64_t, kFrameClasses> frames{};
  Distribution busy_ppm;                           // share of the time that each radio was sending, over radios
  std::uint32_t duty_worst_ppm = 0;                // lora: the most that any radio sent in any window of the law's
  double energy_mwh_mean = 0, energy_mwh_max = 0;  // over radios
};

struct FlowResult {
  std::string name;
  bool everyone = false;        // a broadcast: delivered means that anybody got it; no part of the totals
  std::uint64_t sent = 0;       // queued by the node
  std::uint64_t refused = 0;    // not queued: full, or no way there
  std::uint64_t no_target = 0;  // nobody there to send to
  std::uint64_t delivered = 0;  // to the Application at the other end, as the ledger saw
  std::uint64_t bytes_delivered = 0;
  std::uint64_t arrivals = 0;  // the same, but a broadcast counts once for each that got it
  std::uint64_t open = 0;      // neither delivered nor ended when the run was over
  std::vector<std::pair<std::string, std::uint64_t>> outcomes;  // what senders were told, by name of mp::Outcome
  std::uint64_t told_failed_but_delivered = 0;                  // false alarms
  Distribution latency_us;                                      // from send() to on_package()
};

// One point of the series; shares in parts per million.
struct Sample {
  Instant at{};
  std::uint32_t live = 0;                 // nodes that have power
  std::uint32_t known_ppm = 0;            // of the pairs of live neighbours, how many know each other (both ways)
  std::uint64_t sent = 0, delivered = 0;  // since the start
  std::array<Duration, kFrameClasses> airtime{};  // since the start, all media
  std::uint32_t violations = 0;
};

// A node in one of its spanning trees.
struct TreeResult {
  bool root = false;
  bool hangs = false;          // it has an address
  std::uint32_t parent = ~0U;  // its number; ~0: none
  std::uint32_t depth = 0;     // levels of its address
  double cost = 0;             // transmissions to the root
  std::uint16_t epoch = 0;     // which root, in which term
  std::string address;         // "1.2.1"; of a root ""
};

struct NodeResult {
  Point at;          // at the end
  std::string name;  // of the file, or its number
  bool live = true;
  std::uint32_t peers = 0;
  std::uint32_t restarts = 0;
  std::uint64_t sent = 0, received = 0;  // Packages
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0, frames_collided = 0;  // of those it could have heard
  double energy_mwh = 0;
  std::vector<TreeResult> trees;  // as many as it can be in; none while it has no power
};

struct LinkResult {
  std::uint32_t a = 0, b = 0;
  std::uint8_t medium = 0;
  bool known = false;  // both nodes have each other as peers
};

struct Violation {
  Instant at{};
  std::uint32_t node = 0;
  std::string checker;  // e.g. "duplicate delivery"
  std::string what;
};

struct Event {  // for the time line: faults
  Instant at{};
  std::string what;
};

struct Result {
  std::string scenario, description;
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  std::uint32_t nodes = 0;
  std::uint64_t events = 0;
  double virtual_s = 0, wall_s = 0;
  double measured_s = 0;  // of the virtual time, what the figures are of: without the warm-up
  bool interrupted = false;
  std::string replay;  // the command that makes this run again

  std::vector<MediumResult> media;
  std::vector<FlowResult> flows;
  std::vector<Sample> series;
  Distribution converged_us;    // for each pair of neighbours: from when both had power until both knew the other
  std::uint64_t never_met = 0;  // pairs of live neighbours that did not, to the end
  std::vector<std::pair<std::string, std::uint64_t>> counters;  // of all nodes, by name of mp::Counter
  std::vector<NodeResult> node_results;
  std::vector<LinkResult> links;
  std::vector<FixedLink> walls;
  std::vector<Event> timeline;
  std::vector<Violation> violations;  // the first 100
  std::uint64_t violations_total = 0;
  std::uint64_t damaged_repeats = 0;  // Packages taken twice because a damaged packet id made a repeat look new
  std::uint64_t damaged_acks = 0;     // told "delivered", untruly, because a damaged acknowledgement passed for another
  std::uint64_t redelivered = 0;      // taken again by a node that had lost its memory in between
  std::vector<std::string> unmet;     // expectations that did not hold
  // Memory: what the Limits allow one node, the most that any used (slots), and what the process held at the end.
  std::uint64_t node_bytes = 0, process_bytes = 0;
  std::vector<std::pair<std::string, std::string>> high_water;  // table, "used / limit"

  bool ok() const { return violations_total == 0 && unmet.empty(); }
};

}  // namespace mp::sim
