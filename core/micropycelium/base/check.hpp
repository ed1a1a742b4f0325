// SPDX-License-Identifier: ISC
// MP_CHECK(condition): our own bugs, on in release too. Never used on what a peer sent.
#pragma once

namespace mp {

// Called when an MP_CHECK fails; never returns. The port may replace it (it is weak): the default traps.
[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace mp

#define MP_CHECK(condition)                                               \
  do {                                                                    \
    if (!(condition)) ::mp::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)
