// SPDX-License-Identifier: ISC
#include "mesh.hpp"

#include <algorithm>
#include <cmath>
#include <queue>

namespace mp::bench {
namespace {

constexpr std::uint16_t kEpoch = 0x1234;
constexpr std::uint32_t kManyChildren = 1000;  // more than there can be

// Cost to the root of every node, eighths of a transmission.
std::vector<std::uint32_t> costs_to(const Graph& graph, std::uint32_t root, bool by_cost,
                                    std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> cost(graph.size(), kUnreached);
  using Entry = std::pair<std::uint32_t, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> todo;
  cost[root] = 0;
  todo.emplace(0, root);
  while (!todo.empty()) {
    const auto [c, node] = todo.top();
    todo.pop();
    if (c > cost[node]) continue;
    order.push_back(node);
    for (const Link& link : graph.links[node]) {
      const std::uint32_t over = c + kCostOfClass[by_cost ? class_of(link) : 0];
      if (over >= cost[link.to]) continue;
      cost[link.to] = over;
      todo.emplace(over, link.to);
    }
  }
  return cost;
}

}  // namespace

CostClass class_of(const Link& link) {
  return cost_class(static_cast<unsigned>(std::lround(kCostUnit / link.reception)));
}

NodeTag tag_of(std::uint32_t node) {
  NodeTag tag;
  store_be(tag.value.data(), Seed::mix(node + 1));
  return tag;
}

std::vector<Tree> make_trees(const Graph& graph, unsigned count, bool by_cost, Seed seed) {
  const std::uint32_t n = graph.size();
  std::vector<Tree> trees;
  std::vector<std::vector<std::uint8_t>> used(n);  // as parent, by link
  for (std::uint32_t i = 0; i < n; ++i) used[i].resize(graph.links[i].size());
  Stream stream(seed.child("roots"));
  for (unsigned t = 0; t < count; ++t) {
    const auto root = static_cast<std::uint32_t>(stream.below(n));
    std::vector<std::uint32_t> order;
    const auto cost = costs_to(graph, root, by_cost, order);
    Tree tree{std::vector<std::uint32_t>(n, kUnreached), std::vector<CompactAddress>(n), std::vector<bool>(n), 0};
    std::vector<std::uint32_t> children(n);
    tree.has_address[root] = true;
    for (const std::uint32_t v : order) {
      if (v == root) continue;
      std::size_t best = graph.links[v].size();
      std::array<std::uint64_t, 3> least{};
      for (std::size_t i = 0; i < graph.links[v].size(); ++i) {
        const Link& link = graph.links[v][i];
        if (cost[link.to] + kCostOfClass[by_cost ? class_of(link) : 0] != cost[v]) continue;
        const std::array<std::uint64_t, 3> here{used[v][i], kManyChildren - children[link.to],
                                                seed.child("lot", t).child("of", link.to).value()};
        if (best < graph.links[v].size() && here >= least) continue;
        best = i;
        least = here;
      }
      const Link& up = graph.links[v][best];
      ++used[v][best];
      tree.parent[v] = up.to;
      if (!tree.has_address[up.to]) continue;
      const auto address = tree.address[up.to].child(++children[up.to], by_cost ? class_of(up) : 0);
      if (!address) continue;
      tree.address[v] = *address;
      tree.has_address[v] = true;
      tree.levels_max = std::max(tree.levels_max, address->levels());
    }
    trees.push_back(std::move(tree));
  }
  return trees;
}

Mesh::Node::Node(std::size_t links, const MeshOptions& options)
    : neighbour(links),
      rows(tree_rows(links, options.trees)),
      ring(options.ring),
      neighbours(neighbour, rows, options.trees),
      detours(ring, options.policy) {}

Mesh::Mesh(const Graph& graph, const std::vector<Tree>& trees, const MeshOptions& options)
    : graph_(graph), trees_(trees), options_(options), dead_(graph.size()) {
  nodes_.reserve(graph.size());
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    Neighbours& table = nodes_.emplace_back(graph.links[i].size(), options).neighbours;
    table.set_self(tag_of(i));
    for (std::uint8_t t = 0; t < options.trees; ++t)
      if (trees_[t].has_address[i]) table.set_own_place(place(t, i));
    for (std::uint8_t slot = 0; slot < table.slots(); ++slot) {
      const Link& link = graph.links[i][slot];
      table.set(slot, tag_of(link.to), kCostOfClass[class_of(link)]);
      for (std::uint8_t t = 0; t < options.trees; ++t)
        if (trees_[t].has_address[link.to]) table.set_place(slot, place(t, link.to));
    }
  }
}

TreePlace Mesh::place(std::uint8_t tree, std::uint32_t node) const {
  return {tree, kEpoch, trees_[tree].address[node]};
}

RouteHeader Mesh::header(std::uint32_t source, std::uint32_t target, std::uint32_t message) const {
  RouteHeader h;
  h.target = tag_of(target);
  store_be(h.source.value.data(), source + 1);
  h.message = message;
  h.metric = options_.metric;
  unsigned nearest = kFar;
  for (std::uint8_t t = 0; t < options_.trees; ++t)
    if (trees_[t].has_address[target]) {
      h.places[h.trees++] = place(t, target);
      if (trees_[t].has_address[source])
        nearest = std::min<unsigned>(
            nearest, Distances::between(trees_[t].address[source], trees_[t].address[target], Metric::tree));
    }
  h.state = first_state((nearest + kCostUnit - 1) / kCostUnit);
  return h;
}

std::size_t Mesh::state_bytes(std::uint32_t node) const {
  const Node& n = nodes_[node];
  return n.neighbour.size() * sizeof(Neighbour) + n.rows.size() * sizeof(TreeNeighbour) +
         n.ring.size() * sizeof(Detour);
}

Mesh::Packet::Packet(Mesh& mesh, std::uint32_t source, std::uint32_t target, std::uint32_t message)
    : mesh_(&mesh), source_(source), target_(target), header_(mesh.header(source, target, message)) {
  way_.at = source;
  been_.push_back(source);
}

bool Mesh::Packet::step() {
  Node& node = mesh_->nodes_[way_.at];
  const Decision d = decide(header_, node.neighbours, node.detours, arrival_, from_);
  switch (d.kind) {
    case Decision::Kind::deliver:
      way_.end = Way::End::delivered;
      return false;
    case Decision::Kind::ask:
      way_.end = Way::End::asked;
      return false;
    case Decision::Kind::drop:
      way_.end = Way::End::dropped;
      return false;
    case Decision::Kind::send:
    case Decision::Kind::back:
      break;
  }
  const Link& link = mesh_->graph_.links[way_.at][d.to];
  if (mesh_->dead_[link.to]) {
    way_.tries += mesh_->options_.tries;
    node.neighbours.set_alive(d.to, false);
    arrival_ = Arrival::undelivered;
    return true;
  }
  ++way_.sends;
  way_.backs += d.kind == Decision::Kind::back ? 1U : 0U;
  way_.transmissions += 1 / link.reception;
  header_.state = d.state;
  arrival_ = Arrival::received;
  from_ = link.back;
  way_.at = link.to;
  if (header_.state.visited.size_code() == 0 && !header_.state.returning) {
    way_.circled = way_.circled || std::find(been_.begin(), been_.end(), way_.at) != been_.end();
    been_.push_back(way_.at);
  }
  return true;
}

Way Mesh::route(std::uint32_t source, std::uint32_t target, std::uint32_t message) {
  Packet packet(*this, source, target, message);
  while (packet.step()) {
  }
  return packet.way();
}

}  // namespace mp::bench
