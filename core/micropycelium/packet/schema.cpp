// SPDX-License-Identifier: ISC
#include "micropycelium/packet/schema.hpp"

namespace mp {
namespace {

constexpr std::uint8_t kNone = 0xff;

constexpr auto kIndex = [] {
  std::array<std::uint8_t, kSchemaIdMax + 1> index{};
  for (auto& i : index) i = kNone;
  for (std::size_t i = 0; i < kSchemas.size(); ++i) index[kSchemas[i].id] = static_cast<std::uint8_t>(i);
  return index;
}();

}  // namespace

const Schema* find_schema(std::uint8_t id) {
  const std::uint8_t base = id % kSealedSchema;
  if (id >= 2 * kSealedSchema || kIndex[base] == kNone) return nullptr;
  return id < kSealedSchema ? &kSchemas[kIndex[base]] : &kSealedSchemas[kIndex[base]];
}

}  // namespace mp
