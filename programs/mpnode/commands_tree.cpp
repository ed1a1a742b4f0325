// SPDX-License-Identifier: ISC
// tree: whose trees the node hangs in, and where.
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/places.hpp"
#include "programs/mpnode/text.hpp"

#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

const char* name(Tree::State state) {
  switch (state) {
    case Tree::State::searching:
      return "searching";
    case Tree::State::attached:
      return "attached";
    case Tree::State::probing:
      return "probing";
    case Tree::State::succeeding:
      return "succeeding";
    case Tree::State::orphan:
      return "orphan";
    case Tree::State::root:
      return "root";
  }
  return "?";
}

template <typename Number>
std::string number_hex(Number value) {
  ByteArray<sizeof(Number)> bytes;
  store_be(bytes.data(), value);
  return hex(bytes);
}

double transmissions(std::uint16_t eighths) { return static_cast<double>(eighths) / kCostUnit; }

// The node whose id begins so, as far as this one knows it.
Json node_of(const Node& node, ChildTag tag) {
  if (child_tag(node.id()) == tag) return hex(node.id().bytes());
  for (const Peer& p : node.peers())
    if (p.used && child_tag(p.id) == tag) return hex(p.id.bytes());
  return nullptr;
}

Json tree_json(const Node& node, std::size_t number) {
  const Trees& trees = node.trees();
  const Tree& tree = trees[number];
  Json j{{"tree", number}, {"state", name(tree.state())}};
  if (!tree.has_claim()) return j;
  const TreeClaim& claim = tree.claim();
  j["root"] = number_hex(claim.root);
  j["root_node"] = node_of(node, claim.root);
  j["lineage"] = number_hex(claim.lineage);
  j["term"] = claim.term;
  j["seq"] = claim.seq;
  j["settled"] = claim.settled;
  j["epoch"] = epoch_text(tree.epoch());
  j["address"] = tree.place().used ? Json(place_text(tree.place().address)) : Json(nullptr);
  j["cost"] = transmissions(tree.cost());
  j["parent"] = tree.parent() == Tree::kNobody ? Json(nullptr) : Json(hex(node.peers()[tree.parent()].id.bytes()));
  j["parent_changes"] = tree.parent_changes();
  Json children = Json::array(), neighbours = Json::array();
  for (std::size_t i = 0; i < trees.slots().size(); ++i) {
    if (!trees.slots()[i].met) continue;
    const TreeNeighbour& n = trees.neighbours(number)[i];
    const std::string who = hex(node.peers()[i].id.bytes());
    if (n.child) children.push_back({{"node", who}, {"index", n.index}});
    Json one{{"node", who}, {"link_cost", transmissions(trees.slots()[i].cost)}, {"heard", n.heard}};
    if (n.heard) {
      one["epoch"] = epoch_text(n.epoch);
      one["address"] = n.placed ? Json(place_text(n.place)) : Json(nullptr);
      one["cost"] = n.orphan ? Json(nullptr) : Json(transmissions(n.cost));
      one["orphan"] = n.orphan;
      one["proof"] = n.refused ? "refused" : n.proven ? "shown" : "none";
      one["doubt"] = transmissions(trees.slots()[i].doubt);
    }
    neighbours.push_back(one);
  }
  j["children"] = children;
  j["neighbours"] = neighbours;
  return j;
}

}  // namespace

void command_tree(Client& client, const Request& request) {
  const Service& service = client.service();
  const Node& node = service.node();
  Json trees = Json::array(), leaf = nullptr, leaves = Json::array();
  if (node.leaf()) {
    const Peer* parent = node.parent();
    leaf = Json{{"parent", parent != nullptr ? Json(hex(parent->id.bytes())) : Json(nullptr)},
                {"places", places_json(node.places().view())}};
  } else {
    for (std::size_t i = 0; i < node.trees().count(); ++i) trees.push_back(tree_json(node, i));
    for (const HeldLease& held : service.tree.leases())
      if (!held.leaf.is_zero()) leaves.push_back({{"node", hex(held.leaf.bytes())}, {"told", held.told != 0}});
  }
  const SpanningTreeCounts& c = service.tree.counts();
  const Json counters{{"adverts_sent", c.adverts_sent},
                      {"adverts_taken", c.adverts_taken},
                      {"adverts_old", c.adverts_old},
                      {"adverts_refused", c.adverts_refused},
                      {"adverts_lost", c.adverts_lost},
                      {"signatures_made", c.signatures_made},
                      {"signatures_checked", c.signatures_checked},
                      {"probes_sent", c.probes_sent},
                      {"probes_refused", c.probes_refused},
                      {"boots_asked", c.boots_asked},
                      {"boots_proven", c.boots_proven},
                      {"introductions_sent", c.introductions_sent},
                      {"pleas_sent", c.pleas_sent},
                      {"farewells_sent", c.farewells_sent},
                      {"seeks_begun", c.seeks_begun},
                      {"seeks_found", c.seeks_found},
                      {"seeks_failed", c.seeks_failed},
                      {"seeks_passed", c.seeks_passed},
                      {"seeks_suppressed", c.seeks_suppressed},
                      {"seeks_refused", c.seeks_refused},
                      {"answers_sent", c.answers_sent},
                      {"answers_refused", c.answers_refused},
                      {"checks_begun", c.checks_begun},
                      {"places_proven", c.places_proven},
                      {"places_refused", c.places_refused},
                      {"records_asked", c.records_asked},
                      {"records_passed", c.records_passed},
                      {"records_sent", c.records_sent},
                      {"records_refused", c.records_refused},
                      {"leaves_taken", c.leaves_taken},
                      {"leaves_refused", c.leaves_refused},
                      {"leaves_told", c.leaves_told},
                      {"leases_asked", c.leases_asked},
                      {"leases_had", c.leases_had}};
  const Duration pace = node.trees().count() > 0 || node.leaf() ? service.tree.pace() : Duration{};
  client.reply(request, "\"pace_ms\":" + number_text(static_cast<double>(pace.us) / 1000.0) +
                            ",\"leaf\":" + leaf.dump() + ",\"leaves\":" + leaves.dump() + ",\"trees\":" + trees.dump() +
                            ",\"counters\":" + counters.dump());
}

}  // namespace mp::host
