// SPDX-License-Identifier: ISC
// A value or the Status that says why there is none. Small and trivially copyable where T is, since
// std::expected is not in C++20 and microcontrollers have no Debian headers.
#pragma once

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/status.hpp"

#include <utility>

namespace mp {

template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return Status::truncated;` are how results are made.
  constexpr Result(T value) : value_(std::move(value)), status_(Status::ok) {}
  constexpr Result(Status why) : value_{}, status_(why) { MP_CHECK(why != Status::ok); }

  constexpr explicit operator bool() const { return status_ == Status::ok; }
  constexpr bool ok() const { return status_ == Status::ok; }
  constexpr Status status() const { return status_; }

  constexpr const T& operator*() const { return checked(); }
  constexpr T& operator*() {
    MP_CHECK(ok());
    return value_;
  }
  constexpr const T* operator->() const { return &checked(); }
  constexpr T* operator->() {
    MP_CHECK(ok());
    return &value_;
  }

 private:
  constexpr const T& checked() const {
    MP_CHECK(ok());
    return value_;
  }

  T value_;
  Status status_;
};

}  // namespace mp

// Returns from the enclosing function with the status unless it is ok.
#define MP_TRY(expression)                                                                                        \
  do {                                                                                                            \
    if (const ::mp::Status mp_try_status = (expression); mp_try_status != ::mp::Status::ok) return mp_try_status; \
  } while (false)
