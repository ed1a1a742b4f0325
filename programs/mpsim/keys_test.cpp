// SPDX-License-Identifier: ISC
#include "programs/mpsim/keys.hpp"

#include "programs/mpsim/errors.hpp"
#include "simulator/scenario/scenario_toml.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

constexpr const char* kReference =
    "# The keys\n\nAll.\n\n## [topology]\nWhere.\n\n- `nodes`\n\n## [[medium]]\nAir.\n\n## [medium.lora]\nFar.\n\n"
    "## [mediumistic]\nNo.\n";

TEST(Keys, OneTable_WithThoseInsideItAndNoOther) {
  EXPECT_EQ(keys_of(kReference, "topology"), "## [topology]\nWhere.\n\n- `nodes`\n\n");
  EXPECT_EQ(keys_of(kReference, "medium"), "## [[medium]]\nAir.\n\n## [medium.lora]\nFar.\n\n");
  EXPECT_EQ(keys_of(kReference, "medium.lora"), "## [medium.lora]\nFar.\n\n");
  EXPECT_EQ(keys_of(kReference, "mediumistic"), "## [mediumistic]\nNo.\n");
}

TEST(Keys, UnknownTable_NamesThoseThatThereAre) {
  try {
    keys_of(kReference, "media");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("topology, medium, medium.lora"), std::string::npos) << error.what();
  }
}

TEST(Keys, RealReference_HasEveryTable) {
  const std::string reference = keys_reference();
  for (const char* table : {"topology", "mobility", "medium", "nodes", "group", "traffic", "fault", "expect"})
    EXPECT_NE(keys_of(reference, table).find("\n- `"), std::string::npos) << table;
}

}  // namespace
}  // namespace mp::sim
