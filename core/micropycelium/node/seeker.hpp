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

 protected:
  using Application::Application;
  ~Seeker() = default;

  // From now on the node asks this one. Call it in on_start.
  void offer();
  // A node is there; `places` by tree, ascending. Also unasked: whoever asks says where it is itself.
  void found(const NodeId& node, std::span<const TreePlace> places);
  // Nobody knows it, for now: what waits to go there ends as unreachable.
  void not_found(const NodeTag& target);
};

}  // namespace mp
