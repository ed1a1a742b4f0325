// SPDX-License-Identifier: ISC
// tree: whose trees the node hangs in, and where.
#include "programs/mpctl/commands.hpp"

namespace mp::host {
namespace {

std::string cost_text(const Json& of, const char* member) {
  return of.contains(member) && of[member].is_number() ? fixed(real(of, member), 2) : "-";
}

void show_neighbours(Output& out, const Json& tree) {
  std::vector<std::vector<std::string>> rows{{"NEIGHBOUR", "LINK", "ADDRESS", "COST", "IS"}};
  for (const Json& n : list(tree, "neighbours")) {
    const std::string node = text(n, "node");
    std::string is;
    if (node == text(tree, "parent")) is = "parent";
    for (const Json& c : list(tree, "children"))
      if (text(c, "node") == node) is = "child " + std::to_string(number(c, "index"));
    if (flag(n, "orphan")) is += (is.empty() ? "" : ", ") + std::string("orphan");
    const std::string proof = text(n, "proof");
    if (proof == "shown" || proof == "refused") is += (is.empty() ? "" : ", ") + ("place " + proof);
    if (!flag(n, "heard")) is = "not heard of it";
    if (flag(n, "heard") && text(n, "epoch") != text(tree, "epoch")) is = "in another tree";
    rows.push_back({short_node(node), cost_text(n, "link_cost"), text(n, "address"), cost_text(n, "cost"), is});
  }
  for (const std::string& line : table(rows)) out.line("  " + line);
}

}  // namespace

int run_tree(Client& client, Output& out) {
  const Json result = client.request({{"cmd", "tree"}});
  if (out.json()) {
    out.record(result);
    return kExitOk;
  }
  const Json& trees = list(result, "trees");
  if (result.contains("leaf") && result["leaf"].is_object()) {
    const Json& leaf = result["leaf"];
    if (leaf["parent"].is_null()) {
      out.line(out.bold("leaf") + "  " + out.bad("without a parent"));
      return kExitOk;
    }
    out.line(out.bold("leaf") + "  " + out.good("hangs at " + short_node(text(leaf, "parent"))) + ", at its place:");
    for (const Json& place : list(leaf, "places"))
      out.line("  tree " + std::to_string(number(place, "tree")) + "  address " + out.bold(text(place, "address")) +
               ", epoch " + text(place, "epoch"));
    return kExitOk;
  }
  for (const Json& leaf : list(result, "leaves"))
    out.line(out.bold("leaf here") + "  " + short_node(text(leaf, "node")) +
             (flag(leaf, "told") ? "" : ", not yet told of its place"));
  if (trees.empty()) {
    out.line("no trees: trees.count is 0 in the configuration");
    return kExitOk;
  }
  for (const Json& tree : trees) {
    const std::string number_of = "tree " + std::to_string(number(tree, "tree"));
    const std::string state = text(tree, "state");
    if (!tree.contains("root")) {
      out.line(out.bold(number_of) + "  " + state);
      continue;
    }
    const std::string root = tree["root_node"].is_null() ? text(tree, "root") : short_node(text(tree, "root_node"));
    out.line(out.bold(number_of) + "  " + (state == "root" || state == "attached" ? out.good(state) : out.bad(state)) +
             ", address " + out.bold(text(tree, "address", "none")) + ", cost " + cost_text(tree, "cost") +
             ", parent " + (tree["parent"].is_null() ? "none" : short_node(text(tree, "parent"))) + ", root " + root);
    out.line(out.dim("  lineage " + text(tree, "lineage") + ", term " + text(tree, "term") + ", seq " +
                     text(tree, "seq") + ", epoch " + text(tree, "epoch") +
                     (flag(tree, "settled") ? ", settled" : ", young") + ", parent changes " +
                     text(tree, "parent_changes")));
    show_neighbours(out, tree);
  }
  return kExitOk;
}

}  // namespace mp::host
