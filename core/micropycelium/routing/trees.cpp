// SPDX-License-Identifier: ISC
#include "micropycelium/routing/trees.hpp"

#include <utility>

namespace mp {
namespace {

// Of a start: who did not hear the first may hear the second.
constexpr std::uint8_t kNothingsMax = 2;
// Whoever is new has heard enough when so many others have told it.
constexpr std::uint8_t kGreetings = 2;
constexpr Duration kWindowMax = seconds(1800);
// What ways cost changes for all below whenever it does for one link above: it is told so rarely, and all at once.
// On a wire, where the pace is short, at once.
constexpr std::int64_t kPacesOfCosts = 64;
constexpr Duration kPaceOfAir = milliseconds(100);
// Who has told so much, waits so many paces each time: a mesh in which frames meet all the time must not be kept so by
// what is said of that.
constexpr std::int64_t kAdvertsAtOnce = 32, kPacesOfAdvert = 16;

}  // namespace

void Trees::start(const NodeId& self, std::uint32_t boot, Random& random, const TreeTimes& times, Instant now) {
  random_ = &random;
  times_ = times;
  boot_ = static_cast<std::uint8_t>(boot);
  table_.set_self(node_tag(self));
  for (std::uint8_t slot = 0; slot < table_.slots(); ++slot) {
    Neighbour& n = table_.at(slot);
    n.met = false;
    n.uses = n.renumbered = n.in_vain = 0;
    for (std::size_t i = 0; i < count(); ++i) table_.row(slot, i) = {};
  }
  for (std::size_t i = 0; i < count(); ++i) {
    const auto tree = static_cast<std::uint8_t>(i);
    table_.forget_own_place(tree);
    trees_[i].begin(tree, self, table_, times_, now);
  }
  last_advert_ = now - times.pace;
  nothings_ = greeted_ = 0;
  greeting_ = everything_ = false;
  advert_due_ = Instant::never();
  quiet_until_ = forgive_at_ = now + times.refresh;
}

// Not at once: others change with us, and what we hear meanwhile is told along.
void Trees::plan(Instant now) {
  bool dirty = everything_ || greeting_, stale = false;
  for (std::size_t i = 0; i < count(); ++i) {
    dirty = dirty || (trees_[i].dirty() && trees_[i].has_claim());
    stale = stale || (trees_[i].stale() && trees_[i].has_claim());
  }
  if (advert_due_ != Instant::never() && !(has_time_ && dirty)) return;
  if (!dirty && !stale) return;
  has_time_ = !dirty;
  const bool soon = dirty || times_.pace < kPaceOfAir;
  const Duration pause = soon ? times_.pace / 2 : times_.pace * kPacesOfCosts;
  const Duration spread = soon ? window() : pause;
  const Instant soonest = std::max(last_advert_ + pause, share_ - times_.pace * (kPacesOfAdvert * kAdvertsAtOnce));
  advert_due_ = std::max(now, soonest) + microseconds(random_->u32() % (spread.us + 1));
}

// In which all neighbours have their say.
Duration Trees::window() const {
  std::int64_t met = 0;
  if (times_.scarce())
    for (const Neighbour& n : table_.all()) met += n.met ? 1 : 0;
  return std::min(std::max(times_.pace / 2, times_.share * met), kWindowMax);
}

// Somebody is new. Whoever knows of no tree says so.
void Trees::greet() {
  bool any = false;
  for (std::size_t i = 0; i < count(); ++i) any = any || trees_[i].has_claim();
  if (!times_.scarce() || !any) {
    everything_ = true;
    return;
  }
  if (!greeting_) greeted_ = 0;
  greeting_ = true;
}

// Whether somebody is here who was not heard to follow our trees.
bool Trees::strangers() const {
  for (std::size_t i = 0; i < count(); ++i) {
    if (!trees_[i].has_claim()) continue;
    for (std::size_t slot = 0; slot < table_.slots(); ++slot) {
      const TreeNeighbour& n = table_.of_tree(i)[slot];
      if (table_.all()[slot].met && (!n.heard || n.epoch != trees_[i].epoch())) return true;
    }
  }
  return false;
}

void Trees::found(std::uint8_t slot, const NodeId& id, std::uint16_t cost, Instant now) {
  lost(slot, now);
  if (const NodeTag tag = node_tag(id); !table_[slot].used || !(table_[slot].tag == tag)) table_.set(slot, tag, cost);
  Neighbour& n = table_.at(slot);
  n.cost = cost;
  n.uses = 0;
  n.met = true;
  for (std::size_t i = 0; i < count(); ++i) trees_[i].found(slot);
  greet();
  plan(now);
}

void Trees::lost(std::uint8_t slot, Instant now) {
  if (!table_[slot].met) return;
  table_.at(slot).met = false;
  for (std::size_t i = 0; i < count(); ++i) trees_[i].lost(slot, now);
  plan(now);
}

void Trees::rebooted(std::uint8_t slot, Instant now) {
  if (!table_[slot].met) return;
  table_.at(slot).in_vain = 0;
  for (std::size_t i = 0; i < count(); ++i) trees_[i].rebooted(slot, now);
  plan(now);
}

void Trees::set_cost(std::uint8_t slot, std::uint16_t cost, Instant now) {
  if (!table_[slot].met || table_[slot].cost == cost) return;
  table_.at(slot).cost = cost;
  for (std::size_t i = 0; i < count(); ++i)
    if (trees_[i].parent() == slot) trees_[i].cost_changed(now);
  plan(now);
}

void Trees::take(std::uint8_t slot, const TreeAdvert& advert, Instant now, Mercy mercy) {
  if (!table_[slot].met) return;
  // An advert without entries is from somebody who has just come.
  if (advert.count == 0) {
    for (std::size_t i = 0; i < count(); ++i) {
      trees_[i].take_nothing(slot, now);
      if (trees_[i].has_claim()) greet();
    }
  } else if (greeting_ && greeted_ < kGreetings) {
    ++greeted_;
  }
  for (std::size_t i = 0; i < advert.count; ++i)
    if (const TreeEntry& e = advert.entries[i]; e.tree < count()) trees_[e.tree].take(slot, e, mercy, now);
  plan(now);
}

void Trees::take_probe(std::uint8_t slot, std::uint8_t tree, TreeProbe::Kind kind, Instant now) {
  if (table_[slot].met && tree < count()) trees_[tree].take_probe(slot, kind, now);
  plan(now);
}

void Trees::prove(std::uint8_t slot, std::uint8_t tree, Instant now) {
  trees_[tree].prove(slot, now);
  plan(now);
}

void Trees::refuse(std::uint8_t slot, std::uint8_t tree, Instant now) {
  trees_[tree].refuse(slot, now);
  plan(now);
}

void Trees::go_over(std::uint8_t slot, std::uint8_t tree, const TreeClaim& claim, Instant now) {
  trees_[tree].go_over(slot, claim, now);
  plan(now);
}

void Trees::run(Instant now) {
  for (std::size_t i = 0; i < count(); ++i)
    if (trees_[i].due() <= now) trees_[i].run(now);
  everything_ = everything_ || quiet_until_ <= now;
  if (forgive_at_ <= now) {
    forgive_at_ = now + times_.refresh;
    for (std::uint8_t slot = 0; slot < table_.slots(); ++slot)
      if (table_[slot].renumbered > 0) --table_.at(slot).renumbered;
  }
  plan(now);
}

Instant Trees::due() const {
  Instant due = advert_due_ != Instant::never() && !has_time_ ? advert_due_ : earlier(advert_due_, quiet_until_);
  for (std::size_t i = 0; i < count(); ++i) due = earlier(due, trees_[i].due());
  return due;
}

std::optional<TreeAdvert> Trees::advert(Instant now) {
  if (advert_due_ > now) return std::nullopt;
  advert_due_ = Instant::never();
  has_time_ = false;
  const bool greeting = std::exchange(greeting_, false);
  everything_ = everything_ || (greeting && greeted_ < kGreetings && strangers());
  TreeAdvert out;
  out.boot = boot_;
  for (std::size_t i = 0; i < count(); ++i)
    if (trees_[i].has_claim() && (everything_ || trees_[i].dirty() || trees_[i].stale()))
      out.entries[out.count++] = trees_[i].told(now, window(), random_->u32());
  // Whoever meets us tells us by itself what it knows; we only have to say that we have forgotten it.
  const bool nothing = out.count == 0;
  if (nothing && !everything_) return std::nullopt;
  if (everything_) {
    // Up to a fifth more, so that neighbours do not fall into step.
    const auto fifth = static_cast<std::uint32_t>(times_.refresh.us / 5);
    quiet_until_ = now + times_.refresh + microseconds(random_->u32() % (fifth + 1));
  }
  everything_ = false;
  if (nothing && nothings_ == kNothingsMax) return std::nullopt;
  nothings_ = nothing ? static_cast<std::uint8_t>(nothings_ + 1) : nothings_;
  last_advert_ = now;
  share_ = std::max(share_, now) + times_.pace * kPacesOfAdvert;
  return out;
}

void Trees::tell_again(Instant now) {
  everything_ = true;
  plan(now);
}

std::optional<TreeProbe> Trees::probe() {
  for (std::size_t i = 0; i < count(); ++i)
    if (const auto out = trees_[i].probe()) return out;
  return std::nullopt;
}

}  // namespace mp
