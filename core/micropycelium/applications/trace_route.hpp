// SPDX-License-Identifier: ISC
// Which way do packets go to a node, and why there? Asks each hop in turn whom it would hand them (specification:
// trace.md). Answers others.
#pragma once

#include "micropycelium/messages/trace_route.hpp"
#include "micropycelium/node/node.hpp"

namespace mp {

// One node on the way, as it says itself.
struct TraceHop {
  std::uint32_t number = 0;  // 0: this node
  NodeId node;
  TraceAnswer says;
  Duration round_trip{};  // of the question
};

enum class TraceEnd : std::uint8_t {
  arrived,
  unreachable,  // nobody knows where the target is
  nowhere,      // the last hop knows of no way
  no_answer,    // whom the last hop named does not answer
  circle,       // it named one that was on the way before
  too_long,     // over kHopsMax hops
};
const char* name(TraceEnd end);

// A base of its own, since GCC 12 wants friends away from virtual functions.
class TraceWay {
 public:
  static constexpr std::size_t kHopsMax = 64;
  TraceWay(const TraceWay&) = delete;
  TraceWay& operator=(const TraceWay&) = delete;

  bool running() const { return running_; }

 protected:
  TraceWay() = default;
  ~TraceWay() = default;

 private:
  friend class TraceRoute;

  class TraceSession* next_ = nullptr;
  bool running_ = false;
  bool locating_ = false;  // the target itself is asked first, so that it is known where it is
  std::uint8_t tries_ = 0;
  NodeId target_;
  NodeId asked_;
  std::uint32_t nonce_ = 0;
  std::uint32_t hops_ = 0;
  SendId send_;
  Instant asked_at_{};
  Instant due_ = Instant::never();
  RouteHeader route_;
  std::array<NodeTag, kHopsMax> been_{};
};

// A question to all hops to one node. Owned by the caller; must live until on_end, or TraceRoute::cancel.
class TraceSession : public TraceWay {
 public:
  // What TraceRoute calls, inside Node::poll or trace().
  virtual void on_hop(const TraceHop& hop) = 0;
  virtual void on_end(TraceEnd end) = 0;

 protected:
  ~TraceSession() = default;
};

class TraceRoute final : public Application {
 public:
  // How long a hop's answer is waited for, and how often it is asked.
  static constexpr Duration kPatience = seconds(10);
  static constexpr std::uint8_t kTriesMax = 3;

  TraceRoute();

  // Status: unreachable (the target can not be sent anything), exists (this session is running), bad_value (our own
  // id), and why the first question could not be queued. Not from inside a handler of the session.
  Status trace(TraceSession& session, const NodeId& target, Metric metric = Metric::tree);
  // Ends it now; no handler is called. Not from inside a handler of any session.
  void cancel(TraceSession& session);

 private:
  bool wants(const Package& package) override;
  void on_package(const Package& package) override;
  void on_sent(SendId id, Outcome outcome) override;
  Instant on_time(Instant now) override;

  TraceAnswer explain(const RouteHeader& route) const;
  bool locate(TraceSession& session);
  void begin(TraceSession& session);
  void ask(TraceSession& session, const NodeId& whom);
  Status put(TraceSession& session);
  void take(TraceSession& session, const TraceAnswer& says);
  void end(TraceSession& session, TraceEnd why);
  void unlink(TraceSession& session);

  TraceSession* sessions_ = nullptr;
};

}  // namespace mp
