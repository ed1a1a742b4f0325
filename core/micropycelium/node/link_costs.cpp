// SPDX-License-Identifier: ISC
#include "micropycelium/node/link_costs.hpp"

#include "micropycelium/messages/beacon.hpp"

#include <bit>

namespace mp {
namespace {

// Sends in a row that failed or went unanswered before another link is preferred.
constexpr std::uint8_t kFailuresBorne = 2;
// Costs that are only somewhat off are told so far apart: each change moves the addresses below.
constexpr Duration kCostRound = seconds(300);
// A frame on a link of a quarter of the bit rate counts twice, and so on; 16 times at most.
constexpr unsigned kSlownessMax = 4;
// Sendings in a row without a word, before a neighbour has stopped answering: as many as the eighths that it costs,
// less these, and so many at least. The silence itself makes it dearer, but not above the second, or what was told of
// it less the same. Whatever a link loses, they fail in a row one time in ten thousand or less.
constexpr unsigned kSilenceLess = 4;
constexpr unsigned kSilenceFailures = 4;
constexpr unsigned kSilenceFailuresUsual = 16;
constexpr unsigned kSilenceFailuresMax = 40;
// And for so long, or so many first waits: it may be busy with something else.
constexpr Duration kSilence = milliseconds(500);
constexpr int kSilenceWaits = 4;
constexpr int kSilenceOfAir = 6;
// Tries of a radio that repeats by itself follow each other within milliseconds: so many of them count.
constexpr unsigned kTriesCounted = 4;
// Announcements within the time that a neighbour may be silent. They come late by a quarter of their interval at most;
// what came after less than three quarters says nothing, since they may have come faster.
constexpr int kAnnouncements = 4;
constexpr int kLateQuarters = 5;
constexpr int kEarlyQuarters = 3;
// Where they are as far apart as equals' are usually each counts so often: else a link would be learnt for hours.
constexpr unsigned kUsualWeight = 5;

// Those that are twice as dear are told when they are it still after this: where many send, frames meet for a while.
constexpr Duration kDear = seconds(20);

bool far_dearer(std::uint8_t told, std::uint8_t cost) { return cost > told && cost_far_off(told, cost); }

bool told_at_once(std::uint8_t told, std::uint8_t cost) {
  return (told == Peer::kToldNoAnswer) != (cost == Peer::kToldNoAnswer) || (cost < told && cost_far_off(told, cost));
}

std::uint16_t whole_seconds(Instant t) { return static_cast<std::uint16_t>(t.us / 1'000'000); }

}  // namespace

// --- what it costs -----------------------------------------------------------------------------------

const PeerLink* LinkCosts::first_link(const Peer& peer, unsigned not_links) const {
  const PeerLink* best = nullptr;
  std::uint64_t best_score = 0;
  for (std::size_t i = 0; i < peer.links.size(); ++i) {
    const PeerLink& l = peer.links[i];
    if (!l.used() || (not_links >> i & 1U) != 0) continue;
    const std::uint64_t works = l.failures < kFailuresBorne ? std::uint64_t{1} << 32 : 0;
    const std::uint64_t score = works + links_[l.interface].bit_rate;
    if (best == nullptr || score > best_score) {
      best = &l;
      best_score = score;
    }
  }
  return best;
}

std::uint16_t LinkCosts::cost(PeerIndex peer) const {
  const PeerLink* link = answers(peer) ? first_link(peers_[peer]) : nullptr;
  if (link == nullptr) return kNoAnswer;
  return static_cast<std::uint16_t>(std::min(unsigned{link->cost.cost()} << slowness(link->interface), kLinkCostMax));
}

// How often the cost is doubled: a slow link shall not carry what a fast one can.
unsigned LinkCosts::slowness(std::uint8_t interface) const {
  const std::uint32_t rate = links_[interface].bit_rate;
  if (rate == 0 || fastest_ <= rate) return 0;
  return std::min((static_cast<unsigned>(std::bit_width(fastest_ / rate)) - 1) / 2, kSlownessMax);
}

// An Interface that nobody answers on makes no other slow.
void LinkCosts::reckon_fastest(Instant now) {
  std::uint32_t fastest = 0;
  for (const Peer& p : peers_.all()) {
    if (!p.used || p.banned || p.itself) continue;
    for (const PeerLink& l : p.links)
      if (l.used()) fastest = std::max(fastest, links_[l.interface].bit_rate);
  }
  if (fastest == fastest_) return;
  fastest_ = fastest;
  due_ = now;
}

// --- what is learnt ----------------------------------------------------------------------------------

void LinkCosts::begin(PeerIndex index, Instant now) {
  Peer& peer = peers_[index];
  peer.answers = true;
  peer.knows_us = peer.refuses = false;
  peer.failed = 0;
  peer.announced = whole_seconds(now);
  peer.told = to_tell(index);
}

void LinkCosts::acknowledged(PeerIndex peer, PeerLink* link, Instant now) {
  if (link == nullptr || links_[link->interface].loopback) return;
  links_[link->interface].acknowledges ? link->cost.reported(true, 0, 1) : link->cost.sent(true);
  weigh(peer, now);
}

void LinkCosts::lost(PeerIndex peer, Instant now) {
  PeerLink* link = first_link(peers_[peer]);
  if (link == nullptr || links_[link->interface].loopback) return;
  link->cost.reported(false, 0, links_[link->interface].tries);
  weigh(peer, now);
}

void LinkCosts::silent(PeerIndex peer, Duration wait, Instant now) {
  const PeerLink* link = first_link(peers_[peer]);
  if (link != nullptr && !links_[link->interface].loopback)
    note_silence(peer, links_[link->interface].tries, wait, now);
}

void LinkCosts::reported(PeerIndex peer, std::uint8_t interface, const LinkReport& report, Duration wait, Instant now) {
  const unsigned tries = links_[interface].tries;
  for (PeerLink& l : peers_[peer].links)
    if (l.interface == interface) {
      l.cost.reported(report.acknowledged, report.tries, tries);
      break;
    }
  // Its radio has answered.
  if (report.acknowledged) heard(peer, now);
  weigh(peer, now);
  if (!report.acknowledged) note_silence(peer, tries, wait, now);
}

void LinkCosts::note_silence(PeerIndex index, unsigned sendings, Duration wait, Instant now) {
  Peer& peer = peers_[index];
  const auto tick = static_cast<std::uint16_t>(now.us / Peer::kTick.us);
  if (peer.failed == 0) peer.failing_since = tick;
  peer.failed = static_cast<std::uint8_t>(std::min<unsigned>(peer.failed + std::min(sendings, kTriesCounted), 0xff));
  const PeerLink* link = first_link(peer);
  if (!peer.answers || link == nullptr) return;
  const unsigned told =
      std::max((unsigned{peer.told} >> slowness(link->interface)) - kSilenceLess, kSilenceFailuresUsual);
  const unsigned enough =
      std::clamp(link->cost.cost() - kSilenceLess, kSilenceFailures, std::min(told, kSilenceFailuresMax));
  // Where frames to several fail it is the air.
  const int times = others_fail(index) ? kSilenceOfAir : 1;
  if (peer.failed >= enough * (times > 1 ? 2 : 1) &&
      silent_for(index, now) >= std::max(kSilence, wait * kSilenceWaits) * times)
    stop_answering(index, now);
}

bool LinkCosts::others_fail(PeerIndex index) const {
  for (std::size_t i = 0; i < peers_.all().size(); ++i)
    if (i != index && peers_.usable(static_cast<PeerIndex>(i)) && peers_.all()[i].failed > 0 && peers_.all()[i].answers)
      return true;
  return false;
}

Duration LinkCosts::silent_for(PeerIndex index, Instant now) const {
  const Peer& peer = peers_[index];
  if (peer.failed == 0) return {};
  return Peer::kTick * static_cast<std::uint16_t>(now.us / Peer::kTick.us - peer.failing_since);
}

void LinkCosts::stop_answering(PeerIndex index, Instant now) {
  if (!peers_[index].answers) return;
  peers_[index].answers = false;
  due_ = now;
}

void LinkCosts::taken_in(PeerIndex index, bool taken, Instant now) {
  Peer& peer = peers_[index];
  if (peer.refuses == taken) due_ = now;
  peer.knows_us = taken;
  peer.refuses = !taken;
}

void LinkCosts::heard(PeerIndex index, Instant now) {
  Peer& peer = peers_[index];
  if (peer.failed == 0 && peer.answers) return;
  peer.failed = 0;
  peer.answers = true;
  weigh(index, now);
}

void LinkCosts::announced(PeerIndex index, PeerLink& link, Duration timeout, Instant now) {
  Peer& peer = peers_[index];
  const std::int64_t pause = static_cast<std::uint16_t>(whole_seconds(now) - peer.announced);
  peer.announced = whole_seconds(now);
  const std::int64_t interval = timeout.us / 1'000'000 / kAnnouncements;
  if (interval > 0 && pause * 4 >= interval * kEarlyQuarters)
    link.cost.heard(static_cast<unsigned>(std::min<std::int64_t>(pause * 4 / (interval * kLateQuarters), 0xff)),
                    interval == kBeaconIntervalUsual_s ? kUsualWeight : 1);
  weigh(index, now);
}

// --- who hears of it ---------------------------------------------------------------------------------

std::uint8_t LinkCosts::to_tell(PeerIndex peer) const {
  const std::uint16_t eighths = cost(peer);
  return eighths == kNoAnswer ? Peer::kToldNoAnswer : static_cast<std::uint8_t>(eighths);
}

// Whether what was told is still good enough.
void LinkCosts::weigh(PeerIndex peer, Instant now) {
  if (!peers_.usable(peer)) return;
  const std::uint8_t told = peers_[peer].told, cost = to_tell(peer);
  if (told == cost) return;
  if (told_at_once(told, cost)) {
    due_ = now;
  } else if (far_dearer(told, cost)) {
    if (dear_ == Instant::never()) dear_ = now + kDear;
    due_ = earlier(due_, dear_);
  } else if (cost_off(told, cost)) {
    due_ = earlier(due_, std::max(round_, now));
  }
}

bool LinkCosts::next(Told& told, std::size_t& from, Instant now) {
  const bool round = now >= round_, dear = now >= dear_;
  if (from == 0) due_ = Instant::never();
  for (; from < peers_.all().size(); ++from) {
    const auto index = static_cast<PeerIndex>(from);
    if (!peers_.usable(index) || peers_[index].itself) continue;
    Peer& peer = peers_[index];
    const std::uint8_t cost = to_tell(index);
    // While it is silent: either it is gone, or it will be heard, and then it is weighed.
    if (cost == peer.told || (peer.failed > 0 && peer.answers)) continue;
    const bool at_once = told_at_once(peer.told, cost);
    if (!at_once && !cost_off(peer.told, cost)) continue;
    const bool far = far_dearer(peer.told, cost);
    if (!at_once && !round && !(far && dear)) {
      due_ = earlier(due_, far ? std::min(round_, dear_) : round_);
      continue;
    }
    peer.told = cost;
    told = {index, this->cost(index)};
    ++from;
    return true;
  }
  if (round) round_ = now + kCostRound;
  if (dear) dear_ = Instant::never();
  return false;
}

}  // namespace mp
