// SPDX-License-Identifier: ISC
// A neighbour whose boot counter went back (specification: tree.md, "Messages"): an advert of a former start may be a
// record, so it is asked with a nonce which start this is, and signs the answer.
#include "micropycelium/applications/spanning_tree.hpp"

namespace mp {
namespace {

// One neighbour is asked so often at most, in paces; and so many answers in a pace are signed, so many at once.
constexpr std::int64_t kBootPaces = 16;
constexpr std::int64_t kBootAnswersOfPace = 1, kBootAnswersAtOnce = 8;

}  // namespace

void SpanningTree::ask_boot(std::uint8_t slot, Instant now) {
  BootQuestion* place = boots_.data();
  for (BootQuestion& q : boots_) {
    if (q.slot == slot) {
      place = &q;
      break;
    }
    if (q.until < place->until) place = &q;
  }
  if (now < place->until) return;
  *place = {.nonce = 0, .until = now + pace_ * kBootPaces, .slot = slot};
  do place->nonce = std::uint64_t{node().random().u32()} << 32 | node().random().u32();
  while (place->nonce == 0);
  ++counts_.boots_asked;
  (void)node().send(*this, node().peers()[slot].id, encode_boot_question(place->nonce),
                    {.priority = Priority::interactive});
}

void SpanningTree::answer_boot(const Package& package) {
  const auto nonce = decode_boot_question(package.blob);
  const Instant now = node().now();
  const Duration step = pace_ / kBootAnswersOfPace;
  if (!nonce || boot_answers_ > now + step * (kBootAnswersAtOnce - 1)) return;
  boot_answers_ = std::max(boot_answers_, now) + step;
  ++counts_.signatures_made;
  const auto answer = encode_boot_answer({*nonce, node().boot(), count_}, package.from.node, node().keys());
  (void)node().send(*this, package.from.node, answer, {.priority = Priority::interactive});
}

void SpanningTree::take_boot(std::uint8_t slot, const Package& package) {
  TreeHeard& heard = ways().heard[slot];
  const auto answer = decode_boot_answer(package.blob);
  const Instant now = node().now();
  BootQuestion* open = nullptr;
  for (BootQuestion& q : boots_)
    if (answer && q.slot == slot && q.nonce == answer->nonce) open = &q;
  if (open == nullptr || !may_check(slot, now)) return;
  if (!boot_answer_genuine(package.blob, package.from.node, node().id())) return;
  open->nonce = 0;
  // Nothing was lost: what we were asked by was a record.
  if (answer->boot > heard.boot || (answer->boot == heard.boot && answer->count >= heard.count)) return;
  heard.boot = answer->boot;
  heard.count = answer->count;
  ++counts_.boots_proven;
  node().peers_[slot].knows_us = false;
  ways().trees.rebooted(slot, now);
  node().wake(*this);
}

}  // namespace mp
