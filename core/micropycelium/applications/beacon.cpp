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
// Beacons that may be missed where airtime sets their pace.
constexpr std::int64_t kBeaconsMissed = 4;
// Nobody repeats Beacons for the windows of a leaf: it bears so much more silence.
constexpr std::int64_t kBeaconsSleptOver = 16;
// A leaf that is left alone again and again calls for a parent so often.
constexpr Duration kCallPause = seconds(30);
// Of its timeout, how long an equal may be silent before it is asked.
constexpr std::int64_t kSilentPart = 3;
std::uint32_t beginning(const Ed25519Signature& signature) { return load_be<std::uint32_t>(signature.value.data()); }

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

void Beacon::on_start(Instant) { begin_burst(); }

void Beacon::begin_burst() {
  for (std::size_t i = 0; i < node().interface_count(); ++i)
    voices_[i] = {.next = node().now(), .pause = kFirstPause, .last = {}, .burst_left = options_.burst};
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
  // Where the law lets nobody speak that often, silence means nothing for longer.
  const Duration timeout =
      std::max(options_.timeout,
               node().control_interval(from.interface, kPackageAt + kPackageHeader + size) * kPaces * kBeaconsMissed) *
      (node().leaf() ? kBeaconsSleptOver : 1);
  if (equal && !from.broadcast) node().make_room(who);
  if (node().add_peer(who, from.interface, from.link, timeout, equal) != Status::ok) return;
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
  if (!options_.closed || stopped_) return;
  if (const Peer* p = node().peer(peer); p != nullptr)
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

void Beacon::on_link_cost(const NodeId& neighbour, std::uint16_t cost) {
  if (const Peer* parent = node().parent(); cost == kNoAnswer && parent != nullptr && parent->id == neighbour)
    call_for_a_parent();
}

// The wake entry and the mark of a leaf are no Applications: the listener gets what is before and what is behind them.
void Beacon::tell_listener(const NodeId& who, AppIdList apps) const {
  if (listener_ == nullptr) return;
  for (std::size_t i = 0; i < apps.size();) {
    if (!is_wake_entry(apps[i]) && !(apps[i] == leaf_mark_)) {
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
    // More at once than we answer one by one: a Beacon tells all who are new, and soon.
    if (newcomer) voices_[interface].next = std::min(voices_[interface].next, now + jittered(kCrowdPause));
    node().wake(*this);
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

// An equal says nothing but its Beacons when there is nothing to say; where those get lost, it is asked before its
// silence is taken for its end. Leaves are not: they speak. And of a leaf the parent is asked soon, all others seldom.
void Beacon::ask_the_silent(std::uint8_t interface, Instant now) {
  for (const Peer& p : node().peers())
    if (p.used && p.equal && !p.leaf && !p.itself && !p.banned && p.on(interface) && p.timeout > Duration{} &&
        now - p.last_heard > (&p == node().parent() ? options_.timeout : p.timeout / kSilentPart))
      (void)tell(BeaconOp::response, &p.id, interface);
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
  return due;
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
  const Duration longest = longest_pause(interface);
  voice.next = now + jittered(std::min(voice.pause, longest));
  voice.pause = std::min(voice.pause * 2, longest);
  ask_the_silent(interface, now);
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
    apps += node().sleep_plan().on() ? 2U : 1U;
    const std::size_t messages = (apps + kBeaconAppsMax - 1) / kBeaconAppsMax;
    bytes = messages * (kPackageAt + kPackageHeader + kBeaconHead) + apps * AppId::kSize;
  }
  return node().control_interval(interface, std::min<std::size_t>(bytes, kFrameMax)) * kPaces;
}

// Between two Beacons on this Interface, or on that where it is longest.
Duration Beacon::longest_pause(std::uint8_t interface) const {
  Duration longest = options_.interval;
  for (std::size_t i = 0; i < node().interface_count(); ++i)
    if (interface == kEveryInterface || interface == i)
      longest = std::max(longest, pause_least(static_cast<std::uint8_t>(i)));
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
  b.interval_s =
      static_cast<std::uint16_t>(std::min<std::int64_t>(longest_pause(interface).us / 1'000'000 + 1, 0xffff));
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

Duration Beacon::jittered(Duration d) {
  const std::int64_t eighth = d.us / 8;
  return eighth == 0 ? d : d + microseconds(static_cast<std::int64_t>(node().random().u32()) % (2 * eighth) - eighth);
}

}  // namespace mp
