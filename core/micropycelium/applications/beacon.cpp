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
// How long the Beacons of one node count as one burst.
constexpr Duration kBurstMemory = seconds(1);
constexpr Duration kRetry = milliseconds(20);
// More newcomers than can be answered one by one get a Beacon after this.
constexpr Duration kCrowdPause = seconds(1);
// Beacons that may be missed where the law sets their pace.
constexpr std::int64_t kBeaconsMissed = 4;
// Where the Package begins in the packets that Beacons travel in.
constexpr std::size_t kPackageAt = kSchemas[0].body_offset;

}  // namespace

Beacon::Beacon(const BeaconOptions& options)
    : Application({.name = kBeaconApp.name,
                   .description = kBeaconApp.description,
                   .version = kBeaconApp.version,
                   .repeats = Repeats::deliver}),
      options_(options),
      extensions_(kExtensions.id()) {}

void Beacon::announce() {
  if (stopped_) return;
  burst_left_ = options_.burst;
  next_ = node().now();
  node().wake(*this);
}

void Beacon::on_start(Instant now) {
  burst_left_ = options_.burst;
  next_ = now;
}

bool Beacon::wants(const Package& package) { return decode_beacon(package.blob).ok(); }

void Beacon::on_package(const Package& package) {
  if (const auto message = decode_beacon(package.blob)) take(*message, package.blob.size(), package.from);
}

// The node id is only claimed: nothing in version 0 proves it. A known link may not speak for another node's end.
void Beacon::take(const BeaconMessage& message, std::size_t size, const Origin& from) {
  const NodeId& who = message.node_id;
  if (who == node().id() || from.routed) return;
  if (message.op == BeaconOp::disconnect) {
    if (from.node == who) node().remove_peer(who);
    return;
  }
  const bool equal = message.apps.contains(extensions_);
  const Peer* known = node().peer(who);
  const bool newcomer = known == nullptr || !known->connected();
  // Where the law lets nobody speak that often, silence means nothing for longer.
  const Duration timeout =
      std::max(options_.timeout, node().control_interval(from.interface, kPackageHeader + size) * kBeaconsMissed);
  if (node().add_peer(who, from.interface, from.link, timeout, equal) != Status::ok) return;
  // An equal that says nothing of its sleep does not sleep; a further message of the same Beacon leaves that as it is.
  if (equal)
    node().hear_wake(who, from.interface, wake_of(message.apps).value_or(WakeTime{}),
                     kPackageAt + kPackageHeader + size);
  tell_listener(who, message.apps);
  if (stopped_) return;
  if (message.op == BeaconOp::beacon) plan_answer(who, from.interface, newcomer);
}

// The wake entry is no Application: the listener gets what is before and what is behind it.
void Beacon::tell_listener(const NodeId& who, const AppIdList& apps) const {
  if (listener_ == nullptr) return;
  Bytes rest = apps.bytes();
  for (std::size_t i = 0; i < apps.size(); ++i) {
    if (!is_wake_entry(apps[i])) continue;
    listener_->on_apps(who, AppIdList(rest.first(i * AppId::kSize)));
    rest = rest.subspan((i + 1) * AppId::kSize);
    if (rest.empty()) return;
    break;
  }
  listener_->on_apps(who, AppIdList(rest));
}

void Beacon::plan_answer(const NodeId& to, std::uint8_t interface, bool newcomer) {
  const Instant now = node().now();
  Answer* slot = nullptr;
  for (Answer& a : answers_) {
    if (a.to == to && now < a.until) return;
    if (now >= a.until && a.due == Instant::never()) slot = &a;
  }
  if (slot == nullptr) {
    // More at once than we answer one by one: a Beacon tells all who are new, and soon.
    if (newcomer) next_ = std::min(next_, now + jittered(kCrowdPause));
    node().wake(*this);
    return;
  }
  slot->to = to;
  const Duration frame = node().interface(interface).airtime(kFrameMax);
  const Duration spread = std::max(std::min(frame * kAnswerSpread, kAnswerSpreadMax), frame * kAnswerSpreadFew);
  slot->due = spread < kAnswerSpreadMin ? now : now + microseconds(node().random().u32() % spread.us);
  slot->until = now + kBurstMemory;
  node().wake(*this);
}

Instant Beacon::on_time(Instant now) {
  if (stopped_) return Instant::never();
  if (now >= next_) {
    if (!tell(BeaconOp::beacon, nullptr)) {
      next_ = now + kRetry;
    } else if (burst_left_ > 1) {
      --burst_left_;
      next_ = now + jittered(options_.burst_pause);
    } else {
      burst_left_ = 0;
      next_ = now + jittered(options_.interval);
    }
  }
  Instant due = next_;
  for (Answer& a : answers_) {
    if (a.due <= now) a.due = tell(BeaconOp::response, &a.to) ? Instant::never() : now + kRetry;
    due = std::min(due, a.due);
  }
  return due;
}

void Beacon::on_stop() {
  if (stopped_) return;
  stopped_ = true;
  (void)tell_some(BeaconOp::disconnect, nullptr, {});
}

bool Beacon::tell(BeaconOp op, const NodeId* to) {
  std::array<AppId, kBeaconAppsMax> some;
  some[0] = extensions_;
  std::size_t n = 1;
  // Written anew for each Interface as it leaves.
  if (node().sleep_plan().on()) some[n++] = wake_entry({});
  for (const Application* app = node().first_application(); app != nullptr; app = Node::next_application(*app)) {
    if (n == some.size()) {
      if (!tell_some(op, to, some)) return false;
      n = 0;
    }
    some[n++] = app->id();
  }
  return tell_some(op, to, std::span(some).first(n));
}

bool Beacon::tell_some(BeaconOp op, const NodeId* to, std::span<const AppId> apps) {
  ByteArray<kBeaconSizeMax> buffer;
  const auto message = encode_beacon(op, node().id(), apps, buffer);
  MP_CHECK(message.ok());
  if (to == nullptr)
    return node().broadcast(*this, *message, {.priority = Priority::control}).refusal() != Status::no_buffer;
  // An existing node is not asked: its acknowledgements are for its own retries.
  const Peer* peer = node().peer(*to);
  const SendOptions options{.ask = peer != nullptr && peer->equal, .priority = Priority::control};
  return peer == nullptr || node().send(*this, *to, *message, options).refusal() != Status::no_buffer;
}

Duration Beacon::jittered(Duration d) {
  const std::int64_t eighth = d.us / 8;
  return eighth == 0 ? d : d + microseconds(static_cast<std::int64_t>(node().random().u32()) % (2 * eighth) - eighth);
}

}  // namespace mp
