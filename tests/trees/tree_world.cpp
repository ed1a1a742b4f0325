// SPDX-License-Identifier: ISC
#include "trees/tree_world.hpp"

#include <algorithm>
#include <stdexcept>

namespace mp::test {

TreeWorld::TreeWorld(Graph graph, std::uint64_t seed, TreeWorldOptions options)
    : graph_(std::move(graph)), options_(options), rng_(seed) {
  for (std::uint32_t i = 0; i < graph_.size(); ++i) {
    auto node = std::make_unique<OneNode>();
    node->dice = std::make_unique<Dice>(rng_());
    node->dice->fill(node->id.value);
    // Room for whoever may come later.
    const std::size_t slots = graph_.neighbours[i].size() + 8;
    node->slots.resize(slots);
    node->who.assign(slots, kNone);
    node->rows.resize(tree_rows(slots, options_.trees));
    node->own.resize(options_.trees);
    node->table.emplace(node->slots, node->rows, static_cast<std::uint8_t>(options_.trees));
    node->trees = std::make_unique<Trees>(node->own, *node->table);
    nodes_.push_back(std::move(node));
  }
}

std::uint8_t TreeWorld::slot_of(const OneNode& node, std::uint32_t who) const {
  for (std::size_t i = 0; i < node.who.size(); ++i)
    if (node.who[i] == who) return static_cast<std::uint8_t>(i);
  return 0xff;
}

void TreeWorld::meet(std::uint32_t a, std::uint32_t b) {
  OneNode& n = *nodes_[a];
  std::uint8_t slot = slot_of(n, b);
  if (slot == 0xff) slot = slot_of(n, kNone);
  if (slot == 0xff) throw std::runtime_error("no slot");
  n.who[slot] = b;
  n.trees->found(slot, nodes_[b]->id, kCostUnit, now_);
}

void TreeWorld::start(std::uint32_t i) {
  OneNode& n = *nodes_[i];
  n.alive = true;
  ++n.boot;
  std::fill(n.who.begin(), n.who.end(), kNone);
  n.trees->start(n.id, n.boot, *n.dice, options_.times, now_);
  for (const std::uint32_t other : graph_.neighbours[i]) {
    if (!nodes_[other]->alive) continue;
    plan(jittered(options_.delay), {.kind = Event::Kind::met, .to = i, .from = other, .message = {}, .probe = {}});
    plan(jittered(options_.delay), {.kind = Event::Kind::met, .to = other, .from = i, .message = {}, .probe = {}});
  }
  serve(i);
}

void TreeWorld::start_all(Duration within) {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    plan(microseconds(static_cast<std::int64_t>(unit() * static_cast<double>(within.us))),
         {.kind = Event::Kind::start, .to = i, .message = {}, .probe = {}});
}

void TreeWorld::kill(std::uint32_t i) {
  OneNode& n = *nodes_[i];
  n.alive = false;
  due_.erase({n.due, i});
  n.due = Instant::never();
  for (const std::uint32_t other : graph_.neighbours[i])
    plan(jittered(options_.detection / 2),
         {.kind = Event::Kind::gone, .to = other, .from = i, .boot_from = n.boot, .message = {}, .probe = {}});
}

void TreeWorld::cut(std::uint32_t a, std::uint32_t b) {
  std::erase(graph_.neighbours[a], b);
  std::erase(graph_.neighbours[b], a);
  plan(jittered(options_.detection / 2),
       {.kind = Event::Kind::gone, .to = a, .from = b, .boot_from = nodes_[b]->boot, .message = {}, .probe = {}});
  plan(jittered(options_.detection / 2),
       {.kind = Event::Kind::gone, .to = b, .from = a, .boot_from = nodes_[a]->boot, .message = {}, .probe = {}});
}

void TreeWorld::join(std::uint32_t a, std::uint32_t b) {
  graph_.connect(a, b);
  if (!nodes_[a]->alive || !nodes_[b]->alive) return;
  plan(jittered(options_.delay), {.kind = Event::Kind::met, .to = a, .from = b, .message = {}, .probe = {}});
  plan(jittered(options_.delay), {.kind = Event::Kind::met, .to = b, .from = a, .message = {}, .probe = {}});
}

void TreeWorld::handle(const Event& e) {
  if (e.kind == Event::Kind::start) return start(e.to);
  OneNode& n = *nodes_[e.to];
  if (!n.alive) return;
  const auto& near = graph_.neighbours[e.to];
  const bool linked = std::find(near.begin(), near.end(), e.from) != near.end();
  const std::uint8_t slot = slot_of(n, e.from);
  switch (e.kind) {
    case Event::Kind::met:
      if (linked && nodes_[e.from]->alive) meet(e.to, e.from);
      break;
    case Event::Kind::gone:
      if (slot == 0xff || (linked && nodes_[e.from]->alive && nodes_[e.from]->boot == e.boot_from)) break;
      if (linked && nodes_[e.from]->alive) break;  // it is back already, and has been met anew
      n.who[slot] = kNone;
      n.trees->lost(slot, now_);
      break;
    case Event::Kind::advert: {
      if (!linked || slot == 0xff) break;
      const auto advert = decode_tree_advert(e.message);
      if (!advert) throw std::runtime_error("an advert of ours is malformed");
      n.trees->take(slot, *advert, now_);
      // A lineage that is one can be shown.
      for (std::size_t i = 0; i < advert->count; ++i)
        if (const TreeEntry& told = advert->entries[i];
            told.tree < options_.trees && (*n.trees)[told.tree].needs_proof(slot, told.claim, now_))
          n.trees->go_over(slot, told.tree, told.claim, now_);
      break;
    }
    case Event::Kind::probe:
      if (linked && slot != 0xff) n.trees->take_probe(slot, e.probe.tree, e.probe.kind, now_);
      break;
    case Event::Kind::start:
      break;
  }
  serve(e.to);
}

void TreeWorld::serve(std::uint32_t i) {
  OneNode& n = *nodes_[i];
  n.trees->run(now_);
  // All are honest here: whoever has to show its place can.
  for (std::uint8_t t = 0; t < options_.trees; ++t)
    if (const std::uint8_t better = (*n.trees)[t].better_parent(); better != kNobody) n.trees->prove(better, t, now_);
  while (const auto advert = n.trees->advert(now_)) {
    ByteArray<1 + kTreesMax * kTreeEntryMax> buffer;
    const auto message = encode_tree_advert(*advert, buffer);
    if (!message) throw std::runtime_error("an advert is too large");
    ++frames_;
    ++n.frames;
    bytes_ += message->size();
    largest_ = std::max(largest_, static_cast<std::uint32_t>(message->size()));
    for (const std::uint32_t to : graph_.neighbours[i])
      if (nodes_[to]->alive && unit() >= options_.loss)
        plan(jittered(options_.delay), {.kind = Event::Kind::advert,
                                        .to = to,
                                        .from = i,
                                        .message = {message->begin(), message->end()},
                                        .probe = {}});
  }
  while (const auto probe = n.trees->probe()) {
    ++frames_;
    ++n.frames;
    const std::uint32_t to = n.who[probe->slot];
    if (to == kNone) continue;
    if (nodes_[to]->alive) {
      plan(jittered(options_.delay), {.kind = Event::Kind::probe, .to = to, .from = i, .message = {}, .probe = *probe});
    } else {
      // The link finds it gone.
      plan(options_.delay * 4,
           {.kind = Event::Kind::gone, .to = i, .from = to, .boot_from = nodes_[to]->boot, .message = {}, .probe = {}});
    }
  }
  for (std::size_t t = 0; t < options_.trees; ++t) {
    const Tree& tree = (*n.trees)[t];
    const Tree::Place place = tree.place();
    std::uint64_t signature = 14695981039346656037ULL;
    for (const std::uint32_t w : place.address.indexes()) signature = (signature ^ w) * 1099511628211ULL;
    signature = (signature ^ tree.epoch() ^ (place.used ? 1U << 20 : 0U)) * 1099511628211ULL;
    if (signature == n.signature[t]) continue;
    n.signature[t] = signature;
    changed_at_[t] = now_;
  }
  due_.erase({n.due, i});
  n.due = n.trees->due();
  if (n.due != Instant::never()) due_.insert({n.due, i});
}

void TreeWorld::run(Duration time) {
  const Instant end = now_ + time;
  for (;;) {
    const Instant event = events_.empty() ? Instant::never() : events_.begin()->first;
    const Instant node = due_.empty() ? Instant::never() : due_.begin()->first;
    if (earlier(event, node) > end) break;
    if (event <= node) {
      now_ = std::max(now_, event);
      const Event e = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      handle(e);
    } else {
      now_ = std::max(now_, node);
      serve(due_.begin()->second);
    }
  }
  now_ = end;
}

bool TreeWorld::settle(Duration limit) {
  const Instant end = now_ + limit;
  while (now_ < end) {
    run(seconds(1));
    if (now_ - changed_at() > seconds(20) && wrong().empty()) return true;
  }
  return false;
}

std::uint32_t TreeWorld::root(std::size_t tree, std::uint32_t of) const {
  const ChildTag tag = trees(of)[tree].claim().root;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    if (child_tag(nodes_[i]->id) == tag) return i;
  return kNone;
}

std::uint32_t TreeWorld::parent(std::size_t tree, std::uint32_t node) const {
  const std::uint8_t slot = trees(node)[tree].parent();
  return slot == Tree::kNobody ? node : nodes_[node]->who[slot];
}

std::uint64_t TreeWorld::parent_changes() const {
  std::uint64_t all = 0;
  for (const auto& n : nodes_)
    for (std::size_t t = 0; t < options_.trees; ++t) all += (*n->trees)[t].parent_changes();
  return all;
}

std::string TreeWorld::wrong(bool deep_is_fine) const {
  std::vector<bool> up;
  for (const auto& n : nodes_) up.push_back(n->alive);
  std::vector<bool> seen(nodes_.size());
  for (std::uint32_t from = 0; from < nodes_.size(); ++from) {
    if (!up[from] || seen[from]) continue;
    std::vector<std::uint32_t> component;
    const auto d = graph_.distances(from, up);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      if (d[i] != kNone) {
        component.push_back(i);
        seen[i] = true;
      }
    for (std::size_t t = 0; t < options_.trees; ++t) {
      const std::string which = "tree " + std::to_string(t) + ", node ";
      std::set<std::string> places;
      std::uint32_t roots = 0;
      const std::uint16_t epoch = trees(from)[t].epoch();
      for (const std::uint32_t i : component) {
        const Tree& tree = trees(i)[t];
        const std::string who = which + std::to_string(i) + ": ";
        if (!tree.has_claim()) return who + "no tree yet";
        if (tree.epoch() != epoch) return who + "another epoch";
        roots += tree.state() == Tree::State::root ? 1U : 0U;
        if (tree.state() != Tree::State::root && tree.state() != Tree::State::attached) return who + "not attached";
        if (!tree.place().used) {
          if (deep_is_fine) continue;
          return who + "no place";
        }
        std::string text;
        tree.place().address.each(
            [&](std::uint32_t index, CostClass, unsigned) { text += std::to_string(index) + "."; });
        if (!places.insert(text).second) return who + "the place " + text + " is another's too";
        if (tree.state() == Tree::State::root) continue;
        const std::uint32_t p = parent(t, i);
        if (p == kNone || p == i || !up[p]) return who + "a parent that is not there";
        if (!below(tree.place().address.place(), trees(p)[t].place().address.place()))
          return who + "not below its parent";
      }
      if (roots != 1) return which + std::to_string(from) + ": " + std::to_string(roots) + " roots";
    }
  }
  return "";
}

}  // namespace mp::test
