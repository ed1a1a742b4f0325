// SPDX-License-Identifier: ISC
// Owners change the network key of their nodes (specification: identity.md, "Owners"): they alone, each command once.
#include "micropycelium/applications/owners.hpp"
#include "micropycelium/applications/seal.hpp"
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

constexpr BeaconOptions kSigned{.closed = true};

NetworkKey network(std::uint8_t n) {
  NetworkKey key;
  for (std::byte& b : key.fill()) b = std::byte{n};
  return key;
}

struct Listener final : OwnersListener {
  void on_state(const NodeId&, const OwnersState& s) override { states.push_back(s); }
  void on_verdict(const NodeId&, const OwnersMessage& v) override { verdicts.push_back(v); }
  void on_lost(SendId, Outcome outcome) override { lost.push_back(outcome); }
  std::vector<OwnersState> states;
  std::vector<OwnersMessage> verdicts;
  std::vector<Outcome> lost;
};

// Three in a row: 0 owns 2, and 1 owns nobody.
struct Line {
  explicit Line(std::uint64_t seed, bool closed = true) : air(seed) {
    for (std::size_t i = 0; i < 3; ++i) {
      TestNode& node = air.add_node(kBoardLimits, closed ? kSigned : BeaconOptions{});
      if (closed) {
        EXPECT_EQ(node.node.set_network(network(1)), Status::ok);
      }
      air.add_radio(node);
      if (i > 0) air.connect(*air[i - 1].radios[0], *node.radios[0]);
      seals[i] = std::make_unique<StaticSeal<>>();
      EXPECT_EQ(node.node.attach(*seals[i]), Status::ok);
    }
    for (std::size_t i = 0; i < 3; ++i) air.start(air[i]);
    EXPECT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[2]) && knows(air[2], air[1]); }));
    route_line(air);
    for (std::size_t i = 0; i < 3; ++i) attach(i);
  }
  ~Line() {
    for (std::size_t i = 0; i < 3; ++i) {
      air[i].node.detach(*owners[i]);
      air[i].node.detach(*seals[i]);
    }
  }
  void attach(std::size_t i) {
    const NodeId id = air[0].id();
    owners[i] = i == 2 ? std::make_unique<Owners>(std::span(&id, 1)) : std::make_unique<Owners>();
    owners[i]->set_listener(&listeners[i]);
    EXPECT_EQ(air[i].node.attach(*owners[i]), Status::ok);
  }
  std::optional<OwnersState> ask(std::size_t from, std::size_t to) {
    const auto before = listeners[from].states.size();
    EXPECT_TRUE(owners[from]->query(air[to].id()));
    if (!air.run_until([&] { return listeners[from].states.size() > before; }, seconds(60))) return std::nullopt;
    return listeners[from].states.back();
  }
  std::optional<OwnersMessage> tell(std::size_t from, std::size_t to, const OwnersState& state, Bytes command) {
    const auto before = listeners[from].verdicts.size();
    EXPECT_TRUE(owners[from]->command(air[to].id(), state, command));
    if (!air.run_until([&] { return listeners[from].verdicts.size() > before; }, seconds(60))) return std::nullopt;
    return listeners[from].verdicts.back();
  }

  Air air;
  std::array<std::unique_ptr<StaticSeal<>>, 3> seals;
  std::array<std::unique_ptr<Owners>, 3> owners;
  std::array<Listener, 3> listeners;
};

struct Command {
  Command(KeyCommand::What what, std::uint8_t generation, std::uint8_t key) {
    ByteArray<32> k;
    k.fill(std::byte{key});
    text = encode_key_command({what, generation, k}, buffer);
  }
  ByteArray<KeyCommand::kSizeMax> buffer{};
  Bytes text;
};
const auto kInstall = KeyCommand::What::install;
const auto kUse = KeyCommand::What::use;

TEST(Owners, AnOwner_InstallsAndUsesAKey_OverARelay) {
  Line line(1);
  const auto state = line.ask(0, 2);
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->owner && state->closed && !state->next && !state->epoch.is_zero());
  EXPECT_EQ(state->counter, 0U);
  const Command install(kInstall, 1, 2), use(kUse, 1, 0);
  const auto installed = line.tell(0, 2, *state, install.text);
  ASSERT_TRUE(installed);
  EXPECT_EQ(installed->result, OwnersResult::done);
  EXPECT_TRUE(installed->state.next);
  EXPECT_EQ(installed->state.counter, 1U);
  EXPECT_EQ(line.air[2].node.network().next, 1);
  for (std::size_t i : {0U, 1U}) ASSERT_EQ(line.air[i].node.install_key(network(2), 1), Status::ok);
  const auto used = line.tell(0, 2, installed->state, use.text);
  ASSERT_TRUE(used);
  EXPECT_EQ(used->result, OwnersResult::done);
  EXPECT_EQ(used->state.generation, 1);
  EXPECT_TRUE(used->state.previous);
  ASSERT_TRUE(line.air.run_until([&] { return line.air[0].node.network().generation == 1; }));
}

TEST(Owners, WhatIsNotAnOwners_IsNotObeyed) {
  Line line(2);
  const auto state = line.ask(1, 2);
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->owner);
  EXPECT_EQ(state->counter, 0U);
  const Command install(kInstall, 1, 9);
  const auto refused = line.tell(1, 2, *state, install.text);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->verdict, static_cast<std::uint8_t>(Authority::Verdict::unknown_owner));
  EXPECT_EQ(refused->result, OwnersResult::none);
  EXPECT_FALSE(line.air[2].node.network().next);
  // One that has no owners obeys nobody.
  const auto nobody = line.ask(0, 1);
  ASSERT_TRUE(nobody);
  EXPECT_TRUE(nobody->epoch.is_zero());
  EXPECT_EQ(line.tell(0, 1, *nobody, install.text)->result, OwnersResult::none);
  EXPECT_FALSE(line.air[1].node.network().next);
  EXPECT_FALSE(line.air[1].storage.records.contains("authority"));
}

TEST(Owners, ACommand_IsObeyedOnce_AlsoAcrossRestarts) {
  Line line(3);
  const auto state = line.ask(0, 2);
  ASSERT_TRUE(state);
  const Command first(kInstall, 1, 2), second(kInstall, 1, 3);
  ASSERT_EQ(line.tell(0, 2, *state, first.text)->result, OwnersResult::done);
  const auto again = line.tell(0, 2, *state, second.text);  // with the same counter
  ASSERT_TRUE(again);
  EXPECT_EQ(again->verdict, static_cast<std::uint8_t>(Authority::Verdict::old_counter));
  line.air[2].node.detach(*line.owners[2]);
  line.attach(2);
  EXPECT_EQ(line.tell(0, 2, *state, second.text)->result, OwnersResult::none);
  OwnersState other = *line.ask(0, 2);
  EXPECT_EQ(other.counter, 1U);
  other.epoch.value[0] ^= std::byte{1};
  EXPECT_EQ(line.tell(0, 2, other, second.text)->verdict, static_cast<std::uint8_t>(Authority::Verdict::other_epoch));
}

TEST(Owners, WhatCannotBeDone_IsSaid) {
  Line line(4);
  auto state = line.ask(0, 2);
  ASSERT_TRUE(state);
  const auto result = [&](Bytes text) {
    const auto verdict = line.tell(0, 2, *state, text);
    if (!verdict) return OwnersResult::none;
    state = verdict->state;
    return verdict->result;
  };
  EXPECT_EQ(result(Command(kUse, 1, 0).text), OwnersResult::no_key);
  EXPECT_EQ(result(Command(kUse, 0, 0).text), OwnersResult::in_use);
  EXPECT_EQ(result(Command(kInstall, 0, 1).text), OwnersResult::in_use);
  EXPECT_EQ(result(Command(kInstall, 2, 5).text), OwnersResult::refused);
  EXPECT_EQ(result(bytes("what?")), OwnersResult::unknown);
  EXPECT_EQ(result(Command(kInstall, 1, 2).text), OwnersResult::done);
  EXPECT_EQ(result(Command(kUse, 1, 0).text), OwnersResult::done);
  EXPECT_EQ(result(Command(kInstall, 2, 3).text), OwnersResult::busy);
  Line open(5, false);
  state = open.ask(0, 2);
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->closed);
  EXPECT_EQ(open.tell(0, 2, *state, Command(kInstall, 1, 2).text)->result, OwnersResult::open);
}

TEST(Owners, WhatIsNotSealed_IsNotWanted) {
  Line line(6);
  class Forger final : public Application {
   public:
    Forger() : Application(kOwnersApp.id()) {}
    std::optional<Outcome> ended;
    SendId say(const NodeId& to) { return node().send(*this, to, bytes(std::string_view("\0", 1))); }

   private:
    void on_sent(SendId, Outcome outcome) override { ended = outcome; }
  } forger;
  line.air[1].node.detach(*line.owners[1]);
  ASSERT_EQ(line.air[1].node.attach(forger), Status::ok);
  ASSERT_TRUE(forger.say(line.air[2].id()));
  ASSERT_TRUE(line.air.run_until([&] { return forger.ended.has_value(); }));
  EXPECT_EQ(*forger.ended, Outcome::not_wanted);
  line.air[1].node.detach(forger);
  line.attach(1);
}

}  // namespace
}  // namespace mp::test
