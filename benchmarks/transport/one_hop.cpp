// SPDX-License-Identifier: ISC
// One hop, with frames lost in both directions alike: 256 KiB between two neighbours, each transfer in a world of its
// own. What is counted against N/(1-p), the least that N parts can cost when each is lost with probability p.
#include "field.hpp"
#include "simulator/report/text.hpp"

namespace mp::bench {
namespace {

constexpr std::uint32_t kBlob = 256 * kKiB;
constexpr double kDataMax = 1.03;
constexpr double kControlMax = 0.03;
constexpr std::uint32_t kControlLossMax_ppm = 300'000;  // up to here the bar for control frames holds
constexpr Duration kLimit = seconds(3600);

struct Loss {
  std::string name;
  std::uint32_t share_ppm;
  std::uint32_t burst_frames = 0;  // mean length; 0: independent
};

struct Measured {
  std::uint64_t runs = 0, complete = 0, violations = 0;
  std::vector<double> data, control, seconds_each;
  std::string trouble;
};

void disturb(Field& field, const Loss& loss) {
  if (loss.burst_frames == 0) return field.loses(loss.share_ppm);
  sim::FaultSpec fault;
  fault.kind = sim::FaultKind::burst_loss;
  fault.share_ppm = sim::kCertain_ppm;
  // So that bad / (good + bad) is the share.
  const std::uint64_t bad_milli = std::uint64_t{loss.burst_frames} * 1000;
  fault.bad_frames_milli = static_cast<std::uint32_t>(bad_milli);
  fault.good_frames_milli =
      static_cast<std::uint32_t>(bad_milli * (sim::kCertain_ppm - loss.share_ppm) / loss.share_ppm);
  field.disturb(fault);
}

void transfer(const Loss& loss, std::uint64_t seed, Measured& m) {
  Field field(line_of(2, sim::MediumKind::ideal), seed);
  std::uint64_t parts = 0;
  field.on_sent = [&](std::uint32_t, const Transmission& t) {
    const auto packet = PacketView::parse(t.frame.view());
    if (packet && packet->schema().sequenced()) parts = std::uint64_t{packet->seq_size()} + 1;
  };
  field.meet();
  disturb(field, loss);
  field.count_from_here();
  const Instant begun = field.world().now();
  const std::uint64_t serial = field.send(0, 1, kBlob);
  const bool ended = field.run_until_ended({serial}, kLimit);
  ++m.runs;
  const bool complete = ended && field.delivered(serial);
  m.complete += complete ? 1U : 0U;
  if (!complete && m.trouble.empty())
    m.trouble = "seed " + std::to_string(seed) + ": " +
                (ended ? name(static_cast<Outcome>(field.entry(serial).outcome)) : "did not end");
  m.violations += field.violations();
  if (field.violations() > 0 && m.trouble.empty()) m.trouble = field.first_violation();
  const double p = static_cast<double>(loss.share_ppm) / sim::kCertain_ppm;
  const Tally all = field.tally();
  m.data.push_back(static_cast<double>(all.data()) * (1 - p) / static_cast<double>(std::max<std::uint64_t>(parts, 1)));
  m.control.push_back(static_cast<double>(all.other()) / static_cast<double>(std::max<std::uint64_t>(all.data(), 1)));
  m.seconds_each.push_back(static_cast<double>((field.world().now() - begun).us) / 1e6);
}

std::vector<Figure> run(const Context& context) {
  static const Loss kLosses[] = {{"no loss", 0},
                                 {"10 % loss", 100'000},
                                 {"30 % loss", 300'000},
                                 {"50 % loss", 500'000},
                                 {"10 % in bursts of 5", 100'000, 5}};
  std::vector<Figure> figures;
  for (const Loss& loss : kLosses) {
    Measured m;
    for (std::uint32_t i = 0; i < context.transfers; ++i) {
      context.progress.at(i, context.transfers, loss.name.c_str());
      transfer(loss, context.seed + i, m);
    }
    using Bar = Figure::Bar;
    figures.push_back({loss.name + ": complete and equal",
                       static_cast<double>(m.complete) / static_cast<double>(m.runs), 6, Bar::at_least,
                       m.violations == 0 ? 1.0 : 2.0, m.trouble});
    figures.push_back({loss.name + ": data frames / (N/(1-p)), mean", mean(m.data), 4, Bar::at_most, kDataMax,
                       "largest " + sim::text::fixed(largest(m.data), 4)});
    figures.push_back({loss.name + ": control / data frames, mean", mean(m.control), 4,
                       loss.share_ppm <= kControlLossMax_ppm ? Bar::at_most : Bar::none, kControlMax,
                       "largest " + sim::text::fixed(largest(m.control), 4)});
    figures.push_back({loss.name + ": seconds each, mean", mean(m.seconds_each), 2});
  }
  return figures;
}

const Registered kRow({"one_hop", 10, "256 KiB to a neighbour, under loss; --transfers of each kind", run});

}  // namespace
}  // namespace mp::bench
