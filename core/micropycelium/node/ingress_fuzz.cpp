// SPDX-License-Identifier: ISC
// A whole node under a script of datagrams, time and operators' commands, all drawn from the fuzzer's bytes. What
// is promised: no report of the sanitizers, each datagram counted once, each Blob given back, each send ended.
#include "micropycelium/base/reader.hpp"
#include "micropycelium/node/static_node.hpp"

#include <cstdlib>

namespace mp {
namespace {

class Zeros final : public Random {
 public:
  void fill(MutableBytes out) override { fill_zero(out); }
};

class NoStorage final : public Storage {
 public:
  Result<std::size_t> read(std::string_view, MutableBytes) override { return Status::not_found; }
  Status write(std::string_view, Bytes) override { return Status::ok; }
};

class Script final : public Interface {
 public:
  InterfaceCaps caps() const override {
    static constexpr std::uint8_t kIds[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 22, 24, 30};
    return {.name = "script", .bit_rate = 1'000'000, .schema_ids = kIds, .frame_max = 250};
  }
  Status send(const LinkAddress&, Bytes sent) override {
    copy(sent, last);
    last_size = sent.size();
    return answer;
  }
  std::optional<Received> receive() override {
    if (!pending) return std::nullopt;
    pending = false;
    ++handed_over;
    return Received{from, MutableBytes(datagram).first(size)};
  }

  Status answer = Status::ok;
  bool pending = false;
  LinkAddress from;
  ByteArray<256> datagram{};
  std::size_t size = 0;
  ByteArray<256> last{};
  std::size_t last_size = 0;
  std::uint64_t handed_over = 0;
};

class Taker final : public Application {
 public:
  Taker() : Application({"Fuzz", "", 1}) {}
  int lent = 0;
  int open_sends = 0;
  bool refuse = false;

  void on_package(const Package& p) override {
    if (p.stream != nullptr) --lent;
  }
  bool wants(const Package&) override { return !refuse; }
  Blob* accept(const IncomingPackage& incoming) override {
    if (refuse || incoming.size_max > memory_.size()) return nullptr;
    ++lent;
    return &blob_;
  }
  void on_abandoned(Blob&) override { --lent; }
  void on_sent(SendId, Outcome) override { --open_sends; }

 private:
  ByteArray<2048> memory_{};
  MemoryBlob blob_{MutableBytes(memory_)};  // shared by all transfers: what it holds does not matter here
};

NodeId node_id(std::uint8_t n) {
  NodeId id;
  id.value.fill(static_cast<std::byte>(n % 4 + 1));
  return id;
}

TreeAddress tree(std::uint8_t n) {
  TreeAddress a{7, {}};
  a.address.value[0] = static_cast<std::byte>(n & 0x33);
  return a;
}

void run(Reader script) {
  Zeros random;
  NoStorage storage;
  Script link;
  Taker app;
  StaticNode<kSensorLimits> node{{random, storage}};
  MP_CHECK(node.attach(link, app) == Status::ok);
  MP_CHECK(node.start() == Status::ok);
  node.set_address(tree(0x10));
  Instant now{};
  static ByteArray<1500> large{};
  static MemoryBlob large_blob{Bytes(large)};

  while (script.left() > 1) {
    const std::uint8_t op = script.u8();
    const std::uint8_t n = script.u8();
    const std::byte who{static_cast<std::uint8_t>(n % 4)};
    switch (op % 12) {
      case 0:
      case 1:
      case 2: {  // as it stands
        const Bytes b = script.take(std::min<std::size_t>(n, script.left()));
        copy(b, link.datagram);
        link.size = b.size();
        link.pending = true;
        break;
      }
      case 3: {  // what the node said last, with other flags, cut, from anyone
        copy(link.last, link.datagram);
        link.size = std::min<std::size_t>(link.last_size, n < 128 ? 256U : n);
        if (link.size >= kFixedHeader) link.datagram[3] = static_cast<std::byte>(script.u8());
        link.pending = true;
        break;
      }
      case 4: {  // well-formed
        const Schema& schema = kSchemas[n % kSchemas.size()];
        PacketFields f;
        f.flags = Flags(script.u8());
        f.seq_id = script.u8();
        f.seq_size = script.u8();
        f.packet_id = script.u8();
        f.ttl = script.u8();
        f.tree_state = 7;
        f.to_addr = tree(script.u8()).address;
        f.from_addr = tree(script.u8()).address;
        ByteArray<kFrameMax> body{};
        const std::size_t size = script.u8() % 2 == 0 ? schema.max_body : kPackageHeader + 1;
        write_package_head({app.id(), half_sha256(Bytes(body).subspan(kPackageHeader, size - kPackageHeader))},
                           std::span(body).first<kPackageHeader>());
        const auto datagram = write_packet(schema, f, Bytes(body).first(size), link.datagram);
        MP_CHECK(datagram.ok());
        link.size = datagram->size();
        link.pending = true;
        break;
      }
      case 5:
        (void)node.add_peer(node_id(n), 0, LinkAddress::from(Bytes(&who, 1)), seconds(n));
        break;
      case 6:
        if (n % 2 == 0)
          (void)node.add_peer(node_id(n / 2), 0, LinkAddress::from(Bytes(&who, 1)), seconds(n), true);
        else
          node.remove_peer(node_id(n / 2));
        break;
      case 7:
        (void)(n % 2 == 0 ? node.ban(node_id(n / 2)) : node.unban(node_id(n / 2)));
        break;
      case 8:
        if (n % 2 == 0)
          (void)node.set_route(tree(n), node_id(n / 2), node_id(n / 8));
        else
          (void)node.remove_route(tree(n));
        break;
      case 9:
        app.open_sends += node.send(app, node_id(n), Bytes(large).first(n)) ? 1 : 0;
        break;
      case 10:
        app.open_sends += node.send(app, node_id(n), large_blob) ? 1 : 0;
        break;
      case 11:
        app.refuse = (n & 1) != 0;
        link.answer = (n & 2) != 0 ? Status::would_block : (n & 4) != 0 ? Status::io_error : Status::ok;
        now = now + milliseconds(std::int64_t{n} * n);
        break;
    }
    link.from = LinkAddress::from(Bytes(&who, 1));
    (void)node.poll(now = now + microseconds(n));
  }
  link.answer = Status::ok;
  for (int i = 0; i < 400; ++i) (void)node.poll(now = now + milliseconds(400));
  MP_CHECK(node.counters().received() == link.handed_over);
  MP_CHECK(app.lent == 0);
  MP_CHECK(app.open_sends == 0);
}

}  // namespace
}  // namespace mp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mp::run(mp::Reader(std::as_bytes(std::span(data, size))));
  return 0;
}
