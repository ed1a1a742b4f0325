// SPDX-License-Identifier: ISC
// The two halves of the sequencer face to face, without a node between them.
#include "micropycelium/transport/inbound.hpp"
#include "micropycelium/transport/outbound.hpp"
#include "micropycelium/transport/seen.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace mp {
namespace {

using Memory = std::vector<std::byte>;

Memory random_memory(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  Memory m(size);
  for (std::byte& b : m) b = static_cast<std::byte>(engine());
  return m;
}

Source somebody() {
  const std::byte link{5};
  return Source::of_link(0, LinkAddress::from(Bytes(&link, 1)));
}

// A sender and a receiver of one sequence in schema 4, and the packets between them.
class Pair {
 public:
  explicit Pair(std::size_t size, std::uint64_t seed = 1, bool half_duplex = false, bool routed = false)
      : sent(random_memory(size, seed)), got(size + 1000), out_blob(Bytes(sent)), in_blob(MutableBytes(got)) {
    OutSequence::Plan plan;
    plan.schema = find_schema(4);
    plan.seq_id = 3;
    plan.equal = true;
    plan.half_duplex = half_duplex;
    plan.routed = routed;
    out.begin(plan, out_blob, now);
    for (std::uint32_t budget = 1000; out.state() == OutSequence::State::hashing; budget = 1000)
      (void)out.hash_step(now, budget);
  }

  // The part that goes out next, as a packet; false: nothing to send now.
  bool send(OutSequence::Next* which = nullptr) {
    const auto next = out.next(now);
    if (!next) return false;
    const Schema& schema = out.schema();
    const std::size_t size = out.body_size(next->part);
    EXPECT_EQ(out.read_part(next->part, MutableBytes(frame).subspan(schema.body_offset, size)), Status::ok);
    PacketFields f;
    f.packet_id = static_cast<std::uint16_t>(next->part);
    f.seq_id = out.seq_id();
    f.seq_size = out.seq_size();
    packet = *PacketView::parse(*write_header(schema, f, size, frame));
    out.sent(*next, now);
    if (which != nullptr) *which = *next;
    return true;
  }

  InSequence::Took receive() {
    if (in.state() == InSequence::State::free) {
      const auto head = PackageView::parse(packet.body())->head;
      in.begin(somebody(), packet, head, in_blob, Duration{}, Duration{}, now);
    }
    return in.take(packet, now);
  }

  bool report() {
    std::array<std::byte, kWindowBytes> room;
    return out.on_report(in.report(room), now);
  }

  Instant now{};
  Memory sent, got;
  MemoryBlob out_blob, in_blob;
  OutSequence out;
  InSequence in;
  ByteArray<kFrameMax> frame;
  PacketView packet;
};

TEST(Sequencer, PartZeroGoesAloneAndAsks) {
  Pair p(10'000);
  OutSequence::Next which{};
  ASSERT_TRUE(p.send(&which));
  EXPECT_EQ(which.part, 0U);
  EXPECT_TRUE(which.ask);
  EXPECT_FALSE(p.send());
  EXPECT_FALSE(p.out.overdue(p.now));
  EXPECT_TRUE(p.out.overdue(p.out.due()));
}

// Parts that go out before a report is needed, after part 0 was answered within `round_trip`.
std::uint32_t parts_in_a_row(Duration round_trip, std::uint8_t flight) {
  Pair p(237 * 300, 1, false, true);
  p.out.flight = flight;
  EXPECT_TRUE(p.send());
  EXPECT_EQ(p.receive(), InSequence::Took::stored);
  p.now = p.now + round_trip;
  EXPECT_TRUE(p.report());
  std::uint32_t parts = 0;
  while (p.send()) ++parts;
  return parts;
}

TEST(Sequencer, Routed_MoreIsUnderWayOnlyWhereThereIsRoomAndAnswersComeSoon) {
  EXPECT_EQ(parts_in_a_row(milliseconds(19), 192), 192U);
  EXPECT_EQ(parts_in_a_row(milliseconds(19), OutSequence::kRoutedFlight), 64U);
  EXPECT_EQ(parts_in_a_row(milliseconds(20), 192), 64U);
}

TEST(Sequencer, Lossless_GoesOnWithoutWaitingAndAsksNowAndThen) {
  Pair p(237 * 250);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  std::uint32_t asked = 0, parts = 1;
  OutSequence::Next which{};
  while (p.send(&which)) {
    EXPECT_EQ(which.part, parts++);
    asked += which.ask ? 1U : 0U;
    EXPECT_EQ(which.ask, which.part % OutSequence::kAskEvery == 0 || which.part == p.out.seq_size()) << which.part;
    ASSERT_EQ(p.receive(), InSequence::Took::stored);
  }
  EXPECT_EQ(parts, p.out.parts());
  EXPECT_EQ(asked, 4U);
}

TEST(Sequencer, WindowIsFull_AsksAndWaits) {
  Pair p(237 * 1000);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  OutSequence::Next which{};
  while (p.send(&which)) {
  }
  EXPECT_EQ(which.part, kWindow);
  EXPECT_TRUE(which.ask);
  EXPECT_FALSE(p.out.overdue(p.now));
}

TEST(Sequencer, AnyOrderOfLosses_OnlyTheMissingAreRepeated) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 engine(seed);
    Pair p(237 * (2 + engine() % 400) + engine() % 237, seed);
    std::size_t sent = 0, lost = 0;
    for (int round = 0; p.in.state() != InSequence::State::proving; ++round) {
      ASSERT_LT(round, 10'000);
      while (p.send()) {
        ++sent;
        if (engine() % 5 == 0)
          ++lost;
        else
          ASSERT_NE(p.receive(), InSequence::Took::bad_size);
      }
      if (p.in.state() == InSequence::State::free || !p.report()) {
        ASSERT_TRUE(p.out.on_due(p.now = p.out.due()));
      }
    }
    for (std::uint32_t budget = 1000; !p.in.prove(budget); budget = 1000) EXPECT_EQ(budget, 0U);
    EXPECT_FALSE(p.in.state() == InSequence::State::receiving);
    EXPECT_TRUE(p.in.digest_ok());
    ASSERT_EQ(p.in.size(), p.sent.size());
    EXPECT_TRUE(equal(Bytes(p.got).first(p.sent.size()), p.sent));
    // Each lost part goes again, and nothing else: reports are not lost here.
    EXPECT_EQ(sent, p.out.parts() + lost);
  }
}

// A question and its answer both have to get through: with half of all frames lost a dozen tries would not do.
TEST(Sequencer, SilentReceiver_IsAskedOftenUntilPatienceEnds) {
  Pair p(10'000);
  std::vector<Instant> asked;
  for (;;) {
    while (p.send()) asked.push_back(p.now);
    p.now = p.out.due();
    ASSERT_TRUE(p.out.overdue(p.now));
    if (!p.out.on_due(p.now)) break;
  }
  // Every 0.2 s: no round trip is known, and a 72nd of the patience is less.
  EXPECT_EQ(asked[1] - asked[0], kFirstWait);
  EXPECT_EQ(asked[2] - asked[1], kFirstWait);
  EXPECT_EQ(asked.size(), 60U);
  EXPECT_GE(p.now - asked[0], kGiveUp);
  EXPECT_LT(p.now - asked[0], kGiveUp + milliseconds(250));
}

// A report once said of the parts that fill up its last byte that they had come.
TEST(Sequencer, PartsSentWhileAReportIsUnderWay_AreNotTakenForArrived) {
  Pair p(237 * 100);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  ASSERT_TRUE(p.send());  // 1 is lost
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  std::array<std::byte, kWindowBytes> room;
  const Report report = p.in.report(room);
  ASSERT_EQ(report.more.size(), 1U);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(p.send());  // 3, 4 and 5 are on their way, and will be lost
  ASSERT_TRUE(p.out.on_report(report, p.now));
  std::set<std::uint32_t> again;
  OutSequence::Next which{};
  while (p.send(&which)) {
    if (which.repeat) again.insert(which.part);
    if (which.repeat || which.part > 5) (void)p.receive();
  }
  EXPECT_EQ(again, std::set<std::uint32_t>{1});
  ASSERT_TRUE(p.report());
  while (p.send(&which))
    if (which.repeat) again.insert(which.part);
  EXPECT_EQ(again, (std::set<std::uint32_t>{1, 3, 4, 5}));
}

TEST(Sequencer, QuestionsGoUnanswered_TheNextComeSooner) {
  Pair p(237 * 250);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  std::vector<std::uint32_t> asked;
  OutSequence::Next which{};
  while (p.send(&which)) {
    if (which.ask) asked.push_back(which.part);
    p.now = p.now + milliseconds(10);
  }
  ASSERT_GE(asked.size(), 4U);
  EXPECT_EQ(asked[0], OutSequence::kAskEvery);
  EXPECT_EQ(asked[1], asked[0] + OutSequence::kAskEvery / 2);
  EXPECT_EQ(asked[2], asked[1] + OutSequence::kAskEvery / 4);
}

TEST(Sequencer, DeafWhileItSends_AQuestionIsFollowedByAPause) {
  Pair p(237 * 250, 1, true);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  p.now = p.now + milliseconds(10);
  ASSERT_TRUE(p.report());
  OutSequence::Next which{};
  do {
    ASSERT_TRUE(p.send(&which));
    ASSERT_EQ(p.receive(), InSequence::Took::stored);
  } while (!which.ask);
  EXPECT_FALSE(p.send());
  EXPECT_GT(p.out.due(), p.now);
  EXPECT_FALSE(p.out.overdue(p.now));
  // The answer ends the pause.
  p.now = p.now + milliseconds(5);
  ASSERT_TRUE(p.report());
  do {
    ASSERT_TRUE(p.send(&which));
    ASSERT_EQ(p.receive(), InSequence::Took::stored);
  } while (!which.ask);
  // None comes: it goes on by itself.
  EXPECT_FALSE(p.send());
  p.now = p.out.due();
  EXPECT_TRUE(p.send());
}

// An answer to a later question, or the receiver's own report, once passed for the round trip of the first question.
TEST(Sequencer, AnswerThatComesLate_IsNoSampleOfTheRoundTrip) {
  Pair p(237 * 250);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  p.now = p.now + milliseconds(10);
  ASSERT_TRUE(p.report());
  EXPECT_EQ(p.out.round_trip().smoothed(), milliseconds(10));
  for (int i = 0; i < 64; ++i) {
    ASSERT_TRUE(p.send());
    ASSERT_EQ(p.receive(), InSequence::Took::stored);
  }
  p.now = p.now + seconds(2);
  ASSERT_TRUE(p.report());
  EXPECT_EQ(p.out.round_trip().smoothed(), milliseconds(10));
}

// The count of fruitless reports once went round, and each of them started the tries anew.
TEST(Sequencer, ReportsWithoutProgress_AreIgnoredInTheEnd) {
  Pair p(237 * 100);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  while (p.send()) {
  }
  int taken = 0;
  for (int i = 0; i < 1000; ++i) {
    if (!p.out.on_report({1, {}}, p.now)) continue;
    ++taken;
    while (p.send()) {
    }
  }
  EXPECT_EQ(taken, 64);
}

TEST(Sequencer, ReportOfAnotherSequence_IsIgnored) {
  Pair p(237 * 300);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  EXPECT_FALSE(p.out.on_report({200, {}}, p.now)) << "beyond what was sent";
  EXPECT_FALSE(p.out.on_report({0, {}}, p.now)) << "before what has arrived";
}

// A report that overtook a newer one once left nothing to send and nobody to ask.
TEST(Sequencer, OldReportAfterANewerOne_StillHasSomethingToAsk) {
  Pair p(237 * 40);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  while (p.send()) {
  }
  const std::byte old{0xff};
  ASSERT_TRUE(p.out.on_report({10, Bytes(&old, 1)}, p.now));
  while (p.send()) {
  }
  ASSERT_TRUE(p.out.on_report({30, {}}, p.now));
  if (!p.out.next(p.now)) {
    p.now = p.out.due();
    ASSERT_TRUE(p.out.on_due(p.now));
  }
  EXPECT_TRUE(p.out.next(p.now).has_value());
}

// Somebody is heard, or has room again: that is no reason to speak while the answer is on its way.
TEST(Outbound, Woken_KeepsThePauseAfterAQuestion_AndEndsEveryOther) {
  Pair p(10'000, 1, true);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  OutSequence::Next which{};
  while (p.send(&which) && !which.ask) ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(which.ask);
  p.out.wake(p.now);
  EXPECT_FALSE(p.out.next(p.now));
  ASSERT_EQ(p.receive(), InSequence::Took::stored);

  Pair q(10'000, 1, true);
  ASSERT_TRUE(q.send());
  ASSERT_EQ(q.receive(), InSequence::Took::stored);
  ASSERT_TRUE(q.report());
  q.out.hold(q.now + seconds(9));
  EXPECT_FALSE(q.out.next(q.now));
  q.out.wake(q.now);
  EXPECT_TRUE(q.out.next(q.now));
}

TEST(Inbound, PartsOfImpossibleSize_AreRefused) {
  Pair p(1'000);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  const auto part = [&](std::uint16_t id, std::size_t size) {
    PacketFields f;
    f.packet_id = id;
    f.seq_id = 3;
    f.seq_size = p.out.seq_size();
    const Memory body(size);
    return p.in.take(*PacketView::parse(*write_packet(*find_schema(4), f, body, p.frame)), p.now);
  };
  EXPECT_EQ(part(1, 236), InSequence::Took::bad_size) << "a middle part must be full";
  EXPECT_EQ(part(p.out.seq_size(), 0), InSequence::Took::bad_size) << "the last part cannot be empty";
  EXPECT_EQ(part(1, 237), InSequence::Took::stored);
  EXPECT_EQ(part(1, 237), InSequence::Took::duplicate);
}

TEST(Inbound, BeyondTheWindow_IsDropped) {
  Pair p(237 * 400);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  PacketFields f;
  f.seq_id = 3;
  f.seq_size = p.out.seq_size();
  const Memory body(237);
  f.packet_id = 1 + kWindow;
  EXPECT_EQ(p.in.take(*PacketView::parse(*write_packet(*find_schema(4), f, body, p.frame)), p.now),
            InSequence::Took::outside_window);
  f.packet_id = kWindow;
  EXPECT_EQ(p.in.take(*PacketView::parse(*write_packet(*find_schema(4), f, body, p.frame)), p.now),
            InSequence::Took::stored);
}

TEST(Inbound, Report_NamesExactlyWhatIsMissing) {
  Pair p(237 * 100);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  std::set<std::uint32_t> missing;
  OutSequence::Next which{};
  while (p.send(&which)) {
    if (which.part % 7 == 3)
      missing.insert(which.part);
    else
      ASSERT_EQ(p.receive(), InSequence::Took::stored);
  }
  std::array<std::byte, kWindowBytes> room;
  const Report report = p.in.report(room);
  EXPECT_EQ(report.first_missing, 3U);
  for (std::uint32_t part = 3; part <= which.part; ++part)
    EXPECT_EQ(report.missing(part), missing.contains(part)) << part;
}

// On a busy channel parts come now at once, now after long: a pause like those before is no silence.
TEST(Inbound, PausesThatDiffer_AreNoSilence) {
  Pair p(237 * 200);
  ASSERT_TRUE(p.send());
  ASSERT_EQ(p.receive(), InSequence::Took::stored);
  ASSERT_TRUE(p.report());
  int asked = 0;
  for (int i = 0; i < 150; ++i) {
    const Duration pause = milliseconds(i % 4 == 0 ? 120 : 5);
    if (p.now + pause >= p.in.due && i >= 50) ++asked;
    p.now = p.now + pause;
    if (!p.send()) break;
    ASSERT_EQ(p.receive(), InSequence::Took::stored);
    ASSERT_TRUE(p.report());
  }
  EXPECT_EQ(asked, 0);
}

TEST(Seen, RemembersAsLongAsItIsTold_TheOldestGivesWay) {
  std::array<SeenPackage, 2> slots{};
  SeenTable seen(slots);
  const Instant t0{};
  EXPECT_TRUE(seen.add(1, t0, seconds(30)));
  EXPECT_TRUE(seen.contains(1, t0 + seconds(29)));
  EXPECT_FALSE(seen.contains(1, t0 + seconds(30) + SeenPackage::kTick));
  EXPECT_TRUE(seen.add(2, t0 + seconds(1), seconds(30)));
  EXPECT_FALSE(seen.add(3, t0 + seconds(2), seconds(30))) << "1 had to give way while it was valid";
  EXPECT_FALSE(seen.contains(1, t0 + seconds(2)));
  EXPECT_TRUE(seen.contains(2, t0 + seconds(2)));
  EXPECT_TRUE(seen.add(4, t0 + seconds(40), seconds(30))) << "what has run out gives way unnoticed";
}

TEST(Seen, KeysTellSendersPackagesAndIdsApart) {
  PackageHead a, b;
  b.half_sha256.value[0] = std::byte{1};
  const auto one = bytes("one");
  SeenTable seen({});
  std::set<SeenKey> keys{seen.key(one, a, 1, false), seen.key(one, b, 1, false), seen.key(one, a, 2, false),
                         seen.key(one, a, 1, true), seen.key(bytes("two"), a, 1, false)};
  EXPECT_EQ(keys.size(), 5U);
  EXPECT_FALSE(keys.contains(0));
  ShortHashKey secret{};
  secret[0] = std::byte{1};
  seen.set_secret(secret);
  EXPECT_FALSE(keys.contains(seen.key(one, a, 1, false))) << "another run, another fingerprint";
}

TEST(Backoff, DoublesUpToTheLongest) {
  EXPECT_EQ(nth_wait(milliseconds(200), 1), milliseconds(200));
  EXPECT_EQ(nth_wait(milliseconds(200), 2), milliseconds(400));
  EXPECT_EQ(nth_wait(milliseconds(200), 5), kLongestWait);
  EXPECT_EQ(nth_wait(seconds(7), 3), seconds(7)) << "a slow link waits as long as it needs";
}

TEST(RoundTrip, LearnsFromSamples_AndWaitsLongerWhereTheyVary) {
  RoundTrip steady, varying;
  for (int i = 0; i < 50; ++i) {
    steady.add(milliseconds(100));
    varying.add(milliseconds(i % 2 == 0 ? 40 : 160));
  }
  EXPECT_EQ(steady.smoothed(), milliseconds(100));
  EXPECT_EQ(steady.timeout(kAnswerMargin), milliseconds(150));
  EXPECT_GT(varying.timeout(kAnswerMargin), milliseconds(250));
}

// A path whose round trip had grown beyond the wait was once never seen to be slower: each try was repeated.
TEST(RoundTrip, OnlyRepetitionsAreAnswered_WaitsGrowUntilThereIsASample) {
  RoundTrip trip;
  trip.add(milliseconds(1));
  const Duration before = trip.timeout(kAnswerMargin);
  for (int i = 0; i < 3; ++i) trip.doubt();
  EXPECT_EQ(trip.timeout(kAnswerMargin), before * 8);
  trip.add(milliseconds(180));
  EXPECT_GT(trip.timeout(kAnswerMargin), milliseconds(180));
}

TEST(Scoreboard, ReportsThatCross_NothingGoesTwiceThatIsUnderWay) {
  Scoreboard board;
  for (std::uint32_t part = 0; part < 10; ++part) board.sent(part, part == 9, Instant{});
  // 3 was lost; it goes again, and asks; before the answer comes, a report from before it says "3 is missing" again.
  const std::byte none{0};
  Report report{3, Bytes(&none, 1)};
  (void)board.take(report, Instant{} + milliseconds(1), 0, seconds(1));
  EXPECT_EQ(board.lost(), 3U);
  board.sent(3, true, Instant{} + milliseconds(1));
  EXPECT_FALSE(board.take(report, Instant{} + milliseconds(2), 0, seconds(1)).news);
  EXPECT_EQ(board.lost(), std::nullopt);
  // A part sent after it arrives, and it still is missing: lost once more.
  board.sent(10, true, Instant{} + milliseconds(3));
  EXPECT_TRUE(board.take(report, Instant{} + milliseconds(4), 0, seconds(1)).news);
  EXPECT_EQ(board.lost(), 3U);
}

}  // namespace
}  // namespace mp
