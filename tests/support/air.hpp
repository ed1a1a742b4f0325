// SPDX-License-Identifier: ISC
// A small world for tests: nodes that hear each other over links with seeded loss, delay and repeats, in virtual
// time. Not a simulator of radios: just enough disorder to prove what the protocol promises.
#pragma once

#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/applications/ping.hpp"
#include "micropycelium/node/loopback.hpp"
#include "micropycelium/node/node.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace mp::test {

using Blob8 = std::vector<std::byte>;

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(MutableBytes out) override {
    for (std::byte& b : out) b = static_cast<std::byte>(engine_());
  }
  // 0 .. n-1
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }
  bool one_in(std::uint32_t n) { return n != 0 && below(n) == 0; }
  Blob8 blob(std::size_t size) {
    Blob8 b(size);
    fill(b);
    return b;
  }

 private:
  std::mt19937_64 engine_;
};

class RamStorage final : public Storage {
 public:
  Result<std::size_t> read(std::string_view key, MutableBytes out) override {
    const auto it = records.find(std::string(key));
    if (it == records.end()) return Status::not_found;
    if (it->second.size() > out.size()) return Status::too_large;
    copy(it->second, out);
    return it->second.size();
  }
  Status write(std::string_view key, Bytes value) override {
    if (full || dead) return Status::io_error;
    // The steps of torn_storage.hpp: the new record is there from the last one on, perhaps.
    for (std::uint32_t step = 1; step <= kSteps; ++step)
      if (steps_left-- == 0) {
        dead = true;
        if (step < kSteps || old_at_last_step) return Status::io_error;
        break;
      }
    records[std::string(key)] = Blob8(value.begin(), value.end());
    return dead ? Status::io_error : Status::ok;
  }
  static constexpr std::uint32_t kSteps = 4;
  std::map<std::string, Blob8> records;
  bool full = false;
  // Power fails after so many more steps of writes; then nothing is written any more.
  std::uint32_t steps_left = 0xffff'ffff;
  bool old_at_last_step = false;
  bool dead = false;
};

class VectorBlob final : public Blob {
 public:
  VectorBlob() = default;
  explicit VectorBlob(Blob8 b) : bytes(std::move(b)) {}
  std::uint32_t size() const override { return static_cast<std::uint32_t>(bytes.size()); }
  Status read(std::uint32_t offset, MutableBytes out) override {
    if (broken || offset + out.size() > bytes.size()) return Status::io_error;
    copy(Bytes(bytes).subspan(offset, out.size()), out);
    return Status::ok;
  }
  Status write(std::uint32_t offset, Bytes part) override {
    if (broken) return Status::io_error;
    if (offset + part.size() > bytes.size()) bytes.resize(offset + part.size());
    copy(part, MutableBytes(bytes).subspan(offset));
    return Status::ok;
  }
  Blob8 bytes;
  bool broken = false;
};

class Air;

// One end of a link: what it sends, all who are wired to it may hear.
class Radio final : public Interface {
 public:
  Radio(Air& air, std::uint8_t address, std::uint32_t bit_rate, std::vector<std::uint8_t> schemas,
        std::uint16_t frame_max)
      : air_(air),
        address_(std::byte{address}),
        bit_rate_(bit_rate),
        schemas_(std::move(schemas)),
        frame_max_(frame_max) {}

  InterfaceCaps caps() const override {
    return {.name = "air",
            .bit_rate = bit_rate_,
            .schema_ids = schemas_,
            .frame_max = frame_max_,
            .acknowledges = acknowledges || reports,
            .reports = reports,
            .half_duplex = half_duplex,
            .rule = rule,
            .can_sleep = can_sleep,
            .address = knows_address ? link() : LinkAddress{}};
  }
  Status send(const LinkAddress& to, Bytes datagram) override;
  std::optional<Received> receive() override;
  Duration busy_for() const override;
  std::optional<LinkReport> answered() override;

  LinkAddress link() const { return LinkAddress::from(Bytes(&address_, 1)); }

  // Before the node starts: what it says of itself.
  bool acknowledges = false;
  bool reports = false;  // acknowledges, and says what became of each: lost is what was lost on the one wire there
  AirtimeRule rule;
  bool half_duplex = false;
  bool can_sleep = false;
  bool knows_address = true;
  bool one_at_a_time = false;  // busy until the airtime of the frame before is over

  Status refuse_with = Status::ok;  // what send() answers instead of sending
  std::uint64_t sent = 0;
  std::uint64_t handed_over = 0;
  std::function<void(Bytes)> tap;  // sees every datagram that is sent

 private:
  friend class Air;
  struct Frame {
    LinkAddress from;
    bool broadcast = false;
    Blob8 bytes;
  };
  Air& air_;
  std::byte address_;
  std::uint32_t bit_rate_;
  std::vector<std::uint8_t> schemas_;
  std::uint16_t frame_max_;
  Instant free_at_{};
  std::deque<Frame> inbox_;
  std::deque<bool> answers_;
  Frame current_;
};

// An Application that remembers everything.
class Recorder final : public Application {
 public:
  explicit Recorder(std::string_view name = "Recorder", Repeats repeats = Repeats::drop)
      : Application({.name = name, .description = "test", .version = 1, .repeats = repeats}) {}

  struct Got {
    Blob8 blob;
    Origin from;
  };
  std::vector<Got> got;
  std::map<std::uint32_t, Outcome> outcomes;
  std::map<std::uint32_t, std::vector<SendState>> states;
  std::map<std::uint32_t, Instant> ended_at;
  std::vector<NodeId> added, removed;
  std::uint32_t progress = 0;
  int abandoned = 0;
  bool take_large = true;
  bool take_small = true;
  bool break_storage = false;
  int outcome_repeats = 0;
  std::optional<RouteFailure> failure;  // of the last send that was unreachable
  std::function<void()> on_lost, on_step;

  SendId send(const NodeId& to, const Blob8& blob, SendOptions options = {}) {
    return node().send(*this, to, Bytes(blob), options);
  }
  SendId send_large(const NodeId& to, Blob8 blob, SendOptions options = {}) {
    outgoing_.push_back(std::make_unique<VectorBlob>(std::move(blob)));
    return node().send(*this, to, *outgoing_.back(), options);
  }
  VectorBlob& last_outgoing() { return *outgoing_.back(); }
  bool ended(SendId id) const { return outcomes.contains(id.value()); }
  Outcome outcome(SendId id) const { return outcomes.at(id.value()); }

  bool wants(const Package&) override { return take_small; }
  void on_package(const Package& package) override {
    if (package.stream == nullptr) {
      got.push_back({Blob8(package.blob.begin(), package.blob.end()), package.from});
      return;
    }
    for (auto it = incoming_.begin(); it != incoming_.end(); ++it)
      if (it->get() == package.stream) {
        (*it)->bytes.resize(package.size);
        got.push_back({std::move((*it)->bytes), package.from});
        incoming_.erase(it);
        return;
      }
  }
  Blob* accept(const IncomingPackage&) override {
    if (!take_large) return nullptr;
    incoming_.push_back(std::make_unique<VectorBlob>());
    incoming_.back()->broken = break_storage;
    return incoming_.back().get();
  }
  void on_abandoned(Blob& blob) override {
    ++abandoned;
    std::erase_if(incoming_, [&](const auto& b) { return b.get() == &blob; });
  }
  std::size_t incoming() const { return incoming_.size(); }
  void on_sent(SendId id, Outcome outcome) override {
    if (!outcomes.emplace(id.value(), outcome).second) ++outcome_repeats;
    ended_at[id.value()] = node().now();
    if (outcome == Outcome::unreachable) failure = node().failure();
    if (outcome == Outcome::peer_lost && on_lost) on_lost();
  }
  void on_state(SendId id, SendState state) override { states[id.value()].push_back(state); }
  void on_progress(SendId, std::uint32_t done, std::uint32_t) override {
    progress = std::max(progress, done);
    if (on_step) on_step();
  }
  void on_peer_added(const NodeId& id) override { added.push_back(id); }
  void on_peer_removed(const NodeId& id) override { removed.push_back(id); }

 private:
  std::vector<std::unique_ptr<VectorBlob>> outgoing_, incoming_;
};

// A node with the usual plugins.
struct TestNode {
  explicit TestNode(std::uint64_t seed, const Limits& limits = kBoardLimits, BeaconOptions beacon_options = {})
      : random(seed),
        beacon(beacon_options),
        memory((memory_required(limits) + 7) / 8),
        node(limits, std::as_writable_bytes(std::span(memory)), Platform{random, storage}) {}

  const NodeId& id() const { return node.id(); }
  std::uint32_t count(Counter c) const { return node.counters()[c]; }

  SeededRandom random;
  RamStorage storage;
  Beacon beacon;
  Ping ping;
  Recorder app;
  Loopback<> loopback;
  std::vector<std::uint64_t> memory;
  std::vector<std::unique_ptr<Radio>> radios;
  Instant due{};
  bool running = true;
  Node node;  // last: it is destroyed first
};

struct Disorder {
  std::uint32_t lose_one_in = 0;  // 0: never
  std::uint32_t repeat_one_in = 0;
  Duration delay_min = microseconds(200);
  Duration delay_max = microseconds(200);  // above delay_min: frames overtake each other
};

inline const std::vector<std::uint8_t> kEspNowSchemas{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
inline const std::vector<std::uint8_t> kLoraSchemas{20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33};
inline const std::vector<std::uint8_t> kAllSchemas = [] {
  auto all = kEspNowSchemas;
  all.insert(all.end(), kLoraSchemas.begin(), kLoraSchemas.end());
  return all;
}();

class Air {
 public:
  explicit Air(std::uint64_t seed) : random(seed), seed_(seed) {}

  TestNode& add_node(const Limits& limits = kBoardLimits, BeaconOptions beacon_options = {});
  Radio& add_radio(TestNode& node, std::uint32_t bit_rate = 1'000'000, std::vector<std::uint8_t> schemas = kAllSchemas,
                   std::uint16_t frame_max = 250);
  // A radio without a node: the test itself is the other end.
  Radio& add_stranger();
  void connect(Radio& a, Radio& b);
  void disconnect(Radio& a, Radio& b);
  // Attaches Beacon, Ping, Recorder and the radios, and starts the node.
  void start(TestNode& node, bool with_beacon = true, bool with_loopback = false);

  // Puts a frame into the ear of a radio, as if it came from that link.
  void inject(Radio& to, const LinkAddress& from, bool broadcast, Bytes frame);
  // The power of node i was off for a moment: a new node with its radios and what was in its storage. Not started.
  TestNode& power_cycle(std::size_t i, BeaconOptions beacon_options = {});

  void run(Duration time);
  // Runs until the condition holds; false when it did not within `limit` (virtual time).
  bool run_until(const std::function<bool()>& condition, Duration limit = seconds(120));

  TestNode& operator[](std::size_t i) { return *nodes_[i]; }
  std::size_t size() const { return nodes_.size(); }
  Instant now() const { return now_; }

  SeededRandom random;
  Disorder disorder;
  // Sees each frame on each wire, on top of the disorder; true: it is lost there.
  std::function<bool(const Radio& from, const Radio& to, Bytes)> loses;

 private:
  friend class Radio;
  struct Flight {
    Radio* to;
    Radio::Frame frame;
  };
  void transmit(Radio& from, const LinkAddress& to, Bytes datagram);
  bool step(Instant end);

  std::uint64_t seed_;
  Instant now_{};
  std::uint64_t order_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, Flight> flights_;
  std::vector<std::unique_ptr<TestNode>> nodes_;
  std::vector<std::unique_ptr<Radio>> strangers_;
  std::vector<Radio*> radios_;
  std::vector<std::pair<Radio*, Radio*>> wires_;
};

// Nodes in a row, each hearing its neighbours only; started, with Beacons, and run until all have met.
void make_line(Air& air, std::size_t n, const Limits& limits = kBoardLimits);
// Addresses for the nodes of a line, and routes from each to each: node i lives at 1.1.1... (i + 1 coordinates).
void route_line(Air& air);
// Whether b is a connected peer of a, known to understand our extensions.
bool knows(const TestNode& a, const TestNode& b);
inline Blob8 bytes_of(std::string_view t) {
  const Bytes b = bytes(t);
  return Blob8(b.begin(), b.end());
}
// An address from coordinates, tree state 7.
TreeAddress at(std::initializer_list<std::uint8_t> coordinates);

}  // namespace mp::test
