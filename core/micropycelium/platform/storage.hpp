// SPDX-License-Identifier: ISC
#pragma once

#include "micropycelium/base/bytes.hpp"
#include "micropycelium/base/result.hpp"

namespace mp {

// Small named records that survive a restart: flash pages on a device, files in a folder on Linux.
class Storage {
 public:
  // Reads the record into `out` and returns its size. Status: not_found (never written), too_large (does not
  // fit `out`), io_error.
  virtual Result<std::size_t> read(std::string_view key, MutableBytes out) = 0;

  // Durable and whole when it returns ok; after a power cut on the way the old record is there or the new one, whole.
  // Status: io_error (full, read-only, worn out); then too it is the old record or the new one.
  virtual Status write(std::string_view key, Bytes value) = 0;

 protected:
  ~Storage() = default;
};

}  // namespace mp
