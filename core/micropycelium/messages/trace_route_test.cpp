// SPDX-License-Identifier: ISC
#include "micropycelium/messages/trace_route.hpp"

#include "tests/support/vectors.hpp"

#include <set>

namespace mp {
namespace {

using test::to_hex;

TEST(TraceRoute, KnownBytes) {
  TraceRequest request;
  request.nonce = 0x01020304;
  request.route.target.value.fill(std::byte{0xab});
  request.route.trees = 1;
  request.route.places[0] = {2, 0xbeef, CompactAddress()};
  ByteArray<kTraceRequestMax> wire;
  EXPECT_EQ(to_hex(*encode_trace(request, wire)),
            "0001020304"
            "1d08ff00ffffabababababababab000000000000000000000000"
            "afbbe0");
  TraceAnswer answer;
  answer.nonce = 5;
  answer.step = TraceStep::nearer;
  answer.own_distance = 40;
  answer.link_cost = 9;
  answer.next_distance = 28;
  answer.next.value.fill(std::byte{0xcd});
  answer.places.count = 1;
  answer.places.all[0] = {2, 0xbeef, CompactAddress()};
  EXPECT_EQ(to_hex(*encode_trace(answer, wire)),
            "0100000005"
            "020028"
            "0009001c"
            "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
            "35f77c");
}

TEST(TraceRoute, Cut_Longer_OrOfAnotherKind_IsRefused) {
  TraceRequest request;
  request.route.trees = 1;
  request.route.places[0] = {1, 7, *CompactAddress().child(3, 2)};
  TraceAnswer answer;
  answer.places.count = 2;
  answer.places.all[0] = {1, 7, *CompactAddress().child(3, 2)};
  answer.places.all[1] = {3, 8, CompactAddress()};
  ByteArray<kTraceRequestMax + 1> wire{};
  const std::size_t asked = encode_trace(request, wire)->size();
  EXPECT_TRUE(decode_trace_request(Bytes(wire).first(asked)));
  EXPECT_EQ(decode_trace_request(Bytes(wire).first(asked + 1)).status(), Status::too_large);
  for (std::size_t n = 0; n < asked; ++n) EXPECT_FALSE(decode_trace_request(Bytes(wire).first(n))) << n;
  EXPECT_FALSE(decode_trace_answer(Bytes(wire).first(asked)));

  fill_zero(wire);
  const std::size_t answered = encode_trace(answer, wire)->size();
  const auto back = decode_trace_answer(Bytes(wire).first(answered));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, answer);
  EXPECT_EQ(decode_trace_answer(Bytes(wire).first(answered + 1)).status(), Status::too_large);
  for (std::size_t n = 0; n < answered; ++n) EXPECT_FALSE(decode_trace_answer(Bytes(wire).first(n))) << n;
  EXPECT_EQ(decode_trace_request(Bytes(wire).first(answered)).status(), Status::bad_value);
  wire[5] = std::byte{5};
  EXPECT_EQ(decode_trace_answer(Bytes(wire).first(answered)).status(), Status::bad_value) << "a step that is none";
}

TEST(TraceRoute, EveryStepHasAWord) {
  std::set<std::string> words;
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(TraceStep::nowhere); ++i)
    EXPECT_TRUE(words.insert(name(static_cast<TraceStep>(i))).second);
}

}  // namespace
}  // namespace mp
