// SPDX-License-Identifier: ISC
#include "support/air.hpp"

#include <algorithm>
#include <stdexcept>

namespace mp::test {

Status Radio::send(const LinkAddress& to, Bytes datagram) {
  if (refuse_with != Status::ok) return refuse_with;
  if (datagram.size() > frame_max_) return Status::too_large;
  if (one_at_a_time && air_.now() < free_at_) return Status::would_block;
  free_at_ = air_.now() + airtime(datagram.size());
  ++sent;
  if (tap) tap(datagram);
  air_.transmit(*this, to, datagram);
  return Status::ok;
}

Duration Radio::busy_for() const {
  if (one_at_a_time && air_.now() < free_at_) return free_at_ - air_.now();
  return milliseconds(1);
}

std::optional<Received> Radio::receive() {
  if (inbox_.empty()) return std::nullopt;
  current_ = std::move(inbox_.front());
  inbox_.pop_front();
  ++handed_over;
  return Received{current_.from, current_.bytes, current_.broadcast};
}

std::optional<LinkReport> Radio::answered() {
  if (answers_.empty()) return std::nullopt;
  const bool acknowledged = answers_.front();
  answers_.pop_front();
  return LinkReport{.acknowledged = acknowledged, .tries = 1};
}

TestNode& Air::add_node(const Limits& limits, BeaconOptions beacon_options) {
  nodes_.push_back(std::make_unique<TestNode>(seed_ * 1000 + nodes_.size() + 1, limits, beacon_options));
  return *nodes_.back();
}

Radio& Air::add_radio(TestNode& node, std::uint32_t bit_rate, std::vector<std::uint8_t> schemas,
                      std::uint16_t frame_max) {
  node.radios.push_back(std::make_unique<Radio>(*this, static_cast<std::uint8_t>(radios_.size() + 1), bit_rate,
                                                std::move(schemas), frame_max));
  radios_.push_back(node.radios.back().get());
  return *radios_.back();
}

Radio& Air::add_stranger() {
  strangers_.push_back(std::make_unique<Radio>(*this, static_cast<std::uint8_t>(radios_.size() + 1), 1'000'000,
                                               kAllSchemas, std::uint16_t{250}));
  radios_.push_back(strangers_.back().get());
  return *radios_.back();
}

void Air::connect(Radio& a, Radio& b) {
  wires_.emplace_back(&a, &b);
  wires_.emplace_back(&b, &a);
}

void Air::disconnect(Radio& a, Radio& b) {
  std::erase_if(wires_,
                [&](const auto& w) { return (w.first == &a && w.second == &b) || (w.first == &b && w.second == &a); });
}

void Air::start(TestNode& t, bool with_beacon, bool with_loopback) {
  const auto must = [](Status s) {
    if (s != Status::ok) throw std::runtime_error(std::string("test node: ") + name(s));
  };
  if (with_loopback) must(t.node.attach(t.loopback));
  for (const auto& radio : t.radios) must(t.node.attach(*radio));
  if (with_beacon) must(t.node.attach(t.beacon));
  must(t.node.attach(t.ping));
  must(t.node.attach(t.app));
  must(t.node.start(now_));
  t.due = now_;
}

void Air::transmit(Radio& from, const LinkAddress& to, Bytes datagram) {
  const auto before = order_;
  for (const auto& [a, b] : wires_) {
    if (a != &from || (!to.is_broadcast() && !(b->link() == to))) continue;
    const std::uint32_t copies = disorder.repeat_one_in != 0 && random.one_in(disorder.repeat_one_in) ? 2 : 1;
    for (std::uint32_t i = 0; i < copies; ++i) {
      if (random.one_in(disorder.lose_one_in)) continue;
      if (loses && loses(from, *b, datagram)) continue;
      const auto spread = static_cast<std::uint32_t>((disorder.delay_max - disorder.delay_min).us + 1);
      const Instant when = now_ + disorder.delay_min + microseconds(random.below(spread));
      flights_[{when, order_++}] = {b, {from.link(), to.is_broadcast(), Blob8(datagram.begin(), datagram.end())}};
    }
  }
  if (from.reports && !to.is_broadcast()) from.answers_.push_back(order_ != before);
}

void Air::inject(Radio& to, const LinkAddress& from, bool broadcast, Bytes frame) {
  flights_[{now_, order_++}] = {&to, {from, broadcast, Blob8(frame.begin(), frame.end())}};
}

TestNode& Air::power_cycle(std::size_t i, BeaconOptions beacon_options) {
  auto fresh = std::make_unique<TestNode>(seed_ * 1000 + 500 + order_++, nodes_[i]->node.limits(), beacon_options);
  fresh->storage.records = nodes_[i]->storage.records;
  fresh->radios = std::move(nodes_[i]->radios);
  for (const auto& radio : fresh->radios) {
    radio->inbox_.clear();
    radio->answers_.clear();
  }
  nodes_[i] = std::move(fresh);
  return *nodes_[i];
}

// Everything that happens at the next instant at which anything does; false when that is after `end`.
bool Air::step(Instant end) {
  Instant next = flights_.empty() ? Instant::never() : flights_.begin()->first.first;
  for (const auto& n : nodes_)
    if (n->running && n->node.started()) next = std::min(next, n->due);
  if (next > end) return false;
  now_ = std::max(now_, next);
  while (!flights_.empty() && flights_.begin()->first.first <= now_) {
    Flight flight = std::move(flights_.begin()->second);
    flights_.erase(flights_.begin());
    flight.to->inbox_.push_back(std::move(flight.frame));
  }
  for (const auto& n : nodes_) {
    if (!n->running || !n->node.started()) continue;
    const bool heard = std::any_of(n->radios.begin(), n->radios.end(),
                                   [](const auto& r) { return !r->inbox_.empty() || !r->answers_.empty(); });
    // A send() since the last poll wants one too; a poll too many is harmless, and nodes must bear it.
    if (heard || n->due <= now_) n->due = n->node.poll(now_);
  }
  return true;
}

void Air::run(Duration time) {
  const Instant end = now_ + time;
  for (const auto& n : nodes_) n->due = std::min(n->due, now_);
  while (step(end)) {
  }
  now_ = end;
}

bool Air::run_until(const std::function<bool()>& condition, Duration limit) {
  const Instant end = now_ + limit;
  for (const auto& n : nodes_) n->due = std::min(n->due, now_);
  while (!condition())
    if (!step(end)) {
      now_ = end;
      return condition();
    }
  return true;
}

void make_line(Air& air, std::size_t n, const Limits& limits) {
  for (std::size_t i = 0; i < n; ++i) {
    TestNode& node = air.add_node(limits);
    air.add_radio(node);
    if (i > 0) air.connect(*air[i - 1].radios[0], *node.radios[0]);
  }
  for (std::size_t i = 0; i < n; ++i) air.start(air[i]);
  const bool met = air.run_until([&] {
    for (std::size_t i = 1; i < n; ++i)
      if (!knows(air[i - 1], air[i]) || !knows(air[i], air[i - 1])) return false;
    return true;
  });
  if (!met) throw std::runtime_error("the nodes of the line did not meet");
}

void route_line(Air& air) {
  const auto address = [](std::size_t i) {
    const std::vector<std::uint8_t> coordinates(i + 1, 1);
    return TreeAddress{7, *Address::encode(coordinates)};
  };
  for (std::size_t i = 0; i < air.size(); ++i) {
    air[i].node.set_address(address(i));
    for (std::size_t j = 0; j < air.size(); ++j)
      if (j != i && air[i].node.set_route(address(j), air[j < i ? i - 1 : i + 1].id(), air[j].id()) != Status::ok)
        throw std::runtime_error("no room for the routes of the line");
  }
}

bool knows(const TestNode& a, const TestNode& b) {
  const Peer* peer = a.node.peer(b.id());
  return peer != nullptr && peer->connected() && peer->equal;
}

TreeAddress at(std::initializer_list<std::uint8_t> coordinates) {
  return {7, *Address::encode(std::span(coordinates.begin(), coordinates.size()))};
}

}  // namespace mp::test
