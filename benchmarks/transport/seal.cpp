// SPDX-License-Identifier: ISC
// From a send to the first protected byte at its target: the handshakes of Seal over 1, 4 and 8 hops that lose a tenth
// of all frames each. Its two (IK) or three (XX) messages cost 2h/(1-p) or 3h/(1-p) frames if every loss is mended
// where it happens and nothing is sent for nothing.
#include "micropycelium/applications/seal.hpp"
#include "field.hpp"

#include <set>

namespace mp::bench {
namespace {

constexpr std::uint32_t kLoss_ppm = 100'000;
constexpr std::uint32_t kHops[] = {1, 4, 8};
constexpr std::uint32_t kRunsIn = 5;  // so many transfers make one run of each kind
constexpr Duration kLimit = seconds(600);

// Who sends the first Package, and who gets it.
class End final : public Application {
 public:
  End() : Application({.name = "SealBench", .description = "transport_bench", .version = 1}) {}
  std::uint32_t got = 0, ended = 0;
  Outcome outcome = Outcome::cancelled;
  NodeId proven;

 private:
  void on_package(const Package& package) override {
    ++got;
    proven = package.from.proven;
  }
  void on_sent(SendId, Outcome how) override {
    ++ended;
    outcome = how;
  }
};

struct Measured {
  std::uint64_t complete = 0, frames = 0, messages_max = 0, others = 0;
  std::vector<double> seconds_each;
  std::string trouble;
};

// The kind of a message of Seal in a single packet that is no answer.
std::optional<SealKind> kind_of(Bytes frame, const AppId& seal) {
  const auto packet = PacketView::parse(frame);
  if (!packet || packet->schema().sequenced() || packet->flags().control() > Control::ask) return std::nullopt;
  const auto package = PackageView::parse(packet->body());
  if (!package || !(package->head.app_id == seal)) return std::nullopt;
  const auto message = decode_seal(package->blob);
  return message ? std::optional(message->kind) : std::nullopt;
}

void handshake(std::uint64_t seed, std::uint32_t hops, bool by_address, Measured& m) {
  // They outlive the world, whose nodes know them.
  StaticSeal<> seals[2];
  End ends[2];
  Scenario scenario = line_of(hops + 1, sim::MediumKind::ideal);
  scenario.routes = sim::RoutesKind::tree;
  Field field(scenario, seed);
  field.meet();
  const std::uint32_t numbers[] = {0, hops};
  for (std::size_t i = 0; i < 2; ++i) {
    Node& node = *field.world().board(numbers[i]).node();
    if (node.attach(seals[i], ends[i]) != Status::ok) throw BenchError("Seal could not be attached");
  }
  Node& from = *field.world().board(0).node();
  Node& to = *field.world().board(hops).node();
  // Both know each other's ids: the routes of the tree name addresses only.
  if (from.set_route(to.address(), field.world().id_of(1), to.id()) != Status::ok ||
      to.set_route(from.address(), field.world().id_of(hops - 1), from.id()) != Status::ok)
    throw BenchError("no room for a route");
  const AppId seal = static_cast<Seal&>(seals[0]).id();
  std::set<std::vector<std::byte>> messages;
  std::uint64_t frames = 0, others = 0;
  field.on_sent = [&](std::uint32_t, const Transmission& t) {
    if (ends[1].got > 0) return;
    const auto kind = kind_of(t.frame.view(), seal);
    if (kind && *kind < SealKind::one_way) {
      ++frames;
      const Bytes blob = PackageView::parse(PacketView::parse(t.frame.view())->body())->blob;
      messages.emplace(blob.begin(), blob.end());
    } else if (!kind && sim::classify(t.frame.view()) != FrameClass::beacon) {
      ++others;
    }
  };
  field.loses(kLoss_ppm);
  const Instant begun = field.world().now();
  const SendOptions sealed{.sealed = true};
  const SendId id = by_address ? from.send(ends[0], to.address(), bytes("the first"), sealed)
                               : from.send(ends[0], to.id(), bytes("the first"), sealed);
  if (!id) throw BenchError(std::string("refused: ") + name(id.refusal()));
  field.world().board(0).nudge();
  (void)field.world().run_until(
      [&] { return ends[1].got > 0 || (ends[0].ended > 0 && ends[0].outcome != Outcome::delivered); }, kLimit);
  m.seconds_each.push_back(static_cast<double>((field.world().now() - begun).us) / 1e6);
  (void)field.world().run_until([&] { return ends[0].ended > 0; }, kLimit);
  const bool complete = ends[1].got == 1 && ends[0].outcome == Outcome::delivered && ends[1].proven == from.id();
  m.complete += complete ? 1U : 0U;
  if (!complete && m.trouble.empty())
    m.trouble = "seed " + std::to_string(seed) + ": " + name(ends[0].outcome) + ", got " + std::to_string(ends[1].got);
  m.frames += frames;
  m.others += others;
  m.messages_max = std::max<std::uint64_t>(m.messages_max, messages.size());
  from.detach(seals[0]);
  to.detach(seals[1]);
  from.detach(ends[0]);
  to.detach(ends[1]);
}

std::vector<Figure> run(const Context& context) {
  const std::uint32_t runs = std::max(2U, context.transfers / kRunsIn);
  std::vector<Figure> figures;
  using Bar = Figure::Bar;
  for (const std::uint32_t hops : kHops)
    for (const bool by_address : {false, true}) {
      Measured m;
      const std::string what =
          std::string(by_address ? "XX" : "IK") + ", " + std::to_string(hops) + (hops == 1 ? " hop" : " hops");
      for (std::uint32_t i = 0; i < runs; ++i) {
        context.progress.at(i, runs, what.c_str());
        handshake(context.seed + i, hops, by_address, m);
      }
      const double least = (by_address ? 3.0 : 2.0) * hops / 0.9;
      figures.push_back(
          {what + ": delivered and proven", static_cast<double>(m.complete) / runs, 4, Bar::at_least, 1.0, m.trouble});
      figures.push_back({what + ": messages before the first protected byte, most", static_cast<double>(m.messages_max),
                         0, Bar::at_most, 3});
      figures.push_back({what + ": frames of the handshake, mean", static_cast<double>(m.frames) / runs, 2,
                         Bar::at_most, 1.15 * least});
      figures.push_back(
          {what + ": frames of acknowledgements meanwhile, mean", static_cast<double>(m.others) / runs, 2});
      figures.push_back({what + ": ms until it is there, mean", 1000 * mean(m.seconds_each), 1});
      figures.push_back({what + ": ms until it is there, most", 1000 * largest(m.seconds_each), 1});
    }
  return figures;
}

const Registered kRow({"seal", 70, "handshakes of Seal over 1, 4 and 8 lossy hops; --transfers / 5 times each", run});

}  // namespace
}  // namespace mp::bench
