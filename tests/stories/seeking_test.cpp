// SPDX-License-Identifier: ISC
// Where is that node? Requests and answers among real nodes, what they cost, and who is not believed.
#include "stories/tree_story.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mp::sim {
namespace {

using namespace literals;

struct Asked {
  std::uint64_t passed = 0, suppressed = 0, refused = 0, begun = 0, answers = 0;

  Asked operator-(const Asked& b) const {
    return {passed - b.passed, suppressed - b.suppressed, refused - b.refused, begun - b.begun, answers - b.answers};
  }
};

class SeekStory : public TreeStory {
 public:
  explicit SeekStory(std::uint8_t peers = 16) {
    limits({.peers = peers});
    scenario().nodes.trees = 4;
  }
  void stand() {
    run(1_s);
    ASSERT_TRUE(whole(120_s)) << wrong();
    run(10_s);
  }
  Asked asked() {
    Asked a;
    for (std::uint32_t i = 0; i < world().size(); ++i) {
      if (world().board(i).tree() == nullptr) continue;
      const SpanningTreeCounts& c = counts(i);
      a.passed += c.seeks_passed;
      a.suppressed += c.seeks_suppressed;
      a.refused += c.seeks_refused;
      a.begun += c.seeks_begun;
      a.answers += c.answers_sent;
    }
    return a;
  }
  SpanningTree& seeker(std::uint32_t node) { return *world().board(node).tree(); }
};

NodeId nobody() {
  NodeId id;
  id.value.fill(std::byte{0x5a});
  return id;
}

TEST(Seeking, LineOfSix_WhoIsAskedForIsFoundAndReached) {
  SeekStory story;
  story.line(6);
  story.stand();
  const Sending sent = story.node(0).sends(20).to(5);
  ASSERT_TRUE(sent.queued());
  ASSERT_TRUE(story.run_until([&] { return sent.ended(); }, 60_s));
  EXPECT_EQ(sent.outcome(), Outcome::delivered);
  std::printf("line of 6: delivered after %.2f s, %u requests passed on\n",
              static_cast<double>(sent.latency().us) / 1e6, static_cast<unsigned>(story.asked().passed));
  // The target knows the way back, without having asked.
  const Sending back = story.node(5).sends(20).to(0);
  ASSERT_TRUE(story.run_until([&] { return back.ended(); }, 60_s));
  EXPECT_EQ(back.outcome(), Outcome::delivered);
  EXPECT_EQ(story.asked().begun, 1U);
}

TEST(Seeking, GridOfAHundred_AFullFloodIsLessThanAFrameANode) {
  SeekStory story;
  story.grid(10, 10).medium(MediumKind::espnow);
  story.stand();
  const Asked before = story.asked();
  const Sending sent = story.node(0).sends(20).to(99);
  ASSERT_TRUE(story.run_until([&] { return sent.ended(); }, 60_s));
  EXPECT_EQ(sent.outcome(), Outcome::delivered);
  Asked cost = story.asked() - before;
  std::printf("10x10: corner to corner after %.2f s; passed on %u, left to others %u\n",
              static_cast<double>(sent.latency().us) / 1e6, static_cast<unsigned>(cost.passed),
              static_cast<unsigned>(cost.suppressed));

  // Nobody of that name: all rings, the last of which reaches everybody.
  const Asked then = story.asked();
  const Instant began = story.now();
  const auto failed = [&] { return story.counts(45).seeks_failed > 0; };
  story.seeker(45).seek(node_tag(nobody()), false);
  story.world().board(45).nudge();
  story.run(1100_ms);  // the two small rings take 3 and 8 paces
  const Asked small = story.asked() - then;
  ASSERT_TRUE(story.run_until(failed, 60_s));
  cost = story.asked() - then - small;
  std::printf("10x10: nobody found after %.2f s; passed on %u in the small rings, %u in the whole, left to others %u\n",
              static_cast<double>((story.now() - began).us) / 1e6, static_cast<unsigned>(small.passed),
              static_cast<unsigned>(cost.passed), static_cast<unsigned>(cost.suppressed));
  EXPECT_LT(cost.passed, 100U);
  EXPECT_EQ(cost.refused, 0U);

  // Again at once: no frame goes out for that.
  const Asked third = story.asked();
  story.seeker(45).seek(node_tag(nobody()), false);
  story.world().board(45).nudge();
  ASSERT_TRUE(story.run_until([&] { return story.counts(45).seeks_failed > 1; }, 1_s));
  EXPECT_EQ((story.asked() - third).passed, 0U);
}

TEST(Seeking, NobodyThere_TheSendEndsAsUnreachable) {
  SeekStory story;
  story.line(4);
  story.stand();
  story.node(3).crashes();
  story.run(600_s);  // forgotten by its neighbour
  const Sending sent = story.node(0).sends(20).to(3);
  ASSERT_TRUE(story.run_until([&] { return sent.ended(); }, 120_s));
  EXPECT_EQ(sent.outcome(), Outcome::unreachable);
  EXPECT_GE(story.counts(0).seeks_failed, 1U);
}

// Speaks in the name of SpanningTree, but has no trees.
class Impostor final : public Application {
 public:
  Impostor() : Application(kSpanningTreeApp.id()) {}
  void on_package(const Package& package) override {
    const auto seek = decode_seek(package.blob);
    if (!seek) return;
    ++heard;
    if (lie) lie(*seek);
  }
  SendId say(const NodeId& to, Bytes message) { return node().send(*this, to, message); }
  SendId say(Bytes message) { return node().broadcast(*this, message); }
  std::function<void(const SeekMessage&)> lie;
  int heard = 0;
};

TEST(Seeking, ALiarsAnswer_IsNotBelieved) {
  SeekStory story;
  story.line(3);
  story.scenario().groups.push_back({.name = "liar", .nodes = {"2"}, .node = story.scenario().nodes});
  story.scenario().groups.back().node.trees = 0;
  story.run(1_s);
  Impostor liar;
  story.node(2).runs(liar);
  story.run(20_s);
  Sha256 hash;
  hash.update(bytes("liar"));
  const Ed25519KeyPair keys{Ed25519Seed(hash.finish())};
  int lies = 0;
  liar.lie = [&](const SeekMessage& seek) {
    SeekAnswer answer;
    answer.request = seek.request;
    // Its name begins as it should, or it is its own, rightly signed.
    answer.node = nobody();
    answer.node.value[31] = std::byte{1};
    if (lies++ % 2 == 1) answer.node = NodeId::from(keys.public_key().bytes());
    ByteArray<kSeekAnswerMax> buffer;
    const auto message = encode_seek_answer(answer, seek.origin, keys, buffer);
    EXPECT_TRUE(liar.say(story.node(1).id(), *message));
  };
  story.seeker(1).seek(node_tag(nobody()), false);
  story.world().board(1).nudge();
  ASSERT_TRUE(story.run_until([&] { return story.counts(1).seeks_failed > 0; }, 60_s));
  EXPECT_EQ(lies, 3);
  EXPECT_EQ(story.counts(1).answers_refused, 3U);
  EXPECT_EQ(story.counts(1).seeks_found, 0U);
}

TEST(Seeking, AFloodOfRequests_IsPassedOnAtAPace) {
  SeekStory story;
  story.line(6);
  story.scenario().groups.push_back({.name = "asker", .nodes = {"0"}, .node = story.scenario().nodes});
  story.scenario().groups.back().node.trees = 0;
  story.run(1_s);
  Impostor asker;
  story.node(0).runs(asker);
  story.run(20_s);
  SeekMessage seek;
  seek.hops = 255;
  seek.target = node_tag(nobody());
  const Asked before = story.asked();
  for (int i = 0; i < 2000; ++i) {
    seek.request = static_cast<std::uint32_t>(i);
    seek.origin.value[0] = static_cast<std::byte>(i);
    seek.origin.value[1] = static_cast<std::byte>(i >> 8);
    ByteArray<kSeekMax> buffer;
    EXPECT_TRUE(asker.say(*encode_seek(seek, buffer)));
    story.world().board(0).nudge();
    story.run(10_ms);
  }
  const Asked cost = story.asked() - before;
  std::printf("flood: of 2,000 requests in 20 s, 5 nodes passed on %u in all; refused %u\n",
              static_cast<unsigned>(cost.passed), static_cast<unsigned>(cost.refused));
  // Two in a pace of 100 ms, and 17 at once.
  EXPECT_LE(cost.passed, 5U * (17U + 20'000U / 50U + 1U));
  EXPECT_GE(cost.refused, 1500U);
  // Others are heard meanwhile.
  const Sending sent = story.node(1).sends(20).to(5);
  ASSERT_TRUE(story.run_until([&] { return sent.ended(); }, 60_s));
  EXPECT_EQ(sent.outcome(), Outcome::delivered);
}

}  // namespace
}  // namespace mp::sim
