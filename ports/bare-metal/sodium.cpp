// SPDX-License-Identifier: ISC
// What libsodium calls when it is given what no caller may give (a text of 256 GiB): our own bug.
#include "micropycelium/base/check.hpp"

extern "C" [[noreturn]] void sodium_misuse() { mp::check_failed(__FILE__, __LINE__, "sodium_misuse"); }
