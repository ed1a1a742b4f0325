// SPDX-License-Identifier: ISC
#include "simulator/world/board.hpp"

#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/messages/hop_ack.hpp"
#include "simulator/media/medium.hpp"
#include "simulator/report/frame_class.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

constexpr std::size_t kGuardWords = 8;
constexpr std::uint64_t kGuard = 0xdead'c0de'feed'f00dU;
constexpr Duration kMisbehaveEvery = milliseconds(500);
constexpr std::size_t kReplayedMax = 16;
constexpr std::uint32_t kStuckMax = 100'000;
constexpr std::uint32_t kPollsBetweenInspections = 32;
constexpr std::uint8_t kRoomOfHole = 6;      // that a black hole says it has
constexpr std::uint32_t kPlantedEvery = 16;  // of the polls of its node

Limits limits_of(const NodeSpec& spec) {
  Limits limits = spec.limits;
  limits.trees = spec.trees;
  return limits;
}

std::size_t words(const NodeSpec& spec) { return (memory_required(limits_of(spec)) + 7) / 8; }

NetworkKey network_key(const std::string& name) {
  Sha256 hash;
  hash.update(bytes("Micropycelium simulator network "));
  hash.update(bytes(name));
  return NetworkKey(std::span<const std::byte, NetworkKey::kSize>(hash.finish()));
}

BeaconOptions beacon_options(const NodeSpec& spec) {
  BeaconOptions options = spec.beacon_options;
  options.closed = options.closed || !spec.network.empty();
  return options;
}

}  // namespace

Board::Running::Running(const World& world, const NodeSpec& spec, Incarnation self, Seed seed, Flash& flash,
                        std::span<std::uint64_t> block)
    : random(seed.child("random", self.number)),
      beacon(beacon_options(spec)),
      tree(spec.tree_options),
      app(world.ledger, world.listener, self, spec.misbehaviour),
      protection(spec.seal ? std::make_unique<Protection>(flash) : nullptr),
      node(limits_of(spec), std::as_writable_bytes(block), Platform{random, flash}) {}

Board::Board(const World& world, std::uint32_t number, const NodeSpec& spec, Seed seed)
    : world_(world),
      number_(number),
      spec_(spec),
      seed_(seed),
      memory_(words(spec) + 2 * kGuardWords),
      stream_(seed.child("board")),
      flash_(seed.child("flash")) {}

void Board::power_on() {
  if (powered_) return;
  powered_ = true;
  ++incarnation_;
  std::fill(memory_.begin(), memory_.end(), kGuard);
  running_.emplace(world_, spec_, incarnation(), seed_, flash_, std::span(memory_).subspan(kGuardWords, words(spec_)));
  const auto drift = static_cast<std::int32_t>(spec_.clock_drift_ppm);
  // One crystal for life; where the clock starts is new each time.
  Stream crystal(seed_.child("crystal"));
  clock_ = BoardClock(world_.events.now(), stream_.between(Duration{}, spec_.clock_offset_max),
                      static_cast<std::int32_t>(crystal.between(-drift, drift)));
  last_local_ = clock_.local(world_.events.now());
  Node& node = running_->node;
  for (Radio* radio : radios_) {
    radio->medium().set_mode(*radio, RadioMode::awake);
    if (node.attach(*radio) != Status::ok) world_.referee.report(number_, "the world itself", "a radio was refused");
  }
  (void)node.set_sleep(spec_.modem_sleep);  // refused: start() says so
  if (!spec_.network.empty() && node.set_network(network_key(spec_.network)) != Status::ok)
    world_.referee.report(number_, "the world itself", "a network was refused");
  if (spec_.beacon) (void)node.attach(running_->beacon);
  if (spec_.trees > 0 || spec_.tree_options.leaf) (void)node.attach(running_->tree);
  if (running_->protection) (void)node.attach(running_->protection->seal, running_->protection->contacts);
  (void)node.attach(running_->app);
  const Status started = node.start(last_local_);
  if (flash_.take_struck()) return world_.listener.on_struck(*this);
  if (started != Status::ok) {
    world_.referee.report(number_, "start", std::string("the node did not start: ") + name(started));
    return;
  }
  world_.listener.on_started(*this);
  plan(world_.events.now());
  if (spec_.sleep.every > Duration{}) begin_sleep_cycle();
  if (spec_.misbehaviour >= Misbehaviour::babbler)
    world_.events.plan_in(stream_.exponential(kMisbehaveEvery), *this, kMisbehave | incarnation_);
}

void Board::power_off() {
  if (!powered_) return;
  inspect();  // before all that there is to see is gone
  powered_ = false;
  if (spec_.misbehaviour == Misbehaviour::forward_while_off) return;  // planted: nothing stops
  planned_ = Instant::never();
  for (Radio* radio : radios_) radio->medium().set_mode(*radio, RadioMode::off);
  running_.reset();
}

void Board::on_heard(Radio&) { plan(world_.events.now() + spec_.reaction); }

bool Board::on_send(Radio&, const LinkAddress&, Bytes datagram) {
  if (!powered_) world_.referee.report(number_, "silent when off", "a node without power sends");
  return !swallows(datagram);
}

// By id, a black hole takes what is others', says to the hop before that it has it, and that is the end of it.
bool Board::on_take(Radio& radio, const LinkAddress&, Bytes datagram) {
  if (spec_.misbehaviour != Misbehaviour::black_hole || !running_) return true;
  const auto packet = PacketView::parse(datagram);
  if (!packet || !packet->schema().by_id()) return true;
  const NodeTag self = node_tag(running_->node.id());
  if (route_target(packet->route()) == self || route_source(packet->route()) == self) return true;
  const InterfaceCaps caps = radio.caps();
  if (caps.acknowledges && !caps.reports) return false;
  const Schema& schema = *find_schema(caps.frame_max >= kEspNowFrame ? kHopSchemaEspNow : kHopSchemaLora);
  ByteArray<kFrameMax> buffer;
  const std::uint32_t print = hop_fingerprint(packet->schema(), datagram);
  const auto body = encode_hop_ack(kRoomOfHole, std::span(&print, 1), MutableBytes(buffer).subspan(schema.body_offset));
  PacketFields fields;
  fields.flags = Flags(Control::ack);
  if (const auto ack = write_header(schema, fields, body->size(), buffer)) {
    // To all, since the node behind it waits to hear of each frame that it sent to one.
    (void)radio.send(LinkAddress{}, *ack);
  }
  return false;
}

void Board::on_taken_damaged(const Radio& radio, const Frame& frame) {
  world_.ledger.on_damage();
  const std::uint32_t from = radio.medium().radio(frame.from).node();
  const auto known = std::find_if(damages_.begin(), damages_.end(), [&](const Damage& d) { return d.from == from; });
  if (known != damages_.end())
    known->at = world_.events.now();
  else
    damages_.push_back({from, world_.events.now()});
}

bool Board::took_damaged_since(Instant since, std::uint32_t from) const {
  return std::any_of(damages_.begin(), damages_.end(),
                     [&](const Damage& d) { return d.at >= since && (from == kNoNode || d.from == from); });
}

void Board::plan(Instant at) {
  planned_ = std::min(planned_, std::max(at, world_.events.now()));
  // An event that comes before sees to it.
  if (planned_ == Instant::never() || (!alarms_.empty() && alarms_.back() <= planned_)) return;
  alarms_.push_back(planned_);
  world_.events.plan(planned_, *this, kAlarm);
}

// The radio's own duty cycle, as a driver sets it up: the node goes on, and may send at any time.
void Board::begin_sleep_cycle() {
  const std::int64_t every = spec_.sleep.every.us;
  const std::int64_t phase =
      spec_.sleep.synchronised
          ? 0
          : static_cast<std::int64_t>(Stream(seed_.child("phase")).below(static_cast<std::uint64_t>(every)));
  const std::int64_t since_wake = (world_.events.now().us + every - phase) % every;
  const bool awake = since_wake < spec_.sleep.awake.us;
  set_asleep(!awake);
  world_.events.plan_in(microseconds((awake ? spec_.sleep.awake.us : every) - since_wake), *this,
                        (awake ? kSleep : kWake) | incarnation_);
}

void Board::set_asleep(bool asleep) {
  for (Radio* radio : radios_) radio->medium().set_mode(*radio, asleep ? RadioMode::asleep : RadioMode::awake);
}

void Board::on_event(std::uint64_t what) {
  if ((what & (kSleep | kWake)) != 0) {
    const bool to_sleep = (what & kSleep) != 0;
    if (!running_ || (what & ~(kSleep | kWake)) != incarnation_) return;
    set_asleep(to_sleep);
    const Duration next = to_sleep ? spec_.sleep.every - spec_.sleep.awake : spec_.sleep.awake;
    world_.events.plan_in(next, *this, (to_sleep ? kWake : kSleep) | incarnation_);
    return;
  }
  if ((what & kMisbehave) != 0) {
    if (running_ && (what & ~kMisbehave) == incarnation_) misbehave();
    return;
  }
  alarms_.pop_back();
  if (planned_ <= world_.events.now()) {
    planned_ = Instant::never();
    if (running_) return poll();
  }
  plan(planned_);
}

void Board::poll() {
  Instant local = clock_.local(world_.events.now());
  const bool misdeed = polls_ % kPlantedEvery == kPlantedEvery - 1;
  if (spec_.misbehaviour == Misbehaviour::clock_back && misdeed) local = last_local_ - microseconds(1);
  if (local < last_local_) world_.referee.report(number_, "time is monotone", "the board's clock went back");
  last_local_ = local;
  Instant due{};
  const std::uint64_t taken = HeapWatch::seen();
  {
    const HeapWatch watch;
    if (spec_.misbehaviour == Misbehaviour::heap_leak) {
      auto leak = std::make_unique<std::byte[]>(64);
      const HeapPause world_s_business;
      leaks_.push_back(std::move(leak));
    }
    due = running_->node.poll(local);
  }
  if (spec_.misbehaviour == Misbehaviour::writes_outside && misdeed) memory_.back() = 0;
  if (spec_.misbehaviour == Misbehaviour::endless_loop) due = local;
  if (HeapWatch::seen() != taken) world_.referee.report(number_, "no heap", "the node took memory from the heap");
  if (flash_.take_struck()) return world_.listener.on_struck(*this);

  const Limits& limits = spec_.limits;
  const Holdings held = running_->app.holdings();
  if (held.sends > std::uint32_t{limits.datagrams} + limits.sequences_out)
    world_.referee.report(number_, "every send ends", "more sends are open than the node has slots for");
  if (held.blobs > limits.sequences_in)
    world_.referee.report(number_, "every Blob comes back", "more Blobs are held than the node has slots for");

  if (++polls_ % kPollsBetweenInspections == 0) inspect();

  // Work left over, or a due time that has passed: the processor goes on at once, but it is not infinitely fast.
  const bool at_once = due <= local;
  stuck_ = at_once ? stuck_ + 1 : 0;
  if (stuck_ == kStuckMax) world_.referee.report(number_, "no endless loop", "the node wants to be polled on and on");
  if (due != Instant::never())
    plan(at_once ? world_.events.now() + std::max(spec_.reaction, microseconds(1)) : clock_.world(due));
}

void Board::inspect() {
  if (!running_) return;
  const auto kept = [](auto w) { return w == kGuard; };
  const bool intact = std::all_of(memory_.begin(), memory_.begin() + kGuardWords, kept) &&
                      std::all_of(memory_.end() - kGuardWords, memory_.end(), kept);
  if (!intact) world_.referee.report(number_, "inside its memory", "the node wrote outside its block");
  const Usage used = running_->node.usage();
  const auto raise = [](std::uint32_t& high, std::size_t now) {
    high = std::max(high, static_cast<std::uint32_t>(now));
  };
  raise(high_water_.peers, used.peers);
  raise(high_water_.routes, used.routes);
  raise(high_water_.datagrams, used.datagrams);
  raise(high_water_.sequences_in, used.sequences_in);
  raise(high_water_.sequences_out, used.sequences_out);
  raise(high_water_.seen, used.seen);
  const std::uint64_t oldest = running_->app.oldest_open();
  // Longer than any wait for a link and all tries of a packet together; sequences may take as long as they need.
  if (oldest != 0 && world_.ledger.entry(oldest).size <= 128 &&
      world_.events.now() - world_.ledger.entry(oldest).sent > seconds(180))
    world_.referee.report(number_, "every send ends",
                          "a send has not ended in three minutes: Package " + std::to_string(oldest));
}

// --- misbehaviour ------------------------------------------------------------------------------------------

bool Board::swallows(Bytes datagram) const {
  if (spec_.misbehaviour == Misbehaviour::mute) return true;
  if (spec_.misbehaviour != Misbehaviour::black_hole || !running_) return false;
  const auto packet = header_of(datagram);
  return packet && packet->schema().routed() && !packet->schema().by_id() &&
         !(running_->node.has_address() && packet->from_addr() == running_->node.address().address);
}

void Board::overhear(const Frame& frame) {
  if (spec_.misbehaviour != Misbehaviour::replayer) return;
  if (heard_.size() >= kReplayedMax) heard_.erase(heard_.begin());
  heard_.push_back(frame);
}

void Board::misbehave() {
  world_.events.plan_in(stream_.exponential(kMisbehaveEvery), *this, kMisbehave | incarnation_);
  Radio& radio = *radios_[stream_.below(radios_.size())];
  if (spec_.misbehaviour == Misbehaviour::babbler) {
    ByteArray<Frame::kBytesMax> noise;
    const MutableBytes bytes = MutableBytes(noise).first(stream_.below(Frame::kBytesMax) + 1);
    stream_.fill(bytes);
    if (stream_.chance(kCertain_ppm / 2)) bytes[0] = std::byte{0};  // the version: so that some are looked into
    (void)radio.send(LinkAddress::broadcast(), bytes);
  } else if (!heard_.empty()) {
    const Frame& frame = heard_[stream_.below(heard_.size())];
    (void)radio.send(LinkAddress::broadcast(), frame.view());
  }
}

}  // namespace mp::sim
