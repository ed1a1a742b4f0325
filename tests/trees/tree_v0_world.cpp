// SPDX-License-Identifier: ISC
#include "trees/tree_v0_world.hpp"

#include "micropycelium/base/check.hpp"

#include <algorithm>
#include <set>

namespace mp::test {

TreeV0World::TreeV0World(Graph graph, std::uint64_t seed, TreeV0WorldOptions options)
    : graph_(std::move(graph)), options_(std::move(options)), rng_(seed) {
  for (std::uint32_t i = 0; i < graph_.size(); ++i) {
    auto node = std::make_unique<OneNode>();
    node->dice = std::make_unique<Dice>(rng_());
    if (options_.id)
      node->id = options_.id(i);
    else
      node->dice->fill(node->id.value);
    node->prototype = options_.prototypes.empty() || options_.prototypes[i];
    const std::size_t slots = std::min<std::size_t>(graph_.size(), TreeV0::kNobody);  // whoever may be joined
    node->slots.resize(slots);
    node->who.assign(slots, kNone);
    node->children.resize(options_.children);
    node->tree = std::make_unique<TreeV0>(node->slots, node->children);
    nodes_.push_back(std::move(node));
  }
}

std::uint8_t TreeV0World::slot_of(const OneNode& node, std::uint32_t who) const {
  const auto found = std::find(node.who.begin(), node.who.end(), who);
  return found == node.who.end() ? TreeV0::kNobody : static_cast<std::uint8_t>(found - node.who.begin());
}

void TreeV0World::start(std::uint32_t index) {
  OneNode& node = *nodes_[index];
  node.alive = true;
  ++node.boot;
  node.who.assign(node.who.size(), kNone);
  TreeV0Options options = options_.node;
  options.always = options.always || node.prototype;
  node.tree->start(node.id, node.boot, *node.dice, options, now_);
  for (const std::uint32_t other : graph_.neighbours[index])
    if (nodes_[other]->alive)
      events_.emplace(now_ + jittered(options_.delay), Event{Event::Kind::met, index, other, 0, {}});
}

void TreeV0World::start_all(Duration within) {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    events_.emplace(now_ + microseconds(static_cast<std::int64_t>(rng_() % static_cast<std::uint64_t>(within.us + 1))),
                    Event{Event::Kind::start, i, 0, 0, {}});
}

void TreeV0World::meet(std::uint32_t a, std::uint32_t b) {
  if (!nodes_[a]->alive || !nodes_[b]->alive) return;
  if (!connected(a, b)) return;
  for (const auto& [here, there] : {std::pair(a, b), std::pair(b, a)}) {
    OneNode& node = *nodes_[here];
    std::uint8_t slot = slot_of(node, there);
    if (slot != TreeV0::kNobody) continue;
    slot = slot_of(node, kNone);
    if (slot == TreeV0::kNobody) continue;
    node.who[slot] = there;
    node.tree->found(slot, nodes_[there]->id, !nodes_[there]->prototype, now_);
    if (nodes_[there]->prototype) node.tree->lists(slot, now_);
  }
}

bool TreeV0World::connected(std::uint32_t a, std::uint32_t b) const {
  const auto& near = graph_.neighbours[a];
  return nodes_[b]->alive && std::find(near.begin(), near.end(), b) != near.end();
}

void TreeV0World::kill(std::uint32_t index) {
  OneNode& node = *nodes_[index];
  node.alive = false;
  for (const std::uint32_t other : graph_.neighbours[index])
    if (nodes_[other]->alive)
      events_.emplace(now_ + jittered(options_.detection / 2), Event{Event::Kind::gone, other, index, node.boot, {}});
}

void TreeV0World::cut(std::uint32_t a, std::uint32_t b) {
  for (const auto& [here, there] : {std::pair(a, b), std::pair(b, a)}) {
    auto& near = graph_.neighbours[here];
    near.erase(std::remove(near.begin(), near.end(), there), near.end());
    events_.emplace(now_ + jittered(options_.detection / 2),
                    Event{Event::Kind::gone, here, there, nodes_[there]->boot, {}});
  }
}

void TreeV0World::join(std::uint32_t a, std::uint32_t b) {
  graph_.connect(a, b);
  events_.emplace(now_ + jittered(options_.delay), Event{Event::Kind::met, a, b, 0, {}});
}

void TreeV0World::post(std::uint32_t from, std::uint32_t to, const TreeMessageV0& message) {
  ++messages_;
  const auto& near = graph_.neighbours[from];
  if (std::find(near.begin(), near.end(), to) == near.end()) return;
  if (static_cast<double>(rng_() >> 11) * 0x1p-53 < options_.loss) return;
  ByteArray<kTreeMessageSize> bytes;
  const auto encoded = encode_tree(message, bytes);
  MP_CHECK(encoded.ok());
  const auto decoded = decode_tree(*encoded);
  MP_CHECK(decoded.ok() && *decoded == message);
  events_.emplace(now_ + jittered(options_.delay), Event{Event::Kind::message, to, from, nodes_[from]->boot, *decoded});
}

void TreeV0World::say(std::uint32_t from, std::uint32_t to, const TreeMessageV0& message) { post(from, to, message); }

void TreeV0World::handle(const Event& event) {
  OneNode& node = *nodes_[event.to];
  switch (event.kind) {
    case Event::Kind::start:
      if (!node.alive) start(event.to);
      break;
    case Event::Kind::met:
      meet(event.to, event.from);
      break;
    case Event::Kind::gone:
      if (const std::uint8_t slot = slot_of(node, event.from);
          node.alive && slot != TreeV0::kNobody && nodes_[event.from]->boot == event.boot_from &&
          !connected(event.to, event.from)) {  // nor is it back meanwhile
        node.who[slot] = kNone;
        node.tree->lost(slot, now_);
      }
      break;
    case Event::Kind::message:
      if (const std::uint8_t slot = slot_of(node, event.from); node.alive && slot != TreeV0::kNobody)
        node.tree->take(slot, event.message, now_);
      break;
  }
  if (node.alive) serve(event.to);
}

void TreeV0World::serve(std::uint32_t index) {
  OneNode& node = *nodes_[index];
  node.tree->run(now_);
  while (const auto out = node.tree->next(now_)) {
    if (out->to == TreeV0Out::kEverybody) {
      for (const std::uint32_t other : std::vector(graph_.neighbours[index])) post(index, other, out->message);
    } else if (node.who[out->to] != kNone) {
      post(index, node.who[out->to], out->message);
    }
  }
}

void TreeV0World::run(Duration time) {
  const Instant end = now_ + time;
  while (true) {
    Instant due = events_.empty() ? Instant::never() : events_.begin()->first;
    std::uint32_t who = kNone;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i]->alive && nodes_[i]->tree->due() < due) {
        due = nodes_[i]->tree->due();
        who = i;
      }
    if (due > end) break;
    now_ = std::max(now_, due);
    if (who != kNone) {
      serve(who);
      continue;
    }
    const Event event = events_.begin()->second;
    events_.erase(events_.begin());
    handle(event);
  }
  now_ = end;
}

bool TreeV0World::settle(Duration limit) {
  const Instant end = now_ + limit;
  unsigned quiet = 0;
  while (now_ < end) {
    run(options_.node.beat / 4);
    quiet = wrong().empty() ? quiet + 1 : 0;
    if (quiet == 4) return true;
  }
  return false;
}

std::vector<std::uint32_t> TreeV0World::components() const {
  std::vector<std::uint32_t> of(nodes_.size(), kNone);
  for (std::uint32_t start = 0; start < nodes_.size(); ++start) {
    if (!nodes_[start]->alive || of[start] != kNone) continue;
    std::vector<std::uint32_t> todo{start};
    of[start] = start;
    while (!todo.empty()) {
      const std::uint32_t i = todo.back();
      todo.pop_back();
      for (const std::uint32_t k : graph_.neighbours[i])
        if (nodes_[k]->alive && of[k] == kNone) {
          of[k] = start;
          todo.push_back(k);
        }
    }
  }
  return of;
}

std::uint32_t TreeV0World::best() const {
  std::uint32_t best = kNone;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i]->alive && (best == kNone || claim_score(nodes_[i]->id) < claim_score(nodes_[best]->id))) best = i;
  return best;
}

std::string TreeV0World::wrong() const {
  const auto of = components();
  std::map<std::uint32_t, std::uint32_t> roots;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (of[i] == kNone) continue;
    auto [at, fresh] = roots.emplace(of[i], i);
    if (!fresh && claim_score(nodes_[i]->id) < claim_score(nodes_[at->second]->id)) at->second = i;
  }
  std::set<std::pair<std::uint32_t, std::vector<std::uint8_t>>> taken;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (of[i] == kNone) continue;
    const std::string name = "node " + std::to_string(i);
    const TreeV0& tree = *nodes_[i]->tree;
    if (!tree.placed()) return name + " has no place";
    if (tree.claim() != nodes_[roots[of[i]]]->id) return name + " follows another than the best";
    const Coordinates place = tree.address().address.decode();
    if (!taken.emplace(of[i], std::vector(place.all().begin(), place.all().end())).second)
      return name + " has the address of another";
    if (roots[of[i]] == i) {
      if (!tree.is_root() || place.size != 0) return name + " should be the root";
      continue;
    }
    const std::uint8_t slot = tree.parent();
    if (slot == TreeV0::kNobody || nodes_[i]->who[slot] == kNone) return name + " has no parent";
    const Coordinates above = nodes_[nodes_[i]->who[slot]]->tree->address().address.decode();
    if (place.size != above.size + 1 || common_prefix(place, above) < above.size)
      return name + " does not hang below its parent";
  }
  return {};
}

std::size_t TreeV0World::unreachable(bool by_prefix) const {
  const auto of = components();
  std::size_t failed = 0;
  for (std::uint32_t from = 0; from < nodes_.size(); ++from)
    for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
      if (of[from] == kNone || of[from] != of[to]) continue;
      const std::uint8_t state = nodes_[to]->tree->address().tree_state;
      const Coordinates target = nodes_[to]->tree->address().address.decode();
      std::uint32_t at = from;
      for (std::size_t hops = 0; at != to && hops < nodes_.size(); ++hops) {  // what is told may be out of date
        const TreeV0& tree = *nodes_[at]->tree;
        const auto far = [&](const Coordinates& p) {
          return by_prefix ? unsigned{cpl_distance_order(p, target)} : tree_distance(p, target);
        };
        const Coordinates* own = tree.own_place(state);
        if (own == nullptr) break;
        unsigned least = far(*own);
        std::uint32_t next = kNone;
        for (std::size_t slot = 0; slot < nodes_[at]->who.size(); ++slot)
          if (const Coordinates* p = tree.place(static_cast<std::uint8_t>(slot), state);
              p != nullptr && nodes_[at]->who[slot] != kNone && far(*p) < least) {
            least = far(*p);
            next = nodes_[at]->who[slot];
          }
        if (next == kNone) break;
        at = next;
      }
      if (at != to) ++failed;
    }
  return failed;
}

}  // namespace mp::test
