// SPDX-License-Identifier: ISC
// Handlers that call the node back: whatever they do, each Blob comes back once and each send ends once
// (core/micropycelium/node/application.hpp).
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

// Does what the test says when it is called.
class Meddler final : public Application {
 public:
  Meddler() : Application({.name = "Meddler", .description = "test", .version = 1}) {}
  std::function<void(const NodeId&)> when_added = [](const NodeId&) {};
  std::function<void(const NodeId&)> when_removed = [](const NodeId&) {};
  std::function<Blob*(const IncomingPackage&)> when_asked = [](const IncomingPackage&) { return nullptr; };
  std::function<void(Blob&)> when_abandoned = [](Blob&) {};
  std::function<void(Outcome)> when_sent = [](Outcome) {};
  std::function<Instant(Instant)> when_due = [](Instant) { return Instant::never(); };

  void on_peer_added(const NodeId& id) override { when_added(id); }
  void on_peer_removed(const NodeId& id) override { when_removed(id); }
  Blob* accept(const IncomingPackage& p) override { return when_asked(p); }
  void on_abandoned(Blob& b) override { when_abandoned(b); }
  void on_sent(SendId, Outcome o) override { when_sent(o); }
  Instant on_time(Instant now) override { return when_due(now); }
};

// A line of two whose first node has a Meddler, and whose second can send to it.
struct Pair {
  explicit Pair(std::uint64_t seed) : air(seed) {
    for (int i = 0; i < 2; ++i) air.add_radio(air.add_node());
    air.connect(*air[0].radios[0], *air[1].radios[0]);
    EXPECT_EQ(air[0].node.attach(meddler), Status::ok);
    EXPECT_EQ(air[1].node.attach(other), Status::ok);
  }
  void start() {
    air.start(air[0]);
    air.start(air[1]);
  }
  bool met() {
    return air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); });
  }
  Meddler meddler, other;
  Air air;
};

// A blob that was sent from on_peer_added went as to an existing node: paced, unconfirmed.
TEST(Handlers, BlobFromOnPeerAdded_GoesAsToAnEqual) {
  Pair p(1);
  const Blob8 blob(20'000, std::byte{3});
  SendId id;
  p.meddler.when_added = [&](const NodeId& who) { id = p.air[0].app.send_large(who, blob); };
  p.start();
  ASSERT_TRUE(p.air.run_until([&] { return id && p.air[0].app.ended(id); }));
  EXPECT_EQ(p.air[0].app.outcome(id), Outcome::delivered);
}

// The Blob was given back twice: once more by the ban that on_abandoned itself called for.
TEST(Handlers, BanFromOnAbandoned_TheBlobComesBackOnce) {
  Pair p(2);
  p.start();
  ASSERT_TRUE(p.met());
  VectorBlob taken;
  int abandoned = 0;
  p.meddler.when_asked = [&](const IncomingPackage&) { return &taken; };
  p.meddler.when_abandoned = [&](Blob&) {
    ++abandoned;
    EXPECT_EQ(p.air[0].node.ban(p.air[1].id()), Status::ok);
  };
  VectorBlob blob(Blob8(100'000));
  ASSERT_TRUE(p.air[1].node.send(p.other, p.air[0].id(), blob));
  ASSERT_TRUE(p.air.run_until([&] { return !taken.bytes.empty(); }));
  p.air[1].running = false;
  p.air.run(seconds(60));
  EXPECT_EQ(abandoned, 1);
}

TEST(Handlers, SenderThrownOutWhileAsked_TheBlobComesBack) {
  Pair p(3);
  p.start();
  ASSERT_TRUE(p.met());
  VectorBlob taken;
  int abandoned = 0;
  p.meddler.when_asked = [&](const IncomingPackage& incoming) {
    EXPECT_EQ(p.air[0].node.ban(incoming.from.node), Status::ok);
    return &taken;
  };
  p.meddler.when_abandoned = [&](Blob&) { ++abandoned; };
  VectorBlob blob(Blob8(10'000));
  ASSERT_TRUE(p.air[1].node.send(p.other, p.air[0].id(), blob));
  p.air.run(seconds(60));
  EXPECT_EQ(abandoned, 1);
  EXPECT_TRUE(taken.bytes.empty());
}

// The next Application heard of a peer with an id of zeros, after it had heard that the peer was gone.
TEST(Handlers, PeerThrownOutWhenAdded_NobodyElseHearsOfIt) {
  Pair p(4);
  p.meddler.when_added = [&](const NodeId& who) { p.air[0].node.remove_peer(NodeId(who)); };
  p.start();
  p.air.run(seconds(2));
  for (const NodeId& id : p.air[0].app.added) EXPECT_FALSE(id.is_zero());
  EXPECT_TRUE(p.air[0].app.added.empty());  // it is attached after the Meddler
}

// A send queued from on_sent(peer_lost) to a peer that came back was ended by the loss of the old one.
TEST(Handlers, PeerAddedAgainFromOnSent_ItsNewSendsAreNotLost) {
  Pair p(5);
  p.start();
  ASSERT_TRUE(p.met());
  p.air.run(seconds(2));
  int lost = 0, delivered = 0;
  p.meddler.when_sent = [&](Outcome o) {
    delivered += o == Outcome::delivered ? 1 : 0;
    if (o != Outcome::peer_lost || ++lost > 3) return;
    EXPECT_EQ(p.air[0].node.add_peer(p.air[1].id(), 0, p.air[1].radios[0]->link(), seconds(100), true), Status::ok);
    EXPECT_TRUE(p.air[0].node.send(p.meddler, p.air[1].id(), bytes("again")));
  };
  ASSERT_TRUE(p.air[0].node.send(p.meddler, p.air[1].id(), bytes("first")));
  p.air[0].node.remove_peer(p.air[1].id());
  EXPECT_EQ(lost, 1);
  ASSERT_TRUE(p.air.run_until([&] { return delivered > 0 || lost > 1; }));
  EXPECT_EQ(lost, 1);
}

TEST(Handlers, WakeFromOnTime_Counts) {
  Pair p(6);
  int calls = 0;
  p.meddler.when_due = [&](Instant) {
    if (++calls == 1) p.air[0].node.wake(p.meddler);
    return Instant::never();
  };
  p.start();
  p.air.run(milliseconds(10));
  EXPECT_EQ(calls, 2);
}

TEST(Handlers, CancelFromOnProgress_EndsItOnce) {
  Air air(7);
  make_line(air, 2);
  const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(100'000));
  air[0].app.on_step = [&] { (void)air[0].node.cancel(id); };
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::cancelled);
  air.run(seconds(60));
  EXPECT_EQ(air[0].app.outcome_repeats, 0);
  EXPECT_EQ(air[1].app.incoming(), 0U);
}

}  // namespace
}  // namespace mp::test
