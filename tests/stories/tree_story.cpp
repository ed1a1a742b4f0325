// SPDX-License-Identifier: ISC
#include "stories/tree_story.hpp"

#include <set>

namespace mp::sim {

TreeCosts TreeCosts::operator-(const TreeCosts& b) const {
  return {adverts - b.adverts,
          checked - b.checked,
          probes - b.probes,
          lost - b.lost,
          refused - b.refused,
          old - b.old,
          parents - b.parents,
          checks - b.checks,
          proven - b.proven,
          refusals - b.refusals,
          asked - b.asked,
          records - b.records,
          nodes};
}

std::vector<std::uint32_t> TreeStory::component(std::uint32_t from) {
  std::vector<std::uint32_t> all{from};
  std::vector<bool> seen(world().size());
  seen[from] = true;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::uint32_t b = 0; b < world().size(); ++b)
      if (!seen[b] && speaks(b) && world().neighbours(all[i], b)) {
        seen[b] = true;
        all.push_back(b);
      }
  return all;
}

std::uint32_t TreeStory::root(std::size_t tree, std::uint32_t of) {
  for (const std::uint32_t i : component(of))
    if (world().board(i).node()->trees()[tree].state() == Tree::State::root) return i;
  return kNoNode;
}

std::string TreeStory::wrong() {
  std::vector<bool> seen(world().size());
  for (std::uint32_t from = 0; from < world().size(); ++from) {
    if (!speaks(from) || seen[from]) continue;
    const auto all = component(from);
    for (const std::uint32_t i : all) seen[i] = true;
    for (std::size_t t = 0; t < world().board(from).node()->trees().count(); ++t) {
      const std::string which = "tree " + std::to_string(t) + ", node ";
      std::set<std::string> places;
      std::uint32_t roots = 0;
      const std::uint16_t epoch = world().board(from).node()->trees()[t].epoch();
      for (const std::uint32_t i : all) {
        const Node& node = *world().board(i).node();
        const Tree& tree = node.trees()[t];
        const std::string who = which + std::to_string(i) + ": ";
        if (!tree.has_claim()) return who + "no tree yet";
        if (tree.epoch() != epoch) return who + "another epoch";
        if (tree.state() != Tree::State::root && tree.state() != Tree::State::attached) return who + "not attached";
        if (!tree.place().used) return who + "no place";
        std::string text;
        tree.place().address.each(
            [&](std::uint32_t index, CostClass, unsigned) { text += std::to_string(index) + "."; });
        if (!places.insert(text).second) return who + "the place " + text + " is another's too";
        if (tree.state() == Tree::State::root) {
          ++roots;
          continue;
        }
        const std::uint32_t parent = world().node_of(node.peers()[tree.parent()].id);
        if (parent == kNoNode || !world().powered(parent)) return who + "a parent that is not there";
        if (!below(tree.place().address.place(), world().board(parent).node()->trees()[t].place().address.place()))
          return who + "not below its parent";
      }
      if (roots != 1) return which + std::to_string(from) + ": " + std::to_string(roots) + " roots";
    }
  }
  return "";
}

bool TreeStory::whole(Duration limit, Duration step) {
  const Instant end = now() + limit;
  while (!wrong().empty()) {
    if (now() >= end) return false;
    run(step);
  }
  return true;
}

TreeCosts TreeStory::costs() {
  TreeCosts sum;
  for (std::uint32_t i = 0; i < world().size(); ++i) {
    if (!speaks(i)) continue;
    const SpanningTreeCounts& c = counts(i);
    sum.adverts += c.adverts_sent;
    sum.checked += c.signatures_checked;
    sum.probes += c.probes_sent;
    sum.lost += c.adverts_lost;
    sum.refused += c.adverts_refused;
    sum.old += c.adverts_old;
    sum.checks += c.checks_begun;
    sum.proven += c.places_proven;
    sum.refusals += c.places_refused;
    sum.asked += c.records_asked;
    sum.records += c.records_asked + c.records_passed + c.records_sent;
    const Trees& trees = world().board(i).node()->trees();
    for (std::size_t t = 0; t < trees.count(); ++t) sum.parents += trees[t].parent_changes();
    ++sum.nodes;
  }
  return sum;
}

}  // namespace mp::sim
