// SPDX-License-Identifier: ISC
// The keys of [[medium]]. What is right for a kind of radio: defaults.cpp.
#include "simulator/scenario/defaults.hpp"
#include "simulator/scenario/key_makers.hpp"
#include "simulator/scenario/nearest.hpp"

#include "micropycelium/packet/schema.hpp"
#include "micropycelium/platform/regions.hpp"

namespace mp::sim {

using namespace make;

namespace {

using K = MediumKind;

std::vector<Key> propagation() {
  using S = PropagationSpec;
  return {
      number("range_m", &S::range_mm, kMetres, 0, kFar_mm,
             "Above 0: heard within this distance, not heard beyond, and the next five keys play no part. 0: by the "
             "power that is left."),
      number("exponent", &S::exponent_milli, kThousandths, 1'000, 10'000,
             "How power fades with distance: 2 in free space, 2.7 to 3.5 outdoors among houses."),
      number("reference_loss_db", &S::reference_loss_mdb, kDecibels, 0, 200'000, "The loss over the first metre."),
      number("shadowing_db", &S::shadowing_mdb, kDecibels, 0, 20'000,
             "Each link is better or worse than its distance says, by this standard deviation, the same both ways."),
      number("asymmetry_db", &S::asymmetry_mdb, kDecibels, 0, 20'000,
             "The same for each direction of a link by itself."),
      number("tx_dbm", &S::tx_mdbm, kDbm, -40'000, 40'000, "The power that radios send with."),
  };
}

std::vector<Key> ideal() {
  using S = IdealSpec;
  return {
      span("delay_ms", &S::delay_min, &S::delay_max, kMilliseconds, 0, 60'000'000,
           "From the end of a frame until it is heard, drawn anew for each."),
      number("loss", &S::loss_ppm, kShare, 0, kWhole_ppm,
             "The share of frames that are lost, at each hearer by itself."),
      number("bit_rate", &S::bit_rate, kBitsPerSecond, 100, 4'000'000'000, "How fast a frame is sent."),
      number("frame_max", &S::frame_max, kBytes, kLoraFrame, kEspNowFrame, "The largest frame."),
  };
}

std::vector<Key> espnow() {
  using S = EspnowSpec;
  return {
      number("retry_limit", &S::retry_limit, kNone, 1, 31,
             "How often a frame to one node is tried, the first time included."),
      number("cw_min", &S::cw_min, kNone, 0, 65'535, "The contention window at first, in slots; then it doubles ..."),
      number("cw_max", &S::cw_max, kNone, 0, 65'535, "... up to this."),
      number("noise_figure_db", &S::noise_figure_mdb, kDecibels, 0, 30'000, "What the receiver adds to thermal noise."),
      number("preamble_snr_db", &S::preamble_snr_mdb, kDecibels, -30'000, 30'000,
             "A receiver locks on to a frame that is this much above noise and interference."),
      number("carrier_sense_dbm", &S::carrier_sense_mdbm, kDbm, -150'000, 0,
             "A signal above it makes the channel busy for others."),
      boolean("capture", &S::capture,
              "Whether a frame that was locked on to survives weaker ones. false: every overlap kills."),
  };
}

std::vector<std::string_view> region_names() {
  std::vector<std::string_view> names;
  for (const Region& r : kRegions) names.push_back(r.name);
  return names;
}

std::vector<Key> lora() {
  using S = LoraSpec;
  Key bandwidth = number("bandwidth_khz", &S::bandwidth_khz, Unit{"kHz", 1}, 125, 500, "125, 250 or 500.");
  bandwidth.set = [](void* p, const KeyValue& v) -> std::string {
    const auto value = std::get<std::int64_t>(v);
    if (value != 125 && value != 250 && value != 500)
      return std::to_string(value) + " is no bandwidth of these radios; write 125, 250 or 500";
    of<S>(p).bandwidth_khz = static_cast<std::uint32_t>(value);
    return {};
  };
  Key region =
      text("region", &S::region,
           "A band, whose law takes the place of what the next three keys say: eu433, eu868, eu868-low, eu868-high, "
           "eu868-top, us915, us915-500. Empty: what they say holds.");
  region.set = [](void* p, const KeyValue& v) -> std::string {
    const auto& name = std::get<std::string>(v);
    auto& s = of<S>(p);
    s.region = name;
    if (name.empty()) return {};
    const Region* known = find_region(name);
    if (known == nullptr) return "\"" + name + "\" is no band that we know; " + nearest(name, region_names());
    s.duty_ppm = known->rule.limits() ? known->rule.share_ppm : 0;
    s.duty_window = known->rule.window;
    s.longest = known->rule.longest;
    return {};
  };
  return {
      number("spreading_factor", &S::spreading_factor, kNone, 5, 12,
             "Each step up takes twice the time and reaches 2.5 dB further."),
      std::move(bandwidth),
      number("coding_rate", &S::coding_rate, kNone, 1, 4, "1 to 4 for 4/5 to 4/8."),
      number("preamble", &S::preamble, Unit{"symbols", 1}, 4, 255, "How long the preamble is."),
      number("noise_figure_db", &S::noise_figure_mdb, kDecibels, 0, 30'000, "What the receiver adds to thermal noise."),
      boolean("capture", &S::capture, "Whether a frame that is stronger than the others by capture_db survives."),
      number("capture_db", &S::capture_mdb, kDecibels, 0, 60'000, "How much stronger."),
      std::move(region),
      number("duty", &S::duty_ppm, kShare, 0, kWhole_ppm,
             "The share of the time in which the law lets a radio send. Nodes keep to it; more is a violation. 0: no "
             "limit."),
      number("duty_window_s", &S::duty_window, kSeconds, 1'000'000, 86'400'000'000, "The time that is meant."),
      number("longest_ms", &S::longest, kMilliseconds, 0, 60'000'000,
             "The longest single transmission that the law allows. 0: no limit."),
  };
}

std::vector<Key> udp() {
  using S = UdpSpec;
  return {
      span("delay_ms", &S::delay_min, &S::delay_max, kMilliseconds, 0, 60'000'000,
           "How long a datagram takes, drawn anew for each."),
      number("loss", &S::loss_ppm, kShare, 0, kWhole_ppm, "The share of datagrams that are lost."),
      number("bit_rate", &S::bit_rate, kBitsPerSecond, 1'000, 4'000'000'000, "How fast a datagram is sent."),
  };
}

KeyTable energy() {
  using S = EnergySpec;
  KeyTable t = single("energy", &MediumSpec::energy, "What a radio draws, for the accounts of energy.");
  t.keys = {
      number("supply_v", &S::supply_mv, kVolts, 0, 100'000, "The voltage."),
      number("tx_ma", &S::tx_ua, kMilliamperes, 0, 100'000'000, "While it sends."),
      number("rx_ma", &S::rx_ua, kMilliamperes, 0, 100'000'000, "While it receives."),
      number("idle_ma", &S::idle_ua, kMilliamperes, 0, 100'000'000, "While it listens."),
      number("sleep_ma", &S::sleep_ua, kMilliamperes, 0, 100'000'000, "While it sleeps."),
  };
  return t;
}

}  // namespace

KeyTable medium_keys() {
  using S = MediumSpec;
  KeyTable t = several("medium", &Scenario::media,
                       "What carries frames. Write [[medium]] once for each; every node has a radio on each, unless "
                       "[nodes] or its [[group]] says otherwise. The first one decides on distances where the topology "
                       "leaves them open.");
  t.on_kind = [](void* self) {
    auto& medium = of<S>(self);
    const std::string name = medium.name;
    medium = defaults_of(medium.kind);
    medium.name = name;
  };
  t.keys = {
      text("name", &S::name, "What other tables and reports call it."),
      word("kind", &S::kind,
           "ideal: no physics, a range, a delay, a loss. espnow: 802.11b at 1 Mbit/s, carrier sense, collisions, "
           "retries. lora: long range, slow, no carrier sense. udp: a local network."),
      number("queue", &S::queue, Unit{"frames", 1}, 1, 1'000,
             "What a radio holds to be sent before it tells its node to wait."),
      number("inbox", &S::inbox, Unit{"frames", 1}, 1, 10'000,
             "What a driver holds for its node before it drops the newest."),
  };
  append(t.keys, within(&S::propagation, propagation()));
  append(t.keys, only(bits(K::ideal), within(&S::ideal, ideal())));
  append(t.keys, only(bits(K::espnow), within(&S::espnow, espnow())));
  append(t.keys, only(bits(K::lora), within(&S::lora, lora())));
  append(t.keys, only(bits(K::udp), within(&S::udp, udp())));
  t.tables = {energy()};
  return t;
}

}  // namespace mp::sim
