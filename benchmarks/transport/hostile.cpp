// SPDX-License-Identifier: ISC
// A neighbour whose frames come twice, in another order, damaged past the radio's checksum, and again long after they
// were sent, and that loses power all the time; and beside it one that has done nothing wrong. Nothing wrong may be
// delivered, nothing twice, nothing may stay behind in the receiver's memory, and the other's Packages have to arrive.
#include "field.hpp"
#include "simulator/report/text.hpp"
#include "simulator/world/flows.hpp"

#include <deque>

namespace mp::bench {
namespace {

constexpr std::uint32_t kReceiver = 0, kHonest = 1, kTroubled = 2;
constexpr std::uint64_t kFramesIn = 10'000;                // in each transfer: 1,000 are 10^7 frames
constexpr std::uint32_t kBitRate = 40'000'000;             // a frame in 50 us
constexpr Duration kStaleEvery = microseconds(100);        // an old frame of the troubled one's goes out again
constexpr Duration kStaleAge = seconds(20);                // at most; what version 0 remembers lasts 30 s
constexpr Duration kUp = seconds(20), kDown = seconds(2);  // on average
constexpr std::uint32_t kDuplicate_ppm = 300'000, kReorder_ppm = 300'000, kDamage_ppm = 50'000;
constexpr std::uint32_t kSmall = 100, kLarge = 3 * kKiB;
constexpr Duration kHonestEvery = milliseconds(1000), kTroubledEvery = milliseconds(2500), kBackEvery = seconds(5);
constexpr double kHonestMin = 0.999;
constexpr Duration kQuiet = seconds(90);  // afterwards: everything that was begun ends

class Storm final : public sim::Handler {
 public:
  Storm(std::uint64_t seed, std::uint64_t frames)
      : field_(scenario(), seed), stream_(sim::Seed(seed).child("storm")), frames_(frames) {}

  std::vector<Figure> run(const Context& context) {
    field_.meet();
    const sim::FaultSpec kinds[] = {fault(sim::FaultKind::duplicate, kDuplicate_ppm, kStaleAge / 2),
                                    fault(sim::FaultKind::reorder, kReorder_ppm, milliseconds(50)),
                                    fault(sim::FaultKind::corrupt, kDamage_ppm, Duration{})};
    for (const sim::FaultSpec& kind : kinds) field_.disturb(kind, {kTroubled}, {kReceiver});
    field_.count_from_here();
    field_.on_sent = [this](std::uint32_t node, const Transmission& t) { on_air(node, t); };
    for (const What what : {What::stale, What::power, What::honest, What::troubled, What::back}) plan(what, Duration{});
    const auto enough = [this] { return on_air_ >= frames_; };
    while (!enough()) {
      context.progress.at(on_air_, frames_, "frames");
      (void)field_.world().run_until(enough, seconds(10));
    }
    storming_ = false;
    if (!field_.world().powered(kTroubled)) field_.world().power_on(kTroubled);
    field_.world().run_for(kQuiet);
    return figures();
  }

  void on_event(std::uint64_t what) override {
    if (!storming_) return;
    World& world = field_.world();
    switch (static_cast<What>(what)) {
      case What::stale:
        send_stale();
        return plan(What::stale, kStaleEvery);
      case What::power:
        if (!world.powered(kTroubled)) {
          world.power_on(kTroubled);
          return plan(What::power, stream_.exponential(kUp));
        }
        world.power_off(kTroubled);
        ++reboots_;
        return plan(What::power, stream_.exponential(kDown));
      case What::honest:
        say(kHonest, kReceiver, honest_);
        return plan(What::honest, kHonestEvery);
      case What::troubled:
        say(kTroubled, kReceiver, others_);
        return plan(What::troubled, kTroubledEvery);
      case What::back:
        say(kReceiver, kTroubled, others_);
        return plan(What::back, kBackEvery);
    }
  }

 private:
  enum class What : std::uint8_t { stale, power, honest, troubled, back };
  struct Old {
    Instant at;
    sim::Frame frame;
  };

  static Scenario scenario() {
    Scenario scenario = line_of(3, sim::MediumKind::ideal, 10'000);
    scenario.media[0].ideal.bit_rate = kBitRate;
    return scenario;
  }
  static sim::FaultSpec fault(sim::FaultKind kind, std::uint32_t share_ppm, Duration delay) {
    sim::FaultSpec spec;
    spec.kind = kind;
    spec.share_ppm = share_ppm;
    spec.delay = delay;
    spec.undetected = true;
    return spec;
  }

  void plan(What what, Duration in) { field_.world().events().plan_in(in, *this, static_cast<std::uint64_t>(what)); }

  // Now one that fits a packet, now a sequence.
  void say(std::uint32_t from, std::uint32_t to, std::vector<std::uint64_t>& book) {
    const std::uint32_t size = stream_.chance(sim::kCertain_ppm / 4) ? kLarge : kSmall;
    const auto sent = field_.world().send(sim::Flows::kStory, from, to, size);
    if (sent.serial != 0)
      book.push_back(sent.serial);
    else if (from == kHonest)
      ++refused_;
  }

  void on_air(std::uint32_t node, const Transmission& t) {
    ++on_air_;
    if (node != kTroubled || replaying_) return;
    old_.push_back({field_.world().now(), t.frame});
  }

  void send_stale() {
    while (!old_.empty() && old_.front().at + kStaleAge < field_.world().now()) old_.pop_front();
    if (old_.empty() || !field_.world().powered(kTroubled)) return;
    const sim::Frame frame = old_[stream_.below(old_.size())].frame;
    const LinkAddress to = frame.broadcast() ? LinkAddress::broadcast() : sim::Radio::address_of(frame.to);
    replaying_ = true;
    stale_ += field_.world().board(kTroubled).radios()[0]->send(to, frame.view()) == Status::ok ? 1U : 0U;
    replaying_ = false;
  }

  std::vector<Figure> figures() {
    std::uint64_t arrived = 0, told = 0, delivered = 0;
    for (const std::uint64_t serial : honest_) {
      arrived += field_.entry(serial).delivered ? 1U : 0U;
      told += field_.delivered(serial) ? 1U : 0U;
    }
    for (const std::uint64_t serial : others_) delivered += field_.entry(serial).delivered ? 1U : 0U;
    const Usage left = field_.world().board(kReceiver).node()->usage();
    const sim::Holdings held = field_.world().board(kReceiver).app()->holdings();
    std::uint64_t twice = 0, wrong = 0, untrue = 0, memory = 0;
    std::string why_wrong, why_untrue;
    for (const sim::Violation& v : field_.world().referee().kept()) {
      const bool truth = v.checker == "truth for the sender";
      if (v.checker == "duplicate delivery")
        ++twice;
      else if (v.checker == "no heap" || v.checker == "inside its memory" || v.checker.starts_with("every"))
        ++memory;
      else
        ++(truth ? untrue : wrong);
      std::string& why = truth ? why_untrue : why_wrong;
      if (why.empty()) why = v.checker + ": " + v.what;
    }
    wrong += field_.violations() - field_.world().referee().kept().size();  // it keeps the first hundred
    const sim::Ledger& ledger = field_.world().ledger();
    const double all = static_cast<double>(honest_.size() + refused_);
    const std::string trouble = field_.first_violation();
    using Bar = Figure::Bar;
    return {
        {"frames on the air", static_cast<double>(on_air_), 0, Bar::at_least, static_cast<double>(frames_),
         std::to_string(stale_) + " stale, " + std::to_string(reboots_) + " reboots"},
        {"broken rules: wrong contents, origin or target, and the rest", static_cast<double>(wrong), 0, Bar::at_most, 0,
         wrong > 0 ? why_wrong : ""},
        {"told \"delivered\" of what was not", static_cast<double>(untrue), 0, Bar::at_most, 0,
         untrue > 0 ? why_untrue : ""},
        {"Packages delivered twice", static_cast<double>(twice), 0, Bar::at_most, 0, twice > 0 ? trouble : ""},
        {"the same, where damage to a packet's id made it a new one", static_cast<double>(ledger.damaged_repeats()), 0,
         Bar::none, 0, "nothing in version 0 covers the id"},
        {"receiver: broken rules of memory (heap, block, Blobs, sends)", static_cast<double>(memory), 0, Bar::at_most,
         0, memory > 0 ? trouble : ""},
        {"receiver: sends and Blobs still held 90 s afterwards",
         static_cast<double>(held.sends + held.blobs + left.datagrams + left.sequences_out), 0, Bar::at_most, 0},
        {"the stream beside it: told delivered, and so it was", static_cast<double>(told) / all, 5, Bar::at_least,
         kHonestMin,
         std::to_string(told) + " of " + sim::text::fixed(all, 0) + ", refused " + std::to_string(refused_)},
        {"the stream beside it: arrived", static_cast<double>(arrived) / all, 5},
        {"to and from the troubled one: arrived",
         static_cast<double>(delivered) / static_cast<double>(std::max<std::size_t>(others_.size(), 1)), 4},
    };
  }

  Field field_;
  sim::Stream stream_;
  std::uint64_t frames_;
  bool storming_ = true, replaying_ = false;
  std::uint64_t on_air_ = 0, stale_ = 0, reboots_ = 0, refused_ = 0;
  std::deque<Old> old_;
  std::vector<std::uint64_t> honest_, others_;
};

std::vector<Figure> run(const Context& context) {
  Storm storm(context.seed, kFramesIn * context.transfers);
  return storm.run(context);
}

const Registered kRow({"hostile", 60,
                       "duplicates, reordering, damage, stale frames, reboots; 10,000 frames for each of --transfers",
                       run});

}  // namespace
}  // namespace mp::bench
