// SPDX-License-Identifier: ISC
#include "micropycelium/packet/schema.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::vectors;

Field field(const Schema& s, const std::string& name) {
  if (name == "packet_id") return s.packet_id;
  if (name == "seq_id") return s.seq_id;
  if (name == "seq_size") return s.seq_size;
  if (name == "ttl") return s.ttl;
  if (name == "checksum") return s.checksum;
  if (name == "tree_state") return s.tree_state;
  if (name == "to_addr") return s.to_addr;
  if (name == "from_addr") return s.from_addr;
  ADD_FAILURE() << "no schema has a field " << name;
  return {};
}

TEST(Schema, EveryOneOfTheVectors_HasItsFieldsAndSizes) {
  for (const auto& v : vectors("schemas")) {
    const Schema* s = find_schema(static_cast<std::uint8_t>(v.number("id")));
    ASSERT_NE(s, nullptr) << v.number("id");
    EXPECT_EQ(s->max_body, v.number("max_body"));
    EXPECT_EQ(s->max_parts(), v.number("max_seq"));
    EXPECT_EQ(s->max_package(), v.number("max_blob"));
    std::size_t at = kFixedHeader;
    for (const auto& f : v.objects("fields")) {
      if (f.text("name") == "body") {
        EXPECT_EQ(s->body_offset, at);
        continue;
      }
      EXPECT_EQ(field(*s, f.text("name")).offset, at) << f.text("name");
      EXPECT_EQ(field(*s, f.text("name")).size, f.number("length")) << f.text("name");
      at += f.number("length");
    }
  }
}

TEST(Schema, Find_KnowsThe28OfVersion0AndFourOfOurs_AndThemSealed) {
  unsigned found = 0;
  for (unsigned id = 0; id < 256; ++id) {
    const Schema* s = find_schema(static_cast<std::uint8_t>(id));
    const unsigned base = id % 64;
    const bool ours = (base >= 51 && base <= 53) || base == 63;
    EXPECT_EQ(s != nullptr, id < 128 && (base <= 13 || (base >= 20 && base <= 33) || ours)) << id;
    if (s == nullptr) continue;
    EXPECT_EQ(s->id, id);
    EXPECT_EQ(s->base(), base);
    EXPECT_EQ(s->sealed(), id >= 64);
    ++found;
  }
  EXPECT_EQ(found, kSchemas.size() + kSealedSchemas.size());
  EXPECT_EQ(found, 64U);
}

TEST(Schema, Sealed_HasTheSameFieldsAndTwelveBytesLess) {
  for (const Schema& open : kSchemas) {
    const Schema& sealed = *find_schema(static_cast<std::uint8_t>(open.id + 64));
    EXPECT_EQ(sealed.body_offset, open.body_offset);
    EXPECT_EQ(sealed.max_body + 12, open.max_body);
    EXPECT_EQ(sealed.frame + 12, open.frame);
    EXPECT_EQ(sealed.seq_size.offset, open.seq_size.offset);
    EXPECT_EQ(sealed.ttl.offset, open.ttl.offset);
    EXPECT_EQ(sealed.from_addr.offset, open.from_addr.offset);
  }
}

TEST(Schema, LoraFamily_IsTheEspNowFamilyTenBytesShorter) {
  for (std::uint8_t id = 0; id <= 13; ++id) {
    const Schema& a = *find_schema(id);
    const Schema& b = *find_schema(static_cast<std::uint8_t>(id + 20));
    for (const auto member : {&Schema::packet_id, &Schema::seq_id, &Schema::seq_size, &Schema::ttl, &Schema::checksum,
                              &Schema::tree_state, &Schema::to_addr, &Schema::from_addr}) {
      EXPECT_EQ((a.*member).offset, (b.*member).offset);
      EXPECT_EQ((a.*member).size, (b.*member).size);
    }
    EXPECT_EQ(a.body_offset, b.body_offset);
    EXPECT_EQ(a.max_body, b.max_body + 10);
    EXPECT_EQ(a.frame, 250);
    EXPECT_EQ(b.frame, 240);
  }
}

TEST(Schema, ById_LeavesRoomForTheRouteHeader) {
  for (const auto& [single, part] : {std::pair{52, 53}, std::pair{116, 117}}) {
    const Schema& one = *find_schema(static_cast<std::uint8_t>(single));
    const Schema& many = *find_schema(static_cast<std::uint8_t>(part));
    EXPECT_TRUE(one.by_id() && one.routed() && !one.sequenced() && !one.ttl.present());
    EXPECT_TRUE(many.by_id() && many.routed() && many.sequenced());
    EXPECT_EQ(one.max_part() + 26, one.max_body);
    EXPECT_EQ(many.max_part() + 57, many.max_body);
    EXPECT_GE(many.max_package(), 10U << 20) << "a file of 10 MiB";
  }
}

TEST(Schema, OneHopSchemas_AreRoutedWithoutTtl) {
  for (const Schema& s : kSchemas) {
    if (s.id >= 40) continue;
    const unsigned kind = s.id % 20;
    EXPECT_EQ(s.routed(), kind >= 5) << int{s.id};
    EXPECT_EQ(s.ttl.present(), kind >= 5 && kind <= 10) << int{s.id};
    EXPECT_EQ(s.tree_state.present(), s.routed());
    EXPECT_EQ(s.from_addr.present(), s.routed());
    EXPECT_EQ(s.seq_size.present(), s.sequenced());
  }
}

}  // namespace
}  // namespace mp
