// SPDX-License-Identifier: ISC
#include "micropycelium/base/check.hpp"

namespace mp {

[[noreturn, gnu::weak]] void check_failed(const char*, int, const char*) { __builtin_trap(); }

}  // namespace mp
