// SPDX-License-Identifier: ISC
#include "micropycelium/applications/trace_route.hpp"

namespace mp {

const char* name(TraceEnd end) {
  switch (end) {
    case TraceEnd::arrived:
      return "arrived";
    case TraceEnd::unreachable:
      return "unreachable";
    case TraceEnd::nowhere:
      return "nowhere";
    case TraceEnd::no_answer:
      return "no_answer";
    case TraceEnd::circle:
      return "circle";
    case TraceEnd::too_long:
      return "too_long";
  }
  return "unknown";
}

TraceRoute::TraceRoute()
    : Application({.name = kTraceRouteApp.name,
                   .description = kTraceRouteApp.description,
                   .version = kTraceRouteApp.version,
                   .listed = false}) {}

// --- whoever is asked ------------------------------------------------------------------------------------

// What routing would decide here, without a trace in what it remembers.
TraceAnswer TraceRoute::explain(const RouteHeader& route) const {
  const Neighbours& neighbours = node().neighbours();
  TraceAnswer says;
  says.places = node().places();
  const Distances distances(route, neighbours);
  says.own_distance = distances.own().nearest;
  const Decision d = node().first_hop(route);
  if (d.kind == Decision::Kind::deliver) says.step = TraceStep::deliver;
  if (d.kind != Decision::Kind::send) return says;
  says.next = node().peers()[d.to].id;
  says.link_cost = neighbours[d.to].etx;
  says.next_distance = distances.of(d.to).nearest;
  says.step = neighbours[d.to].tag == route.target                                     ? TraceStep::neighbour
              : d.state.watermark < std::min(route.state.watermark, says.own_distance) ? TraceStep::nearer
                                                                                       : TraceStep::detour;
  return says;
}

bool TraceRoute::wants(const Package& package) {
  return !package.from.node.is_zero() && (decode_trace_request(package.blob) || decode_trace_answer(package.blob));
}

void TraceRoute::on_package(const Package& package) {
  if (const auto request = decode_trace_request(package.blob)) {
    TraceAnswer answer = explain(request->route);
    answer.nonce = request->nonce;
    ByteArray<kTraceAnswerMax> buffer;
    const auto message = encode_trace(answer, buffer);
    MP_CHECK(message.ok());
    // Lost, it will be asked for again.
    (void)node().send(*this, package.from.node, *message);
    return;
  }
  const auto answer = decode_trace_answer(package.blob);
  for (TraceSession* s = sessions_; s != nullptr; s = s->next_)
    if (s->nonce_ == answer->nonce && s->asked_ == package.from.node) return take(*s, *answer);
}

// --- who asks ----------------------------------------------------------------------------------------------

Status TraceRoute::trace(TraceSession& session, const NodeId& target, Metric metric) {
  if (session.running_) return Status::exists;
  if (target == node().id()) return Status::bad_value;
  session.target_ = target;
  session.route_ = RouteHeader{};
  session.route_.metric = metric;
  session.hops_ = 0;
  session.locating_ = !locate(session);
  session.running_ = true;
  session.next_ = sessions_;
  sessions_ = &session;
  if (!session.locating_) {
    begin(session);
    return Status::ok;
  }
  session.asked_ = target;
  session.tries_ = 0;
  const Status status = put(session);
  if (status != Status::ok) unlink(session);
  return status;
}

// Whether it is known where the target is; then the route says so.
bool TraceRoute::locate(TraceSession& session) {
  RouteHeader& route = session.route_;
  route.target = node_tag(session.target_);
  for (const Target& t : node().targets())
    if (t.known() && t.tag() == route.target) {
      t.write_to(route);
      return true;
    }
  return node().neighbours().find(route.target) != kNobody;
}

// Hop 0 is this node.
void TraceRoute::begin(TraceSession& session) {
  session.locating_ = false;
  session.asked_ = node().id();
  session.asked_at_ = node().now();
  take(session, explain(session.route_));
}

void TraceRoute::ask(TraceSession& session, const NodeId& whom) {
  session.asked_ = whom;
  session.tries_ = 0;
  if (put(session) != Status::ok) end(session, TraceEnd::no_answer);
}

Status TraceRoute::put(TraceSession& session) {
  session.nonce_ = node().random().u32();
  session.asked_at_ = node().now();
  session.due_ = node().now() + kPatience;
  ++session.tries_;
  ByteArray<kTraceRequestMax> buffer;
  const auto message = encode_trace(TraceRequest{session.nonce_, session.route_}, buffer);
  if (!message) return message.status();
  session.send_ = node().send(*this, session.asked_, *message);
  node().wake(*this);
  return session.send_ ? Status::ok : session.send_.refusal();
}

void TraceRoute::take(TraceSession& session, const TraceAnswer& says) {
  session.due_ = Instant::never();
  session.nonce_ = 0;
  if (session.locating_) {
    // It is known now, unless it has become a neighbour and gone again.
    if (!locate(session)) return end(session, TraceEnd::unreachable);
    return begin(session);
  }
  const TraceHop hop{session.hops_, session.asked_, says, node().now() - session.asked_at_};
  session.been_[session.hops_++] = node_tag(session.asked_);
  session.on_hop(hop);
  if (!session.running_) return;
  if (says.step == TraceStep::deliver || session.asked_ == session.target_) return end(session, TraceEnd::arrived);
  if (says.step == TraceStep::nowhere || says.next.is_zero()) return end(session, TraceEnd::nowhere);
  if (session.hops_ == TraceWay::kHopsMax) return end(session, TraceEnd::too_long);
  const NodeTag next = node_tag(says.next);
  for (std::size_t i = 0; i < session.hops_; ++i)
    if (session.been_[i] == next) return end(session, TraceEnd::circle);
  if (says.step == TraceStep::nearer)
    session.route_.state.watermark = std::min(session.route_.state.watermark, says.next_distance);
  ask(session, says.next);
}

void TraceRoute::on_sent(SendId id, Outcome outcome) {
  if (outcome == Outcome::delivered) return;
  for (TraceSession* s = sessions_; s != nullptr; s = s->next_)
    if (s->send_ == id && s->due_ != Instant::never()) {
      s->due_ = node().now();
      node().wake(*this);
      return;
    }
}

Instant TraceRoute::on_time(Instant now) {
  for (TraceSession* s = sessions_; s != nullptr;) {
    TraceSession* const after = s->next_;
    if (s->due_ <= now) {
      (void)node().cancel(s->send_);
      if (s->tries_ >= kTriesMax || put(*s) != Status::ok)
        end(*s, s->locating_ ? TraceEnd::unreachable : TraceEnd::no_answer);
    }
    s = after;
  }
  Instant due = Instant::never();
  for (const TraceSession* s = sessions_; s != nullptr; s = s->next_) due = earlier(due, s->due_);
  return due;
}

void TraceRoute::end(TraceSession& session, TraceEnd why) {
  unlink(session);
  session.on_end(why);
}

void TraceRoute::cancel(TraceSession& session) {
  if (!session.running_) return;
  (void)node().cancel(session.send_);
  unlink(session);
}

void TraceRoute::unlink(TraceSession& session) {
  session.running_ = false;
  session.due_ = Instant::never();
  for (TraceSession** s = &sessions_; *s != nullptr; s = &(*s)->next_)
    if (*s == &session) {
      *s = session.next_;
      return;
    }
}

}  // namespace mp
