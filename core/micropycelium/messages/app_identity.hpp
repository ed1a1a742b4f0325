// SPDX-License-Identifier: ISC
// What an Application's id is made of (specification: package.md, "Identifiers"). The identities of the
// existing Applications stand beside their messages.
#pragma once

#include "micropycelium/packet/ids.hpp"

namespace mp {

struct AppIdentity {
  std::string_view name;
  std::string_view description;
  std::uint32_t version = 0;

  AppId id() const { return make_app_id(name, description, version); }
};

}  // namespace mp
