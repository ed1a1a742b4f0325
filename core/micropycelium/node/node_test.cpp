// SPDX-License-Identifier: ISC
// Starting a node, and what it refuses. What nodes do with each other is in tests/exchanges.
#include "micropycelium/node/loopback.hpp"
#include "micropycelium/node/static_node.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace mp {
namespace {

class CountingRandom final : public Random {
 public:
  void fill(MutableBytes out) override {
    for (std::byte& b : out) b = static_cast<std::byte>(next_++);
  }

 private:
  unsigned next_ = 1;
};

class Records final : public Storage {
 public:
  Result<std::size_t> read(std::string_view key, MutableBytes out) override {
    if (fails_to_read) return Status::io_error;
    const auto it = all.find(std::string(key));
    if (it == all.end()) return Status::not_found;
    if (it->second.size() > out.size()) return Status::too_large;
    copy(it->second, out);
    return it->second.size();
  }
  Status write(std::string_view key, Bytes value) override {
    if (full) return Status::io_error;
    all[std::string(key)].assign(value.begin(), value.end());
    return Status::ok;
  }
  std::map<std::string, std::vector<std::byte>> all;
  bool full = false;
  bool fails_to_read = false;
};

class App final : public Application {
 public:
  explicit App(std::string_view name = "App") : Application({.name = name, .description = "test"}) {}
  Instant on_time(Instant now) override {
    calls.push_back(now);
    return again;
  }
  std::vector<Instant> calls;
  Instant again = Instant::never();
};

class NodeTest : public ::testing::Test {
 protected:
  CountingRandom random;
  Records storage;
  Loopback<> loopback;
  App app;
  StaticNode<kSensorLimits> node{{random, storage}};
};

TEST_F(NodeTest, AnyOrderOfAttachment_Starts) {
  ASSERT_EQ(node.attach(app, loopback), Status::ok);
  EXPECT_EQ(node.start(), Status::ok);
  EXPECT_TRUE(node.started());
  EXPECT_FALSE(node.id().is_zero());
}

TEST_F(NodeTest, Misuse_IsRefusedByName) {
  EXPECT_EQ(node.start(), Status::not_found) << "no Interface";
  EXPECT_EQ(node.send(app, NodeId{}, {}).refusal(), Status::not_started);
  ASSERT_EQ(node.attach(loopback), Status::ok);
  EXPECT_EQ(node.attach(loopback), Status::exists);
  ASSERT_EQ(node.attach(app), Status::ok);
  EXPECT_EQ(node.attach(app), Status::exists);
  App same_id;
  EXPECT_EQ(node.attach(same_id), Status::exists);
  ASSERT_EQ(node.start(), Status::ok);
  EXPECT_EQ(node.start(), Status::already_started);
  Loopback<> late;
  EXPECT_EQ(node.attach(late), Status::already_started);
  App later("Later");
  EXPECT_EQ(node.attach(later), Status::ok) << "an Application may come after the start";
  node.detach(later);
}

TEST_F(NodeTest, MemoryTooSmall_NoBuffer) {
  alignas(8) std::array<std::byte, memory_required(kSensorLimits) - 8> block;
  Node small(kSensorLimits, block, {random, storage});
  Loopback<> link;
  ASSERT_EQ(small.attach(link), Status::ok);
  EXPECT_EQ(small.start(), Status::no_buffer);
  EXPECT_FALSE(small.started());
}

TEST_F(NodeTest, Identity_IsMadeOnceAndKept) {
  ASSERT_EQ(node.attach(loopback), Status::ok);
  ASSERT_EQ(node.start(), Status::ok);
  ASSERT_EQ(storage.all.at("identity").size(), Identity::kRecordSize);
  StaticNode<kSensorLimits> reborn{{random, storage}};
  Loopback<> link;
  ASSERT_EQ(reborn.attach(link), Status::ok);
  ASSERT_EQ(reborn.start(), Status::ok);
  EXPECT_EQ(reborn.id(), node.id());
}

TEST_F(NodeTest, DamagedIdentity_IsCorruptAndLeftAlone) {
  ASSERT_EQ(node.attach(loopback), Status::ok);
  ASSERT_EQ(node.start(), Status::ok);
  const auto good = storage.all.at("identity");
  std::vector<std::vector<std::byte>> bad{{}, {good.begin(), good.end() - 1}, good, good};
  bad[2].push_back(std::byte{0});
  bad[3][20] ^= std::byte{1};
  for (const auto& record : bad) {
    storage.all["identity"] = record;
    StaticNode<kSensorLimits> other{{random, storage}};
    Loopback<> link;
    ASSERT_EQ(other.attach(link), Status::ok);
    EXPECT_EQ(other.start(), Status::corrupt) << record.size();
    EXPECT_EQ(storage.all["identity"], record);
  }
}

TEST_F(NodeTest, Boot_GoesUpByOneAtEachStart) {
  for (std::uint32_t boot = 1; boot <= 3; ++boot) {
    StaticNode<kSensorLimits> life{{random, storage}};
    Loopback<> link;
    ASSERT_EQ(life.attach(link), Status::ok);
    EXPECT_EQ(life.boot(), 0U);
    ASSERT_EQ(life.start(), Status::ok);
    EXPECT_EQ(life.boot(), boot);
    EXPECT_EQ(life.counters()[Counter::boots_lost], 0U);
  }
  EXPECT_EQ(storage.all.at("boot").size(), Identity::kBootRecordSize);
}

TEST_F(NodeTest, BootRecordLostOrDamaged_BeginsWithOneAndSaysSo) {
  ASSERT_EQ(node.attach(loopback), Status::ok);
  ASSERT_EQ(node.start(), Status::ok);
  const auto good = storage.all.at("boot");
  std::vector<std::vector<std::byte>> bad{{}, {good.begin(), good.end() - 1}, good, good, good};
  bad[2].push_back(std::byte{0});
  bad[3][3] ^= std::byte{4};
  bad[4][7] ^= std::byte{1};
  for (std::size_t i = 0; i <= bad.size(); ++i) {
    storage.all.erase("boot");
    if (i < bad.size()) storage.all["boot"] = bad[i];
    StaticNode<kSensorLimits> life{{random, storage}};
    Loopback<> link;
    ASSERT_EQ(life.attach(link), Status::ok);
    ASSERT_EQ(life.start(), Status::ok) << i;
    EXPECT_EQ(life.boot(), 1U) << i;
    EXPECT_EQ(life.counters()[Counter::boots_lost], 1U) << i;
    EXPECT_EQ(storage.all.at("boot"), good);
  }
}

TEST_F(NodeTest, BootThatCannotBeWritten_IsNotUsed) {
  ASSERT_EQ(node.attach(loopback), Status::ok);
  ASSERT_EQ(node.start(), Status::ok);
  StaticNode<kSensorLimits> next{{random, storage}};
  Loopback<> link;
  ASSERT_EQ(next.attach(link), Status::ok);
  storage.full = true;
  EXPECT_EQ(next.start(), Status::io_error);
  EXPECT_FALSE(next.started());
}

TEST_F(NodeTest, Keys_SignForTheNodeId) {
  ASSERT_EQ(node.attach(loopback), Status::ok);
  ASSERT_EQ(node.start(), Status::ok);
  Identity same;
  ASSERT_EQ(same.load_or_create({random, storage}), Status::ok);
  const Ed25519Signature signature = same.keys().sign(bytes("message"));
  EXPECT_EQ(ed25519_verify(Ed25519PublicKey::from(node.id().bytes()), bytes("message"), signature), Status::ok);
}

NodeId somebody(unsigned n) {
  NodeId id;
  id.value.fill(static_cast<std::byte>(n));
  return id;
}

// A node on the same storage, started.
struct Life {
  Life(Random& random, Storage& storage, const Limits& limits = kBoardLimits)
      : memory((memory_required(limits) + 7) / 8),
        node(limits, std::as_writable_bytes(std::span(memory)), {random, storage}) {
    EXPECT_EQ(node.attach(link), Status::ok);
    EXPECT_EQ(node.start(), Status::ok);
  }
  bool banned(unsigned n) const { return node.peer(somebody(n)) != nullptr && node.peer(somebody(n))->banned; }
  Loopback<> link;
  std::vector<std::uint64_t> memory;
  Node node;
};

TEST_F(NodeTest, Ban_LastsAcrossARestart_UntilItIsLifted) {
  {
    Life life(random, storage);
    for (const unsigned n : {1U, 2U, 3U}) EXPECT_EQ(life.node.ban(somebody(n)), Status::ok);
    EXPECT_EQ(life.node.ban(somebody(2)), Status::ok) << "again";
    EXPECT_EQ(life.node.unban(somebody(1)), Status::ok);
  }
  Life next(random, storage);
  EXPECT_FALSE(next.banned(1));
  EXPECT_TRUE(next.banned(2) && next.banned(3));
  EXPECT_EQ(next.node.add_peer(somebody(2), 0, LinkAddress::from(bytes("x")), Duration{}), Status::banned);
  EXPECT_EQ(next.node.counters()[Counter::bans_lost], 0U);
  EXPECT_EQ(storage.all.at("bans0").size(), 2 * NodeId::kSize + 4);
}

TEST_F(NodeTest, ManyBans_FillRecordAfterRecordAndNoMoreThan64) {
  Limits limits = kBoardLimits;
  limits.peers = 80;
  {
    Life life(random, storage, limits);
    for (unsigned n = 1; n <= 64; ++n) EXPECT_EQ(life.node.ban(somebody(n)), Status::ok) << n;
    EXPECT_EQ(life.node.ban(somebody(65)), Status::io_error) << "banned, but not kept";
    EXPECT_TRUE(life.banned(65));
    EXPECT_EQ(life.node.unban(somebody(9)), Status::ok);
    EXPECT_EQ(life.node.ban(somebody(66)), Status::ok) << "in its place";
  }
  Life next(random, storage, limits);
  for (unsigned n = 1; n <= 66; ++n) EXPECT_EQ(next.banned(n), n != 9 && n != 65) << n;
  limits.peers = 8;
  Life small(random, storage, limits);
  EXPECT_EQ(small.node.counters()[Counter::bans_lost], 64U - 7U) << "the node itself has one of the slots";
}

TEST_F(NodeTest, DamagedBans_AreToldAndTheOthersStay) {
  Limits limits = kBoardLimits;
  limits.peers = 20;
  {
    Life life(random, storage, limits);
    for (unsigned n = 1; n <= 10; ++n) EXPECT_EQ(life.node.ban(somebody(n)), Status::ok);
  }
  storage.all["bans0"][5] ^= std::byte{1};
  Life next(random, storage, limits);
  EXPECT_EQ(next.node.counters()[Counter::bans_lost], 1U);
  EXPECT_FALSE(next.banned(1));
  EXPECT_TRUE(next.banned(9) && next.banned(10));
  EXPECT_EQ(next.node.ban(somebody(1)), Status::ok);
  Life last(random, storage, limits);
  EXPECT_EQ(last.node.counters()[Counter::bans_lost], 0U);
  EXPECT_TRUE(last.banned(1) && last.banned(9));
}

TEST_F(NodeTest, BanThatCannotBeKept_HoldsAndSaysSo) {
  Life life(random, storage);
  storage.full = true;
  EXPECT_EQ(life.node.ban(somebody(1)), Status::io_error);
  EXPECT_TRUE(life.banned(1));
  storage.full = false;
  EXPECT_EQ(life.node.ban(somebody(1)), Status::ok);
  storage.full = true;
  EXPECT_EQ(life.node.unban(somebody(1)), Status::io_error);
  EXPECT_TRUE(life.banned(1));
}

TEST_F(NodeTest, StorageFails_IoErrorAndNotStarted) {
  ASSERT_EQ(node.attach(loopback), Status::ok);
  storage.full = true;
  EXPECT_EQ(node.start(), Status::io_error);
  EXPECT_TRUE(storage.all.empty());
  storage.full = false;
  storage.fails_to_read = true;
  EXPECT_EQ(node.start(), Status::io_error);
  storage.fails_to_read = false;
  EXPECT_EQ(node.start(), Status::ok) << "a failed start may be repeated";
}

TEST_F(NodeTest, ApplicationTime_ComesWhenAskedFor) {
  ASSERT_EQ(node.attach(app, loopback), Status::ok);
  app.again = Instant{} + seconds(10);
  ASSERT_EQ(node.start(), Status::ok);
  EXPECT_EQ(node.poll(Instant{}), Instant{} + seconds(10));
  (void)node.poll(Instant{} + seconds(5));
  EXPECT_EQ(app.calls.size(), 1U);
  node.wake(app);
  (void)node.poll(Instant{} + seconds(6));
  EXPECT_EQ(app.calls.size(), 2U);
  (void)node.poll(Instant{} + seconds(4));
  EXPECT_EQ(node.now(), Instant{} + seconds(6)) << "a clock that steps back is not followed";
}

TEST_F(NodeTest, InterfaceWithoutAKnownSchemaOrTooSmall_BadValue) {
  struct Odd final : Interface {
    InterfaceCaps caps() const override {
      return {.name = "odd", .bit_rate = 1, .schema_ids = ids, .frame_max = frame};
    }
    Status send(const LinkAddress&, Bytes) override { return Status::ok; }
    std::optional<Received> receive() override { return std::nullopt; }
    std::vector<std::uint8_t> ids;
    std::uint16_t frame = 250;
  } odd;
  EXPECT_EQ(node.attach(odd), Status::bad_value);
  odd.ids = {99};
  EXPECT_EQ(node.attach(odd), Status::bad_value);
  odd.ids = {0};
  odd.frame = 239;
  EXPECT_EQ(node.attach(odd), Status::bad_value);
  odd.frame = 250;
  EXPECT_EQ(node.attach(odd), Status::ok);
}

TEST(Names, EveryCounterEventAndOutcomeHasItsOwn) {
  std::set<std::string> counters, events, outcomes;
  for (std::size_t i = 0; i < kCounters; ++i) EXPECT_TRUE(counters.insert(name(static_cast<Counter>(i))).second) << i;
  for (int i = 0; i <= static_cast<int>(TraceEvent::stop); ++i)
    EXPECT_TRUE(events.insert(name(static_cast<TraceEvent>(i))).second) << i;
  for (int i = 0; i <= static_cast<int>(Outcome::cancelled); ++i)
    EXPECT_TRUE(outcomes.insert(name(static_cast<Outcome>(i))).second) << i;
}

TEST(Limits, MemoryOfANode_IsTheSumOfItsTables) {
  EXPECT_EQ(memory_required(kBoardLimits) - memory_required([] {
              Limits l = kBoardLimits;
              l.peers = 14;
              return l;
            }()),
            2 * (sizeof(Peer) + sizeof(PeerSeal) + sizeof(Neighbour) + 4 * sizeof(TreeNeighbour) + sizeof(TreeHeard)));
  EXPECT_LE(sizeof(StaticNode<kBoardLimits>), 24U * 1024);
}

}  // namespace
}  // namespace mp
