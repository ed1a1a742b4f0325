// SPDX-License-Identifier: ISC
// A scenario as data: what the world is made of, what its nodes do, what goes wrong, what must hold. Read from TOML
// (scenario_toml.hpp), or filled in by a test (simulator/story). Every key of the file is one member here, with the
// same name, but for units: files say seconds, metres, decibels and shares of 1; here all is integer. Nodes are
// numbered from 0.
#pragma once

#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/applications/spanning_tree.hpp"
#include "micropycelium/node/limits.hpp"
#include "micropycelium/transport/modem_sleep.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace mp::sim {

// What is wrong with a scenario, where, and how to mend it; one line for a person.
class ScenarioError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Which nodes: "all", "none", "0-9", "0,3,7", "every 10", "random 5", "random 10%", or a tag of the topology or the
// name of a group ("gateways"). Resolved by select() (selection.hpp).
struct Selector {
  std::string text = "all";
};

// --- [topology] --------------------------------------------------------------------------------------
enum class TopologyKind : std::uint8_t { line, ring, grid, geometric, maze, barabasi_albert, villages, file };

struct TopologySpec {
  TopologyKind kind = TopologyKind::geometric;
  std::uint32_t nodes = 10;
  std::int64_t spacing_mm = 0;  // line, ring, grid, maze: between neighbours; 0: 60 % of the first medium's range
  std::uint32_t degree_milli = 8'000;    // geometric, villages: wanted mean number of neighbours, in thousandths
  std::uint32_t columns = 0;             // grid, maze: 0: as square as it gets
  std::uint32_t passages_ppm = 100'000;  // maze: share of the walls that are left out beyond those of a perfect maze
  std::uint32_t links_each = 2;          // barabasi_albert: links that each new node brings
  std::uint32_t villages = 5;            // villages
  std::uint32_t bridges = 2;             // villages: links between a village and the next
  bool connected = true;                 // geometric, villages: drawn again until every node can reach every other
  std::string positions{};               // file: CSV name,x,y (metres)
  std::string links{};                   // file: CSV a,b[,loss_db]
};

// --- [mobility] --------------------------------------------------------------------------------------
struct MobilitySpec {  // random waypoint (Johnson, Maltz 1996), speed never 0, so that it does not decay
  bool on = false;
  Selector nodes;
  std::int64_t speed_min_mm_s = 500, speed_max_mm_s = 1500;
  Duration pause{};
  Duration step = seconds(1);  // between two positions
};

// --- [[medium]] --------------------------------------------------------------------------------------
enum class MediumKind : std::uint8_t { ideal, espnow, lora, udp };

// How a signal fades: loss(d) = reference + 10 exponent log10(d / 1 m) + what the link's own surroundings add.
struct PropagationSpec {
  std::int64_t range_mm = 0;  // above 0: a disc instead: heard within, not beyond (ideal: default); udp, 0: everywhere
  std::uint32_t exponent_milli = 3'000;
  std::int32_t reference_loss_mdb = 40'090;  // at 1 m; free space at 2.412 GHz (others: defaults.cpp)
  std::uint32_t shadowing_mdb = 0;           // standard deviation of the part that both directions share
  std::uint32_t asymmetry_mdb = 0;           // standard deviation of the part that each direction has for itself
  std::int32_t tx_mdbm = 16'000;
};

struct IdealSpec {
  Duration delay_min = microseconds(500), delay_max = microseconds(500);
  std::uint32_t loss_ppm = 0;
  std::uint32_t bit_rate = 1'000'000;
  std::uint16_t frame_max = 250;
};

struct EspnowSpec {
  std::uint32_t retry_limit = 7;  // tries of a unicast frame, the first included (dot11ShortRetryLimit)
  std::uint32_t cw_min = 31, cw_max = 1023;
  std::int32_t noise_figure_mdb = 7'000;
  std::int32_t preamble_snr_mdb = 1'000;      // to lock on to a frame
  std::int32_t carrier_sense_mdbm = -98'000;  // a signal above it makes the channel busy
  bool capture = true;                        // a frame locked on to survives weaker ones; false: every overlap kills
};

struct LoraSpec {
  std::uint8_t spreading_factor = 9;
  std::uint32_t bandwidth_khz = 125;
  std::uint8_t coding_rate = 1;  // 1-4: 4/5 to 4/8
  std::uint8_t preamble = 12;    // symbols
  std::int32_t noise_figure_mdb = 6'000;
  bool capture = true;
  std::int32_t capture_mdb = 6'000;  // stronger by this than all others together: survives
  std::string region;                // of regions.hpp, that set the next three; empty: none did
  std::uint32_t duty_ppm = 0;        // what the law allows in any hour; 0: nobody is checked
  Duration duty_window = seconds(3600);
  Duration longest{};  // a single transmission; 0: no limit
};

struct UdpSpec {
  Duration delay_min = milliseconds(1), delay_max = milliseconds(5);
  std::uint32_t loss_ppm = 0;
  std::uint32_t bit_rate = 100'000'000;
};

// What a radio draws, in microamperes, at `supply_mv`.
struct EnergySpec {
  std::uint32_t supply_mv = 3'300;
  std::uint32_t tx_ua = 0, rx_ua = 0, idle_ua = 0, sleep_ua = 0;
};

struct MediumSpec {
  std::string name = "air";
  MediumKind kind = MediumKind::ideal;
  PropagationSpec propagation;
  IdealSpec ideal;
  EspnowSpec espnow;
  LoraSpec lora;
  UdpSpec udp;
  EnergySpec energy;
  std::uint32_t queue = 4;   // frames that a radio holds before it says would_block
  std::uint32_t inbox = 32;  // frames that a driver holds for its node before it drops the newest
};

// --- [nodes] and [[group]] ---------------------------------------------------------------------------
struct SleepSpec {  // the radio hears `awake` out of every `every`; 0: always
  Duration awake{}, every{};
  bool synchronised = false;  // all wake at the same instants; else each has its own phase
};

// What a node does that it should not. Those before `mute` are planted bugs, there to prove that the checkers see them.
enum class Misbehaviour : std::uint8_t {
  none,
  forward_while_off,   // goes on as if it had power
  duplicate_delivery,  // now and then an Application gets a Package twice
  send_leak,           // now and then a send never ends
  told_twice,          // now and then a sender is told twice how a send ended
  heap_leak,           // takes memory while polled and keeps it
  blob_leak,           // an Application never gets back the Blobs that it lent
  wrong_origin,        // now and then a Package names another sender than its own
  writes_outside,      // now and then writes past its block of memory
  endless_loop,        // wants to be polled again at once, for ever
  clock_back,          // now and then its clock goes back
  mute,                // hears, never sends
  black_hole,          // sends its own packets, drops those of others; by id, after saying that it has them
  babbler,             // sends random bytes
  replayer,            // sends again what it heard before
};

struct NodeSpec {
  Limits limits;
  std::vector<std::string> media;  // names; empty: all
  bool beacon = true;
  BeaconOptions beacon_options;
  std::uint8_t trees = 0;  // spanning trees that it hangs in; 0: it has not the Application SpanningTree
  SpanningTreeOptions tree_options;
  std::string network;                    // closed, with a key made of this name; empty: open
  bool seal = false;                      // has Seal and Contacts too
  Duration start_spread = seconds(1);     // each starts at a random instant of this span
  Duration reaction = microseconds(100);  // from a frame in the driver to the poll that takes it
  Duration clock_offset_max{};            // the clock starts at a random value up to this
  std::uint32_t clock_drift_ppm = 0;      // each clock is fast or slow by up to this
  std::int32_t tx_gain_mdb = 0;           // added to the medium's transmit power
  SleepSpec sleep;
  SleepPlan modem_sleep = SleepPlan::off();  // the node's own: it knows, and tells its neighbours
  Misbehaviour misbehaviour = Misbehaviour::none;
};

struct GroupSpec {
  std::string name;
  Selector nodes;
  NodeSpec node;  // the defaults of [nodes], with what the group says otherwise
};

// --- [[traffic]] -------------------------------------------------------------------------------------
enum class FlowTo : std::uint8_t {
  neighbour,  // a random peer of the moment
  random,     // a random other node (needs routes)
  nodes,      // those of `to`, in turn
  everyone,   // broadcast, one packet
};
enum class FlowPattern : std::uint8_t {
  periodic,  // every `every`, with a random phase
  poisson,   // every `every` on average, independent
  saturate,  // the next as soon as the last has left
  once,
};

struct FlowSpec {
  std::string name;
  Selector from;
  FlowTo to_kind = FlowTo::neighbour;
  Selector to;
  std::uint32_t size_min = 200, size_max = 200;  // bytes of the blob
  FlowPattern pattern = FlowPattern::periodic;
  Duration every = seconds(10);
  Duration start{};
  Duration stop{};          // 0: at the end
  std::uint32_t count = 0;  // Packages of each source; 0: no limit
  bool ask = true;          // for an acknowledgement
  bool sealed = false;      // end to end: both ends need NodeSpec::seal
};

// --- [[fault]] ---------------------------------------------------------------------------------------
enum class FaultKind : std::uint8_t {
  crash,       // nodes lose their memory and start again after `down`; `wipe`: their storage too
  power_cut,   // the same, in the middle of the next write to storage
  brown_out,   // all nodes within `radius` of a random place go down together
  loss,        // links lose `share` of the frames, independently
  burst_loss,  // Gilbert-Elliott: good for `good` on average, then for `bad` losing `share`; in time or in frames
  duplicate,   // `share` of the frames arrive twice
  reorder,     // `share` of the frames come later by up to `delay`
  corrupt,     // `share` of the frames have a bit or more flipped; radios with a checksum lose them
  partition,   // nothing passes between `nodes` and the others (or `to`)
};

struct FaultSpec {
  FaultKind kind = FaultKind::crash;
  Selector nodes;
  Selector to;  // links between `nodes` and `to`, both directions; "all": every link of `nodes`
  bool both_ways = true;
  Duration at{};     // from here
  Duration until{};  // to here; 0: for crash, power_cut, brown_out once; else to the end of the run
  Duration every{};  // crash, power_cut, brown_out: again and again, this long apart on average
  Duration down_min = seconds(5), down_max = seconds(5);  // how long nodes stay off
  std::uint32_t share_ppm = 0;
  Duration good = seconds(10), bad = seconds(1);
  // burst_loss, in thousandths of a frame of the link: when `bad_frames` is above 0, instead of `good` and `bad`.
  std::uint32_t good_frames_milli = 0, bad_frames_milli = 0;
  Duration delay = milliseconds(50);
  std::int64_t radius_mm = 100'000;
  std::uint32_t wipe_ppm = 0;  // of the restarts, how many find their storage empty
  bool undetected = false;     // corrupt: past the radio's checksum, into the node
};

// --- [expect] ----------------------------------------------------------------------------------------
struct ExpectSpec {
  std::uint32_t delivered_ppm = 0;        // of the Packages sent with ask, at least
  Duration neighbours_exchange_within{};  // after the last fault every pair of live neighbours exchanges a Package in
                                          // this time; the run is prolonged for it. 0: not asked
};

enum class RoutesKind : std::uint8_t { none, tree };

struct Scenario {
  std::string name;
  std::string description;
  std::uint64_t seed = 1;
  Duration duration = seconds(600);
  Duration warm_up{};  // traffic and its figures begin here
  Duration sample{};   // between two points of a series; 0: a 200th of the duration
  RoutesKind routes =
      RoutesKind::none;  // tree: addresses and static routes along a breadth-first tree, given from outside
  TopologySpec topology;
  MobilitySpec mobility;
  std::vector<MediumSpec> media;
  NodeSpec nodes;
  std::vector<GroupSpec> groups;
  std::vector<FlowSpec> flows;
  std::vector<FaultSpec> faults;
  ExpectSpec expect;
};

}  // namespace mp::sim
