// SPDX-License-Identifier: ISC
// How much of a clean espnow medium a transfer uses: 1 MiB between two boards side by side, against a lone sender on
// the same medium whose queue is never empty and that has nobody to listen to but the radio's own acknowledgement.
#include "field.hpp"
#include "simulator/report/text.hpp"

namespace mp::bench {
namespace {

constexpr std::uint32_t kBlob = 1024 * kKiB;
constexpr std::int64_t kSpacing_mm = 10'000;
constexpr double kShareMin = 0.95;
constexpr std::uint32_t kRunsIn = 100;  // so many transfers make one run of this row
constexpr Duration kSaturatedFor = seconds(30);
constexpr Duration kLimit = seconds(600);

// A radio without a node, that sends a frame whenever the medium takes one.
class Saturator final : public sim::RadioOwner, public sim::Witness, public sim::Handler {
 public:
  Saturator(std::uint64_t seed, std::size_t frame_size)
      : medium_(sim::make_medium(sim::defaults_of(sim::MediumKind::espnow), 0, events_, sim::Seed(seed))),
        frame_(frame_size) {
    medium_->set_witness(this);
    sender_ = &medium_->add_radio(0, 0, *this, {0, 0}, 0, true);
    sim::Radio& receiver = medium_->add_radio(1, 0, *this, {kSpacing_mm, 0}, 0, true);
    for (sim::Radio* radio : {sender_, &receiver}) medium_->set_mode(*radio, sim::RadioMode::awake);
    to_ = sim::Radio::address_of(receiver.index());
  }
  double frames_per_second() {
    on_event(0);
    events_.run_until(Instant{} + kSaturatedFor);
    return static_cast<double>(arrived_) * 1e6 / static_cast<double>(kSaturatedFor.us);
  }

  void on_event(std::uint64_t) override {
    while (sender_->send(to_, frame_) == Status::ok) {
    }
    events_.plan_in(microseconds(100), *this);
  }
  void on_heard(sim::Radio& radio) override {
    while (radio.receive()) ++arrived_;
  }
  bool on_send(sim::Radio&, const LinkAddress&, Bytes) override { return true; }
  void on_transmission(const sim::Medium&, const Transmission&) override {}
  void on_fate(const sim::Medium&, const sim::Frame&, sim::RadioIndex, sim::Fate) override {}

 private:
  sim::EventQueue events_;
  std::unique_ptr<sim::Medium> medium_;
  std::vector<std::byte> frame_;
  sim::Radio* sender_ = nullptr;
  LinkAddress to_;
  std::uint64_t arrived_ = 0;
};

std::vector<Figure> run(const Context& context) {
  const std::uint32_t runs = std::max(1U, context.transfers / kRunsIn);
  std::vector<double> shares, others;
  std::uint64_t complete = 0, violations = 0;
  double saturated = 0;
  for (std::uint32_t i = 0; i < runs; ++i) {
    context.progress.at(i, runs, "transfers of 1 MiB");
    Field field(line_of(2, sim::MediumKind::espnow, kSpacing_mm), context.seed + i);
    std::uint64_t parts = 0;
    std::size_t frame_size = 0;
    field.on_sent = [&](std::uint32_t, const Transmission& t) {
      const auto packet = PacketView::parse(t.frame.view());
      if (!packet || !packet->schema().sequenced()) return;
      parts = std::uint64_t{packet->seq_size()} + 1;
      frame_size = packet->schema().frame;
    };
    field.meet();
    field.count_from_here();
    const Instant begun = field.world().now();
    const std::uint64_t serial = field.send(0, 1, kBlob);
    complete += field.run_until_ended({serial}, kLimit) && field.delivered(serial) ? 1U : 0U;
    violations += field.violations();
    // From the send, hashing included, until the sender was told; each part counts once.
    const double rate = static_cast<double>(parts) * 1e6 / static_cast<double>((field.world().now() - begun).us);
    saturated = Saturator(context.seed + i, frame_size).frames_per_second();
    shares.push_back(rate / saturated);
    others.push_back(static_cast<double>(field.tally().other()) / static_cast<double>(field.tally().data()));
  }
  using Bar = Figure::Bar;
  return {
      {"1 MiB: complete and equal", static_cast<double>(complete) / runs, 6, Bar::at_least,
       violations == 0 ? 1.0 : 2.0},
      {"1 MiB: data frames a second / those of a saturated sender", mean(shares), 4, Bar::at_least, kShareMin,
       "saturated: " + sim::text::fixed(saturated, 1) + " a second"},
      {"1 MiB: control / data frames", mean(others), 4},
  };
}

const Registered kRow({"espnow_goodput", 20,
                       "1 MiB on a clean espnow medium against a saturated sender; --transfers / 100 times", run});

}  // namespace
}  // namespace mp::bench
