// SPDX-License-Identifier: ISC
// A member of a closed network under a script of frames, time and operators' commands, all drawn from the fuzzer's
// bytes. The fuzzer is two other members and an outsider: it makes arbitrary frames, opening frames with any text,
// hellos and Beacons with right macs and signatures (or changed ones), sealed frames with any packet, and plays back
// what was said. What is promised: no report of the sanitizers; each datagram counted once; for one frame at most one
// tag is checked and one X25519 done; what an outsider makes up or plays back changes no peer and delivers nothing;
// each Blob given back, each send ended; and whatever happened, a member is admitted and heard afterwards.
#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/node/static_node.hpp"
#include "tests/support/closed_member.hpp"

#include <dlfcn.h>
#include <sodium/crypto_onetimeauth_poly1305.h>
#include <sodium/crypto_scalarmult_curve25519.h>
#include <cstring>

namespace {

std::uint64_t tags = 0, agreements = 0;  // made or checked so far

}  // namespace

// Every tag of the AEAD and every X25519 passes here on its way to libsodium.
extern "C" int crypto_onetimeauth_poly1305_final(crypto_onetimeauth_poly1305_state* state, unsigned char* out) {
  using Final = int (*)(crypto_onetimeauth_poly1305_state*, unsigned char*);
  static const auto real = reinterpret_cast<Final>(dlsym(RTLD_NEXT, "crypto_onetimeauth_poly1305_final"));
  ++tags;
  return real(state, out);
}

extern "C" int crypto_scalarmult_curve25519(unsigned char* q, const unsigned char* n, const unsigned char* p) {
  using Scalarmult = int (*)(unsigned char*, const unsigned char*, const unsigned char*);
  static const auto real = reinterpret_cast<Scalarmult>(dlsym(RTLD_NEXT, "crypto_scalarmult_curve25519"));
  ++agreements;
  return real(q, n, p);
}

namespace mp {
namespace {

using test::ClosedMember;

constexpr std::size_t kHistory = 32;
constexpr std::size_t kMembers = 2;

class Counting final : public Random {
 public:
  void fill(MutableBytes out) override {
    for (std::byte& b : out) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      b = static_cast<std::byte>(state_ >> 56);
    }
  }

 private:
  std::uint64_t state_ = 1;
};

class NoStorage final : public Storage {
 public:
  Result<std::size_t> read(std::string_view, MutableBytes) override { return Status::not_found; }
  Status write(std::string_view, Bytes) override { return Status::ok; }
};

struct Frame {
  ByteArray<256> bytes{};
  std::size_t size = 0;
  LinkAddress from;
};

LinkAddress link_of(std::uint8_t n) {
  const std::byte b{n};
  return LinkAddress::from(Bytes(&b, 1));
}

class Script final : public Interface {
 public:
  explicit Script(bool knows_address) : knows_address_(knows_address) {}
  InterfaceCaps caps() const override {
    static constexpr std::uint8_t kIds[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 22, 24, 30};
    InterfaceCaps caps{.name = "script", .bit_rate = 1'000'000, .schema_ids = kIds, .frame_max = 250};
    if (knows_address_) caps.address = link_of(200);
    return caps;
  }
  Status send(const LinkAddress& to, Bytes sent) override {
    ++sends;
    MP_CHECK(sent.size() <= 250);
    const std::uint64_t before = tags;
    for (std::uint8_t i = 0; i < kMembers; ++i)
      if (to == link_of(i)) members[i]->hear(sent);
    tags = before;  // not the node's
    copy(sent, last.bytes);
    last.size = sent.size();
    return answer;
  }
  std::optional<Received> receive() override {
    if (!pending) return std::nullopt;
    pending = false;
    ++handed_over;
    return Received{next.from, MutableBytes(next.bytes).first(next.size)};
  }

  std::array<ClosedMember*, kMembers> members{};
  Status answer = Status::ok;
  bool pending = false;
  Frame next, last;
  std::uint64_t sends = 0, handed_over = 0;

 private:
  bool knows_address_;
};

class Taker final : public Application {
 public:
  Taker() : Application({.name = "Fuzz", .description = "", .version = 1, .opening = true}) {}
  int lent = 0;
  int open_sends = 0;
  int delivered = 0;
  bool refuse = false;

  void on_package(const Package& p) override {
    ++delivered;
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

class World {
 public:
  explicit World(std::uint8_t setup)
      : generation_(setup >> 6),
        link_((setup & 1) != 0),
        beacon_({.closed = true}),
        node_({random_, storage_}),
        members_{{{network(), generation_, 101, (setup & 1) != 0 ? link_of(0) : LinkAddress{}},
                  {network(), generation_, 102, (setup & 1) != 0 ? link_of(1) : LinkAddress{}}}} {
    MP_CHECK(node_.attach(link_, beacon_, app_) == Status::ok);
    // Some reach the end of their counters soon.
    MP_CHECK(node_.set_network(network(), generation_, (setup & 2) != 0 ? 24 : Network::kFramesMax) == Status::ok);
    MP_CHECK(node_.start() == Status::ok);
    node_.set_address(tree(0x10));
    for (std::size_t i = 0; i < kMembers; ++i) {
      members_[i].meet(node_.id());
      link_.members[i] = &members_[i];
    }
  }

  void run(Reader in) {
    while (in.left() > 1) step(in);
    finish();
  }

 private:
  static NetworkKey network() {
    NetworkKey key;
    for (std::byte& b : key.fill()) b = std::byte{7};
    return key;
  }
  static TreeAddress tree(std::uint8_t n) {
    TreeAddress a{7, {}};
    a.address.value[0] = static_cast<std::byte>(n & 0x33);
    return a;
  }

  void step(Reader& in) {
    const std::uint8_t op = in.u8();
    const std::uint8_t n = in.u8();
    const std::uint8_t who = n % kMembers;
    ClosedMember& member = members_[who];
    MutableBytes out = link_.next.bytes;
    link_.next.from = link_of(who);
    switch (op % 16) {
      case 0:  // made up, by somebody at a member's address or elsewhere
        made_up(in, n);
        break;
      case 1:  // what was said, as it was or changed
        play_back(in, n);
        break;
      case 2: {  // any text at all, from somebody with the network key
        ByteArray<kOpeningTextMax> text{};
        const Bytes b = in.take(std::min<std::size_t>({in.u8(), kOpeningTextMax, in.left()}));
        copy(b, text);
        link_.next.from = link_of(n % 4);
        say(member.opening(Bytes(text).first(b.size()), out, (n & 4) != 0 ? kOpeningSchemaLora : kOpeningSchemaEspNow));
        break;
      }
      case 3: {
        Hello h = member.challenge(in.u8());
        if ((n & 0x80) != 0) h.from.value[in.u8() % 32] ^= std::byte{in.u8()};
        say(member.opening(h, out));
        break;
      }
      case 4:
      case 5:
        hello(in, member, op % 16 == 4 ? member.answer() : member.proof(), n);
        break;
      case 6:  // the whole of it
        admit(who);
        break;
      case 7:
        sealed(in, member, n);
        break;
      case 8:
        package(in, member, n);
        break;
      case 9:
        beacon(in, member, n);
        break;
      case 10:
        if ((n & 2) != 0) member.restart();
        break;
      case 11:
        operate(in, n);
        break;
      case 12:
        app_.open_sends += node_.send(app_, members_[who].id(), Bytes(large_).first(n / 2)) ? 1 : 0;
        break;
      case 13:
        app_.open_sends += ((n & 2) != 0 ? node_.send(app_, members_[who].id(), blob_)
                                         : node_.broadcast(app_, Bytes(large_).first(n / 2), {.opening = (n & 4) != 0}))
                               ? 1
                               : 0;
        break;
      case 14:
        app_.refuse = (n & 1) != 0;
        link_.answer = (n & 2) != 0 ? Status::would_block : (n & 4) != 0 ? Status::io_error : Status::ok;
        break;
      default:
        now_ = now_ + milliseconds(std::int64_t{n} * n);
        break;
    }
    poll(microseconds(n));
  }

  void poll(Duration passed = {}) { (void)node_.poll(now_ = now_ + passed); }

  // Hands `frame` over, and keeps it for later.
  void say(Bytes frame, bool keep = true) {
    link_.next.size = frame.size();
    link_.pending = true;
    if (keep) history_[said_++ % kHistory] = link_.next;
    const std::uint64_t tags_before = tags, sends_before = link_.sends, agreed_before = agreements;
    poll();
    // A frame that leaves has one tag as well.
    MP_CHECK(tags - tags_before <= 1 + (link_.sends - sends_before));
    MP_CHECK(agreements - agreed_before <= 1);
  }

  // What is observed of the peers, the application and the transfers.
  void look(MutableBytes out) const {
    const auto peers = std::as_bytes(node_.peers());
    MP_CHECK(peers.size() <= out.size());
    copy(peers, out);
  }
  void say_as_outsider(Bytes frame) {
    for (int i = 0; i < 3; ++i) poll();  // what is due now anyhow
    static ByteArray<16 * 1024> before, after;
    look(before);
    const int delivered = app_.delivered;
    const auto admissions = node_.counters()[Counter::admissions];
    say(frame, false);
    look(after);
    MP_CHECK(std::memcmp(before.data(), after.data(), before.size()) == 0);
    MP_CHECK(app_.delivered == delivered);
    MP_CHECK(node_.counters()[Counter::admissions] == admissions);
  }

  void made_up(Reader& in, std::uint8_t n) {
    const Bytes b = in.take(std::min<std::size_t>(in.u8(), in.left()));
    copy(b, link_.next.bytes);
    link_.next.from = link_of(n % 4);
    if ((n & 0x80) != 0 && b.size() > 2) {  // gets further
      link_.next.bytes[0] = std::byte{0};
      link_.next.bytes[1] = static_cast<std::byte>(generation_ << 6 | ((n & 0x40) != 0 ? 0x20 : 0));
      link_.next.bytes[2] |= std::byte{64};
    }
    say_as_outsider(Bytes(link_.next.bytes).first(b.size()));
  }

  void play_back(Reader& in, std::uint8_t n) {
    link_.next = (n & 0x80) != 0 ? link_.last : history_[n % kHistory];
    const std::uint8_t where = in.u8(), with = in.u8();
    if (with % 4 == 0) link_.next.from = link_of(where % 4);
    if ((with & 1) != 0 && link_.next.size > 0) link_.next.bytes[where % link_.next.size] ^= std::byte{with};
    if ((with & 0x82) == 0x82) link_.next.size = std::min<std::size_t>(link_.next.size, where);
    const Bytes frame = Bytes(link_.next.bytes).first(link_.next.size);
    // A Package to whom it may concern may be of any age: it is not said to be without effect.
    const auto text = members_[0].opened(frame);
    if (lied_ || (text.ok && text.size > 0 && text.buffer[0] == std::byte{0}))
      say(frame, false);
    else
      say_as_outsider(frame);
  }

  // Changed before its mac is made, or after.
  void hello(Reader& in, ClosedMember& member, Hello h, std::uint8_t n) {
    const std::uint8_t what = n >> 2, by = (n & 0x1c) == 0 ? std::uint8_t{0} : in.u8();
    const auto change = [&] {
      switch (what % 8) {
        case 1:
          h.counter += by;
          break;
        case 2:
          h.counter -= by;
          break;
        case 3:
          h.boot ^= by;
          break;
        case 4:
          h.salt[by % 16] ^= std::byte{by};
          break;
        case 5:
          h.nonce[by % 8] ^= std::byte{by};
          break;
        case 6:
          h.cookie[by % 8] ^= std::byte{by};
          break;
        case 7:
          h.mac[by % 16] ^= std::byte{by};
          break;
        default:
          break;
      }
    };
    if ((n & 0x80) == 0) change();
    member.sign(h);
    if ((n & 0x80) != 0 || what % 8 == 7) change();
    if (what % 8 != 0) lied_ = true;  // who says that old counters are new ones harms itself
    say(member.opening(h, link_.next.bytes));
  }

  void admit(std::uint8_t who) {
    ClosedMember& member = members_[who];
    link_.next.from = link_of(who);
    say(member.opening(member.challenge(++nonce_), link_.next.bytes));
    if (!member.answered()) return;
    Hello proof = member.proof();
    member.sign(proof);
    link_.next.from = link_of(who);
    say(member.opening(proof, link_.next.bytes));
  }

  void sealed(Reader& in, ClosedMember& member, std::uint8_t n) {
    const Schema& schema = kSealedSchemas[in.u8() % kSealedSchemas.size()];
    PacketFields f;
    f.flags = Flags(in.u8());
    f.seq_id = in.u8();
    f.seq_size = in.u8();
    f.packet_id = in.u8();
    f.ttl = in.u8();
    f.tree_state = 7;
    f.to_addr = tree(in.u8()).address;
    f.from_addr = tree(in.u8()).address;
    ByteArray<kFrameMax> body{}, packet;
    std::size_t size = schema.max_body - kFrameSealSize;
    if ((n & 4) != 0) {
      const Bytes b = in.take(std::min<std::size_t>({in.u8(), size, in.left()}));
      copy(b, body);
      size = b.size();
    } else {
      if ((n & 8) != 0) size = kPackageHeader + 1;
      write_package_head({app_.id(), half_sha256(Bytes(body).subspan(kPackageHeader, size - kPackageHeader))},
                         std::span(body).first<kPackageHeader>());
    }
    const auto written = write_packet(schema, f, Bytes(body).first(size), packet);
    MP_CHECK(written.ok());
    say(member.frame(schema, *written, link_.next.bytes, (n & 16) != 0));
  }

  void package(Reader& in, ClosedMember& member, std::uint8_t n) {
    const Bytes blob = in.take(std::min<std::size_t>({in.u8(), 150, in.left()}));
    const AppId& to = (n & 4) != 0 ? beacon_.id() : app_.id();
    say((n & 8) != 0 ? member.opening_package(to, blob, link_.next.bytes)
                     : member.package_frame(to, blob, link_.next.bytes, (n & 16) != 0));
  }

  void beacon(Reader& in, const ClosedMember& of, std::uint8_t n) {
    SignedBeacon b = of.beacon_head((n & 4) != 0 ? in.u8() : ++count_);
    const std::uint8_t op = in.u8();
    b.op = op % 8 == 0 ? BeaconOp::disconnect : op % 2 == 0 ? BeaconOp::response : BeaconOp::beacon;
    b.interval_s = in.u16();
    const ByteArray<kSignedBeaconAppsMax * kAppPrefixSize> prefixes{};
    b.prefixes = Bytes(prefixes).first(op % (kSignedBeaconAppsMax + 1) * kAppPrefixSize);
    if ((n & 8) != 0) b.boot = in.u8();
    ByteArray<kSignedBeaconSizeMax> buffer;
    const Bytes signed_beacon = of.beacon(b, buffer);
    if ((n & 16) != 0) buffer[in.u8() % signed_beacon.size()] ^= std::byte{in.u8()};
    ClosedMember& speaker = members_[(n >> 5) % kMembers];  // or another that passes it on
    link_.next.from = link_of((n >> 5) % kMembers);
    say((n & 0x80) != 0 ? speaker.opening_package(beacon_.id(), signed_beacon, link_.next.bytes)
                        : speaker.package_frame(beacon_.id(), signed_beacon, link_.next.bytes, (n & 0x40) != 0));
  }

  void operate(Reader& in, std::uint8_t n) {
    const NodeId id = members_[n % kMembers].id();
    switch ((n >> 1) % 8) {
      case 0:
        node_.remove_peer(id);
        break;
      case 1:
        (void)node_.ban(id);
        break;
      case 2:
        (void)node_.unban(id);
        break;
      case 3:
        node_.challenge(0, link_of(n >> 4));
        break;
      case 4:
        (void)node_.add_peer(id, 0, link_of(in.u8() % 4), seconds(in.u8()), true);
        break;
      case 5:
        (void)node_.set_route(tree(in.u8()), id, members_[1].id());
        break;
      case 6:
        (void)node_.remove_route(tree(in.u8()));
        break;
      default:
        beacon_.announce();
        break;
    }
  }

  void finish() {
    link_.answer = Status::ok;
    app_.refuse = false;
    for (int i = 0; i < 400; ++i) poll(milliseconds(400));
    // What waits for a neighbour that does not prove itself anew ends with the neighbour, when it has been silent for
    // as long as its Beacon said that it may be.
    for (int i = 0; i < 80; ++i) poll(seconds(3600));
    MP_CHECK(app_.lent == 0);
    MP_CHECK(app_.open_sends == 0);
    // Whatever was said: who starts anew is admitted, and heard.
    (void)node_.unban(members_[0].id());
    members_[0].restart();
    admit(0);
    const int delivered = app_.delivered;
    link_.next.from = link_of(0);
    say(members_[0].package_frame(app_.id(), bytes("well?"), link_.next.bytes));
    MP_CHECK(app_.delivered == delivered + 1);
    MP_CHECK(node_.counters().received() == link_.handed_over);
  }

  std::uint8_t generation_;
  Counting random_;
  NoStorage storage_;
  Script link_;
  Beacon beacon_;
  Taker app_;
  StaticNode<kSensorLimits> node_;
  std::array<ClosedMember, kMembers> members_;
  std::array<Frame, kHistory> history_{};
  std::size_t said_ = 0;
  std::uint32_t count_ = 0;
  std::uint64_t nonce_ = 1000;
  bool lied_ = false;
  ByteArray<1500> large_{};
  MemoryBlob blob_{Bytes(large_)};
  Instant now_{};
};

}  // namespace
}  // namespace mp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mp::Reader in(std::as_bytes(std::span(data, size)));
  mp::World world(in.u8());
  world.run(in);
  return 0;
}
