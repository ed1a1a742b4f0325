// SPDX-License-Identifier: ISC
// Who finds out where a node is for a Node that wants to send there (specification: tree.md, "Where is that
// node?"). There is one implementation, applications/spanning_tree.hpp; the node only knows this much of it, since it
// lies below.
#pragma once

#include "micropycelium/node/application.hpp"
#include "micropycelium/packet/route_header.hpp"

namespace mp {

class Seeker : public Application {
 public:
  // Find this node; answer with found() or not_found(), also when it is being sought already. `anew`: where it was told
  // to be it is not.
  virtual void seek(const NodeTag& target, bool anew) = 0;
  // Of a leaf: where its parent is.
  virtual TreePlaces leased() const { return {}; }
  // That node does not know who this one is: tell it, signed, with its number.
  virtual void introduce_to(const NodeId& node, std::uint32_t number) = 0;
  // A way was chosen by what the neighbour in this slot says of its place in this tree, and it has not shown that.
  virtual void check(std::uint8_t slot, std::uint8_t tree) = 0;

 protected:
  using Application::Application;
  ~Seeker() = default;

  // From now on the node asks this one. Call it in on_start.
  void offer();
  // A node has signed that it is there; `places` by tree, ascending.
  void found(const NodeId& node, std::span<const TreePlace> places);
  // Somebody said so in its name: believed if nothing better is known. False: there is no room for it.
  bool told(const NodeId& node, std::span<const TreePlace> places);
  // Whether that is the number that this node asked it for lately.
  bool asked(const NodeTag& node, std::uint32_t number) const;
  // Nobody knows it, for now: what waits to go there ends as unreachable.
  void not_found(const NodeTag& target);
};

}  // namespace mp
