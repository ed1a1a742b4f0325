// SPDX-License-Identifier: ISC
// Radios without nodes, for the tests of the media: what each hears is kept, what happens is counted and hashed.
#pragma once

#include "simulator/engine/trace_hash.hpp"
#include "simulator/media/medium.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mp::sim {

inline constexpr std::size_t kFates = 7;

// The media as these tests mean them, whatever scenarios have for a default: ESP-NOW of 16 dBm carries 192 m, LoRa of
// 22 dBm at SF9 2.7 km, a disc 100 m, a LAN everywhere.
inline MediumSpec usual(MediumKind kind) {
  MediumSpec spec;
  spec.kind = kind;
  switch (kind) {
    case MediumKind::espnow:
      break;
    case MediumKind::lora:
      spec.propagation = {.exponent_milli = 3'500, .reference_loss_mdb = 31'210, .tx_mdbm = 22'000};
      break;
    case MediumKind::ideal:
      spec.propagation.range_mm = 100'000;
      break;
    case MediumKind::udp:
      break;
  }
  return spec;
}

// One radio's owner: takes what comes at once.
class Ear final : public RadioOwner {
 public:
  struct Got {
    RadioIndex from;
    Instant at;
    std::vector<std::byte> bytes;
  };
  std::vector<Got> got;
  bool keep = true;

  void on_heard(Radio& radio) override {
    while (const auto received = radio.receive()) {
      const auto from = Radio::index_of(received->from);
      if (!keep) continue;
      got.push_back({*from, radio.medium().now(), {received->datagram.begin(), received->datagram.end()}});
    }
  }
  bool on_send(Radio&, const LinkAddress&, Bytes) override { return true; }
};

// A medium with radios on it, and a witness of everything.
class TestAir : public Witness, public Handler {
 public:
  virtual ~TestAir() = default;
  struct Sent {
    RadioIndex from;
    Instant begin;
    Duration airtime;
    std::uint8_t tries;
  };

  explicit TestAir(const MediumSpec& spec, std::uint64_t seed_value = 1)
      : seed(seed_value), medium(make_medium(spec, 0, events, Seed(seed_value))) {
    medium->set_witness(this);
  }

  // Places in metres.
  RadioIndex add(std::int64_t x, std::int64_t y = 0, RadioMode mode = RadioMode::awake, bool geometric = true) {
    owners.emplace_back().keep = keep;
    Radio& radio = medium->add_radio(static_cast<std::uint32_t>(owners.size() - 1), 0, owners.back(),
                                     {x * 1000, y * 1000}, 0, geometric);
    modes_.push_back(mode);
    return radio.index();
  }
  // Switches on all radios; the first send or run does it by itself.
  void start() {
    for (; on_ < modes_.size(); ++on_) medium->set_mode(medium->radio(static_cast<RadioIndex>(on_)), modes_[on_]);
  }
  Radio& radio(RadioIndex i) { return medium->radio(i); }
  const RadioCounts& counts(RadioIndex i) { return radio(i).counts(); }

  // The medium must take it.
  void send(RadioIndex from, RadioIndex to, std::size_t size, std::uint8_t fill = 0) {
    EXPECT_EQ(offer(from, to, size, fill), Status::ok);
  }
  void broadcast(RadioIndex from, std::size_t size, std::uint8_t fill = 0) { send(from, Frame::kEveryone, size, fill); }
  // It may refuse.
  Status offer(RadioIndex from, RadioIndex to, std::size_t size, std::uint8_t fill = 0) {
    start();
    const std::vector<std::byte> bytes(size, static_cast<std::byte>(fill));
    return radio(from).send(to == Frame::kEveryone ? LinkAddress::broadcast() : Radio::address_of(to), bytes);
  }
  // Something to do at this time.
  void at(Instant when, std::function<void()> what) {
    what_.push_back(std::move(what));
    events.plan(when, *this, what_.size() - 1);
  }
  void run(Duration for_so_long) {
    start();
    events.run_until(events.now() + for_so_long);
  }

  void on_event(std::uint64_t what) override { what_[what](); }
  void on_transmission(const Medium&, const Transmission& t) override {
    if (keep) sent.push_back({t.frame.from, t.begin, t.airtime, t.tries});
    hash.add(static_cast<std::uint64_t>(t.begin.us));
    hash.add(std::uint64_t{t.frame.from} << 32 | t.frame.to);
    hash.add(t.frame.view());
    if (on_sent) on_sent(t);
  }
  void on_fate(const Medium&, const Frame& frame, RadioIndex at, Fate fate) override {
    ++fates[static_cast<std::size_t>(fate)];
    hash.add(static_cast<std::uint64_t>(events.now().us));
    hash.add(std::uint64_t{frame.from} << 32 | at);
    hash.add(static_cast<std::uint64_t>(fate));
    if (on_end) on_end(frame, at, fate);
  }
  void on_duty_breach(const Medium&, RadioIndex at, std::uint32_t share_ppm) override {
    breaches.push_back({at, share_ppm});
  }
  std::uint64_t fate(Fate f) const { return fates[static_cast<std::size_t>(f)]; }

  std::uint64_t seed;
  EventQueue events;
  std::deque<Ear> owners;
  std::unique_ptr<Medium> medium;
  bool keep = true;  // every transmission, and what each hears
  std::vector<Sent> sent;
  std::array<std::uint64_t, kFates> fates{};
  std::vector<std::pair<RadioIndex, std::uint32_t>> breaches;
  TraceHash hash;
  std::function<void(const Transmission&)> on_sent;
  std::function<void(const Frame&, RadioIndex, Fate)> on_end;

 private:
  std::vector<RadioMode> modes_;
  std::size_t on_ = 0;
  std::deque<std::function<void()>> what_;
};

// Loses what it is told to.
class TestConditions final : public Conditions {
 public:
  std::function<Passage(std::uint32_t from, std::uint32_t to, Frame& frame)> rule;
  Passage pass(std::uint32_t from_node, std::uint32_t to_node, Frame& frame) override {
    return rule(from_node, to_node, frame);
  }
};

}  // namespace mp::sim
