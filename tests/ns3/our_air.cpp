// SPDX-License-Identifier: ISC
// Broadcasts over our espnow medium, from a file of positions: the other half of ns3_air.cpp, same input, same output.
#include "simulator/media/medium.hpp"

#include <cstdio>
#include <deque>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace mp::sim {
namespace {

struct Options {
  std::string positions;
  double rate = 1, seconds = 10, ed_dbm = -92.6;
  std::size_t body = 250;
  std::uint64_t seed = 1;
};

class Deaf final : public RadioOwner {
 public:
  void on_heard(Radio& radio) override {
    while (radio.receive()) {
    }
  }
  bool on_send(Radio&, const LinkAddress&, Bytes) override { return true; }
};

class Counter final : public Witness {
 public:
  explicit Counter(std::size_t nodes) : sent(nodes) {}
  std::vector<std::uint64_t> sent;
  std::map<std::pair<RadioIndex, RadioIndex>, std::uint64_t> heard;

  void on_transmission(const Medium&, const Transmission& t) override { ++sent[t.frame.from]; }
  void on_fate(const Medium&, const Frame& frame, RadioIndex at, Fate fate) override {
    if (fate == Fate::received) ++heard[{frame.from, at}];
  }
};

// Broadcasts at random instants.
class Sources final : public Handler {
 public:
  Sources(Medium& medium, EventQueue& events, const Options& options)
      : medium_(medium),
        events_(events),
        pause_(microseconds(static_cast<std::int64_t>(1e6 / options.rate))),
        bytes_(options.body) {
    for (std::size_t i = 0; i < medium.size(); ++i) {
      streams_.emplace_back(Seed(options.seed).child("source", i));
      plan(i);
    }
  }
  void on_event(std::uint64_t node) override {
    plan(node);
    (void)medium_.radio(static_cast<RadioIndex>(node)).send(LinkAddress::broadcast(), bytes_);
  }

 private:
  void plan(std::uint64_t node) {
    events_.plan_in(streams_[static_cast<std::size_t>(node)].exponential(pause_), *this, node);
  }
  Medium& medium_;
  EventQueue& events_;
  Duration pause_;
  std::vector<std::byte> bytes_;
  std::vector<Stream> streams_;
};

std::vector<Point> read_positions(const std::string& path) {
  std::vector<Point> points;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream row(line);
    std::string name, x, y;
    if (!std::getline(row, name, ',') || !std::getline(row, x, ',') || !std::getline(row, y, ',')) continue;
    if (name == "name") continue;
    points.push_back({static_cast<std::int64_t>(std::stod(x) * 1000), static_cast<std::int64_t>(std::stod(y) * 1000)});
  }
  return points;
}

int run(const Options& options) {
  const std::vector<Point> points = read_positions(options.positions);
  if (points.empty()) {
    std::fprintf(stderr, "no positions in '%s'\n", options.positions.c_str());
    return 2;
  }
  MediumSpec spec;
  spec.kind = MediumKind::espnow;
  spec.propagation = {.exponent_milli = 3'000, .reference_loss_mdb = 40'090, .tx_mdbm = 16'000};
  spec.espnow.noise_figure_mdb = 7'000;
  spec.espnow.preamble_snr_mdb = 1'000;
  spec.espnow.carrier_sense_mdbm = static_cast<std::int32_t>(options.ed_dbm * 1000);
  spec.queue = 5;  // four and the one being sent
  EventQueue events;
  const std::unique_ptr<Medium> medium = make_medium(spec, 0, events, Seed(options.seed));
  std::deque<Deaf> owners;
  Counter counter(points.size());
  medium->set_witness(&counter);
  for (const Point point : points) {
    const auto node = static_cast<std::uint32_t>(owners.size());
    medium->add_radio(node, 0, owners.emplace_back(), point, 0, true);
  }
  for (RadioIndex i = 0; i < points.size(); ++i) medium->set_mode(medium->radio(i), RadioMode::awake);
  const Sources sources(*medium, events, options);
  events.run_until(Instant{static_cast<std::int64_t>(options.seconds * 1e6)});

  std::printf("{\"sent\": [");
  for (std::size_t i = 0; i < points.size(); ++i)
    std::printf("%s%llu", i > 0 ? ", " : "", static_cast<unsigned long long>(counter.sent[i]));
  std::printf("], \"heard\": [");
  const char* comma = "";
  for (const auto& [link, count] : counter.heard) {
    std::printf("%s[%u, %u, %llu]", comma, link.first, link.second, static_cast<unsigned long long>(count));
    comma = ", ";
  }
  std::printf("]}\n");
  return 0;
}

}  // namespace
}  // namespace mp::sim

int main(int argc, char** argv) {
  mp::sim::Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i], value = argv[i + 1];
    if (key == "--positions") options.positions = value;
    if (key == "--rate") options.rate = std::stod(value);
    if (key == "--seconds") options.seconds = std::stod(value);
    if (key == "--ed-dbm") options.ed_dbm = std::stod(value);
    if (key == "--body") options.body = std::stoul(value);
    if (key == "--seed") options.seed = std::stoull(value);
  }
  return mp::sim::run(options);
}
