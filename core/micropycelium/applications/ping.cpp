// SPDX-License-Identifier: ISC
#include "micropycelium/applications/ping.hpp"

namespace mp {
namespace {

constexpr Duration kRetry = milliseconds(20);

std::uint64_t clock_ms(Instant now) { return static_cast<std::uint64_t>(now.us / 1000); }

}  // namespace

PingStatistics PingSeries::statistics() const {
  PingStatistics s;
  s.sent = sent_;
  s.received = received_;
  s.lost = lost_;
  s.min = min_;
  s.max = max_;
  if (received_ > 0) s.avg = sum_ / received_;
  return s;
}

Ping::Ping() : Application({.name = kPingApp.name, .description = kPingApp.description, .version = kPingApp.version}) {}

Status Ping::ping(PingSession& session, const NodeId& to, const PingOptions& options) {
  if (session.running_) return Status::exists;
  if (options.count == 0) return Status::bad_value;
  session.to_ = to;
  session.options_ = options;
  session.sent_ = session.received_ = session.lost_ = 0;
  session.min_ = session.max_ = session.sum_ = {};
  session.requests_.fill({});
  MP_TRY(send_next(session));
  session.running_ = true;
  session.next_ = sessions_;
  sessions_ = &session;
  node().wake(*this);
  return Status::ok;
}

void Ping::cancel(PingSession& session) {
  if (!session.running_) return;
  unlink(session);
}

Status Ping::send_next(PingSession& session) {
  Request* free = nullptr;
  for (Request& r : session.requests_)
    if (r.state == Request::State::free) free = &r;
  if (free == nullptr) return Status::would_block;

  PingMessage message;
  message.op = PingOp::request;
  message.nonce = nonce_;
  message.ts1 = clock_ms(node().now());
  if (node().has_address()) message.address = node().address();
  message.node_id = node().id();
  ByteArray<kPingSize> buffer;
  MP_CHECK(encode_ping(message, buffer).ok());
  const SendId id = node().send(*this, session.to_, buffer, {.ask = false});
  if (!id) return id.refusal();
  *free = {Request::State::queued, nonce_++, session.sent_++, id, message.ts1, node().now()};
  session.next_send_ = node().now() + session.options_.interval;
  return Status::ok;
}

// The clock of a request starts when the link has taken it.
void Ping::on_sent(SendId id, Outcome outcome) {
  for (PingSession* s = sessions_; s != nullptr; s = s->next_)
    for (Request& r : s->requests_) {
      if (r.state != Request::State::queued || !(r.send_id == id)) continue;
      r.at = node().now();
      if (outcome == Outcome::unconfirmed)
        r.state = Request::State::sent;
      else
        lose(*s, r);
      node().wake(*this);  // its timeout begins now, or it may have been the last
      return;
    }
}

bool Ping::wants(const Package& package) {
  const auto message = decode_ping(package.blob);
  return message && (message->op == PingOp::request || message->op == PingOp::respond);
}

void Ping::on_package(const Package& package) {
  const auto message = decode_ping(package.blob);
  if (!message) return;
  if (message->op == PingOp::request)
    respond(*message, package.from);
  else if (message->op == PingOp::respond)
    take_response(*message);
}

void Ping::respond(const PingMessage& request, const Origin& from) {
  PingMessage answer = request;
  answer.op = PingOp::respond;
  answer.ts2 = clock_ms(node().now());
  answer.address = node().has_address() ? node().address() : TreeAddress{};
  answer.node_id = node().id();
  ByteArray<kPingSize> buffer;
  MP_CHECK(encode_ping(answer, buffer).ok());
  // Lost or refused, it shows in the asker's statistics: nothing is repeated here.
  if (!from.node.is_zero())
    (void)node().send(*this, from.node, buffer, {.ask = false});
  else if (from.routed)
    (void)node().send(*this, from.address, buffer, {.ask = false});
}

void Ping::take_response(const PingMessage& response) {
  for (PingSession* s = sessions_; s != nullptr; s = s->next_)
    for (Request& r : s->requests_) {
      if (r.state == Request::State::free || r.nonce != response.nonce || r.ts1_ms != response.ts1 ||
          !(response.node_id == s->to_))
        continue;
      const Duration rtt = node().now() - r.at;
      const std::uint32_t seq = r.seq;
      r.state = Request::State::free;
      if (s->received_ == 0 || rtt < s->min_) s->min_ = rtt;
      if (rtt > s->max_) s->max_ = rtt;
      s->sum_ = s->sum_ + rtt;
      ++s->received_;
      node().wake(*this);
      return s->on_reply(seq, rtt);
    }
}

void Ping::lose(PingSession& session, Request& request) {
  request.state = Request::State::free;
  ++session.lost_;
  session.on_lost(request.seq);
}

bool Ping::finished(const PingSession& s) { return s.received_ + s.lost_ == s.options_.count; }

Instant Ping::due(const PingSession& s) {
  Instant due = Instant::never();
  bool room = false;
  for (const Request& r : s.requests_) {
    if (r.state == Request::State::free)
      room = true;
    else if (r.state == Request::State::sent)
      due = std::min(due, r.at + s.options_.timeout);
  }
  if (room && s.sent_ < s.options_.count) due = std::min(due, s.next_send_);
  return due;
}

Instant Ping::on_time(Instant now) {
  Instant next = Instant::never();
  for (PingSession* s = sessions_; s != nullptr;) {
    PingSession* const after = s->next_;
    for (Request& r : s->requests_)
      if (r.state == Request::State::sent && now >= r.at + s->options_.timeout) lose(*s, r);
    if (s->sent_ < s->options_.count && now >= s->next_send_) {
      const Status status = send_next(*s);
      if (status == Status::no_buffer) {
        s->next_send_ = now + kRetry;
      } else if (status != Status::ok && status != Status::would_block) {
        // The peer is gone: this one is lost, the next may find it again.
        ++s->lost_;
        const std::uint32_t seq = s->sent_++;
        s->next_send_ = now + s->options_.interval;
        s->on_lost(seq);
      }
    }
    if (finished(*s)) {
      unlink(*s);
      s->on_end(s->statistics());
    } else {
      next = std::min(next, due(*s));
    }
    s = after;
  }
  return next;
}

void Ping::unlink(PingSession& session) {
  PingSession** link = &sessions_;
  while (*link != nullptr && *link != &session) link = &(*link)->next_;
  if (*link != nullptr) *link = session.next_;
  session.next_ = nullptr;
  session.running_ = false;
}

}  // namespace mp
