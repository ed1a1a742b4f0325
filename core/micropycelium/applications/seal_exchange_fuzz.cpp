// SPDX-License-Identifier: ISC
// Two nodes with Seal, and the fuzzer on the wire between them: it delays, drops, repeats and changes what they say,
// and puts digests right again. What is promised: no report of the sanitizers; what is delivered was sent by who is
// said to have sent it, once; each send ends once, each Blob is given back.
#include "micropycelium/applications/seal.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/node/static_node.hpp"

namespace mp {
namespace {

constexpr std::size_t kHistory = 32;
constexpr Duration kScriptMax = seconds(50);  // no session expires meanwhile, and so none is lost

class Counting final : public Random {
 public:
  explicit Counting(std::uint8_t seed) : state_(seed) {}
  void fill(MutableBytes out) override {
    for (std::byte& b : out) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      b = static_cast<std::byte>(state_ >> 56);
    }
  }

 private:
  std::uint64_t state_;
};

class NoStorage final : public Storage {
 public:
  Result<std::size_t> read(std::string_view, MutableBytes) override { return Status::not_found; }
  Status write(std::string_view, Bytes) override { return Status::ok; }
};

struct Datagram {
  std::size_t size = 0;
  ByteArray<256> bytes{};
};

// What a node said last, the newest over the oldest; and what it is to hear next.
class Wire final : public Interface {
 public:
  InterfaceCaps caps() const override {
    static constexpr std::uint8_t kIds[] = {0, 1, 2, 3, 4};
    return {.name = "wire", .bit_rate = 1'000'000, .schema_ids = kIds, .frame_max = 250};
  }
  Status send(const LinkAddress&, Bytes sent) override {
    Datagram& d = said[count++ % kHistory];
    copy(sent, d.bytes);
    d.size = sent.size();
    return Status::ok;
  }
  std::optional<Received> receive() override {
    if (!pending) return std::nullopt;
    pending = false;
    return Received{LinkAddress::from(mp::bytes("x")), MutableBytes(next.bytes).first(next.size)};
  }

  std::array<Datagram, kHistory> said;
  std::size_t count = 0;
  std::size_t passed = 0;  // to the other end
  bool pending = false;
  Datagram next;
};

// Its Packages begin with their number.
class Talker final : public Application {
 public:
  Talker() : Application({"Fuzz", "", 1}) {}
  NodeId other;
  std::array<bool, 256> sent{}, got{};
  int open_sends = 0, lent = 0;

  void take(std::uint8_t number, const Origin& from) {
    MP_CHECK(from.proven == other);
    MP_CHECK(peer->sent[number]);
    MP_CHECK(!got[number]);
    got[number] = true;
  }
  void on_package(const Package& p) override {
    if (p.stream != nullptr) --lent;
    const std::byte first = p.stream != nullptr ? memory_[0] : p.blob.empty() ? std::byte{0} : p.blob[0];
    if (p.size > 0) take(std::to_integer<std::uint8_t>(first), p.from);
  }
  Blob* accept(const IncomingPackage& incoming) override {
    if (lent > 0 || incoming.size_max > memory_.size()) return nullptr;
    ++lent;
    return &blob_;
  }
  void on_abandoned(Blob&) override { --lent; }
  void on_sent(SendId, Outcome) override { --open_sends; }

  Talker* peer = nullptr;

 private:
  ByteArray<2048> memory_{};
  MemoryBlob blob_{MutableBytes(memory_)};
};

struct End {
  explicit End(std::uint8_t seed) : random(seed), node({random, storage}) {}
  Counting random;
  NoStorage storage;
  Wire wire;
  StaticSeal<> seal;
  Talker app;
  StaticNode<kSensorLimits> node;
};

// A datagram of one end to the other.
void carry(const Datagram& d, Wire& to) {
  to.next = d;
  to.pending = d.size > 0;
}

void run(Reader script) {
  End ends[2] = {End(1), End(2)};
  for (End& e : ends) {
    MP_CHECK(e.node.attach(e.wire, e.seal, e.app) == Status::ok);
    MP_CHECK(e.node.start() == Status::ok);
  }
  Instant now{};
  for (std::size_t i = 0; i < 2; ++i) {
    ends[i].app.other = ends[1 - i].node.id();
    ends[i].app.peer = &ends[1 - i].app;
    MP_CHECK(ends[i].node.add_peer(ends[1 - i].node.id(), 0, LinkAddress::from(bytes("x")), {}, true) == Status::ok);
  }
  std::uint8_t serial = 0;
  static std::array<ByteArray<600>, 2> large{};
  MemoryBlob blobs[2] = {MemoryBlob(Bytes(large[0])), MemoryBlob(Bytes(large[1]))};
  bool blob_sent[2] = {false, false};

  while (script.left() > 1 && serial < 255) {
    const std::uint8_t op = script.u8();
    const std::uint8_t n = script.u8();
    const std::size_t who = op >> 7;
    End& e = ends[who];
    Wire& to = ends[1 - who].wire;
    switch (op % 8) {
      case 0:
      case 1: {  // the next that it said arrives
        if (e.wire.passed < e.wire.count) carry(e.wire.said[e.wire.passed++ % kHistory], to);
        break;
      }
      case 2:  // is lost
        if (e.wire.passed < e.wire.count) ++e.wire.passed;
        break;
      case 3:  // one of before arrives again
        carry(e.wire.said[n % kHistory], to);
        break;
      case 4: {  // one arrives changed, its digest right again
        carry(e.wire.said[script.u8() % kHistory], to);
        if (to.next.size == 0) break;
        to.next.bytes[n % to.next.size] ^= static_cast<std::byte>(script.u8());
        const MutableBytes d = MutableBytes(to.next.bytes).first(to.next.size);
        const auto packet = PacketView::parse(d);
        if (!packet || packet->schema().sequenced() || packet->body().size() < kPackageHeader) break;
        const MutableBytes package = d.subspan(packet->schema().body_offset);
        const HalfSha256 digest = half_sha256(package.subspan(kPackageHeader));
        copy(digest.bytes(), package.subspan(AppId::kSize));
        break;
      }
      case 5: {
        ByteArray<100> small{};
        small[0] = static_cast<std::byte>(serial);
        const Bytes contents = Bytes(small).first(1 + n % 99U);
        const SendId id = n >= 224 ? static_cast<Seal&>(e.seal).send_one_way(e.app, e.app.other, contents)
                                   : e.node.send(e.app, e.app.other, contents, {.sealed = true});
        if (!id) break;
        ++e.app.open_sends;
        e.app.sent[serial++] = true;
        break;
      }
      case 6: {
        if (std::exchange(blob_sent[who], true)) break;
        large[who][0] = static_cast<std::byte>(serial);
        const SendId id = e.node.send(e.app, e.app.other, blobs[who], {.sealed = true});
        if (!id) break;
        ++e.app.open_sends;
        e.app.sent[serial++] = true;
        break;
      }
      case 7:
        if (now + milliseconds(std::int64_t{n} * 8) < Instant{} + kScriptMax)
          now = now + milliseconds(std::int64_t{n} * 8);
        break;
    }
    now = now + microseconds(n);
    for (End& both : ends) (void)both.node.poll(now);
  }
  // All that is left to say is lost: everything ends, at last after 16 of the longest round trips that were learnt.
  for (int i = 0; i < 400; ++i) {
    now = now + seconds(10);
    for (End& both : ends) (void)both.node.poll(now);
  }
  for (End& e : ends) {
    MP_CHECK(e.app.open_sends == 0);
    MP_CHECK(e.app.lent == 0);
    MP_CHECK(e.seal->half_open() == 0);
  }
}

}  // namespace
}  // namespace mp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mp::run(mp::Reader(std::as_bytes(std::span(data, size))));
  return 0;
}
