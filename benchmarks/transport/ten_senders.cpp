// SPDX-License-Identifier: ISC
// Ten boards on a circle around one (a nearer one's frames would survive collisions), all in reach of each other on
// espnow, that send to it at the same moment, all under the same seq_id: everything arrives, and nobody is served
// better than another.
#include "field.hpp"
#include "simulator/report/text.hpp"

#include <set>

namespace mp::bench {
namespace {

constexpr std::uint32_t kSenders = 10;
constexpr std::uint32_t kBlob = 256 * kKiB;
constexpr std::uint32_t kTwoParts = 300;     // bytes: more than one packet holds
constexpr std::int64_t kSpacing_mm = 2'000;  // until they are moved
// Where they stand around the receiver, in millimetres: ten points of a circle of 10 m.
constexpr sim::Point kPlaces[kSenders] = {{10'000, 0},     {8'090, 5'878}, {3'090, 9'511},   {-3'090, 9'511},
                                          {-8'090, 5'878}, {-10'000, 0},   {-8'090, -5'878}, {-3'090, -9'511},
                                          {3'090, -9'511}, {8'090, -5'878}};
constexpr std::uint8_t kSeqId = 200;
constexpr double kJainMin = 0.99;
constexpr std::uint32_t kRunsIn = 50;  // so many transfers make one run of this row
constexpr Duration kLimit = seconds(1200);

struct Measured {
  std::uint64_t sent = 0, complete = 0, violations = 0;
  std::vector<double> by_goodput, by_progress, seconds_each;
  std::string trouble;
};

Scenario around_one() {
  Scenario scenario = line_of(kSenders + 1, sim::MediumKind::espnow, kSpacing_mm);
  sim::GroupSpec receiver;
  receiver.name = "receiver";
  receiver.nodes.text = "0";
  receiver.node = scenario.nodes;
  receiver.node.limits.sequences_in = kSenders;
  scenario.groups.push_back(receiver);
  return scenario;
}

// A node counts its sequences up from a random start: small ones are sent until the next is kSeqId.
void bring_to(Field& field, std::uint32_t sender, const std::uint8_t& last_seq_id) {
  do {
    const std::uint64_t serial = field.send(sender, 0, kTwoParts);
    if (!field.run_until_ended({serial}, kLimit)) throw BenchError("a small Package did not end");
  } while (static_cast<std::uint8_t>(last_seq_id + 1) != kSeqId);
}

void together(std::uint64_t seed, Measured& m) {
  Field field(around_one(), seed);
  std::array<std::uint8_t, kSenders + 1> last_seq_id{};
  std::array<std::set<std::uint16_t>, kSenders + 1> parts;
  std::set<std::uint8_t> seq_ids;
  bool counting = false;
  field.on_sent = [&](std::uint32_t node, const Transmission& t) {
    const auto packet = PacketView::parse(t.frame.view());
    if (!packet || !packet->schema().sequenced() || node == 0) return;
    last_seq_id[node] = packet->seq_id();
    if (!counting) return;
    seq_ids.insert(packet->seq_id());
    parts[node].insert(packet->packet_id());
  };
  field.world().move(0, {0, 0});
  for (std::uint32_t n = 1; n <= kSenders; ++n) field.world().move(n, kPlaces[n - 1]);
  field.meet();
  for (std::uint32_t n = 1; n <= kSenders; ++n) bring_to(field, n, last_seq_id[n]);
  field.world().run_for(seconds(31));  // what the receiver remembers of them is over
  counting = true;
  const Instant begun = field.world().now();
  std::vector<std::uint64_t> serials;
  for (std::uint32_t n = 1; n <= kSenders; ++n) serials.push_back(field.send(n, 0, kBlob));
  // How far each is when the first is done.
  field.world().run_until(
      [&] {
        for (const std::uint64_t s : serials)
          if (field.ended(s)) return true;
        return false;
      },
      kLimit);
  std::vector<double> progress, goodput;
  for (std::uint32_t n = 1; n <= kSenders; ++n) progress.push_back(static_cast<double>(parts[n].size()));
  (void)field.run_until_ended(serials, kLimit);
  if (seq_ids != std::set<std::uint8_t>{kSeqId}) throw BenchError("the senders did not use the same seq_id");
  for (const std::uint64_t s : serials) {
    ++m.sent;
    const Ledger::Entry& e = field.entry(s);
    if (!field.delivered(s)) {
      if (m.trouble.empty())
        m.trouble = "seed " + std::to_string(seed) + ": " +
                    (field.ended(s) ? name(static_cast<Outcome>(e.outcome)) : "did not end");
      goodput.push_back(0);
      continue;
    }
    ++m.complete;
    goodput.push_back(1e6 / static_cast<double>((e.got - begun).us));
    m.seconds_each.push_back(static_cast<double>((e.got - begun).us) / 1e6);
  }
  m.violations += field.violations();
  if (field.violations() > 0 && m.trouble.empty()) m.trouble = field.first_violation();
  m.by_goodput.push_back(jain_index(goodput));
  m.by_progress.push_back(jain_index(progress));
}

std::vector<Figure> run(const Context& context) {
  const std::uint32_t runs = std::max(1U, context.transfers / kRunsIn);
  Measured m;
  for (std::uint32_t i = 0; i < runs; ++i) {
    context.progress.at(i, runs, "rounds");
    together(context.seed + i, m);
  }
  using Bar = Figure::Bar;
  const auto least = [](const std::vector<double>& v) { return *std::min_element(v.begin(), v.end()); };
  return {
      {"10 senders: complete and equal", static_cast<double>(m.complete) / static_cast<double>(m.sent), 6,
       Bar::at_least, m.violations == 0 ? 1.0 : 2.0, m.trouble},
      {"10 senders: Jain's index of their goodputs, least", least(m.by_goodput), 4, Bar::at_least, kJainMin,
       "mean " + sim::text::fixed(mean(m.by_goodput), 4)},
      {"10 senders: the same of parts sent when the first is done", least(m.by_progress), 4, Bar::at_least, kJainMin,
       "mean " + sim::text::fixed(mean(m.by_progress), 4)},
      {"10 senders: seconds each, mean", mean(m.seconds_each), 2},
  };
}

const Registered kRow({"ten_senders", 50, "256 KiB each to one receiver at once on espnow; --transfers / 50 rounds",
                       run});

}  // namespace
}  // namespace mp::bench
