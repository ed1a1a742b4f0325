// SPDX-License-Identifier: ISC
// A closed mesh in front of somebody who has recorded everything, and who sends it again: as it was, changed, cut or
// longer, back to its sender, under another member's address, and from another network; while one member loses its
// power again and again, and its storage with it now and then. Nothing of it may be taken.
#include "attacker.hpp"
#include "simulator/report/text.hpp"
#include "simulator/world/flows.hpp"

#include <array>

namespace mp::bench {
namespace {

constexpr std::uint32_t kReceiver = 0, kHonest = 1, kTroubled = 2, kForeign = 3, kForeignToo = 4, kAttacker = 5;
constexpr std::uint32_t kMembers = 3, kNodes = 6;
constexpr std::uint64_t kFramesIn = 10'000;  // in each transfer: 1,000 are 10^7 frames
constexpr std::uint32_t kBitRate = 40'000'000;
constexpr Duration kAttackEvery = microseconds(200);
constexpr std::size_t kTape = 16'384;                     // frames: all that there was, thinned out as it grows
constexpr std::size_t kRecent = 64;                       // and the last ones, which are the freshest
constexpr Duration kUp = seconds(6), kDown = seconds(1);  // on average
constexpr std::uint32_t kSmall = 100, kLarge = 3 * kKiB;
constexpr Duration kHonestEvery = milliseconds(100), kOthersEvery = milliseconds(500), kLook = milliseconds(20);
constexpr Duration kQuiet = seconds(90);  // afterwards: everything that was begun ends
constexpr double kHonestMin = 0.999;

class Siege final : public sim::Handler {
 public:
  Siege(std::uint64_t seed, std::uint64_t frames)
      : field_(scenario(), seed), stream_(sim::Seed(seed).child("siege")), frames_(frames) {}

  std::vector<Figure> run(const Context& context) {
    field_.on_sent = [this](std::uint32_t node, const Transmission& t) { record(node, t); };
    field_.meet();
    before_ = admissions(kReceiver);
    for (const What what : {What::attack, What::power, What::honest, What::others, What::look}) plan(what, kLook);
    const auto enough = [this] { return attacks_ >= frames_; };
    while (!enough()) {
      context.progress.at(attacks_, frames_, "frames of the attacker");
      (void)field_.world().run_until(enough, seconds(10));
    }
    storming_ = false;
    if (!field_.world().powered(kTroubled)) field_.world().power_on(kTroubled);
    field_.world().run_for(kQuiet);
    return figures();
  }

  void on_event(std::uint64_t what) override {
    if (!storming_) return;
    switch (static_cast<What>(what)) {
      case What::attack:
        attack();
        return plan(What::attack, kAttackEvery);
      case What::power:
        return plan(What::power, power());
      case What::honest:
        say(kHonest, kReceiver, &honest_);
        say(kReceiver, kHonest, &honest_);
        return plan(What::honest, kHonestEvery);
      case What::others:
        say(kTroubled, kReceiver, nullptr);
        say(kReceiver, kTroubled, nullptr);
        say(kForeign, kForeignToo, nullptr);
        return plan(What::others, kOthersEvery);
      case What::look:
        look();
        return plan(What::look, kLook);
    }
  }

 private:
  enum class What : std::uint8_t { attack, power, honest, others, look };

  static Scenario scenario() {
    Scenario scenario = line_of(kNodes, sim::MediumKind::ideal, 10'000);
    scenario.media[0].ideal.bit_rate = kBitRate;
    scenario.nodes.network = "home";
    sim::GroupSpec foreign;
    foreign.name = "foreign";
    foreign.nodes.text = std::to_string(kForeign) + "," + std::to_string(kForeignToo);
    foreign.node = scenario.nodes;
    foreign.node.network = "theirs";
    scenario.groups.push_back(foreign);
    add_attacker(scenario, kAttacker);
    return scenario;
  }

  void plan(What what, Duration in) { field_.world().events().plan_in(in, *this, static_cast<std::uint64_t>(what)); }
  Node* node(std::uint32_t n) { return field_.world().board(n).node(); }
  sim::Radio& radio(std::uint32_t n) { return *field_.world().board(n).radios()[0]; }
  std::uint64_t admissions(std::uint32_t n) { return node(n)->counters()[Counter::admissions]; }

  void say(std::uint32_t from, std::uint32_t to, std::vector<std::uint64_t>* book) {
    const std::uint32_t size = stream_.chance(sim::kCertain_ppm / 16) ? kLarge : kSmall;
    const auto sent = field_.world().send(sim::Flows::kStory, from, to, size);
    if (book == nullptr) return;
    sent.serial != 0 ? book->push_back(sent.serial) : void(++refused_);
  }

  void record(std::uint32_t node, const Transmission& t) {
    if (attacking_ || node == kAttacker) return;
    ++recorded_;
    recent_[recorded_ % kRecent] = t.frame;
    if (tape_.size() < kTape)
      tape_.push_back(t.frame);
    else if (const std::uint64_t at = stream_.below(recorded_); at < kTape)
      tape_[at] = t.frame;
  }

  // --- the attacker ----------------------------------------------------------------------------------------
  void attack() {
    if (tape_.empty()) return;
    sim::Frame frame = tape_[cursor_++ % tape_.size()];
    switch (stream_.below(8)) {
      case 0:
      case 1:
        return put(frame);  // as it was
      case 2:
        return put(recent_[stream_.below(kRecent)]);
      case 3:
        frame = recent_[stream_.below(kRecent)];
        [[fallthrough]];
      case 4:
        for (std::uint64_t bits = 1 + stream_.below(4); bits > 0; --bits)
          frame.bytes[stream_.below(std::max<std::uint64_t>(frame.size, 1))] ^=
              static_cast<std::byte>(1U << stream_.below(8));
        return put(frame);
      case 5: {
        const auto size = static_cast<std::uint8_t>(stream_.below(sim::Frame::kBytesMax + 1));
        if (size > frame.size) stream_.fill(MutableBytes(frame.bytes).subspan(frame.size, size - frame.size));
        frame.size = size;
        return put(frame);
      }
      case 6:  // back to its sender
        if (frame.broadcast()) frame.to = radio(kReceiver).index();
        std::swap(frame.from, frame.to);
        return put(frame);
      default:  // as somebody else, to somebody else
        frame.from = radio(static_cast<std::uint32_t>(stream_.below(kNodes))).index();
        if (!frame.broadcast()) frame.to = radio(static_cast<std::uint32_t>(stream_.below(kMembers))).index();
        return put(frame);
    }
  }

  // From the place of the attacker, under whatever link address the frame has.
  void put(const sim::Frame& frame) {
    const sim::Medium& medium = field_.world().medium(0);
    if (frame.size == 0 || frame.from >= medium.size() || frame.from == frame.to) return;
    if (!field_.world().powered(medium.radio(frame.from).node())) return;
    attacking_ = true;
    attacks_ += field_.world().medium(0).submit(radio(kAttacker), frame) == Status::ok ? 1U : 0U;
    attacking_ = false;
  }

  // --- the troubled one ------------------------------------------------------------------------------------
  Duration power() {
    World& world = field_.world();
    if (world.powered(kTroubled)) {
      world.power_off(kTroubled);
      back_ = true;
      return stream_.exponential(kDown);
    }
    if (stream_.chance(sim::kCertain_ppm / 4)) {
      world.board(kTroubled).flash().wipe();
      ++blank_;
    }
    world.power_on(kTroubled);
    ++starts_;
    on_at_ = world.now();
    back_ = false;
    return stream_.exponential(kUp);
  }

  bool knows(std::uint32_t a, std::uint32_t b) {
    const Peer* peer = node(a) != nullptr ? node(a)->peer(field_.world().id_of(b)) : nullptr;
    return peer != nullptr && peer->connected();
  }

  void look() {
    if (!knows(kReceiver, kHonest) || !knows(kHonest, kReceiver)) ++lost_;
    for (std::uint32_t a = 0; a < kMembers; ++a)
      for (std::uint32_t b = kMembers; b < kNodes; ++b)
        if (knows(a, b)) ++strangers_;
    if (!back_ && knows(kTroubled, kReceiver) && knows(kReceiver, kTroubled)) {
      back_ = true;
      back_s_.push_back(static_cast<double>((field_.world().now() - on_at_).us) / 1e6);
    }
  }

  std::vector<Figure> figures() {
    std::uint64_t told = 0;
    for (const std::uint64_t serial : honest_) told += field_.delivered(serial) ? 1U : 0U;
    std::uint64_t twice = 0, memory = 0;
    for (const sim::Violation& v : field_.world().referee().kept()) {
      twice += v.checker == "duplicate delivery" ? 1U : 0U;
      memory += v.checker == "no heap" || v.checker == "inside its memory" || v.checker.starts_with("every") ? 1U : 0U;
    }
    const std::uint64_t wrong = field_.violations() - twice - memory;
    const std::string trouble = field_.first_violation();
    const Usage left = node(kReceiver)->usage();
    const sim::Holdings held = field_.world().board(kReceiver).app()->holdings();
    const Counters& c = node(kReceiver)->counters();
    const double all = static_cast<double>(honest_.size() + refused_);
    // Each start makes one admission, and each salt that was new.
    const std::uint64_t admitted = admissions(kReceiver) - before_;
    using Bar = Figure::Bar;
    return {
        {"frames of the attacker", static_cast<double>(attacks_), 0, Bar::at_least, static_cast<double>(frames_),
         std::to_string(starts_) + " restarts, " + std::to_string(blank_) + " of them blank; a tape of " +
             std::to_string(tape_.size()) + " of " + std::to_string(recorded_) + " frames"},
        {"delivered, but never sent so; and other broken rules", static_cast<double>(wrong), 0, Bar::at_most, 0,
         trouble},
        {"Packages delivered twice", static_cast<double>(twice), 0, Bar::at_most, 0, ""},
        {"looks at which the two that never restart had lost each other", static_cast<double>(lost_), 0, Bar::at_most,
         0},
        {"looks at which a stranger was a neighbour", static_cast<double>(strangers_), 0, Bar::at_most, 0},
        {"receiver: admissions beyond one for each restart",
         static_cast<double>(admitted > starts_ + 1 ? admitted - starts_ - 1 : 0), 0, Bar::at_most, 0,
         std::to_string(admitted) + " admissions"},
        {"receiver: broken rules of memory (heap, block, Blobs, sends)", static_cast<double>(memory), 0, Bar::at_most,
         0},
        {"receiver: sends and Blobs still held 90 s afterwards",
         static_cast<double>(held.sends + held.blobs + left.datagrams + left.sequences_out), 0, Bar::at_most, 0},
        {"the two that never restart: told delivered, and so it was", static_cast<double>(told) / all, 5, Bar::at_least,
         kHonestMin,
         std::to_string(told) + " of " + sim::text::fixed(all, 0) + ", refused " + std::to_string(refused_)},
        {"restarts that were back before the next",
         static_cast<double>(back_s_.size()) / static_cast<double>(std::max<std::uint64_t>(starts_, 1)), 4, Bar::none,
         0,
         "in " + sim::text::fixed(mean(back_s_), 2) + " s on average, " + sim::text::fixed(largest(back_s_), 2) +
             " at most"},
        {"receiver: frames that were forged, replayed, without a key",
         static_cast<double>(c[Counter::rx_forged]) + static_cast<double>(c[Counter::rx_replayed]) +
             static_cast<double>(c[Counter::rx_no_key]),
         0, Bar::none, 0,
         std::to_string(c[Counter::rx_forged]) + ", " + std::to_string(c[Counter::rx_replayed]) + ", " +
             std::to_string(c[Counter::rx_no_key])},
    };
  }

  Field field_;
  sim::Stream stream_;
  std::uint64_t frames_;
  bool storming_ = true, attacking_ = false, back_ = true;
  Instant on_at_{};
  std::uint64_t attacks_ = 0, recorded_ = 0, cursor_ = 0, starts_ = 0, blank_ = 0, refused_ = 0, lost_ = 0,
                strangers_ = 0, before_ = 0;
  std::vector<sim::Frame> tape_;
  std::array<sim::Frame, kRecent> recent_{};
  std::vector<std::uint64_t> honest_;
  std::vector<double> back_s_;
};

std::vector<Figure> run(const Context& context) {
  Siege siege(context.seed, kFramesIn * context.transfers);
  return siege.run(context);
}

const Registered kRow({"closed_hostile", 80,
                       "replayed, changed, cut, reflected and foreign frames into a closed mesh, and reboots; 10,000 "
                       "frames for each of --transfers",
                       run});

}  // namespace
}  // namespace mp::bench
