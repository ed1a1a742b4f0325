// SPDX-License-Identifier: ISC
// Somebody without the network key floods an espnow medium with forged frames, as fast as a radio sends, under its own
// link address or a member's. What a member loses has to be the airtime and no more: the same flood of frames as long
// that are of no interest to anybody costs as much.
#include "attacker.hpp"
#include "simulator/report/text.hpp"
#include "simulator/world/flows.hpp"

#include "micropycelium/transport/sealing.hpp"

#include <optional>

namespace mp::bench {
namespace {

constexpr std::uint32_t kReceiver = 0, kSender = 1, kAttacker = 2;
constexpr std::uint32_t kBlob = 512 * kKiB, kSmall = 50;
constexpr std::int64_t kSpacing_mm = 10'000;
constexpr std::uint32_t kRunsIn = 100;  // so many transfers make one run of this row
constexpr Duration kSmallEvery = milliseconds(100);
constexpr Duration kRefill = microseconds(100);
constexpr Duration kLimit = seconds(600);
constexpr double kShareMin = 0.99;

enum class What : std::uint8_t { garbage, sealed, opening };

struct Kind {
  std::string name;
  What what;
  bool as_member;
};

struct Measured {
  std::vector<double> seconds_each;
  std::uint64_t sent = 0, delivered = 0, complete = 0, violations = 0;
  std::uint64_t flood = 0, taken = 0, failed = 0;  // frames on the air; at the receiver; its failed checks
};

class Flood final : public sim::Handler {
 public:
  Flood(const Kind& kind, std::uint64_t seed)
      : kind_(kind), field_(scenario(), seed), stream_(sim::Seed(seed).child("flood")) {}

  void run(Measured& m) {
    field_.meet();
    std::optional<Impostor> impostor;
    if (kind_.as_member) impostor.emplace(field_, kAttacker, kSender);
    World& world = field_.world();
    const sim::Radio& ear = *world.board(kReceiver).radios()[0];
    const Node& node = *world.board(kReceiver).node();
    field_.on_sent = [&](std::uint32_t from, const Transmission&) { flood_ += from == kAttacker ? 1U : 0U; };
    const auto received = ear.counts().received;
    const auto forged = node.counters()[Counter::rx_forged];
    const Duration at_once{};
    world.events().plan_in(at_once, *this, kRefillEvent);
    world.events().plan_in(at_once, *this, kSmallEvent);
    world.run_for(seconds(1));
    const Instant begun = world.now();
    const std::uint64_t blob = field_.send(kSender, kReceiver, kBlob);
    m.complete += field_.run_until_ended({blob}, kLimit) && field_.delivered(blob) ? 1U : 0U;
    m.seconds_each.push_back(static_cast<double>((world.now() - begun).us) / 1e6);
    m.flood += flood_;
    m.taken += ear.counts().received - received;
    m.failed += node.counters()[Counter::rx_forged] - forged;
    flooding_ = false;
    (void)field_.run_until_ended(smalls_, kLimit);
    m.sent += smalls_.size() + refused_;
    for (const std::uint64_t serial : smalls_) m.delivered += field_.delivered(serial) ? 1U : 0U;
    m.violations += field_.violations();
  }

  void on_event(std::uint64_t what) override {
    if (!flooding_) return;
    World& world = field_.world();
    if (what == kSmallEvent) {
      const auto sent = world.send(sim::Flows::kStory, kSender, kReceiver, kSmall);
      sent.serial != 0 ? smalls_.push_back(sent.serial) : void(++refused_);
      world.events().plan_in(kSmallEvery, *this, kSmallEvent);
      return;
    }
    sim::Radio& radio = *world.board(kAttacker).radios()[0];
    const LinkAddress to = sim::Radio::address_of(world.board(kReceiver).radios()[0]->index());
    do {
      forge();
    } while (radio.send(to, frame_) == Status::ok);
    world.events().plan_in(kRefill, *this, kRefillEvent);
  }

 private:
  static constexpr std::uint64_t kRefillEvent = 0, kSmallEvent = 1;

  static Scenario scenario() {
    Scenario scenario = line_of(3, sim::MediumKind::espnow, kSpacing_mm);
    scenario.nodes.network = "home";
    add_attacker(scenario, kAttacker);
    return scenario;
  }

  // As good as it gets without a key: all that can be right is, and the counter is one that was not there before.
  void forge() {
    stream_.fill(frame_);
    frame_[0] = kind_.what == What::garbage ? std::byte{0x7f} : std::byte{0};
    frame_[1] = SealByte{}.encode();
    frame_[2] = std::byte{kind_.what == What::opening ? kOpeningSchemaEspNow : kSealedSchema};
    frame_[3] = std::byte{0};
  }

  const Kind& kind_;
  Field field_;
  sim::Stream stream_;
  ByteArray<kEspNowFrame> frame_{};
  bool flooding_ = true;
  std::uint64_t flood_ = 0, refused_ = 0;
  std::vector<std::uint64_t> smalls_;
};

std::vector<Figure> run(const Context& context) {
  static const Kind kKinds[] = {
      {"garbage", What::garbage, false}, {"garbage, a member's address", What::garbage, true},
      {"sealed", What::sealed, false},   {"sealed, a member's address", What::sealed, true},
      {"opening", What::opening, false}, {"opening, a member's address", What::opening, true}};
  const std::uint32_t runs = std::max(1U, context.transfers / kRunsIn);
  std::vector<Figure> figures;
  Measured garbage[2];
  for (const Kind& kind : kKinds) {
    Measured m;
    for (std::uint32_t i = 0; i < runs; ++i) {
      context.progress.at(i, runs, kind.name.c_str());
      Flood(kind, context.seed + i).run(m);
    }
    using Bar = Figure::Bar;
    const double share = static_cast<double>(m.delivered) / static_cast<double>(std::max<std::uint64_t>(m.sent, 1));
    const std::string told = std::to_string(m.delivered) + " of " + std::to_string(m.sent) + " small Packages";
    const double each = mean(m.seconds_each);
    if (kind.what == What::garbage) {
      figures.push_back({kind.name + ": seconds for 512 KiB, mean", each, 2, Bar::none, 0,
                         told + ", " + std::to_string(m.flood) + " frames of the flood"});
      garbage[kind.as_member ? 1 : 0] = m;
      continue;
    }
    const Measured& g = garbage[kind.as_member ? 1 : 0];
    const double share_of_garbage =
        static_cast<double>(g.delivered) / static_cast<double>(std::max<std::uint64_t>(g.sent, 1));
    figures.push_back({kind.name + ": complete, no rule broken",
                       static_cast<double>(m.complete) / static_cast<double>(runs), 6, Bar::at_least,
                       m.violations == 0 ? 1.0 : 2.0, std::to_string(m.flood) + " frames of the flood"});
    figures.push_back(
        {kind.name + ": delivered / with garbage", share / share_of_garbage, 5, Bar::at_least, kShareMin, told});
    figures.push_back({kind.name + ": goodput / with garbage", mean(g.seconds_each) / each, 4, Bar::at_least, kShareMin,
                       sim::text::fixed(each, 2) + " s for 512 KiB"});
    figures.push_back({kind.name + ": failed checks for each frame of the flood",
                       static_cast<double>(m.failed) / static_cast<double>(std::max<std::uint64_t>(m.flood, 1)), 4,
                       Bar::at_most, 1});
  }
  return figures;
}

const Registered kRow({"closed_flood", 90,
                       "forged frames at the full rate of a radio, against as much noise; --transfers / 100 times",
                       run});

}  // namespace
}  // namespace mp::bench
