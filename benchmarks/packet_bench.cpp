// SPDX-License-Identifier: ISC
// How fast packets are written and read, on one core: random inputs drawn beforehand, every result consumed,
// nothing allocated. MP_SEED=n draws other inputs.
#include "allocations.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/packet/packet.hpp"

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace mp {
namespace {

constexpr std::size_t kInputs = 1024;  // a power of two; all of them stay in the second-level cache

std::uint64_t seed() {
  const char* given = std::getenv("MP_SEED");
  return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

class Dice {
 public:
  Dice() : engine_(seed()) {}
  template <typename Int>
  Int any() {
    return static_cast<Int>(engine_());
  }
  void fill(MutableBytes out) {
    for (std::byte& b : out) b = static_cast<std::byte>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

// What a packet is made of, and the packet.
struct Input {
  PacketFields fields;
  ByteArray<kFrameMax> body;
  std::size_t body_size = 0;
  ByteArray<kFrameMax> datagram;
  std::size_t datagram_size = 0;

  Bytes body_view() const { return Bytes(body).first(body_size); }
  Bytes datagram_view() const { return Bytes(datagram).first(datagram_size); }
};

std::vector<Input> draw(const Schema& s, std::size_t body_size) {
  Dice dice;
  std::vector<Input> inputs(kInputs);
  for (Input& in : inputs) {
    in.fields.flags = Flags(dice.any<std::uint8_t>());
    in.fields.packet_id = s.packet_id.size == 1 ? dice.any<std::uint8_t>() : dice.any<std::uint16_t>();
    in.fields.seq_id = dice.any<std::uint8_t>();
    in.fields.seq_size = s.seq_size.size == 1 ? dice.any<std::uint8_t>() : dice.any<std::uint16_t>();
    in.fields.ttl = dice.any<std::uint8_t>();
    in.fields.tree_state = dice.any<std::uint8_t>();
    dice.fill(in.fields.to_addr.value);
    dice.fill(in.fields.from_addr.value);
    in.body_size = body_size;
    dice.fill(MutableBytes(in.body).first(body_size));
    const Result<Bytes> written = write_packet(s, in.fields, in.body_view(), in.datagram);
    MP_CHECK(written.ok());
    in.datagram_size = written->size();
  }
  return inputs;
}

// Arguments: schema, bytes of body.
void pack(benchmark::State& state) {
  const Schema& s = *find_schema(static_cast<std::uint8_t>(state.range(0)));
  const std::vector<Input> inputs = draw(s, static_cast<std::size_t>(state.range(1)));
  ByteArray<kFrameMax> frame;
  std::size_t i = 0;
  {
    const bench::NoAllocations none(state);
    for (auto _ : state) {
      const Input& in = inputs[i++ % kInputs];
      Result<Bytes> packet = write_packet(s, in.fields, in.body_view(), frame);
      benchmark::DoNotOptimize(packet);
      benchmark::DoNotOptimize(frame);
      benchmark::ClobberMemory();
    }
  }
  state.SetItemsProcessed(state.iterations());
}

PacketFields fields_of(const PacketView& p) {
  return {p.flags(), p.packet_id(), p.seq_id(), p.seq_size(), p.ttl(), p.tree_state(), p.to_addr(), p.from_addr()};
}

// Everything a packet holds is read: each field as a value, the body from its first byte to its last as a view.
void unpack(benchmark::State& state) {
  const Schema& s = *find_schema(static_cast<std::uint8_t>(state.range(0)));
  const std::vector<Input> inputs = draw(s, static_cast<std::size_t>(state.range(1)));
  std::size_t i = 0;
  {
    const bench::NoAllocations none(state);
    for (auto _ : state) {
      const Result<PacketView> packet = PacketView::parse(inputs[i++ % kInputs].datagram_view());
      PacketFields fields = fields_of(*packet);
      bool intact = packet->checksum_ok();
      Bytes body = packet->body();
      benchmark::DoNotOptimize(fields);
      benchmark::DoNotOptimize(intact);
      benchmark::DoNotOptimize(body);
    }
  }
  state.SetItemsProcessed(state.iterations());
}

// The same, and the body taken out of the datagram, as a decoder that does not give views would.
void unpack_copying(benchmark::State& state) {
  const Schema& s = *find_schema(static_cast<std::uint8_t>(state.range(0)));
  const std::vector<Input> inputs = draw(s, static_cast<std::size_t>(state.range(1)));
  ByteArray<kFrameMax> body;
  std::size_t i = 0;
  {
    const bench::NoAllocations none(state);
    for (auto _ : state) {
      const Result<PacketView> packet = PacketView::parse(inputs[i++ % kInputs].datagram_view());
      PacketFields fields = fields_of(*packet);
      copy(packet->body(), body);
      benchmark::DoNotOptimize(fields);
      benchmark::DoNotOptimize(body);
      benchmark::ClobberMemory();
    }
  }
  state.SetItemsProcessed(state.iterations());
}

// What a relay does: read, one hop less, on.
void relay(benchmark::State& state) {
  const Schema& s = *find_schema(static_cast<std::uint8_t>(state.range(0)));
  std::vector<Input> inputs = draw(s, static_cast<std::size_t>(state.range(1)));
  std::size_t i = 0;
  {
    const bench::NoAllocations none(state);
    for (auto _ : state) {
      Input& in = inputs[i++ % kInputs];
      const Result<PacketView> packet = PacketView::parse(in.datagram_view());
      set_ttl(packet->schema(), in.datagram, static_cast<std::uint8_t>(packet->ttl() - 1));
      benchmark::DoNotOptimize(in.datagram);
      benchmark::ClobberMemory();
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void checksum(benchmark::State& state) {
  Dice dice;
  std::vector<std::byte> data(static_cast<std::size_t>(state.range(0)));
  dice.fill(data);
  {
    const bench::NoAllocations none(state);
    for (auto _ : state) {
      std::uint32_t sum = crc32(data);
      benchmark::DoNotOptimize(sum);
      data[0] = static_cast<std::byte>(sum);
    }
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

// Addresses as nodes have them: `depth` coordinates, most of them small.
std::vector<Coordinates> draw_coordinates(std::size_t depth) {
  Dice dice;
  std::vector<Coordinates> all(kInputs);
  for (Coordinates& c : all) {
    std::array<std::uint8_t, kCoordinatesMax> list{};
    for (std::size_t i = 0; i < depth; ++i) list[i] = static_cast<std::uint8_t>(1 + dice.any<unsigned>() % 7);
    c = Address::encode(std::span(list).first(depth))->decode();
  }
  return all;
}

template <auto Distance>
void distance(benchmark::State& state) {
  const std::vector<Coordinates> all = draw_coordinates(static_cast<std::size_t>(state.range(0)));
  std::size_t i = 0;
  {
    const bench::NoAllocations none(state);
    for (auto _ : state) {
      auto d = Distance(all[i % kInputs], all[(i + 1) % kInputs]);
      benchmark::DoNotOptimize(d);
      ++i;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void decode_address(benchmark::State& state) {
  const std::vector<Coordinates> all = draw_coordinates(static_cast<std::size_t>(state.range(0)));
  std::vector<Address> addresses;
  for (const Coordinates& c : all) addresses.push_back(*Address::encode(c.all()));
  std::size_t i = 0;
  {
    const bench::NoAllocations none(state);
    for (auto _ : state) {
      Coordinates c = addresses[i++ % kInputs].decode();
      benchmark::DoNotOptimize(c);
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void schemas_and_bodies(benchmark::internal::Benchmark* b) {
  b->ArgNames({"schema", "body"});
  for (const int schema : {0, 5, 9, 10}) b->Args({schema, 200});
}

BENCHMARK(pack)->Apply(schemas_and_bodies);
BENCHMARK(unpack)->Apply(schemas_and_bodies);
BENCHMARK(unpack_copying)->ArgNames({"schema", "body"})->Args({5, 200});
BENCHMARK(relay)->ArgNames({"schema", "body"})->Args({5, 200})->Args({9, 200});
BENCHMARK(checksum)->ArgName("bytes")->Arg(200)->Arg(4096);
BENCHMARK(distance<tree_distance>)->Name("tree_distance")->ArgName("depth")->Arg(4)->Arg(16);
BENCHMARK(distance<cpl_distance_order>)->Name("cpl_distance_order")->ArgName("depth")->Arg(4)->Arg(16);
BENCHMARK(decode_address)->ArgName("depth")->Arg(4)->Arg(16);

}  // namespace
}  // namespace mp

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("seed", std::to_string(mp::seed()));
  benchmark::RunSpecifiedBenchmarks();
  return mp::bench::NoAllocations::failed() ? 1 : 0;
}
