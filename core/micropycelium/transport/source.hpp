// SPDX-License-Identifier: ISC
// Who a packet comes from, as far as version 0 tells: what keys a transfer, so that two senders with the
// same seq_id never collide (specification: delivery.md, "What names a transfer").
#pragma once

#include "micropycelium/packet/address.hpp"
#include "micropycelium/packet/route_header.hpp"
#include "micropycelium/platform/interface.hpp"

namespace mp {

struct Source {
  enum class Kind : std::uint8_t {
    link,  // a stranger: Interface and link address
    peer,  // a known neighbour: its slot
    tree,  // routed: the tree address it gives as its own
    node,  // routed by id: the first bytes of that
  };

  Kind kind = Kind::link;
  std::uint8_t interface = 0;
  std::uint8_t peer = 0;
  LinkAddress link;
  TreeAddress tree;
  NodeTag node;

  static Source of_link(std::uint8_t interface, const LinkAddress& link) {
    Source s;
    s.interface = interface;
    s.link = link;
    return s;
  }
  static Source of_peer(std::uint8_t peer) {
    Source s;
    s.kind = Kind::peer;
    s.peer = peer;
    return s;
  }
  static Source of_tree(const TreeAddress& tree) {
    Source s;
    s.kind = Kind::tree;
    s.tree = tree;
    return s;
  }
  static Source of_node(const NodeTag& node) {
    Source s;
    s.kind = Kind::node;
    s.node = node;
    return s;
  }
  // By a tree address or by id.
  bool routed() const { return kind == Kind::tree || kind == Kind::node; }
  bool operator==(const Source&) const = default;
};

}  // namespace mp
