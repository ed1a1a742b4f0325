// SPDX-License-Identifier: ISC
#include "stories/liar.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

// As identity.hpp writes it: a magic, the seed, a checksum.
Ed25519Seed seed_of(Flash& flash) {
  ByteArray<Identity::kRecordSize> record;
  EXPECT_TRUE(flash.read(Identity::kStorageKey, record).ok());
  Ed25519Seed seed;
  copy(Bytes(record).last(4 + seed.size()).first(seed.size()), seed);
  return seed;
}

}  // namespace

void Liar::prepare(Story& story, std::uint32_t number) {
  Scenario& scenario = story.scenario();
  scenario.groups.push_back({.name = "liar", .nodes = {std::to_string(number)}, .node = scenario.nodes});
  NodeSpec& spec = scenario.groups.back().node;
  spec.trees = 0;
  spec.misbehaviour = Misbehaviour::black_hole;
}

Liar::Liar(Story& story, std::uint32_t number) : Application(kSpanningTreeApp.id()), story_(story), number_(number) {
  story.node(number).runs(*this);
  keys_.emplace(seed_of(story.world().board(number).flash()));
  EXPECT_EQ(NodeId::from(keys_->public_key().bytes()), story.node(number).id());
}

void Liar::say(const TreeEntry& entry) {
  SignedAdvert advert;
  advert.boot = node().boot();
  advert.count = ++count_;
  advert.advert.count = 1;
  advert.advert.entries[0] = entry;
  ByteArray<kAdvertMax> buffer;
  const auto message = encode_signed_advert(advert, id(), {}, *keys_, buffer);
  ASSERT_TRUE(message.ok());
  (void)node().broadcast(*this, *message);
  story_.world().board(number_).nudge();
}

std::optional<TreeEntry> Liar::heard(std::uint8_t tree) const {
  const auto at = heard_.find(tree);
  return at == heard_.end() ? std::nullopt : std::optional(at->second);
}

void Liar::ask(const NodeId& of, const RecordRequest& request) { tell(of, encode_record_request(request)); }

void Liar::on_package(const Package& package) {
  const HeapPause its_own_business;
  const Bytes message = package.blob;
  if (const auto advert = decode_signed_advert(message)) {
    for (std::size_t i = 0; i < advert->advert.count; ++i) {
      const TreeEntry& e = advert->advert.entries[i];
      if (e.place) heard_[e.tree] = e;
    }
  } else if (const auto request = decode_record_request(message)) {
    ++asked;
    if (answer) answer(package.from.node, *request);
  } else if (const auto link = decode_link_record(message)) {
    link_records[link->level].assign(message.begin(), message.end());
  } else if (const auto root = decode_root_record(message)) {
    root_records[root->tree].assign(message.begin(), message.end());
  } else if (decode_doubt(message)) {
    ++doubts;
  }
}

}  // namespace mp::sim
