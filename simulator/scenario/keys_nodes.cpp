// SPDX-License-Identifier: ISC
// The keys of [nodes] and [[group]].
#include "simulator/scenario/key_makers.hpp"

namespace mp::sim {

using namespace make;

namespace {

constexpr std::int64_t kOneByte = 255, kTwoBytes = 65'535;

std::vector<Key> beacon_keys() {
  using S = BeaconOptions;
  return {
      number("beacon_interval_s", &S::interval, kSeconds, 50'000, 604'800'000'000,
             "Between two Beacons, give or take an eighth."),
      number("beacon_timeout_s", &S::timeout, kSeconds, 100'000, 6'048'000'000'000,
             "A peer of version 0 that was not heard for so long is taken to be gone; others after four intervals, if "
             "that is longer, or when they do not answer."),
      number("beacon_burst", &S::burst, kNone, 1, kOneByte,
             "Beacons at the start, since a sleeping radio misses some ..."),
      number("beacon_burst_pause_ms", &S::burst_pause, kMilliseconds, 1'000, 3'600'000'000,
             "... and between two of them."),
  };
}

std::vector<Key> tree_keys() {
  using S = SpanningTreeOptions;
  return {
      number("tree_pace_ms", &S::pace, kMilliseconds, 0, 3'600'000'000,
             "Between two adverts of the trees, and what a hop of a wave may take. 0: by the slowest medium."),
      number("tree_refresh_s", &S::refresh, kSeconds, 1'000'000, 604'800'000'000,
             "The trees are told so often, and up to a fifth later, when there is nothing new."),
      boolean("leaf", &S::leaf,
              "The node hangs in no tree and sends nothing on: it lives at the place of a neighbour that does."),
  };
}

std::vector<Key> node_keys() {
  using S = NodeSpec;
  std::vector<Key> keys{
      texts("media", &S::media, "Names of the media on which the node has a radio. Empty: all."),
      boolean("beacon", &S::beacon,
              "Whether the node has the Beacon Application. Without it, it is nobody's peer and has none."),
      text("network", &S::network,
           "The closed network that the node is a member of: its key is made of this name. Empty: none, it is open. "
           "Nodes of different networks are strangers."),
      boolean("seal", &S::seal,
              "Whether the node has the Applications Seal, for traffic that is sealed, and Contacts."),
  };
  append(keys, within(&S::beacon_options, beacon_keys()));
  keys.push_back(number("trees", &S::trees, kNone, 0, kTreesMax,
                        "Spanning trees that the node hangs in, by which it finds the way to others. 0: it has none."));
  append(keys, within(&S::tree_options, tree_keys()));
  append(keys,
         {
             number("start_spread_s", &S::start_spread, kSeconds, 0, kLong_us,
                    "Each node starts at a random instant of so long a span."),
             number("reaction_us", &S::reaction, kMicroseconds, 0, 60'000'000,
                    "From a frame in the driver to the poll that takes it: how busy the processor is."),
             number("clock_offset_max_s", &S::clock_offset_max, kSeconds, 0, kLong_us,
                    "A node's clock begins at a random value up to this."),
             number("clock_drift_ppm", &S::clock_drift_ppm, Unit{"ppm", 1}, 0, 100'000,
                    "Each clock is fast or slow by up to this."),
             number("tx_gain_db", &S::tx_gain_mdb, kDecibels, -60'000, 30'000,
                    "Added to the power of its media: a better antenna, or a worse place."),
             word("misbehaviour", &S::misbehaviour,
                  "What the node does that it should not. forward_while_off, duplicate_delivery, send_leak, "
                  "told_twice, heap_leak, blob_leak, wrong_origin, writes_outside, endless_loop and clock_back are "
                  "bugs planted to see the checkers find them. mute: never sends. black_hole: drops what it should "
                  "pass on. babbler: sends random bytes. replayer: sends again what it heard."),
         });
  return keys;
}

// The tables inside, for the struct that `nodes_of` finds in the one above.
std::vector<KeyTable> node_tables() {
  using L = Limits;
  KeyTable limits = single("limits", &NodeSpec::limits,
                           "How much a node holds at once. A word for a common choice, or a table of what differs.");
  limits.keys = {
      number("peers", &L::peers, kNone, 1, 254, "Neighbours, banned ones included."),
      number("routes", &L::routes, kNone, 0, kTwoBytes, "Static routes."),
      number("datagrams", &L::datagrams, kNone, 2, kOneByte,
             "Packets that wait for a link or an answer, own and relayed."),
      number("sequences_in", &L::sequences_in, kNone, 1, kOneByte, "Larger Packages being received."),
      number("sequences_out", &L::sequences_out, kNone, 1, kOneByte, "Larger Packages being sent."),
      number("seen", &L::seen, kNone, 1, kTwoBytes, "Delivered Packages remembered, so that none is delivered twice."),
      number("hops", &L::hops, kNone, 0, kOneByte, "Neighbours whose relayed packets are acknowledged hop by hop."),
      number("ledgers", &L::ledgers, kNone, 0, 8,
             "Media on which it keeps to a duty cycle; with less it can not start."),
      number("targets", &L::targets, kNone, 0, kTwoBytes,
             "Nodes beyond its neighbours of which it knows where they are (nodes.trees)."),
      number("detours", &L::detours, kNone, 0, kTwoBytes,
             "Packets by id that it sent on and remembers, should they come back."),
  };
  limits.words = {"sensor", "board", "gateway"};
  limits.on_word = [](void* self, std::size_t word) {
    of<L>(self) = word == 0 ? kSensorLimits : word == 1 ? kBoardLimits : kGatewayLimits;
  };

  using S = SleepSpec;
  KeyTable sleep = single("sleep", &NodeSpec::sleep,
                          "The radio hears awake_s out of every every_s, by its driver: the node knows nothing of it. "
                          "Both 0: always. What it sends, it sends at any time.");
  sleep.keys = {
      number("awake_s", &S::awake, kSeconds, 0, kLong_us, "How long it hears."),
      number("every_s", &S::every, kSeconds, 0, kLong_us, "From one waking to the next."),
      boolean("synchronised", &S::synchronised, "Whether all wake at the same instants; else each has its own phase."),
  };
  using P = SleepPlan;
  KeyTable modem_sleep =
      single("modem_sleep", &NodeSpec::modem_sleep,
             "The node itself lets its radios sleep, on espnow and lora, tells its neighbours when they listen, and "
             "finds theirs. sleep_ms = 0: it does not. A word for what the existing implementation does (90 and 40), "
             "or a table.");
  modem_sleep.keys = {
      number("sleep_ms", &P::sleep, kMilliseconds, 0, 30'000'000, "How long a radio sleeps ..."),
      number("wake_ms", &P::wake, kMilliseconds, 0, 30'000'000,
             "... and then listens. Both together at most 30,000, and a hundredth of it awake. Stretched, and the "
             "sleep with it, where an RNS takes more than half of it."),
  };
  modem_sleep.words = {"usual", "off"};
  modem_sleep.on_word = [](void* self, std::size_t word) { of<P>(self) = word == 0 ? P{} : P::off(); };
  return {std::move(limits), std::move(sleep), std::move(modem_sleep)};
}

}  // namespace

KeyTable nodes_keys() {
  KeyTable t = single("nodes", &Scenario::nodes, "What every node is, unless a [[group]] says otherwise.");
  t.keys = node_keys();
  t.tables = node_tables();
  return t;
}

KeyTable group_keys() {
  using S = GroupSpec;
  KeyTable t =
      several("group", &Scenario::groups,
              "Nodes that differ from [nodes]: all of its keys, with its values where nothing else is said. Of "
              "several groups with the same node the last one counts.");
  t.on_open = [](void* above, void* self) { of<S>(self).node = of<Scenario>(above).nodes; };
  t.keys = {
      text("name", &S::name, "By this, other tables may select its nodes."),
      selector("nodes", &S::nodes, "Who belongs to it. Groups and tags that were named before may be used."),
  };
  append(t.keys, within(&S::node, node_keys()));
  t.tables = node_tables();
  for (KeyTable& table : t.tables)
    table.at = [at = table.at](void* above, std::size_t i) { return at(&of<S>(above).node, i); };
  return t;
}

}  // namespace mp::sim
