// SPDX-License-Identifier: ISC
#include "simulator/world/ledger.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) { return std::uint64_t{a} << 32 | b; }

std::uint64_t receiver(std::uint64_t serial, Incarnation at) {
  TraceHash hash;
  hash.add(serial);
  hash.add(pair_key(at.node, at.number));
  return hash.value();
}

std::string numbered(const char* text, std::uint64_t serial) {
  return std::string(text) + " " + std::to_string(serial);
}

}  // namespace

void Ledger::contents(std::uint64_t serial, std::uint32_t offset, MutableBytes out) const {
  // The serial number in disguise, then blocks of eight bytes that follow from it.
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t at = offset + i;
    const std::uint64_t block = at / 8 == 0 ? serial ^ key() : Seed::mix(Seed::mix(serial ^ key()) + at / 8);
    out[i] = static_cast<std::byte>(block >> (8 * (at % 8)));
  }
}

std::uint64_t Ledger::enter(std::uint32_t flow, Incarnation from, std::uint32_t to, std::uint32_t size) {
  const std::uint64_t serial = next_serial();
  entries_.push_back({.from = from.node,
                      .to = to,
                      .size = size,
                      .from_number = from.number,
                      .flow = static_cast<std::uint16_t>(flow),
                      .sent = events_.now()});
  ++open_;
  ++open_of_[from.node];
  if (size < kSerialBytes) {
    small_[pair_key(from.node, to)].push_back(serial);
    small_[pair_key(kNoNode, to)].push_back(serial);  // for a receiver that does not know from whom it is
  }
  return serial;
}

void Ledger::told(std::uint64_t serial, Incarnation sender, Outcome outcome, bool damaged) {
  Entry& e = entries_[serial - 1];
  e.outcome = static_cast<std::uint8_t>(outcome);
  if (std::uint64_t& left = open_of_[sender.node]; left > 0) {
    --left;
    --open_;
  }
  if (outcome != Outcome::delivered || e.delivered) return;
  if (damaged || spoilt(e))
    ++damaged_acks_;
  else
    referee_.report(sender.node, "truth for the sender", numbered("told delivered, but it was not: Package", serial));
}

void Ledger::told_of_nothing(Incarnation sender) {
  referee_.report(sender.node, "one outcome", "told of a send that had ended, or never was");
}

void Ledger::forget_sender(Incarnation sender) {
  open_ -= open_of_[sender.node];
  open_of_[sender.node] = 0;
}

// The serial number of the Package with these contents; 0 when there is none.
std::uint64_t Ledger::find(Incarnation at, std::uint32_t from, Bytes blob) const {
  if (blob.size() >= kSerialBytes) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < kSerialBytes; ++i) word |= std::uint64_t{static_cast<std::uint8_t>(blob[i])} << (8 * i);
    const std::uint64_t serial = word ^ key();
    return serial >= 1 && serial <= entries_.size() ? serial : 0;
  }
  // Too small to say which it is: the latest of these contents that this receiver has not had, or else the latest of
  // all. So a repeat of one may pass for another that went astray; larger ones leave no such doubt.
  std::uint64_t best = 0, best_new = 0;
  for (const std::uint32_t to : {at.node, kNoNode}) {
    const auto list = small_.find(pair_key(from, to));
    if (list == small_.end()) continue;
    for (auto it = list->second.rbegin(); it != list->second.rend() && *it > best_new; ++it) {
      const Entry& e = entries_[*it - 1];
      if (e.size != blob.size()) continue;
      ByteArray<kSerialBytes> expected{};
      contents(*it, 0, MutableBytes(expected).first(blob.size()));
      if (!std::equal(blob.begin(), blob.end(), expected.begin())) continue;
      best = std::max(best, *it);
      const bool had = to == kNoNode ? broadcast_seen_.contains(receiver(*it, at)) : e.delivered;
      if (!had) best_new = *it;
    }
  }
  return best_new != 0 ? best_new : best;
}

const Ledger::Entry* Ledger::arrived(Incarnation at, std::uint32_t from, Bytes blob, bool damaged) {
  const std::uint64_t serial = find(at, from, blob);
  hash_.add(static_cast<std::uint64_t>(events_.now().us));
  hash_.add(pair_key(at.node, from));
  hash_.add(serial);
  hash_.add(blob.size());
  if (serial == 0) {
    referee_.report(at.node, "nothing from nowhere",
                    "a Package of " + std::to_string(blob.size()) + " bytes that nobody sent");
    return nullptr;
  }
  Entry& e = entries_[serial - 1];
  if (from != kNoNode && e.from != from)
    referee_.report(at.node, "right origin", numbered("another node is named as the origin of Package", serial));
  if (e.to != kNoNode && e.to != at.node)
    referee_.report(at.node, "right target", numbered("came to the wrong node: Package", serial));
  std::vector<std::byte> expected(blob.size());
  contents(serial, 0, expected);
  if (e.size != blob.size() || !std::equal(blob.begin(), blob.end(), expected.begin()))
    referee_.report(at.node, "right contents", numbered("other contents than were sent: Package", serial));

  const auto again = [&](const char* text) {
    if (damaged || e.damaged || spoilt(e))
      ++damaged_repeats_;
    else
      referee_.report(at.node, "duplicate delivery", numbered(text, serial));
  };
  if (e.to == kNoNode) {
    const bool first = broadcast_seen_.insert(receiver(serial, at)).second;
    if (!first && e.size >= kSerialBytes) again("a second time: broadcast Package");
  } else if (e.delivered) {
    if (e.to_number == at.number)
      again("a second time: Package");
    else
      ++redelivered_;  // it lost its memory in between and can not know
    return &e;
  }
  if (!e.delivered) ++delivered_;
  e.delivered = true;
  e.damaged |= damaged;
  e.to_number = at.number;
  e.got = events_.now();
  return &e;
}

}  // namespace mp::sim
