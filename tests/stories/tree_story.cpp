// SPDX-License-Identifier: ISC
#include "stories/tree_story.hpp"

#include "simulator/world/whole_trees.hpp"

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
    if (std::string what = wrong_in_trees(world(), all); !what.empty()) return what;
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
