// SPDX-License-Identifier: ISC
// What the sender of a sequence knows of the parts in its window: which arrived, which are on their way, which are lost
// and must go again. (The word is RFC 6675's.)
//
// The rule that keeps parts from being sent twice for nothing: a part is lost when one that was sent after it has
// arrived, and it has not. So each sending gets a number, and a report is read against these numbers, however many
// reports and parts cross on the way.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/transport/report.hpp"

#include <array>
#include <optional>

namespace mp {

class Scoreboard {
 public:
  std::uint32_t base() const { return base_; }  // all below have arrived
  std::uint32_t next() const { return next_; }  // the first never sent
  std::uint32_t in_flight() const { return in_flight_; }
  // The lowest part that is lost and was not sent again; none.
  std::optional<std::uint32_t> lost() const;
  std::uint32_t lost_count() const { return lost_count_; }

  // The part went out. Precondition: base() <= part <= next(), part < base() + kWindow.
  void sent(std::uint32_t part, bool ask, Instant now);

  struct Taken {
    bool news = false;               // something arrived that was not known to
    std::optional<Duration> sample;  // of the round trip
  };
  // A report, which must make sense: base() <= first_missing <= next(). `overtaking`: how many sendings a part may be
  // overtaken by and still come (links that keep the order: 0). `timeout`: what was sent before a question that is
  // older than this, and is still missing, is lost.
  Taken take(const Report& report, Instant now, std::uint16_t overtaking, Duration timeout);

 private:
  // A sending that asked.
  struct Question {
    Instant at{};
    std::uint32_t part = 0;
    std::uint16_t number = 0;
    bool open = false;
    bool first = false;  // of this part
  };

  // How many sendings ago.
  std::uint16_t age(std::uint16_t number) const { return static_cast<std::uint16_t>(numbers_ - number); }

  std::uint32_t base_ = 0;
  std::uint32_t next_ = 0;
  std::uint32_t in_flight_ = 0;
  std::uint32_t lost_count_ = 0;
  std::uint16_t numbers_ = 0;  // of the last sending
  std::uint8_t questions_ = 0;
  std::array<Question, 4> asked_{};
  PartWindow arrived_;
  PartWindow lost_;
  std::array<std::uint16_t, kWindow> number_{};  // of each part's last sending
};

}  // namespace mp
