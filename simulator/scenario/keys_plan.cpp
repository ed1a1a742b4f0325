// SPDX-License-Identifier: ISC
// The keys of [[traffic]] and [[fault]]: what happens, and when.
#include "simulator/scenario/key_makers.hpp"

#include "micropycelium/packet/package.hpp"

namespace mp::sim {

using namespace make;

namespace {

// The most that 65,536 parts of 237 bytes hold, less what a Package has besides its blob: 14.8 MiB.
constexpr std::int64_t kBlobMax = std::int64_t{65'536} * 237 - std::int64_t{kPackageHeader};

// `to` says both: to whom in general, or which nodes.
Key flow_target() {
  using S = FlowSpec;
  Key key = selector("to", &S::to,
                     "\"neighbour\": a random peer of the moment. \"random\": any other node (needs routes). "
                     "\"everyone\": a broadcast, one packet to all in reach. Or nodes, which are taken in turn.");
  key.get = [](const void* p) {
    const auto& flow = of<S>(p);
    return KeyValue(flow.to_kind == FlowTo::nodes ? flow.to.text : word_of(flow.to_kind));
  };
  key.set = [](void* p, const KeyValue& v) -> std::string {
    auto& flow = of<S>(p);
    const auto& text = std::get<std::string>(v);
    flow.to_kind = FlowTo::nodes;
    flow.to = Selector{};
    for (const FlowTo kind : {FlowTo::neighbour, FlowTo::random, FlowTo::everyone})
      if (text == word_of(kind)) flow.to_kind = kind;
    if (flow.to_kind == FlowTo::nodes) flow.to.text = text;
    return {};
  };
  return key;
}

}  // namespace

KeyTable traffic_keys() {
  using S = FlowSpec;
  KeyTable t = several("traffic", &Scenario::flows, "Packages that nodes send. Write [[traffic]] once for each kind.");
  t.keys = {
      text("name", &S::name, "What reports call it. Empty: its number."),
      selector("from", &S::from, "Who sends."),
      flow_target(),
      span("size", &S::size_min, &S::size_max, kBytes, 1, kBlobMax, "Of the blob in each Package."),
      word("pattern", &S::pattern,
           "periodic: every every_s, each node at a moment of its own. poisson: at random, every_s apart on average. "
           "saturate: the next as soon as the last has left. once: a single one."),
      number("every_s", &S::every, kSeconds, 1, kLong_us, "Between two Packages of a node."),
      number("start_s", &S::start, kSeconds, 0, kLong_us, "From here; not before warm_up_s."),
      number("stop_s", &S::stop, kSeconds, 0, kLong_us, "To here. 0: to the end."),
      number("count", &S::count, kNone, 0, 4'000'000'000, "At most so many from each node. 0: no limit."),
      boolean("ask", &S::ask, "Whether an acknowledgement is asked for. A broadcast never is acknowledged."),
      boolean("sealed", &S::sealed, "Whether it is sealed from end to end. Both ends need seal = true."),
  };
  return t;
}

KeyTable fault_keys() {
  using S = FaultSpec;
  using K = FaultKind;
  const std::uint32_t outages = bits(K::crash, K::power_cut, K::brown_out);
  const std::uint32_t links = bits(K::loss, K::burst_loss, K::duplicate, K::reorder, K::corrupt, K::partition);
  KeyTable t = several("fault", &Scenario::faults, "What goes wrong. Write [[fault]] once for each.");
  t.keys = {
      word("kind", &S::kind,
           "crash: nodes lose their memory and start again. power_cut: the same, in the middle of their next write to "
           "storage. brown_out: all nodes within radius_m of a random place go down together. loss: links lose frames. "
           "burst_loss: links are good for a while, then bad (Gilbert-Elliott). duplicate, reorder, corrupt: what "
           "happens to frames. partition: nothing passes between two sides."),
      selector("nodes", &S::nodes, "Whom it strikes; for links, the nodes at one end."),
      number("at_s", &S::at, kSeconds, 0, kLong_us, "From here."),
      number("until_s", &S::until, kSeconds, 0, kLong_us, "To here. 0: to the end."),
  };
  append(
      t.keys,
      only(
          outages,
          {number("every_s", &S::every, kSeconds, 0, kLong_us,
                  "Above 0: again and again, so long apart on average, each time one of the nodes (brown_out: with all "
                  "around it). 0: once, at at_s; crash and power_cut strike all of the nodes then."),
           span("down_s", &S::down_min, &S::down_max, kSeconds, 0, kLong_us, "How long a node stays off."),
           number("wipe", &S::wipe_ppm, kShare, 0, kWhole_ppm,
                  "The share of the restarts that find their storage empty.")}));
  append(t.keys,
         only(bits(K::brown_out), {number("radius_m", &S::radius_mm, kMetres, 0, kFar_mm, "How far it goes.")}));
  append(t.keys, only(links, {selector("to", &S::to, "The nodes at the other end. \"all\": every link of `nodes`."),
                              boolean("both_ways", &S::both_ways,
                                      "Whether it strikes both directions, or only from `nodes` to `to`.")}));
  append(t.keys, only(bits(K::loss, K::burst_loss, K::duplicate, K::reorder, K::corrupt),
                      {number("share", &S::share_ppm, kShare, 0, kWhole_ppm,
                              "Of the frames (burst_loss: of those in bad times), how many.")}));
  append(t.keys,
         only(bits(K::burst_loss),
              {number("good_s", &S::good, kSeconds, 1, kLong_us, "How long good times last, on average."),
               number("bad_s", &S::bad, kSeconds, 1, kLong_us, "How long bad times last, on average."),
               number("good_frames", &S::good_frames_milli, kThousandths, 0, 1'000'000'000,
                      "With bad_frames: how many frames of the link good times last, on average; at least 1."),
               number("bad_frames", &S::bad_frames_milli, kThousandths, 0, 1'000'000'000,
                      "How many frames of the link bad times last, on average, at least 1; good_s and bad_s then "
                      "count for nothing. 0: they do.")}));
  append(t.keys, only(bits(K::reorder), {number("delay_ms", &S::delay, kMilliseconds, 1, 3'600'000'000,
                                                "They come later by up to this.")}));
  append(t.keys, only(bits(K::corrupt), {boolean("undetected", &S::undetected,
                                                 "Whether they get past the radio's checksum and into the node.")}));
  return t;
}

}  // namespace mp::sim
