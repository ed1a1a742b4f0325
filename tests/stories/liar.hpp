// SPDX-License-Identifier: ISC
// A node that speaks of trees under its own name and says what a test tells it to: of its place, of roots and lineages.
// Its radio is a black hole for what it attracts.
#pragma once

#include "stories/tree_story.hpp"

#include <functional>
#include <map>

namespace mp::sim {

// Has no trees of its own: all that it says is made up, and signed by its own key.
class Liar final : public Application {
 public:
  // Node `number` of the story becomes one; before the first action.
  static void prepare(Story& story, std::uint32_t number);
  // Once it has power.
  Liar(Story& story, std::uint32_t number);

  // Tells all neighbours.
  void say(const TreeEntry& entry);
  // What it last heard of a tree, of anybody who is settled there; none: nothing.
  std::optional<TreeEntry> heard(std::uint8_t tree) const;
  void ask(const NodeId& of, const RecordRequest& request);
  template <std::size_t N>
  void tell(const NodeId& to, const ByteArray<N>& message) {
    (void)node().send(*this, to, message);
    story_.world().board(number_).nudge();
  }
  const NodeId& id() const { return node().id(); }
  const Ed25519KeyPair& keys() const { return *keys_; }

  // How it answers who asks for a record; by default not at all.
  std::function<void(const NodeId& from, const RecordRequest& request)> answer;
  std::map<unsigned, std::vector<std::byte>> link_records, root_records;  // that it came by, by level and by tree
  std::uint32_t asked = 0;                                                // for records
  std::uint32_t doubts = 0;

 private:
  void on_package(const Package& package) override;

  Story& story_;
  std::uint32_t number_;
  std::optional<Ed25519KeyPair> keys_;
  std::uint32_t count_ = 0;
  std::map<std::uint8_t, TreeEntry> heard_;
};

}  // namespace mp::sim
