// SPDX-License-Identifier: ISC
#include "micropycelium/applications/spanning_tree.hpp"

#include <utility>

namespace mp {
namespace {

// A wave shares the air with the neighbours, who all have something to tell at the same time: so many full frames fit
// into a pace.
constexpr std::int64_t kFramesOfPace = 32;
constexpr Duration kPaceMin = milliseconds(100);
// Where so many full frames take next to no time, on a wire, nothing but the next node is waited for.
constexpr Duration kPaceWire = milliseconds(20), kFramesOfWire = milliseconds(2);
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

constexpr ByteArray<16> kNoSalt{};

bool newer(std::uint32_t boot, std::uint32_t count, const TreeHeard& than) {
  return boot != than.boot ? boot > than.boot : count > than.count;
}

bool well_formed(TreeMessage kind, Bytes message) {
  switch (kind) {
    case TreeMessage::advert:
      return decode_signed_advert(message).ok();
    case TreeMessage::probe:
      return decode_root_probe(message).ok();
    case TreeMessage::seek:
      return decode_seek(message).ok();
    case TreeMessage::seek_answer:
      return decode_seek_answer(message).ok();
    case TreeMessage::record_request:
      return decode_record_request(message).ok();
    case TreeMessage::link_record:
      return decode_link_record(message).ok();
    case TreeMessage::root_record:
      return decode_root_record(message).ok();
    case TreeMessage::sign_request:
      return decode_sign_request(message).ok();
    case TreeMessage::assignment:
      return decode_assignment(message).ok();
    case TreeMessage::doubt:
      return decode_doubt(message).ok();
    case TreeMessage::lease:
      return decode_lease(message).ok();
    case TreeMessage::lease_answer:
      return decode_lease_answer(message).ok();
    case TreeMessage::leaf_answer:
      return decode_leaf_answer(message).ok();
    case TreeMessage::boot_question:
      return decode_boot_question(message).ok();
    case TreeMessage::boot_answer:
      return decode_boot_answer(message).ok();
    case TreeMessage::introduction:
    case TreeMessage::plea:
    case TreeMessage::farewell:
      break;
  }
  return decode_introduction(message).ok();
}

}  // namespace

SpanningTree::SpanningTree(const SpanningTreeOptions& options)
    : Seeker({.name = kSpanningTreeApp.name,
              .description = kSpanningTreeApp.description,
              .version = kSpanningTreeApp.version,
              .repeats = Repeats::deliver,
              .greets = true,
              .listed = false}),
      options_(options),
      leases_(options.leases.empty() ? std::span<HeldLease>(own_leases_) : options.leases) {}

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
  scarce_ = times.scarce();
  ways().trees.start(node().id(), node().boot(), node().random(), times, now);
  for (TreeHeard& h : ways().heard) h = {};
  for (HeldLease& held : leases_) held = {};
  proofs_ = {};
  started_ = true;
  if (options_.leaf) return start_leaf(now);
  if (ways().used()) offer();
  meet(now);
}

Duration SpanningTree::slowest_pace() const {
  Duration pace = kPaceWire;
  for (std::size_t i = 0; i < node().interface_count(); ++i) {
    const InterfaceCaps caps = node().interface(i).caps();
    if (caps.loopback) continue;
    const Duration frames =
        node().interface(i).airtime(std::min<std::size_t>(caps.frame_max, kFrameMax)) * kFramesOfPace;
    if (frames >= kFramesOfWire) pace = std::max({pace, frames, kPaceMin});
    // What is told to all is told once in each of their periods.
    if (caps.can_sleep && node().sleep_plan().on() && !options_.leaf)
      pace = std::max(pace, node().sleep_plan().sleep * 2);
  }
  return pace;
}

// --- neighbours ----------------------------------------------------------------------------------------------

void SpanningTree::changed() {
  if (!started_) return;
  meet(node().now());
  node().wake(*this);
}

void SpanningTree::on_peer_removed(const NodeId& who) {
  if (HeldLease* held = lease_of(node_tag(who))) *held = {};
  changed();
}

// Whoever understands our extensions hangs in trees, but for leaves. The slots are the peers'.
void SpanningTree::meet(Instant now) {
  Trees& trees = ways().trees;
  if (trees.count() == 0 || options_.leaf) return;
  const auto peers = node().peers();
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const Peer& p = peers[i];
    const auto slot = static_cast<std::uint8_t>(i);
    const std::uint16_t cost =
        p.used && p.equal && !p.leaf && !p.itself && !p.banned ? node().costs_.cost(slot) : kNoAnswer;
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
    if (peers[i].used && peers[i].id == neighbour && ways().trees.count() > 0 &&
        (ways().trees.slots()[i].met || peers[i].leaf))
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

// What is said to one is wanted only of a neighbour: a yes says that it is one.
bool SpanningTree::wants(const Package& package) {
  const auto kind = tree_message_kind(package.blob);
  if (!kind || !well_formed(*kind, package.blob)) return false;
  if (options_.leaf && *kind != TreeMessage::seek && *kind != TreeMessage::seek_answer &&
      *kind != TreeMessage::lease_answer && *kind != TreeMessage::leaf_answer)
    return false;
  if (*kind == TreeMessage::introduction || *kind == TreeMessage::plea || *kind == TreeMessage::farewell)
    return wants_introduction(package);
  const Origin& from = package.from;
  return from.broadcast || *kind == TreeMessage::seek_answer || *kind == TreeMessage::leaf_answer ||
         node().peer(from.node) != nullptr;
}

bool SpanningTree::of_equal(const Package& package) const { return tree_message_kind(package.blob).ok(); }

void SpanningTree::on_package(const Package& package) {
  const auto kind = tree_message_kind(package.blob);
  if (kind && options_.leaf) return take_as_leaf(*kind, package);
  if (!kind || ways().trees.count() == 0) return;
  meet(node().now());
  if (*kind == TreeMessage::seek_answer) return take_answer(package.blob);
  if (*kind == TreeMessage::leaf_answer) return take_leaf_answer(package.blob);
  const std::uint8_t slot = package.from.routed || package.from.by_id ? kNone : slot_of(package.from.node);
  if (*kind == TreeMessage::advert) return take_advert(slot, package);
  if (*kind == TreeMessage::introduction || *kind == TreeMessage::plea || *kind == TreeMessage::farewell)
    return take_introduction(package);
  if (slot == kNone) return;
  if (*kind == TreeMessage::lease) return take_lease(slot, package);
  if (*kind == TreeMessage::seek) {
    if (const auto seek = decode_seek(package.blob)) take_seek(slot, *seek);
    return;
  }
  if (package.from.broadcast) return;
  switch (*kind) {
    case TreeMessage::record_request:
      if (const auto asked = decode_record_request(package.blob)) take_record_request(slot, *asked);
      return;
    case TreeMessage::link_record:
      return take_link_record(slot, package);
    case TreeMessage::root_record:
      return take_root_record(slot, package);
    case TreeMessage::sign_request:
      if (const auto asked = decode_sign_request(package.blob)) take_sign_request(slot, *asked);
      return;
    case TreeMessage::assignment:
      if (const auto told = decode_assignment(package.blob)) take_assignment(slot, *told);
      return;
    case TreeMessage::doubt:
      if (const auto tree = decode_doubt(package.blob)) take_doubt(*tree);
      return;
    case TreeMessage::boot_question:
      return answer_boot(package);
    case TreeMessage::boot_answer:
      return take_boot(slot, package);
    default:
      return take_probe(slot, package.blob);
  }
}

// Each question costs another, further up: they have a share with what a neighbour seeks.
void SpanningTree::take_probe(std::uint8_t slot, Bytes message) {
  const auto probe = decode_root_probe(message);
  if (!probe) return;
  const Instant now = node().now();
  if (probe->what == RootProbe::What::is_it_there && !has_share(slot, now)) {
    ++counts_.probes_refused;
    return;
  }
  ways().trees.take_probe(slot, probe->tree, static_cast<TreeProbe::Kind>(probe->what), now);
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
  const Instant now = node().now();
  if (!newer(advert->boot, advert->count, heard)) {
    ++counts_.adverts_old;
    if (advert->boot != heard.boot || advert->count != heard.count) ask_boot(slot, now);
    return;
  }
  if (!may_check(slot, now)) {
    ++counts_.adverts_refused;
    return;
  }
  const ByteArray<16> salt = node().closed() ? node().salt_of(package.from.node) : kNoSalt;
  if (!signed_advert_genuine(package.blob, package.from.node, salt)) {
    ++counts_.adverts_refused;
    return;
  }
  ++counts_.adverts_taken;
  if (heard.boot != 0 && heard.boot != advert->boot) {
    node().peers_[slot].knows_us = false;  // it has forgotten us, until it hears us again
    ways().trees.rebooted(slot, now);
  }
  heard.boot = advert->boot;
  heard.count = advert->count;
  if (node().peers()[slot].leaf) {  // it is none any more
    node().note_leaf(package.from.node, false);
    meet(now);
  }
  check_lineages(slot, advert->advert);
  if (names_us(advert->advert)) node().note_taken_in(package.from.node, true);
  ways().trees.take(slot, advert->advert, now, mercy(heard, now));
  note_founders();
  for (std::uint8_t i = 0; i < ways().trees.count(); ++i)
    if (const std::uint8_t better = ways().trees[i].better_parent(now); better != kNone) check(better, i);
  node().wake(*this);
}

// Of one neighbour so many signatures are looked at.
bool SpanningTree::may_check(std::uint8_t slot, Instant now) {
  Instant& his = ways().heard[slot].checks;
  const Duration step = pace_ / kChecksOfPace;
  if (his > now + step * (kChecksAtOnce - 1)) return false;
  his = std::max(his, now) + step;
  ++counts_.signatures_checked;
  return true;
}

// As its parent, or as a child: so it knows us.
bool SpanningTree::names_us(const TreeAdvert& advert) const {
  const ChildTag us = child_tag(node().id());
  for (std::size_t i = 0; i < advert.count; ++i) {
    const TreeEntry& e = advert.entries[i];
    if (!e.root && e.parent == us) return true;
    for (std::size_t k = 0; k < e.child_count; ++k)
      if (e.children[k].tag == us) return true;
  }
  return false;
}

// --- what is said --------------------------------------------------------------------------------------------

Instant SpanningTree::on_time(Instant now) {
  Trees& trees = ways().trees;
  if (stopped_) return Instant::never();
  if (options_.leaf) return earlier(leaf_time(now), tend_seeks(now));
  if (trees.count() == 0) return Instant::never();
  meet(now);
  trees.run(now);
  while (const auto p = trees.probe()) probe(*p);
  speak(now);
  Instant due = earlier(earlier(tend_proofs(now), tend_leases(now)), earlier(tend_seeks(now), plead(now)));
  due = earlier(due, trees.due());
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
  if (options_.leaf) {
    if (const Peer* parent = node().parent())
      (void)node().send(*this, parent->id, message, {.priority = Priority::interactive});
    return;
  }
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
  if (id == farewell_) {
    farewell_ = SendId{};
    node().remove_peer(parted_);
    return;
  }
  for (Asking& a : probes_)
    if (a.id == id) a.id = SendId{};
  if (options_.leaf ? leaf_sent(id.value(), outcome) : lease_sent(id.value(), outcome)) return;
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

// One of each tree is under way to a neighbour at a time: the latest.
void SpanningTree::probe(const TreeProbe& p) {
  const Peer& to = node().peers()[p.slot];
  if (!to.used) return;
  Asking* place = nullptr;
  for (Asking& a : probes_) {
    if (a.id && a.probe.slot == p.slot && a.probe.tree == p.tree) {
      if (a.probe.kind == p.kind) return;
      place = &a;
      break;
    }
    if (!a.id) place = &a;
  }
  if (place == nullptr) return;
  if (place->id) (void)node().cancel(std::exchange(place->id, SendId{}));
  const auto message = encode_root_probe({p.tree, static_cast<RootProbe::What>(p.kind)});
  ++counts_.probes_sent;
  *place = {node().send(*this, to.id, message, {.priority = Priority::interactive}), p};
}

}  // namespace mp
