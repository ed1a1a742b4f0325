// SPDX-License-Identifier: ISC
// Who says where it hangs must be able to show it (specification: tree.md, "Proof of a place"): the first time that a
// way is chosen by the place of a neighbour, the records from the root down to it are asked for, one at a time, each of
// whom it concerns, by way of the neighbour and those above it. And what is asked of us, of our place, is answered.
#include "micropycelium/applications/spanning_tree.hpp"

namespace mp {
namespace {

// An answer comes within so many paces, and one for each level that it has to come down.
constexpr std::int64_t kAnswerPaces = 3;
// So many times it may be missing or wrong: whoever hangs above may have moved just now. Where many send, records wait:
// each time it may take so many times longer.
constexpr std::uint8_t kFailures = 3;
constexpr std::int64_t kLonger = 2;
// Between two checks; and so many times what the last one took: what is slow costs others more.
constexpr std::int64_t kPacesBetween = 2;
constexpr std::int64_t kRestTimes = 256;
// Of so many times that a place is used one begins a check; of who took what had to be sent anew each does.
constexpr std::uint32_t kUsesOfCheck = 1024;
// Requests of one neighbour are seen to so often in a pace, and so many at once.
constexpr std::int64_t kRecordsOfPace = 8, kRecordsAtOnce = 64;
// A place that was refused is tried again after this; after twice that the next time, and so on.
constexpr Duration kRefusal = seconds(64);
constexpr std::uint8_t kRefusalDoublings = 10;
constexpr Duration kTick = seconds(16);
// The records may say that it costs so many times what the address says: costs change.
constexpr unsigned kWeightTimes = 2;

// Short ones too: a chain of questions that each wait for a control pace would take hours on LoRa.
constexpr SendOptions kSoon{.priority = Priority::interactive};
// Where the law lets nobody speak often, an answer waits for its airtime: a part of what a full frame may take.
constexpr std::int64_t kAirtimeParts = 2;

std::uint16_t tick(Instant now) { return static_cast<std::uint16_t>(now.us / kTick.us); }

}  // namespace

// --- others' places ------------------------------------------------------------------------------------------

// What is not begun now is asked for again when the place is used again. A check costs as much as a dozen Packages, so
// most are left to chance, and where airtime is scarce nothing is shown but what a node moves for.
void SpanningTree::check(std::uint8_t slot, std::uint8_t tree) {
  const Instant now = node().now();
  const bool moves = ways().trees[tree].better_parent(now) == slot;
  if (scarce_ && !moves) return;
  const bool doubted = ways().trees.slots()[slot].doubt > 0;
  if (moves || (now >= proofs_.routine && (doubted || node().random().u32() % kUsesOfCheck == 0)))
    check_now(slot, tree);
}

// One at a time.
void SpanningTree::check_now(std::uint8_t slot, std::uint8_t tree) {
  using Check = TreeProofs::Check;
  const Instant now = node().now();
  if (!started_ || stopped_ || proofs_.check.of != Check::Of::nothing || now < proofs_.next) return;
  const Tree& t = ways().trees[tree];
  const TreeNeighbour& n = ways().trees.neighbours(tree)[slot];
  if (!ways().trees.slots()[slot].met || n.proven || n.refused || !n.placed || n.epoch != t.epoch() ||
      n.place_epoch != n.epoch || !t.has_claim())
    return;
  Check& c = proofs_.check = Check{};
  c.of = Check::Of::place;
  c.slot = slot;
  c.tree = tree;
  c.epoch = n.epoch;
  c.claim = t.claim();
  c.place = n.place;
  // Not from here: the node is in the midst of a packet.
  c.anew = true;
  c.due = c.begun = now;
  ++counts_.checks_begun;
  node().wake(*this);
}

// Below whom we know, the deepest of them.
void SpanningTree::begin_check() {
  TreeProofs::Check& c = proofs_.check;
  c.level = 0;
  c.weight = 0;
  const TreeNeighbour& n = ways().trees.neighbours(c.tree)[c.slot];
  const Tree::Place own = ways().trees[c.tree].place();
  const bool ours = own.used && own.address.levels() < c.place.levels && below(c.place, own.address.place());
  // We have given it that ourselves.
  if (ours && n.child && c.place.levels == own.address.levels() + 1 &&
      n.index == TreeProofs::index_at(c.place, c.place.levels))
    return end_check(true);
  if (know_root(c.tree)) {
    const RootRecord& root = proofs_.own[c.tree].root;
    c.level = 1;
    c.above = root.root;
    c.boot = root.boot;
  }
  // Whoever hangs below us had its place from us.
  if (ours) {
    c.level = static_cast<std::uint8_t>(own.address.levels() + 1);
    c.above = node().id();
    c.boot = boot_tag(node().boot());
    c.weight = static_cast<std::uint16_t>(own.address.weight());
  }
  proofs_.begin_below_known(c);
  go_on();
}

// A settled tree goes over to another lineage only after that was shown to be one.
void SpanningTree::check_lineages(std::uint8_t slot, const TreeAdvert& advert) {
  using Check = TreeProofs::Check;
  const Instant now = node().now();
  if (proofs_.check.of == Check::Of::lineage || mercy(ways().heard[slot], now) != Mercy::full) return;
  for (std::size_t i = 0; i < advert.count; ++i) {
    const TreeEntry& e = advert.entries[i];
    if (e.tree >= ways().trees.count() || e.orphan || ways().trees.neighbours(e.tree)[slot].refused ||
        !ways().trees[e.tree].needs_proof(slot, e.claim, now))
      continue;
    Check& c = proofs_.check = Check{};
    c.of = Check::Of::lineage;
    c.slot = slot;
    c.tree = e.tree;
    c.epoch = tree_epoch(e.claim, e.tree);
    c.claim = e.claim;
    c.begun = now;
    ++counts_.checks_begun;
    return request();
  }
}

// Whether what is checked is still said.
bool SpanningTree::still_said() const {
  const TreeProofs::Check& c = proofs_.check;
  if (!ways().trees.slots()[c.slot].met) return false;
  const TreeNeighbour& n = ways().trees.neighbours(c.tree)[c.slot];
  if (n.epoch != c.epoch || n.refused) return false;
  return c.of == TreeProofs::Check::Of::lineage ||
         (n.placed && n.place.index == c.place.index && n.place.bits == c.place.bits &&
          ways().trees[c.tree].epoch() == c.epoch);
}

void SpanningTree::request() {
  TreeProofs::Check& c = proofs_.check;
  c.anew = false;
  Duration wait = answer_wait(c.of == TreeProofs::Check::Of::place ? c.place.levels - c.level : 0);
  for (unsigned i = 0; i < c.failures; ++i) wait = wait * kLonger;
  c.due = node().now() + wait;
  ++counts_.records_asked;
  (void)node().send(*this, node().peers()[c.slot].id, encode_record_request({c.tree, c.epoch, c.level}), kSoon);
  node().wake(*this);
}

// How long an answer may take that comes down so many levels.
Duration SpanningTree::answer_wait(int levels) const {
  Duration step = pace_;
  const unsigned where = interfaces();
  for (std::uint8_t i = 0; i < node().interface_count(); ++i)
    if ((where >> i & 1U) != 0)
      step = std::max(step, microseconds(node().control_interval(i, kFrameMax).us / kAirtimeParts));
  return step * (kAnswerPaces + levels);
}

// The record after the last that was right, or the end.
void SpanningTree::go_on() {
  TreeProofs::Check& c = proofs_.check;
  if (c.level <= c.place.levels) return request();
  if (c.above == node().peers()[c.slot].id && c.boot == boot_tag(ways().heard[c.slot].boot) &&
      c.weight <= kWeightTimes * c.place.weight)
    return end_check(true);
  fail_check();
}

// What came is wrong. Whoever lies will say the same later.
void SpanningTree::fail_check() {
  TreeProofs::Check& c = proofs_.check;
  if (++c.failures >= kFailures) return end_check(false);
  c.anew = true;
  c.due = node().now() + answer_wait(c.place.levels);
  node().wake(*this);
}

void SpanningTree::end_check(bool shown) {
  TreeProofs::Check& c = proofs_.check;
  const Instant now = node().now();
  const TreeProofs::Check ended = c;
  c = {};
  proofs_.next = now + pace_ * kPacesBetween;
  proofs_.routine = now + (now - ended.begun) * kRestTimes;
  TreeHeard& heard = ways().heard[ended.slot];
  if (shown) {
    ++counts_.places_proven;
    if (heard.lies > 0) --heard.lies;
    if (ended.of == TreeProofs::Check::Of::place) ways().trees.prove(ended.slot, ended.tree, now);
    if (ended.of == TreeProofs::Check::Of::lineage) ways().trees.go_over(ended.slot, ended.tree, ended.claim, now);
    return node().wake(*this);
  }
  ++counts_.places_refused;
  if (heard.lies < 0xff) ++heard.lies;
  const Duration pause = kRefusal * (std::int64_t{1} << std::min<unsigned>(heard.lies - 1U, kRefusalDoublings));
  heard.refused_until = tick(now + pause);
  // It may be its parent's fault.
  (void)node().send(*this, node().peers()[ended.slot].id, encode_doubt(ended.tree), kSoon);
  ways().trees.refuse(ended.slot, ended.tree, now);
  node().wake(*this);
}

// What a neighbour that was refused is forgiven, now that it says something.
Mercy SpanningTree::mercy(const TreeHeard& heard, Instant now) const {
  if (heard.lies == 0 || static_cast<std::int16_t>(tick(now) - heard.refused_until) >= 0) return Mercy::full;
  return heard.lies == 1 ? Mercy::if_it_moved : Mercy::none;
}

Instant SpanningTree::tend_proofs(Instant now) {
  TreeProofs::Check& c = proofs_.check;
  if (c.of == TreeProofs::Check::Of::nothing) return Instant::never();
  if (!still_said() || (c.due <= now && !node().answers(c.slot))) {
    c = {};
    return Instant::never();
  }
  if (c.due > now) return c.due;
  if (!c.anew && ++c.failures >= kFailures)
    end_check(false);
  else if (c.anew && c.of == TreeProofs::Check::Of::place)
    begin_check();
  else
    request();
  return proofs_.check.due;
}

void SpanningTree::take_link_record(std::uint8_t slot, const Package& package) {
  const auto told = decode_link_record(package.blob);
  if (!told) return;
  const LinkRecord& r = told->record;
  hand_down(slot, {r.tree, r.epoch, told->level}, package.blob);
  TreeProofs::Check& c = proofs_.check;
  if (c.of != TreeProofs::Check::Of::place || c.slot != slot || c.tree != r.tree || c.epoch != r.epoch ||
      c.level == 0 || c.level != told->level || c.anew)
    return;
  if (!still_said()) {
    c = {};
    return;
  }
  counts_.signatures_checked += 2;
  if (r.index != TreeProofs::index_at(c.place, c.level) || r.parent_boot != c.boot ||
      !link_genuine(r, c.claim, c.above))
    return fail_check();
  c.above = r.child;
  c.boot = r.child_boot;
  c.weight = static_cast<std::uint16_t>(c.weight + kCostOfClass[r.cost]);
  proofs_.know(c, c.level);
  ++c.level;
  go_on();
}

// --- roots ---------------------------------------------------------------------------------------------------

bool SpanningTree::know_root(std::uint8_t tree) const {
  const TreeProofs::Own& own = proofs_.own[tree];
  return own.has_root && own.root.epoch == ways().trees[tree].epoch() &&
         child_tag(own.root.root) == ways().trees[tree].claim().root;
}

// A root has signed that it is one; a founder that is named has that score, and was the first root itself.
bool SpanningTree::root_shown(const RootRecord& r, const TreeClaim& claim) {
  ++counts_.signatures_checked;
  if (!root_genuine(r, claim)) return false;
  if (r.founder.is_zero()) return claim.term != 1;
  return tree_score(r.tree, r.founder) == claim.lineage && (claim.term != 1 || r.founder == r.root);
}

void SpanningTree::keep_root(const RootRecord& r) {
  TreeProofs::Own& own = proofs_.own[r.tree];
  own.root = r;
  own.has_root = true;
  if (!r.founder.is_zero()) own.founder = r.founder;
}

void SpanningTree::take_root_record(std::uint8_t slot, const Package& package) {
  const auto told = decode_root_record(package.blob);
  if (!told || told->tree >= ways().trees.count()) return;
  TreeProofs::Check& c = proofs_.check;
  const bool asked = c.of != TreeProofs::Check::Of::nothing && c.slot == slot && c.tree == told->tree &&
                     c.epoch == told->epoch && c.level == 0 && !c.anew;
  const bool passed = hand_down(slot, {told->tree, told->epoch, 0}, package.blob);
  const Tree& t = ways().trees[told->tree];
  // Who hands it on has it from then on.
  if (passed && !asked && t.has_claim() && told->epoch == t.epoch() && !know_root(told->tree) &&
      root_shown(*told, t.claim()))
    keep_root(*told);
  if (!asked) return;
  if (!still_said()) {
    c = {};
    return;
  }
  if (!root_shown(*told, c.claim)) return fail_check();
  if (c.of == TreeProofs::Check::Of::lineage) {
    if (told->founder.is_zero()) return fail_check();
    end_check(true);
    if (t.epoch() == told->epoch) keep_root(*told);
    return;
  }
  keep_root(*told);
  c.above = told->root;
  c.boot = told->boot;
  c.level = 1;
  go_on();
}

// Whoever hangs below the first root of a lineage knows its founder, should it follow it one day.
void SpanningTree::note_founders() {
  for (std::uint8_t i = 0; i < ways().trees.count(); ++i) {
    const Tree& t = ways().trees[i];
    if (t.state() != Tree::State::attached || t.claim().term != 1) continue;
    const NodeId& parent = node().peers()[t.parent()].id;
    if (child_tag(parent) == t.claim().root) proofs_.own[i].founder = parent;
  }
}

void SpanningTree::show_root(std::uint8_t slot, std::uint8_t tree) {
  TreeProofs::Own& own = proofs_.own[tree];
  const Tree& t = ways().trees[tree];
  if (!know_root(tree)) {
    RootRecord r;
    r.tree = tree;
    r.epoch = t.epoch();
    r.boot = boot_tag(node().boot());
    if (tree_score(tree, node().id()) == t.claim().lineage)
      r.founder = node().id();
    else if (!own.founder.is_zero() && tree_score(tree, own.founder) == t.claim().lineage)
      r.founder = own.founder;
    r.root = node().id();
    ++counts_.signatures_made;
    r.signature = sign_root(r, t.claim(), node().keys());
    keep_root(r);
  }
  ++counts_.records_sent;
  (void)node().send(*this, node().peers()[slot].id, encode_root_record(own.root), kSoon);
}

// --- our own place -------------------------------------------------------------------------------------------

void SpanningTree::take_record_request(std::uint8_t slot, const RecordRequest& asked) {
  const Instant now = node().now();
  if (asked.tree >= ways().trees.count() || !may_ask_records(slot, now)) return;
  const Tree& t = ways().trees[asked.tree];
  if (!t.has_claim() || t.epoch() != asked.epoch) return;
  if (asked.level == 0 && (t.state() == Tree::State::root || know_root(asked.tree))) return show_root(slot, asked.tree);
  const Tree::Place place = t.place();
  if (!place.used || asked.level > place.address.levels() || t.state() != Tree::State::attached) return;
  if (asked.level == place.address.levels() && has_assignment(asked.tree)) return show_own(slot, asked);
  // From above: the record, or what the parent signs.
  bool asked_already = false;
  TreeProofs::Passing* free = nullptr;
  for (TreeProofs::Passing& p : proofs_.passing) {
    const bool waits = p.to != kNone && p.until > now;
    if (!waits) free = &p;
    if (!waits || p.tree != asked.tree || p.level != asked.level || p.epoch != asked.epoch) continue;
    if (p.to == slot) return;
    asked_already = true;
  }
  if (free == nullptr || slot == t.parent()) return;
  *free = {now + answer_wait(static_cast<int>(place.address.levels()) - asked.level), asked.epoch, slot, asked.tree,
           asked.level};
  if (asked_already) return;
  ++counts_.records_passed;
  const NodeId& parent = node().peers()[t.parent()].id;
  if (asked.level < place.address.levels()) {
    (void)node().send(*this, parent, encode_record_request(asked), kSoon);
    return;
  }
  Assignment a = wanted_assignment(asked.tree);
  (void)node().send(*this, parent, encode_sign_request(a), kSoon);
}

// Shares its pace with the seeks.
bool SpanningTree::may_ask_records(std::uint8_t slot, Instant now) {
  Instant& his = ways().heard[slot].asks;
  const Duration step = pace_ / kRecordsOfPace;
  if (his > now + step * kRecordsAtOnce) {
    ++counts_.records_refused;
    return false;
  }
  his = std::max(his, now) + step;
  return true;
}

Assignment SpanningTree::wanted_assignment(std::uint8_t tree) const {
  const Tree& t = ways().trees[tree];
  Assignment a;
  a.tree = tree;
  a.cost = cost_class(ways().trees.slots()[t.parent()].cost);
  a.epoch = t.epoch();
  a.parent_boot = boot_tag(ways().heard[t.parent()].boot);
  a.child_boot = boot_tag(node().boot());
  a.index = t.index();
  return a;
}

// Whether the parent has signed for the place that we have now, and not for a link that costs far more.
bool SpanningTree::has_assignment(std::uint8_t tree) const {
  const Assignment& a = proofs_.own[tree].assignment;
  const Assignment wanted = wanted_assignment(tree);
  return a.index != 0 && a.index == wanted.index && a.epoch == wanted.epoch && a.parent_boot == wanted.parent_boot &&
         kCostOfClass[a.cost] <= kWeightTimes * kCostOfClass[wanted.cost];
}

LinkRecord SpanningTree::own_record(const Assignment& a) const {
  LinkRecord r;
  r.tree = a.tree;
  r.cost = a.cost;
  r.epoch = a.epoch;
  r.parent_boot = a.parent_boot;
  r.child_boot = a.child_boot;
  r.index = a.index;
  r.child = node().id();
  r.parent = half_sha256(node().peers()[ways().trees[a.tree].parent()].id.bytes());
  r.by_parent = a.signature;
  return r;
}

void SpanningTree::show_own(std::uint8_t slot, const RecordRequest& asked) {
  LeveledRecord out{asked.level, own_record(proofs_.own[asked.tree].assignment)};
  ++counts_.signatures_made;
  ++counts_.records_sent;
  out.record.by_child = sign_link(out.record, ways().trees[asked.tree].claim(), LinkSide::child, node().keys());
  (void)node().send(*this, node().peers()[slot].id, encode_link_record(out), kSoon);
}

// Our child wants it in writing.
void SpanningTree::take_sign_request(std::uint8_t slot, const Assignment& asked) {
  if (asked.tree >= ways().trees.count() || !may_ask_records(slot, node().now())) return;
  const Tree& t = ways().trees[asked.tree];
  const TreeNeighbour& n = ways().trees.neighbours(asked.tree)[slot];
  if (!t.has_claim() || t.epoch() != asked.epoch || !n.child || n.index != asked.index ||
      asked.child_boot != boot_tag(ways().heard[slot].boot))
    return;
  LinkRecord r;
  r.tree = asked.tree;
  r.cost = asked.cost;
  r.epoch = asked.epoch;
  r.parent_boot = boot_tag(node().boot());
  r.child_boot = asked.child_boot;
  r.index = asked.index;
  r.child = node().peers()[slot].id;
  r.parent = half_sha256(node().id().bytes());
  Assignment out = asked;
  out.parent_boot = r.parent_boot;
  ++counts_.signatures_made;
  out.signature = sign_link(r, t.claim(), LinkSide::parent, node().keys());
  (void)node().send(*this, r.child, encode_assignment(out), kSoon);
}

void SpanningTree::take_assignment(std::uint8_t slot, const Assignment& told) {
  if (told.tree >= ways().trees.count()) return;
  const Tree& t = ways().trees[told.tree];
  if (t.state() != Tree::State::attached || t.parent() != slot || !t.place().used) return;
  const RecordRequest own{told.tree, told.epoch, static_cast<std::uint8_t>(t.place().address.levels())};
  if (!waits_for(own)) return;
  const Assignment wanted = wanted_assignment(told.tree);
  if (told.epoch != wanted.epoch || told.index != wanted.index || told.parent_boot != wanted.parent_boot ||
      told.child_boot != wanted.child_boot)
    return;
  ++counts_.signatures_checked;
  if (!link_signed(own_record(told), t.claim(), LinkSide::parent, node().peers()[slot].id)) return;
  proofs_.own[told.tree].assignment = told;
  for (TreeProofs::Passing& p : proofs_.passing) {
    if (p.to == kNone || p.tree != own.tree || p.epoch != own.epoch || p.level != own.level) continue;
    if (p.until > node().now() && ways().trees.slots()[p.to].met) show_own(p.to, own);
    p.to = kNone;
  }
}

bool SpanningTree::waits_for(const RecordRequest& record) const {
  for (const TreeProofs::Passing& p : proofs_.passing)
    if (p.to != kNone && p.until > node().now() && p.tree == record.tree && p.epoch == record.epoch &&
        p.level == record.level)
      return true;
  return false;
}

// What our parent says of those above goes to whoever asked for it. Whether anybody had.
bool SpanningTree::hand_down(std::uint8_t slot, const RecordRequest& record, Bytes message) {
  if (record.tree >= ways().trees.count() || ways().trees[record.tree].parent() != slot) return false;
  bool any = false;
  for (TreeProofs::Passing& p : proofs_.passing) {
    if (p.to == kNone || p.tree != record.tree || p.epoch != record.epoch || p.level != record.level) continue;
    if (p.until > node().now() && ways().trees.slots()[p.to].met) {
      any = true;
      ++counts_.records_sent;
      (void)node().send(*this, node().peers()[p.to].id, message, kSoon);
    }
    p.to = kNone;
  }
  return any;
}

// A neighbour does not believe where we are. If it is not our parent's fault, it will find out.
void SpanningTree::take_doubt(std::uint8_t tree) {
  if (tree >= ways().trees.count()) return;
  const Tree& t = ways().trees[tree];
  if (t.state() == Tree::State::attached) check_now(t.parent(), tree);
}

}  // namespace mp
