// SPDX-License-Identifier: ISC
// A node with a new key pair is followed by those that knew the old one (specification: identity.md, "Telling
// contacts").
#include "micropycelium/applications/contacts.hpp"

#include "micropycelium/node/bans.hpp"
#include "support/air.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mp::test {
namespace {

class Book final : public ContactsListener {
 public:
  bool cares(const Handover& h) override {
    asked.push_back(h.before);
    return known.contains(h.before);
  }
  void on_handover(const Handover& h) override {
    known.erase(h.before);
    known.insert(h.after);
    heard.push_back(h);
  }
  std::set<NodeId> known;
  std::vector<NodeId> asked;
  std::vector<Handover> heard;
};

// Two neighbours; the first has changed its key `times` times before it starts.
struct Pair {
  explicit Pair(std::uint64_t seed, unsigned times, std::vector<std::uint8_t> schemas = kAllSchemas,
                std::uint16_t frame_max = 250)
      : air(seed) {
    for (int i = 0; i < 2; ++i) air.add_radio(air.add_node(), 1'000'000, schemas, frame_max);
    air.connect(*air[0].radios[0], *air[1].radios[0]);
    Identity identity;
    const Platform platform{air[0].random, air[0].storage};
    EXPECT_EQ(identity.load_or_create(platform), Status::ok);
    for (unsigned i = 0; i < times; ++i) {
      before.push_back(identity.node_id());
      EXPECT_EQ(identity.hand_over(platform), Status::ok);
    }
    for (std::size_t i = 0; i < 2; ++i) {
      contacts.push_back(std::make_unique<Contacts>(air[i].storage));
      contacts[i]->set_listener(&books[i]);
      EXPECT_EQ(air[i].node.attach(*contacts[i]), Status::ok);
    }
  }
  void start() {
    air.start(air[0]);
    air.start(air[1]);
  }
  bool met() {
    return air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); });
  }

  std::vector<NodeId> before;
  std::array<Book, 2> books;
  std::vector<std::unique_ptr<Contacts>> contacts;
  Air air;
};

TEST(ContactsExchange, NewKey_IsFollowedByWhoKnewTheOld) {
  for (const auto& schemas : {kEspNowSchemas, kLoraSchemas}) {
    Pair p(1, 1, schemas, schemas == kLoraSchemas ? 240 : 250);
    p.books[1].known = {p.before[0]};
    p.start();
    ASSERT_TRUE(p.air.run_until([&] { return !p.books[1].heard.empty(); }));
    EXPECT_EQ(p.books[1].heard[0].before, p.before[0]);
    EXPECT_EQ(p.books[1].heard[0].after, p.air[0].id());
    EXPECT_EQ(p.books[1].known, std::set<NodeId>{p.air[0].id()});
    p.air.run(seconds(60));
    EXPECT_EQ(p.books[1].heard.size(), 1U) << "told once";
  }
}

TEST(ContactsExchange, Chain_IsFollowedFromWhereItIsKnown) {
  for (unsigned from = 0; from < 3; ++from) {
    Pair p(2, 3);
    p.books[1].known = {p.before[from]};
    p.start();
    ASSERT_TRUE(p.air.run_until([&] { return p.books[1].heard.size() == 3 - from; })) << from;
    EXPECT_EQ(p.books[1].known, std::set<NodeId>{p.air[0].id()});
  }
}

TEST(ContactsExchange, Ban_FollowsToTheNewKey) {
  Pair p(3, 2);
  p.start();
  ASSERT_EQ(p.air[1].node.ban(p.before[0]), Status::ok);
  ASSERT_TRUE(p.air.run_until([&] {
    const Peer* peer = p.air[1].node.peer(p.air[0].id());
    return peer != nullptr && peer->banned;
  }));
  EXPECT_TRUE(p.air[1].node.peer(p.before[0])->banned) << "the old one stays so too";
  Bans kept(p.air[1].storage);
  EXPECT_EQ(kept.read(0)->count, 3U);
}

TEST(ContactsExchange, WhoHasNothingToSay_SaysNothing) {
  Pair p(4, 0);
  p.start();
  ASSERT_TRUE(p.met());
  p.air.run(seconds(30));
  EXPECT_TRUE(p.books[0].asked.empty() && p.books[1].asked.empty());
}

TEST(ContactsExchange, LostMessages_AreRepeated) {
  Pair p(5, 1);
  p.books[1].known = {p.before[0]};
  p.start();
  ASSERT_TRUE(p.met());
  p.air.loses = [&](const Radio& from, const Radio&, Bytes) { return &from == p.air[0].radios[0].get(); };
  p.air.run(seconds(9));
  EXPECT_TRUE(p.books[1].heard.empty());
  p.air.loses = nullptr;
  ASSERT_TRUE(p.air.run_until([&] { return !p.books[1].heard.empty(); }));
}

TEST(ContactsExchange, ForgedOrForeignChain_ChangesNothing) {
  Pair p(6, 1);
  p.start();
  ASSERT_TRUE(p.met());
  p.books[1].known = {p.before[0]};
  Contacts& taker = *p.contacts[1];
  const HandoverChain own = p.contacts[0]->own();
  Blob8 forged(own.bytes().begin(), own.bytes().end());
  forged[150] ^= std::byte{1};
  EXPECT_EQ(taker.take(forged).status(), Status::forged);
  EXPECT_TRUE(p.books[1].heard.empty());
  p.books[1].known = {};
  EXPECT_EQ(taker.take(forged).status(), Status::not_found) << "nobody looks at its signatures";
  EXPECT_EQ(taker.take(own.bytes()).status(), Status::not_found);
  p.books[1].known = {p.before[0]};
  const auto followed = taker.take(own.bytes());
  ASSERT_TRUE(followed);
  EXPECT_EQ(*followed, 1U);
  EXPECT_EQ(taker.take(own.bytes()).status(), Status::not_found) << "a second time: it is retired";
}

}  // namespace
}  // namespace mp::test
