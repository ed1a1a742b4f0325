// SPDX-License-Identifier: ISC
// What is wrong with the request for a sweep, or with the files of one.
#pragma once

#include <stdexcept>

namespace mp::sim {

// One line for a person: what is wrong and how to mend it.
class SweepError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace mp::sim
