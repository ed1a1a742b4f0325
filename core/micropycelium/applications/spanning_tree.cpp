// SPDX-License-Identifier: ISC
#include "micropycelium/applications/spanning_tree.hpp"

#include <utility>

namespace mp {
namespace {

// A wave shares the air with the neighbours, who all have something to tell at the same time: so many full frames fit
// into a pace.
constexpr std::int64_t kFramesOfPace = 32;
constexpr Duration kPaceMin = milliseconds(100);
// Of a change of root, in paces, when parents are chosen freely.
constexpr std::int64_t kFormingPaces = 50;
// Everything is not told more often than once in so many paces, however slow the air is.
constexpr std::int64_t kRefreshPaces = 8;
// Signatures of one neighbour are looked at so often in a pace, and so many at once: twice what an honest one has.
constexpr std::int64_t kChecksOfPace = 16;
constexpr std::int64_t kChecksAtOnce = 32;
// The pause after an advert that did not get out doubles so often.
constexpr std::uint8_t kDoublingsMax = 8;

// So many adverts of full size may go ahead of the pace: what a start takes, on an Interface where the law lets nobody
// speak often; and as many as the control pace of so many of the law's windows, which is half of what one allows.
constexpr std::int64_t kAdvertsAhead = 24;
constexpr std::int64_t kWindowsAhead = 5;
// Where nobody hears whether the air is free, or the law leaves little of it: full frames that each neighbour is given
// to say what it has, and adverts that the control pace bears between two times that all is told.
constexpr std::int64_t kFramesOfShare = 8;
constexpr std::int64_t kAdvertsOfRefresh = 3;
// Around a message: packet, Package, seal.
constexpr std::size_t kAround = 5 + kPackageHeader + kFrameSealSize;

// A parent that has not heeded so many adverts may not know who sent them.
constexpr std::uint8_t kUnheededMax = 3;
// Whoever introduced itself is known for so long without another word, or as many Beacons as there may be.
constexpr Duration kPeerTimeout = seconds(240);
constexpr std::int64_t kBeaconsToTimeout = 16;

constexpr ByteArray<16> kNoSalt{};

bool newer(std::uint32_t boot, std::uint32_t count, const TreeHeard& than) {
  return boot != than.boot ? boot > than.boot : count > than.count;
}

}  // namespace

SpanningTree::SpanningTree(const SpanningTreeOptions& options)
    : Seeker({.name = kSpanningTreeApp.name,
              .description = kSpanningTreeApp.description,
              .version = kSpanningTreeApp.version,
              .repeats = Repeats::deliver,
              .listed = false}),
      options_(options) {}

void SpanningTree::on_start(Instant now) {
  pace_ = options_.pace > Duration{} ? options_.pace : slowest_pace();
  TreeTimes times;
  times.pace = pace_;
  times.refresh = std::max(options_.refresh, pace_ * kRefreshPaces);
  times.forming = std::max(times.forming, pace_ * kFormingPaces);
  for (std::size_t i = 0; i < node().interface_count(); ++i) {
    const InterfaceCaps caps = node().interface(i).caps();
    if (caps.loopback || !(caps.half_duplex || caps.rule.limits())) continue;
    const std::size_t frame = std::min<std::size_t>(caps.frame_max, kFrameMax);
    times.share = std::max(times.share, node().interface(i).airtime(frame) * kFramesOfShare);
    times.refresh =
        std::max(times.refresh, node().control_interval(static_cast<std::uint8_t>(i), frame) * kAdvertsOfRefresh);
    times.forming = {};
  }
  ways().trees.start(node().id(), node().boot(), node().random(), times, now);
  for (TreeHeard& h : ways().heard) h = {};
  started_ = true;
  if (ways().used()) offer();
  meet(now);
}

Duration SpanningTree::slowest_pace() const {
  Duration pace = kPaceMin;
  for (std::size_t i = 0; i < node().interface_count(); ++i) {
    const InterfaceCaps caps = node().interface(i).caps();
    if (caps.loopback) continue;
    pace =
        std::max(pace, node().interface(i).airtime(std::min<std::size_t>(caps.frame_max, kFrameMax)) * kFramesOfPace);
    // What is told to all is told once in each of their periods.
    if (caps.can_sleep && node().sleep_plan().on()) pace = std::max(pace, node().sleep_plan().sleep * 2);
  }
  return pace;
}

// --- neighbours ----------------------------------------------------------------------------------------------

void SpanningTree::changed() {
  if (!started_) return;
  meet(node().now());
  node().wake(*this);
}

// Whoever understands our extensions hangs in trees. The slots are the peers'.
void SpanningTree::meet(Instant now) {
  Trees& trees = ways().trees;
  if (trees.count() == 0) return;
  const auto peers = node().peers();
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const Peer& p = peers[i];
    const auto slot = static_cast<std::uint8_t>(i);
    const std::uint16_t cost = p.used && p.equal && !p.itself && !p.banned ? node().costs_.cost(slot) : kNoAnswer;
    const bool here = cost != kNoAnswer;
    const Neighbour& known = trees.slots()[i];
    if (known.met && !(here && known.tag == node_tag(p.id))) trees.lost(slot, now);
    // What it said last is remembered for as long as it is a peer.
    if (!p.used || !p.connected()) ways().heard[i] = {};
    if (!here || known.met) continue;
    trees.found(slot, p.id, cost, now);
  }
}

std::uint8_t SpanningTree::slot_of(const NodeId& neighbour) const {
  const auto peers = node().peers();
  for (std::size_t i = 0; i < peers.size(); ++i)
    if (peers[i].used && peers[i].id == neighbour && ways().trees.count() > 0 && ways().trees.slots()[i].met)
      return static_cast<std::uint8_t>(i);
  return kNone;
}

// Whoever does not answer is no neighbour for a while: meet() looks.
void SpanningTree::on_link_cost(const NodeId& neighbour, std::uint16_t cost) {
  changed();
  const std::uint8_t slot = slot_of(neighbour);
  if (slot != kNone && cost != kNoAnswer) ways().trees.set_cost(slot, cost, node().now());
}

// --- what comes ----------------------------------------------------------------------------------------------

bool SpanningTree::wants(const Package& package) { return tree_message_kind(package.blob).ok(); }

void SpanningTree::on_package(const Package& package) {
  const auto kind = tree_message_kind(package.blob);
  if (!kind || ways().trees.count() == 0) return;
  meet(node().now());
  if (*kind == TreeMessage::seek_answer) return take_answer(package.blob);
  const std::uint8_t slot = package.from.routed || package.from.by_id ? kNone : slot_of(package.from.node);
  if (*kind == TreeMessage::advert) return take_advert(slot, package);
  if (*kind == TreeMessage::introduction) return take_introduction(package);
  if (slot == kNone) return;
  if (*kind == TreeMessage::seek) {
    if (const auto seek = decode_seek(package.blob)) take_seek(slot, *seek);
    return;
  }
  const auto probe = decode_root_probe(package.blob);
  if (!probe || package.from.broadcast) return;
  ways().trees.take_probe(slot, probe->tree, static_cast<TreeProbe::Kind>(probe->what), node().now());
  node().wake(*this);
}

// What is told to all proves no more than that somebody told it: so it is signed, and counted.
void SpanningTree::take_advert(std::uint8_t slot, const Package& package) {
  const auto advert = decode_signed_advert(package.blob);
  if (!advert || slot == kNone) {
    ++counts_.adverts_refused;
    return;
  }
  TreeHeard& heard = ways().heard[slot];
  if (!newer(advert->boot, advert->count, heard)) {
    ++counts_.adverts_old;
    return;
  }
  const Instant now = node().now();
  const Duration step = pace_ / kChecksOfPace;
  if (heard.checks > now + step * kChecksAtOnce) {
    ++counts_.adverts_refused;
    return;
  }
  heard.checks = std::max(heard.checks, now) + step;
  ++counts_.signatures_checked;
  const ByteArray<16> salt = node().closed() ? node().salt_of(package.from.node) : kNoSalt;
  if (!signed_advert_genuine(package.blob, package.from.node, salt)) {
    ++counts_.adverts_refused;
    return;
  }
  ++counts_.adverts_taken;
  heard.boot = advert->boot;
  heard.count = advert->count;
  ways().trees.take(slot, advert->advert, now);
  node().wake(*this);
}

// --- what is said --------------------------------------------------------------------------------------------

Instant SpanningTree::on_time(Instant now) {
  Trees& trees = ways().trees;
  if (stopped_ || trees.count() == 0) return Instant::never();
  meet(now);
  trees.run(now);
  while (const auto p = trees.probe()) probe(*p);
  speak(now);
  Instant due = earlier(trees.due(), tend_seeks(now));
  if (due > now) return due;
  // An advert waits for its turn: until one before has left (on_sent), or an Interface may speak again.
  due = now + pace_;
  const unsigned where = interfaces();
  for (std::uint8_t i = 0; i < voices_.size(); ++i)
    if ((where >> i & 1U) != 0 && speaks_at(i) > now) due = earlier(due, speaks_at(i));
  return due;
}

// Bit by bit: Interfaces on which somebody is.
unsigned SpanningTree::interfaces() const {
  unsigned mask = 0;
  const auto peers = node().peers();
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (!ways().trees.slots()[i].met) continue;
    for (const PeerLink& l : peers[i].links)
      if (l.used() && !node().interface(l.interface).caps().loopback) mask |= 1U << l.interface;
  }
  return mask;
}

Instant SpanningTree::speaks_at(std::uint8_t interface) const {
  Duration ahead = node().control_interval(interface, kFrameMax) * kAdvertsAhead;
  const AirtimeRule rule = node().interface(interface).caps().rule;
  if (rule.limits()) ahead = std::max(ahead, rule.window * kWindowsAhead);
  return std::max(speaks_from_, voices_[interface].due - ahead);
}

bool SpanningTree::may_speak(std::uint8_t interface, Instant now) const {
  for (const Said& s : said_)
    if (s.id != 0 && s.interface == interface) return false;  // the last one still waits
  return speaks_at(interface) <= now;
}

// An Interface that may not speak now is told all of it later, on its own or with what there is then.
void SpanningTree::speak(Instant now) {
  const unsigned where = interfaces();
  unsigned free = 0;
  for (std::uint8_t i = 0; i < voices_.size(); ++i) {
    if ((where >> i & 1U) == 0 || !may_speak(i, now)) continue;
    free |= 1U << i;
    if (std::exchange(voices_[i].owed, false)) ways().trees.tell_again(now);
  }
  if (where != 0 && free == 0) return;
  const auto advert = ways().trees.advert(now);
  if (!advert || where == 0) return;
  for (std::uint8_t i = 0; i < voices_.size(); ++i)
    if (((where & ~free) >> i & 1U) != 0) voices_[i].owed = true;
  tell(*advert, free, now);
}

void SpanningTree::tell(const TreeAdvert& advert, unsigned where, Instant now) {
  const std::size_t room = node().single_packet_max({});
  if (room < kAdvertHead + AdvertParts::kRoomMin + kAdvertTail) return lost_for_words(now);
  AdvertParts parts(advert, room - kAdvertHead - kAdvertTail);
  SignedAdvert part;
  part.boot = node().boot();
  while (parts.next(part.advert)) {
    part.count = ++count_;
    ByteArray<kAdvertMax> buffer;
    const auto message =
        encode_signed_advert(part, node().id(), node().closed() ? node().salt() : kNoSalt, node().keys(), buffer);
    MP_CHECK(message.ok());
    ++counts_.signatures_made;
    say(*message, where, true, now);
  }
  introduce();
}

// Not of the class control: its airtime is for what is short. The law's is ours for a while when trees are formed, and
// no more than that of control in the long run.
void SpanningTree::say(Bytes message, unsigned where, bool track, Instant now) {
  for (std::uint8_t i = 0; i < node().interface_count(); ++i) {
    if ((where >> i & 1U) == 0) continue;
    const SendId id = node().broadcast(*this, message, {.priority = Priority::interactive, .interface = i});
    if (!track) continue;
    if (!id) {
      lost_for_words(now);
      continue;
    }
    ++counts_.adverts_sent;
    voices_[i].due = std::max(voices_[i].due, now) + node().control_interval(i, message.size() + kAround);
    for (Said& said : said_)
      if (said.id == 0) {
        said = {id.value(), i};
        break;
      }
  }
}

// What was to be told is not known to the neighbours: all of it once more, when there is room.
void SpanningTree::lost_for_words(Instant now) {
  ++counts_.adverts_lost;
  speaks_from_ = now + pace_ * (std::int64_t{1} << failures_);
  failures_ = std::min<std::uint8_t>(static_cast<std::uint8_t>(failures_ + 1), kDoublingsMax);
  ways().trees.tell_again(now);
}

void SpanningTree::on_sent(SendId id, Outcome outcome) {
  for (Said& said : said_) {
    if (said.id == 0 || said.id != id.value()) continue;
    said.id = 0;
    if (outcome == Outcome::unconfirmed)
      failures_ = 0;
    else
      lost_for_words(node().now());
    node().wake(*this);
    return;
  }
}

void SpanningTree::probe(const TreeProbe& p) {
  const Peer& to = node().peers()[p.slot];
  if (!to.used) return;
  const auto message = encode_root_probe({p.tree, static_cast<RootProbe::What>(p.kind)});
  ++counts_.probes_sent;
  (void)node().send(*this, to.id, message, {.priority = Priority::control});
}

// We may know a neighbour that does not know us: our answer to its Beacon was lost. Where Beacons are rare that would
// keep us waiting for a place. In a closed network it asks whoever it hears who that is.
void SpanningTree::introduce() {
  if (node().closed()) return;
  const Trees& trees = ways().trees;
  for (std::size_t i = 0; i < trees.count(); ++i) {
    const Tree& t = trees[i];
    if (t.state() != Tree::State::attached) continue;
    TreeHeard& parent = ways().heard[t.parent()];
    if (t.index() != 0)
      parent.unheeded = 0;
    else if (++parent.unheeded < kUnheededMax)
      continue;
    else
      parent.unheeded = 0;
    if (t.index() != 0) continue;
    ++counts_.introductions_sent;
    // Of the class control it would wait behind Beacons where airtime is scarce.
    (void)node().send(*this, node().peers()[t.parent()].id, encode_introduction(node().id()),
                      {.priority = Priority::interactive});
  }
}

void SpanningTree::take_introduction(const Package& package) {
  const Origin& from = package.from;
  const auto who = decode_introduction(package.blob);
  if (!who || *who == node().id() || node().closed() || from.routed || from.by_id || from.broadcast) return;
  const Duration timeout =
      std::max(kPeerTimeout, node().control_interval(from.interface, kAround + kIntroductionSize) * kBeaconsToTimeout);
  const Peer* known = node().peer(*who);
  if (known == nullptr || !known->connected()) (void)node().add_peer(*who, from.interface, from.link, timeout, true);
}

}  // namespace mp
