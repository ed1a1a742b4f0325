// SPDX-License-Identifier: ISC
// Millions of random and mutated datagrams into one node: nothing may crash, grow, or go uncounted. Meant to be
// built with the sanitizers. Prints what became of the datagrams; exit status 0 when every promise held.
//
//   node_storm [--datagrams N] [--seed S]
#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/applications/ping.hpp"
#include "micropycelium/node/static_node.hpp"

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <random>

namespace {

std::uint64_t allocations = 0;

}  // namespace

// Every allocation of the process is counted: after the start there must be none.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  std::abort();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace mp {
namespace {

using Engine = std::mt19937_64;

class Seeded final : public Random {
 public:
  explicit Seeded(std::uint64_t seed) : engine_(seed) {}
  void fill(MutableBytes out) override {
    for (std::byte& b : out) b = static_cast<std::byte>(engine_());
  }

 private:
  Engine engine_;
};

class NoStorage final : public Storage {
 public:
  Result<std::size_t> read(std::string_view, MutableBytes) override { return Status::not_found; }
  Status write(std::string_view, Bytes) override { return Status::ok; }
};

// Hands over what the storm made, swallows what the node sends (and now and then refuses it).
class Wire final : public Interface {
 public:
  explicit Wire(Engine& engine) : engine_(engine) {}
  InterfaceCaps caps() const override {
    static constexpr std::uint8_t kIds[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                            20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33};
    return {.name = "storm", .bit_rate = 1'000'000, .schema_ids = kIds, .frame_max = 250};
  }
  Status send(const LinkAddress&, Bytes sent_datagram) override {
    last_size_ = sent_datagram.size();
    copy(sent_datagram, last_);
    ++sent;
    switch (engine_() % 64) {
      case 0:
        return Status::would_block;
      case 1:
        return Status::io_error;
      default:
        return Status::ok;
    }
  }
  std::optional<Received> receive() override {
    if (!pending) return std::nullopt;
    pending = false;
    ++handed_over;
    return Received{from, MutableBytes(datagram).first(size), broadcast};
  }
  Bytes last() const { return Bytes(last_).first(last_size_); }

  bool pending = false;
  bool broadcast = false;
  LinkAddress from;
  ByteArray<512> datagram{};
  std::size_t size = 0;
  std::uint64_t sent = 0;
  std::uint64_t handed_over = 0;

 private:
  Engine& engine_;
  ByteArray<512> last_{};
  std::size_t last_size_ = 0;
};

// Sends and takes whatever comes, into a fixed number of Blobs; checks that each Blob is given back.
class Glutton final : public Application {
 public:
  explicit Glutton(Engine& engine) : Application({"Storm", "takes anything", 1}), engine_(engine) {}

  std::uint64_t delivered = 0, accepted = 0, returned = 0, queued = 0, ended = 0;

  void send_something(const NodeId& to, std::span<const std::byte> noise) {
    if (engine_() % 2 == 0) {
      queued += node().send(*this, to, noise.first(engine_() % 200)) ? 1U : 0U;
    } else {
      queued += node().send(*this, to, outgoing_) ? 1U : 0U;
    }
  }

 private:
  struct Slot final : Blob {
    bool taken = false;
    ByteArray<16 * 1024> bytes{};
    std::uint32_t size() const override { return static_cast<std::uint32_t>(bytes.size()); }
    Status read(std::uint32_t offset, MutableBytes out) override {
      if (offset + out.size() > bytes.size()) return Status::too_large;
      copy(Bytes(bytes).subspan(offset, out.size()), out);
      return Status::ok;
    }
    Status write(std::uint32_t offset, Bytes part) override {
      if (offset + part.size() > bytes.size()) return Status::too_large;
      copy(part, MutableBytes(bytes).subspan(offset));
      return Status::ok;
    }
  };

  void give_back(Blob* blob) {
    for (Slot& s : slots_)
      if (&s == blob) {
        MP_CHECK(s.taken);
        s.taken = false;
        ++returned;
        return;
      }
    check_failed(__FILE__, __LINE__, "a Blob that was never lent");
  }
  bool wants(const Package&) override { return engine_() % 8 != 0; }
  void on_package(const Package& p) override {
    ++delivered;
    if (p.stream != nullptr) give_back(p.stream);
    if (engine_() % 4 == 0 && !p.from.node.is_zero())
      send_something(p.from.node, p.blob.size() >= 200 ? p.blob : Bytes(slots_[0].bytes));
  }
  Blob* accept(const IncomingPackage&) override {
    if (engine_() % 8 == 0) return nullptr;
    for (Slot& s : slots_)
      if (!s.taken) {
        s.taken = true;
        ++accepted;
        return &s;
      }
    return nullptr;
  }
  void on_abandoned(Blob& blob) override { give_back(&blob); }
  void on_sent(SendId, Outcome) override { ++ended; }

  Engine& engine_;
  std::array<Slot, 6> slots_;
  Slot outgoing_;
};

// Makes datagrams: noise, well-formed packets of every kind, answers to what the node sent, and mutations of all.
class Storm {
 public:
  Storm(std::uint64_t seed)
      : engine_(seed), wire_(engine_), random_(seed), glutton_(engine_), node_({random_, storage_}) {}

  int run(std::uint64_t total) {
    MP_CHECK(node_.attach(wire_, beacon_, ping_, glutton_) == Status::ok);
    MP_CHECK(node_.start() == Status::ok);
    node_.set_address(address(1));
    Instant now{};
    const std::uint64_t before = allocations;
    const auto started = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < total; ++i) {
      make();
      now = now + microseconds(static_cast<std::int64_t>(engine_() % 3000));
      if (engine_() % 4096 == 0) now = now + seconds(static_cast<std::int64_t>(engine_() % 40));
      (void)node_.poll(now);
      if (engine_() % 256 == 0) trouble(now);
      if ((i + 1) % 1'000'000 == 0) {
        std::fprintf(stderr, "%" PRIu64 " datagrams\n", i + 1);
      }
    }
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    // Then silence: whatever was begun must end.
    for (int i = 0; i < 4000; ++i) (void)node_.poll(now = now + milliseconds(100));
    return report(total, allocations - before, took);
  }

 private:
  static constexpr std::size_t kStrangers = 40;

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }

  TreeAddress address(std::uint8_t n) const {
    return {7, *Address::encode(std::array<std::uint8_t, 2>{n, static_cast<std::uint8_t>(n + 1)})};
  }
  NodeId node_id(std::uint32_t n) const {
    NodeId id;
    id.value.fill(static_cast<std::byte>(n + 1));
    return id;
  }

  void noise(MutableBytes out) {
    for (std::byte& b : out) b = static_cast<std::byte>(engine_());
  }

  void make() {
    // A few speak most: their sequences get on.
    const std::byte who = static_cast<std::byte>(below(below(4) == 0 ? kStrangers : 4));
    wire_.from = LinkAddress::from(Bytes(&who, 1));
    wire_.broadcast = below(4) == 0;
    wire_.pending = true;
    switch (below(8)) {
      case 0:
        wire_.size = below(300);
        noise(MutableBytes(wire_.datagram).first(wire_.size));
        return;
      case 1:
        beacon(std::to_integer<std::uint32_t>(who));
        break;
      case 2:
        echo();
        break;
      case 3:
      case 4:
        part(std::to_integer<std::uint8_t>(who));
        break;
      default:
        packet();
        break;
    }
    if (below(3) == 0) mutate();
  }

  void packet() {
    const Schema& schema = kSchemas[below(kSchemas.size())];
    PacketFields f;
    f.flags = Flags(static_cast<std::uint8_t>(below(3) == 0 ? engine_() : (engine_() & 0x09U)));
    f.seq_size = static_cast<std::uint16_t>(below(4) == 0 ? engine_() : below(6));
    f.seq_id = static_cast<std::uint8_t>(below(3));
    f.packet_id = static_cast<std::uint16_t>(schema.sequenced() && below(4) != 0 ? below(6) : engine_());
    if (schema.packet_id.size == 1) f.packet_id &= 0xff;
    if (schema.seq_size.size == 1) f.seq_size &= 0xff;
    f.ttl = static_cast<std::uint8_t>(engine_());
    f.tree_state = 7;
    f.to_addr = address(static_cast<std::uint8_t>(below(4))).address;
    f.from_addr = address(static_cast<std::uint8_t>(below(4))).address;
    ByteArray<kFrameMax> body;
    std::size_t size = below(3) == 0 ? below(schema.max_body + 1U) : schema.max_body;
    noise(body);
    if (f.packet_id == 0 || !schema.sequenced()) {
      // A whole Package, or the head of a larger one.
      size = std::max(size, kPackageHeader);
      PackageHead head{below(8) == 0 ? beacon_.id() : glutton_.id(), {}};
      head.half_sha256 = half_sha256(Bytes(body).subspan(kPackageHeader, size - kPackageHeader));
      write_package_head(head, std::span(body).first<kPackageHeader>());
    }
    const auto datagram = write_packet(schema, f, Bytes(body).first(size), wire_.datagram);
    MP_CHECK(datagram.ok());
    wire_.size = datagram->size();
  }

  // A part of the one sequence that each stranger keeps sending, so that some are completed.
  void part(std::uint8_t who) {
    static constexpr std::uint8_t kSequenced[] = {2, 3, 4, 7, 8, 9, 10, 12, 13, 22, 24, 30};
    const Schema& schema = *find_schema(kSequenced[who % std::size(kSequenced)]);
    const std::uint16_t parts = 2 + who % 4;
    ByteArray<6 * kFrameMax> whole;
    const std::size_t size = std::size_t{parts} * schema.max_body;
    whole.fill(std::byte{who});
    const Bytes blob = Bytes(whole).subspan(kPackageHeader, size - kPackageHeader);
    write_package_head({glutton_.id(), half_sha256(blob)}, std::span(whole).first<kPackageHeader>());
    std::uint16_t& next = next_part_[who];
    PacketFields f;
    f.flags = Flags(below(2) == 0 ? Control::ask : Control::none);
    f.seq_id = static_cast<std::uint8_t>(rounds_[who] & 3);
    f.seq_size = static_cast<std::uint16_t>(parts - 1);
    f.packet_id = below(16) == 0 ? static_cast<std::uint16_t>(below(parts)) : next;
    f.ttl = 9;
    f.tree_state = 7;
    f.to_addr = node_.address().address;
    f.from_addr = address(static_cast<std::uint8_t>(2 + who % 4)).address;
    if (++next >= parts) {
      next = 0;
      ++rounds_[who];
    }
    const auto datagram = write_packet(
        schema, f, Bytes(whole).subspan(std::size_t{f.packet_id} * schema.max_body, schema.max_body), wire_.datagram);
    MP_CHECK(datagram.ok());
    wire_.size = datagram->size();
  }

  void beacon(std::uint32_t who) {
    std::array<AppId, 3> apps{kExtensions.id(), kBeaconApp.id(), glutton_.id()};
    ByteArray<kBeaconSizeMax> message;
    const auto op = below(16) == 0 ? BeaconOp::disconnect : below(2) == 0 ? BeaconOp::response : BeaconOp::beacon;
    const auto blob = encode_beacon(op, node_id(who), std::span(apps).subspan(below(2)), message);
    ByteArray<kFrameMax> body;
    write_package_head({kBeaconApp.id(), half_sha256(*blob)}, std::span(body).first<kPackageHeader>());
    copy(*blob, MutableBytes(body).subspan(kPackageHeader));
    PacketFields f;
    f.packet_id = static_cast<std::uint8_t>(engine_());
    const auto datagram =
        write_packet(*find_schema(0), f, Bytes(body).first(kPackageHeader + blob->size()), wire_.datagram);
    wire_.size = datagram->size();
  }

  // What the node said last, back at it: as an acknowledgement, a report, an error, or itself.
  void echo() {
    const Bytes last = wire_.last();
    wire_.size = last.size();
    copy(last, wire_.datagram);
    if (wire_.size < kFixedHeader) return;
    static constexpr std::uint8_t kFlags[] = {0x10, 0x18, 0x80, 0x00, 0x88};
    wire_.datagram[3] = static_cast<std::byte>(kFlags[below(5)]);
    if (below(2) == 0 && wire_.size > 40) wire_.size = 40 + below(static_cast<std::uint32_t>(wire_.size) - 40);
  }

  void mutate() {
    for (std::uint32_t n = 1 + below(4); n > 0 && wire_.size > 0; --n) {
      const std::size_t at = below(4) == 0 ? below(static_cast<std::uint32_t>(wire_.size))
                                           : below(static_cast<std::uint32_t>(std::min<std::size_t>(wire_.size, 42)));
      switch (below(4)) {
        case 0:
          wire_.datagram[at] = static_cast<std::byte>(engine_());
          break;
        case 1:
          wire_.datagram[at] ^= std::byte{1} << below(8);
          break;
        case 2:
          wire_.size = at;
          break;
        case 3:
          wire_.size = std::min<std::size_t>(wire_.size + below(30), 300);
          break;
      }
    }
  }

  // What users and operators do meanwhile.
  void trouble(Instant) {
    switch (below(6)) {
      case 0:
        (void)node_.ban(node_id(below(kStrangers)));
        break;
      case 1:
        for (std::uint32_t i = 0; i < kStrangers; ++i) (void)node_.unban(node_id(i));
        break;
      case 2:
        node_.remove_peer(node_id(below(kStrangers)));
        break;
      case 3:
        (void)node_.set_route(address(static_cast<std::uint8_t>(below(6))), node_id(below(kStrangers)),
                              node_id(below(kStrangers)));
        break;
      case 4:
        (void)node_.remove_route(address(static_cast<std::uint8_t>(below(6))));
        break;
      default:
        glutton_.send_something(node_id(below(kStrangers)), wire_.datagram);
        break;
    }
  }

  int report(std::uint64_t total, std::uint64_t allocated, double took) {
    const Counters& counters = node_.counters();
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kCounters; ++i) {
      const auto c = static_cast<Counter>(i);
      if (i < kReceiveCounters) sum += counters[c];
      std::printf("%-22s %10" PRIu32 "\n", name(c), counters[c]);
    }
    std::printf("datagrams %" PRIu64 ", counted %" PRIu64 ", sent by the node %" PRIu64 ", %.0f a second\n", total, sum,
                wire_.sent, static_cast<double>(total) / took);
    std::printf("sends queued %" PRIu64 " ended %" PRIu64 ", Blobs lent %" PRIu64 " given back %" PRIu64
                ", allocations %" PRIu64 "\n",
                glutton_.queued, glutton_.ended, glutton_.accepted, glutton_.returned, allocated);
    bool ok = true;
    const auto promise = [&](bool kept, const char* what) {
      if (!kept) std::printf("BROKEN: %s\n", what);
      ok = ok && kept;
    };
    promise(sum == total && wire_.handed_over == total, "every datagram is counted once");
    promise(allocated == 0, "nothing is allocated after the start");
    promise(glutton_.queued == glutton_.ended, "every queued send ends once");
    promise(glutton_.accepted == glutton_.returned, "every Blob comes back");
    for (const Counter c : {Counter::rx_package, Counter::rx_part, Counter::rx_control, Counter::rx_forwarded})
      promise(counters[c] > total / 10'000, "the storm reaches what it is meant to reach");
    return ok ? 0 : 1;
  }

  Engine engine_;
  std::array<std::uint16_t, kStrangers> next_part_{};
  std::array<std::uint16_t, kStrangers> rounds_{};
  Wire wire_;
  Seeded random_;
  NoStorage storage_;
  Beacon beacon_;
  Ping ping_;
  Glutton glutton_;
  StaticNode<kBoardLimits> node_;
};

}  // namespace
}  // namespace mp

int main(int argc, char** argv) {
  std::uint64_t datagrams = 1'000'000;
  std::uint64_t seed = std::random_device{}();
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--datagrams") == 0) datagrams = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--seed") == 0) seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  std::printf("node_storm --datagrams %" PRIu64 " --seed %" PRIu64 "\n", datagrams, seed);
  static mp::Storm storm(seed);
  return storm.run(datagrams);
}
