// SPDX-License-Identifier: ISC
#include "simulator/scenario/names.hpp"

namespace mp::sim {

template <>
const std::vector<std::string>& words<TopologyKind>() {
  static const std::vector<std::string> all{"line",     "ring", "grid", "geometric", "maze", "barabasi_albert",
                                            "villages", "file"};
  return all;
}

template <>
const std::vector<std::string>& words<MediumKind>() {
  static const std::vector<std::string> all{"ideal", "espnow", "lora", "udp"};
  return all;
}

template <>
const std::vector<std::string>& words<Misbehaviour>() {
  static const std::vector<std::string> all{
      "none",         "forward_while_off", "duplicate_delivery", "send_leak",  "told_twice", "heap_leak",  "blob_leak",
      "wrong_origin", "writes_outside",    "endless_loop",       "clock_back", "mute",       "black_hole", "babbler",
      "replayer"};
  return all;
}

template <>
const std::vector<std::string>& words<FlowTo>() {
  static const std::vector<std::string> all{"neighbour", "random", "nodes", "everyone"};
  return all;
}

template <>
const std::vector<std::string>& words<FlowPattern>() {
  static const std::vector<std::string> all{"periodic", "poisson", "saturate", "once"};
  return all;
}

template <>
const std::vector<std::string>& words<FaultKind>() {
  static const std::vector<std::string> all{"crash",     "power_cut", "brown_out", "loss",     "burst_loss",
                                            "duplicate", "reorder",   "corrupt",   "partition"};
  return all;
}

template <>
const std::vector<std::string>& words<RoutesKind>() {
  static const std::vector<std::string> all{"none", "tree"};
  return all;
}

}  // namespace mp::sim
