// SPDX-License-Identifier: ISC
// A LoRa radio that always has something to send, under the law of each region: five hours from the moment on at which
// its airtime is used up. How much of what the law allows it uses, and whether it keeps to the law, by a referee of our
// own that knows only what was on the air.
#include "field.hpp"
#include "micropycelium/platform/regions.hpp"
#include "simulator/media/lora_airtime.hpp"
#include "simulator/report/text.hpp"
#include "simulator/world/flows.hpp"

#include <deque>
#include <map>

namespace mp::bench {
namespace {

constexpr std::uint32_t kBlob = 16 * kKiB;
constexpr std::int64_t kSpacing_mm = 100'000;
constexpr double kUsedMin = 0.95;
constexpr std::int64_t kHours = 5;
constexpr Duration kHour = seconds(3600);
// How long the radio sends before, so that nothing is left.
constexpr Duration kUsingUp = seconds(2 * 3600);
// Where the law leaves a few seconds an hour, even to find each other takes time.
constexpr Duration kMeetWithin = seconds(12 * 3600);
constexpr std::size_t kFrame = 240;  // bytes of a full one

// All that one radio sent, and the most of it in any window.
class DutyReferee {
 public:
  explicit DutyReferee(Duration window) : window_(window) {}
  void sent(Instant begin, Duration length) {
    const Instant end = begin + length;
    sent_.push_back({begin, end});
    total_ = total_ + length;
    longest_ = std::max(longest_, length);
    while (sent_.front().end <= end - window_) {
      total_ = total_ - (sent_.front().end - sent_.front().begin);
      sent_.pop_front();
    }
    // The window that ends now may begin in the middle of the oldest; the most is in one that ends with a transmission.
    const Duration outside = std::max(Duration{}, (end - window_) - sent_.front().begin);
    worst_ = std::max(worst_, total_ - outside);
  }
  Duration worst() const { return worst_; }
  Duration longest() const { return longest_; }

 private:
  struct Span {
    Instant begin, end;
  };
  Duration window_;
  std::deque<Span> sent_;
  Duration total_{}, worst_{}, longest_{};
};

struct Plan {
  const Region* region;
  std::uint8_t spreading_factor;
};

std::string label(const Plan& plan) {
  return std::string(plan.region->name) + " SF" + std::to_string(plan.spreading_factor);
}

Scenario field_of(const Plan& plan) {
  Scenario scenario = line_of(2, sim::MediumKind::lora, kSpacing_mm);
  sim::LoraSpec& lora = scenario.media[0].lora;
  const AirtimeRule& rule = plan.region->rule;
  lora.spreading_factor = plan.spreading_factor;
  if (plan.region->name == "us915-500") lora.bandwidth_khz = 500;
  lora.region = plan.region->name;
  lora.duty_ppm = rule.limits() ? rule.share_ppm : 0;
  lora.duty_window = rule.window;
  lora.longest = rule.longest;
  return scenario;
}

void measure(const Plan& plan, std::uint64_t seed, std::vector<Figure>& figures) {
  const Scenario scenario = field_of(plan);
  const AirtimeRule& rule = plan.region->rule;
  Field field(scenario, seed);
  std::vector<DutyReferee> referees(2, DutyReferee(rule.window));
  field.on_sent = [&](std::uint32_t node, const Transmission& t) { referees[node].sent(t.begin, t.airtime); };
  field.meet(kMeetWithin);

  std::map<std::string, std::uint64_t> ends;
  std::uint64_t serial = 0;
  const auto keep_sending = [&](Instant until) {
    while (field.world().now() < until) {
      if (serial == 0) {
        const auto sent = field.world().send(sim::Flows::kStory, 0, 1, kBlob);
        if (sent.serial == 0) {  // no neighbour for now
          field.world().run_for(seconds(10));
          continue;
        }
        serial = sent.serial;
      }
      if (!field.run_until_ended({serial}, until - field.world().now())) return;
      ++ends[name(static_cast<Outcome>(field.entry(serial).outcome))];
      serial = 0;
    }
  };
  keep_sending(field.world().now() + kUsingUp);
  ends.clear();
  field.count_from_here();
  keep_sending(field.world().now() + kHour * kHours);

  const std::int64_t allowed_us = kHour.us / 1'000'000 * rule.share_ppm;
  // The law allows whole frames in each window; shorter ones count by their airtime.
  const Duration frame = sim::lora_airtime(scenario.media[0].lora, kFrame);
  const double frames =
      static_cast<double>(kHours) * (rule.limits() ? static_cast<double>(allowed_us / frame.us)
                                                   : static_cast<double>(kHour.us) / static_cast<double>(frame.us));
  const Tally sender = field.tally(0);
  Duration spent{};
  for (const Duration d : sender.airtime) spent = spent + d;
  std::string how;
  for (const auto& [outcome, n] : ends) how += (how.empty() ? "" : ", ") + std::to_string(n) + " " + outcome;
  using Bar = Figure::Bar;
  figures.push_back({label(plan) + ": frames / those that the law allows",
                     static_cast<double>(spent.us) / static_cast<double>(frame.us) / frames, 4, Bar::at_least, kUsedMin,
                     "Packages: " + (how.empty() ? "none ended" : how)});
  figures.push_back({label(plan) + ": the same of data frames alone", static_cast<double>(sender.data()) / frames, 4,
                     Bar::none, 0,
                     std::to_string(sender.data()) + " of " + sim::text::fixed(frames, 0) + "; others " +
                         std::to_string(sender.other())});
  const Duration worst = std::max(referees[0].worst(), referees[1].worst());
  if (rule.limits())
    figures.push_back({label(plan) + ": most airtime in any hour / the law's share",
                       static_cast<double>(worst.us) / static_cast<double>(allowed_us), 6, Bar::at_most, 1.0,
                       field.first_violation()});
  if (rule.longest > Duration{})
    figures.push_back({label(plan) + ": longest transmission, ms",
                       static_cast<double>(std::max(referees[0].longest(), referees[1].longest()).us) / 1e3, 1,
                       Bar::at_most, static_cast<double>(rule.longest.us) / 1e3, field.first_violation()});
  if (!rule.limits() && rule.longest == Duration{})
    figures.push_back({label(plan) + ": broken rules", static_cast<double>(field.violations()), 0, Bar::at_most, 0,
                       field.first_violation()});
}

std::vector<Figure> run(const Context& context) {
  std::vector<Plan> plans;
  for (const Region& region : kRegions) {
    plans.push_back({&region, 7});
    // Where a full frame of SF9 is not too long.
    if (region.rule.longest == Duration{}) plans.push_back({&region, 9});
  }
  std::vector<Figure> figures;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    context.progress.at(i, plans.size(), "regions and spreading factors");
    measure(plans[i], context.seed + i, figures);
  }
  return figures;
}

const Registered kRow({"lora_duty", 30, "five hours on LoRa by the law of each region, from a used-up ledger on", run});

}  // namespace
}  // namespace mp::bench
