// SPDX-License-Identifier: ISC
// Hands what happens in the node to the clients that watch. Attached to the node only while there are any: an
// unwatched node pays nothing.
#pragma once

#include "micropycelium/node/node.hpp"

#include <vector>

namespace mp::host {

// The levels of `monitor` (specification: control-protocol.md).
enum TraceLevels : unsigned { kTracePeer = 1, kTracePackage = 2, kTracePacket = 4 };
unsigned level_of(TraceEvent event);

class TraceWatcher {
 public:
  // Called from inside the node: must not call it.
  virtual void on_trace(const TraceRecord& record) = 0;

 protected:
  ~TraceWatcher() = default;
};

class TraceHub final : public Trace {
 public:
  explicit TraceHub(Node& node) : node_(node) {}

  void add(TraceWatcher& watcher, unsigned levels);
  void remove(TraceWatcher& watcher);
  void on_trace(const TraceRecord& record) override;

 private:
  struct Entry {
    TraceWatcher* watcher;
    unsigned levels;
  };

  Node& node_;
  std::vector<Entry> watchers_;
};

}  // namespace mp::host
