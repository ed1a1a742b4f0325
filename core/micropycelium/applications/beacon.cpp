// SPDX-License-Identifier: ISC
#include "micropycelium/applications/beacon.hpp"

namespace mp {
namespace {

// Answers wait a little, so that the neighbours of a newcomer do not all speak at once: up to the time that so many
// of them take on the air, but no longer than a person notices, unless the radio is so slow that a few take longer.
// Where that is next to nothing (a wire) they go at once, ahead of what is sent next.
constexpr std::int64_t kAnswerSpread = 64;
constexpr std::int64_t kAnswerSpreadFew = 8;
constexpr Duration kAnswerSpreadMin = milliseconds(2);
constexpr Duration kAnswerSpreadMax = milliseconds(50);
// How long the Beacons of one node count as one burst; on a slow radio, as long as so many full frames take.
constexpr Duration kBurstMemory = seconds(1);
constexpr std::int64_t kBurstFrames = 6;
constexpr Duration kRetry = milliseconds(20);
// More newcomers than can be answered one by one get a Beacon after this.
constexpr Duration kCrowdPause = seconds(1);
// After a burst the pauses begin with this, and double: in a crowd that starts together most Beacons are lost.
constexpr Duration kFirstPause = seconds(2);
// Beacons take a quarter of what the Interface has for control traffic at most. The rest is for answers.
constexpr std::int64_t kPaces = 4;
// Beside a node of version 0, which expects to hear one a minute: as long as one was heard within so long.
constexpr Duration kIntervalV0 = seconds(60), kV0Memory = seconds(600);
// Nobody repeats Beacons for the windows of a leaf: it bears so much more silence, of equals and of others.
constexpr std::int64_t kBeaconsSleptOver = 4, kBeaconsSleptOverV0 = 16;
// A leaf that is left alone again and again calls for a parent so often.
constexpr Duration kCallPause = seconds(30);

std::uint32_t beginning(const Ed25519Signature& signature) { return load_be<std::uint32_t>(signature.value.data()); }

// As a Beacon tells it.
std::uint16_t in_seconds(Duration d) {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>((d.us + 999'999) / 1'000'000, 1, 0xffff));
}

bool begins_with_mark(Bytes prefixes, const AppId& mark) {
  return prefixes.size() >= kAppPrefixSize &&
         equal(prefixes.first(kAppPrefixSize), Bytes(mark.value).first(kAppPrefixSize));
}

// Where the Package begins in the packets that Beacons travel in.
constexpr std::size_t kPackageAt = kSchemas[0].body_offset;

}  // namespace

Beacon::Beacon(const BeaconOptions& options)
    : Application({.name = (options.closed ? kSignedBeaconApp : kBeaconApp).name,
                   .description = (options.closed ? kSignedBeaconApp : kBeaconApp).description,
                   .version = (options.closed ? kSignedBeaconApp : kBeaconApp).version,
                   .repeats = Repeats::deliver,
                   .opening = options.closed,
                   .greets = true}),
      options_(options),
      extensions_(kExtensions.id()),
      leaf_mark_(kLeafMark.id()) {}

void Beacon::announce() {
  if (stopped_) return;
  begin_burst();
  node().wake(*this);
}

void Beacon::on_start(Instant now) {
  spread_ = static_cast<std::uint8_t>(node().random().u32());
  looked_ = now;
  begin_burst();
}

void Beacon::begin_burst() {
  for (std::size_t i = 0; i < node().interface_count(); ++i) {
    Voice& voice = voices_[i];
    voice.next = node().now();
    voice.pause = kFirstPause;
    voice.last = {};
    voice.burst_left = options_.burst;
  }
}

bool Beacon::wants(const Package& package) {
  if (options_.closed) return decode_signed_beacon(package.blob).ok();
  const auto message = decode_beacon(package.blob);
  if (!message) return false;
  // An equal that asks whether we have heard it would take a yes for more than that.
  return !message->apps.contains(extensions_) || package.from.broadcast || message->op == BeaconOp::disconnect ||
         node().room_for(message->node_id);
}

bool Beacon::of_equal(const Package& package) const {
  const auto message = decode_beacon(package.blob);
  return !options_.closed && message && message->apps.contains(extensions_);
}

void Beacon::on_package(const Package& package) {
  if (options_.closed) {
    if (const auto beacon = decode_signed_beacon(package.blob)) take_signed(*beacon, package.blob, package.from);
    return;
  }
  if (const auto message = decode_beacon(package.blob)) take(*message, package.blob.size(), package.from);
}

// The node id is only claimed: nothing in version 0 proves it. A known link may not speak for another node's end.
void Beacon::take(const BeaconMessage& message, std::size_t size, const Origin& from) {
  const NodeId& who = message.node_id;
  if (who == node().id() || from.routed || from.by_id) return;
  if (message.op == BeaconOp::disconnect) {
    if (from.node == who) node().remove_peer(who);
    return;
  }
  const bool equal = message.apps.contains(extensions_);
  const Peer* known = node().peer(who);
  const bool newcomer = known == nullptr || !known->connected();
  // What else an equal has to say, in another message.
  const bool further = !equal && !newcomer && known->equal;
  const Duration timeout = further ? known->timeout : timeout_of(message, size, from.interface, equal);
  if (equal && !from.broadcast) node().make_room(who);
  if (node().add_peer(who, from.interface, from.link, timeout, equal) != Status::ok) return;
  look_for(who);
  if (!equal && !further) hear_v0(from.interface);
  if (equal && !from.broadcast) node().note_taken_in(who, true);
  // An equal that says nothing of its sleep does not sleep; a further message of the same Beacon leaves that as it is.
  if (equal) node().note_leaf(who, message.apps.contains(leaf_mark_));
  if (equal)
    node().hear_wake(who, from.interface, wake_of(message.apps).value_or(WakeTime{}),
                     kPackageAt + kPackageHeader + size);
  tell_listener(who, message.apps);
  if (stopped_) return;
  // An equal that we know, and that says so once, wants to be heard and no more. Version 0 answers each time.
  if (message.op == BeaconOp::beacon) plan_answer(who, from.interface, newcomer, newcomer || !equal);
}

// How long its silence is borne. Where the law lets nobody speak that often, it means nothing for longer.
Duration Beacon::timeout_of(const BeaconMessage& message, std::size_t size, std::uint8_t interface, bool equal) const {
  Duration interval = node().control_interval(interface, kPackageAt + kPackageHeader + size) * kPaces;
  if (equal) {
    interval = std::max(interval, seconds(kBeaconIntervalUsual_s));
    if (const auto said = interval_of(message.apps)) interval = seconds(*said);
  }
  const std::int64_t slept_over = equal ? kBeaconsSleptOver : kBeaconsSleptOverV0;
  return std::max(options_.timeout, interval * kBeaconsMissed) * (node().leaf() ? slept_over : 1);
}

// It drops us when it does not hear a Beacon a minute.
void Beacon::hear_v0(std::uint8_t interface) {
  Voice& voice = voices_[interface];
  const Instant now = node().now();
  const bool near = now < voice.v0_until;
  voice.v0_until = now + kV0Memory;
  if (near || stopped_) return;
  voice.next = std::min(voice.next, now + jittered(longest_pause(interface)));
  node().wake(*this);
}

// What comes in an opening frame may be a record of any age: of a stranger it is a reason to ask who is there, and of a
// neighbour it counts when it is signed and newer than the last. What comes in a sealed frame is a neighbour's.
void Beacon::take_signed(const SignedBeacon& b, Bytes message, const Origin& from) {
  const NodeId& who = b.node_id;
  if (who == node().id() || from.routed || from.by_id) return;
  if (!(from.node == who) || node().boot_of(who) != b.boot) {
    // Whoever sealed it has said who it is, and in which start: it says another's Beacon.
    if (!from.opening) return node().refuse_beacon(from, true);
    if (b.op != BeaconOp::disconnect) node().challenge(from.interface, from.link, beginning(b.signature));
    return;
  }
  if (!node().newer_beacon(who, b.count)) return node().refuse_beacon(from, false);
  if (!signed_beacon_genuine(message, node().salt_of(who))) return node().refuse_beacon(from, true);
  node().note_beacon(who, b.count);
  if (b.op == BeaconOp::disconnect) {
    node().remove_peer(who);
    return;
  }
  const Duration timeout =
      std::max(options_.timeout, seconds(b.interval_s) * kBeaconsMissed) * (node().leaf() ? kBeaconsSleptOver : 1);
  if (node().add_peer(who, from.interface, from.link, timeout, true) != Status::ok) return;
  look_for(who);
  const std::size_t around = from.opening ? kOpeningSize + 1 : kPackageAt + kFrameSealSize;
  node().hear_wake(who, from.interface, b.wake, around + kPackageHeader + message.size());
  Bytes prefixes = b.prefixes;
  if (begins_with_mark(prefixes, leaf_mark_)) {
    node().note_leaf(who, true);
    prefixes = prefixes.subspan(kAppPrefixSize);
  }
  if (listener_ != nullptr) listener_->on_app_prefixes(who, prefixes);
  if (!stopped_ && b.op == BeaconOp::beacon) plan_answer(who, from.interface, false, false);
}

// Whoever has just proven itself knows nothing else of us.
void Beacon::on_peer_added(const NodeId& peer) {
  const Peer* p = node().peer(peer);
  if (stopped_ || p == nullptr) return;
  look_for(peer);
  if (!options_.closed) return;
  for (const PeerLink& l : p->links)
    if (l.used()) return plan_answer(peer, l.interface, true, true);
}

// Whom a leaf meets next may not know it yet, and its next Beacon may be far.
void Beacon::call_for_a_parent() {
  if (stopped_ || node().now() < calls_from_) return;
  calls_from_ = node().now() + kCallPause;
  announce();
}

void Beacon::on_peer_removed(const NodeId&) {
  if (node().leaf() && node().parent() == nullptr) call_for_a_parent();
}

// Whoever takes nothing any more is asked sooner whether it is there.
void Beacon::on_link_cost(const NodeId& neighbour, std::uint16_t cost) {
  if (cost != kNoAnswer) return;
  look_by(node().now());
  if (const Peer* parent = node().parent(); parent != nullptr && parent->id == neighbour) call_for_a_parent();
}

// The entries of sleep and interval and the mark of a leaf are no Applications: the listener gets what is before and
// what is behind them.
void Beacon::tell_listener(const NodeId& who, AppIdList apps) const {
  if (listener_ == nullptr) return;
  for (std::size_t i = 0; i < apps.size();) {
    if (!is_wake_entry(apps[i]) && !is_interval_entry(apps[i]) && !(apps[i] == leaf_mark_)) {
      ++i;
      continue;
    }
    if (i > 0) listener_->on_apps(who, AppIdList(apps.bytes().first(i * AppId::kSize)));
    apps = AppIdList(apps.bytes().subspan((i + 1) * AppId::kSize));
    if (apps.empty()) return;
    i = 0;
  }
  listener_->on_apps(who, apps);
}

// `at_once`: it is owed an answer. Otherwise only if another Beacon of it follows: that is a burst, of one that has
// started or has something new to say, and may not know us.
void Beacon::plan_answer(const NodeId& to, std::uint8_t interface, bool newcomer, bool at_once) {
  const Instant now = node().now();
  Answer* slot = nullptr;
  for (Answer& a : answers_) {
    if (now < a.until && a.to == to) {
      if (!a.owed) return;
      slot = &a;
      at_once = true;
      break;
    }
    if (now >= a.until && a.due == Instant::never()) slot = &a;
  }
  if (slot == nullptr) {
    if (newcomer) tell_crowd(interface);
    return;
  }
  const Duration frame = node().interface(interface).airtime(kFrameMax);
  slot->to = to;
  slot->owed = !at_once;
  slot->until = now + std::max(kBurstMemory, frame * kBurstFrames);
  if (!at_once) return;
  const Duration spread = std::max(std::min(frame * kAnswerSpread, kAnswerSpreadMax), frame * kAnswerSpreadFew);
  slot->due = spread < kAnswerSpreadMin ? now : now + microseconds(node().random().u32() % spread.us);
  node().wake(*this);
}

// More at once than we answer one by one: a Beacon tells all who are new, and soon; and since some do not hear it, the
// pauses begin anew. Once in an interval: whoever makes up newcomers shall not have us speak without end.
void Beacon::tell_crowd(std::uint8_t interface) {
  Voice& voice = voices_[interface];
  const Instant now = node().now();
  if (now < voice.crowds_from) return;
  voice.next = std::min(voice.next, now + jittered(kCrowdPause));
  // Where airtime sets the interval its pace is bound enough, and nobody has eight Beacons to spare.
  if (pause_least(interface) <= options_.interval) {
    voice.crowds_from = now + options_.interval;
    voice.pause = kFirstPause;
  }
  node().wake(*this);
}

Instant Beacon::on_time(Instant now) {
  if (stopped_) return Instant::never();
  Instant due = Instant::never();
  for (std::size_t i = 0; i < node().interface_count(); ++i) {
    if (now >= voices_[i].next) speak(static_cast<std::uint8_t>(i), now);
    due = std::min(due, voices_[i].next);
  }
  for (Answer& a : answers_) {
    if (a.due <= now) a.due = tell(BeaconOp::response, &a.to, kEveryInterface) ? Instant::never() : now + kRetry;
    due = std::min(due, a.due);
  }
  if (now >= look_) ask_the_silent(now);
  return std::min(due, look_);
}

void Beacon::speak(std::uint8_t interface, Instant now) {
  Voice& voice = voices_[interface];
  if (node().interface(interface).caps().loopback) {
    voice.next = Instant::never();
    return;
  }
  // The one before may still wait for airtime: it says the same.
  if (!node().state(voice.last) && !tell(BeaconOp::beacon, nullptr, interface)) {
    voice.next = now + kRetry;
    return;
  }
  if (voice.burst_left > 1) {
    --voice.burst_left;
    voice.next = now + jittered(options_.burst_pause);
    return;
  }
  // The longest is varied to be longer: nobody speaks more often than that.
  const Duration longest = longest_pause(interface);
  voice.next = now + (voice.pause < longest ? jittered(voice.pause) : jittered(longest * 17 / 16, 17));
  voice.pause = std::min(voice.pause * 2, longest);
}

// What we say takes so long on the air that it may be said so often.
Duration Beacon::pause_least(std::uint8_t interface) const {
  std::size_t apps = 0;
  for (const Application* app = node().first_application(); app != nullptr; app = Node::next_application(*app))
    apps += app->info().listed ? 1U : 0U;
  apps += node().leaf() ? 1U : 0U;
  std::size_t bytes = 0;
  if (options_.closed) {
    const std::size_t messages = (apps + kSignedBeaconAppsMax - 1) / kSignedBeaconAppsMax;
    bytes =
        messages * (kOpeningSize + 1 + kPackageHeader + kSignedBeaconHead + kSignedBeaconTail) + apps * kAppPrefixSize;
  } else {
    const bool unusual =
        options_.interval != seconds(kBeaconIntervalUsual_s) || node().now() < voices_[interface].v0_until;
    apps += 1U + (node().sleep_plan().on() ? 1U : 0U) + (unusual ? 1U : 0U);
    const std::size_t messages = (apps + kBeaconAppsMax - 1) / kBeaconAppsMax;
    bytes = messages * (kPackageAt + kPackageHeader + kBeaconHead) + apps * AppId::kSize;
  }
  return node().control_interval(interface, std::min<std::size_t>(bytes, kFrameMax)) * kPaces;
}

// Between two Beacons on this Interface, or on that where it is longest. `usual`: as whoever hears them supposes.
Duration Beacon::longest_pause(std::uint8_t interface, bool usual) const {
  Duration longest{};
  for (std::size_t i = 0; i < node().interface_count(); ++i) {
    if (interface != kEveryInterface && interface != i) continue;
    Duration here = usual ? seconds(kBeaconIntervalUsual_s) : options_.interval;
    if (!usual && node().now() < voices_[i].v0_until) here = std::min(here, kIntervalV0);
    longest = std::max({longest, here, pause_least(static_cast<std::uint8_t>(i))});
  }
  return longest;
}

void Beacon::on_stop() {
  if (stopped_) return;
  stopped_ = true;
  (void)tell_some(BeaconOp::disconnect, nullptr, kEveryInterface, {});
}

bool Beacon::tell(BeaconOp op, const NodeId* to, std::uint8_t interface) {
  std::array<AppId, kBeaconAppsMax> some;
  std::size_t n = 0;
  if (!options_.closed) {
    some[n++] = extensions_;
    // Written anew for each Interface as it leaves.
    if (node().sleep_plan().on()) some[n++] = wake_entry({});
    if (const Duration longest = longest_pause(interface); longest != longest_pause(interface, true))
      some[n++] = interval_entry(in_seconds(longest));
  }
  if (node().leaf()) some[n++] = leaf_mark_;
  for (const Application* app = node().first_application(); app != nullptr; app = Node::next_application(*app)) {
    if (!app->info().listed) continue;
    if (n == some.size()) {
      if (!tell_some(op, to, interface, some)) return false;
      n = 0;
    }
    some[n++] = app->id();
  }
  return tell_some(op, to, interface, std::span(some).first(n));
}

bool Beacon::tell_some(BeaconOp op, const NodeId* to, std::uint8_t interface, std::span<const AppId> apps) {
  if (options_.closed) return tell_signed(op, to, interface, apps);
  ByteArray<kBeaconSizeMax> buffer;
  const auto message = encode_beacon(op, node().id(), apps, buffer);
  MP_CHECK(message.ok());
  if (to == nullptr) {
    const SendId sent = node().broadcast(*this, *message, {.priority = Priority::control, .interface = interface});
    if (interface < voices_.size()) voices_[interface].last = sent;
    return sent.refusal() != Status::no_buffer;
  }
  // An existing node is not asked: its acknowledgements are for its own retries.
  const Peer* peer = node().peer(*to);
  const SendOptions options{.ask = peer != nullptr && peer->equal, .priority = Priority::control};
  return peer == nullptr || node().send(*this, *to, *message, options).refusal() != Status::no_buffer;
}

bool Beacon::tell_signed(BeaconOp op, const NodeId* to, std::uint8_t interface, std::span<const AppId> apps) {
  ByteArray<kSignedBeaconAppsMax * kAppPrefixSize> prefixes;
  SignedBeacon b;
  b.op = op;
  b.node_id = node().id();
  b.boot = node().boot();
  b.interval_s = in_seconds(longest_pause(interface));
  do {
    const std::size_t n = std::min(apps.size(), kSignedBeaconAppsMax);
    for (std::size_t i = 0; i < n; ++i)
      copy(Bytes(apps[i].value).first(kAppPrefixSize), MutableBytes(prefixes).subspan(i * kAppPrefixSize));
    b.prefixes = Bytes(prefixes).first(n * kAppPrefixSize);
    b.count = ++count_;
    ByteArray<kSignedBeaconSizeMax> buffer;
    const Bytes message = encode_signed_beacon(b, node().salt(), node().keys(), buffer);
    if (to == nullptr) {
      if (const auto said = decode_signed_beacon(message)) node().note_own_beacon(beginning(said->signature));
      const SendId sent =
          node().broadcast(*this, message, {.priority = Priority::control, .interface = interface, .opening = true});
      if (interface < voices_.size()) voices_[interface].last = sent;
      if (sent.refusal() == Status::no_buffer) return false;
    } else if (node().peer(*to) != nullptr &&
               node().send(*this, *to, message, {.priority = Priority::control}).refusal() == Status::no_buffer) {
      return false;
    }
    apps = apps.subspan(n);
  } while (!apps.empty());
  return true;
}

// Give or take that part of it.
Duration Beacon::jittered(Duration d, std::int64_t part) {
  const std::int64_t off = d.us / part;
  return off == 0 ? d : d + microseconds(static_cast<std::int64_t>(node().random().u32()) % (2 * off) - off);
}

}  // namespace mp
