// SPDX-License-Identifier: ISC
#include "programs/mpnode/transfers.hpp"

namespace mp::host {
namespace {

constexpr Duration kProgressPause = milliseconds(100);

}  // namespace

Transfer* Transfers::begin(ServedApplication& application, const SendTarget& target, SendOptions options,
                           std::uint32_t size, TransferWatcher& watcher) {
  if (size > kMemoryMax - memory_) return nullptr;
  memory_ += size;
  auto made = std::make_unique<Transfer>();
  Transfer& transfer = *made;
  transfer.number = next_number_++;
  transfer.application = &application;
  transfer.target = target;
  transfer.options = options;
  transfer.size = size;
  transfer.watcher = &watcher;
  transfer.begun_at = now_();
  ++application.sends;
  all_.emplace(transfer.number, std::move(made));
  return &transfer;
}

Status Transfers::queue(Transfer& t) {
  t.blob.emplace(std::move(t.uploaded));
  SendId id;
  if (const auto* node = std::get_if<NodeId>(&t.target))
    id = node_.send(*t.application, *node, *t.blob, t.options);
  else if (const auto* to = std::get_if<TreeAddress>(&t.target))
    id = node_.send(*t.application, *to, *t.blob, t.options);
  else
    id = node_.broadcast(*t.application, t.blob->contents(), t.options);
  if (!id) {
    const Status why = id.refusal();
    drop(t);
    return why;
  }
  t.send_id = id;
  by_send_id_[id.value()] = &t;
  return Status::ok;
}

void Transfers::cancel(Transfer& t) {
  // The node tells on_sent, and that ends it.
  if (t.send_id && node_.cancel(t.send_id) == Status::ok) return;
  end(t, Outcome::cancelled);
}

void Transfers::cancel_all() {
  while (!all_.empty()) cancel(*all_.begin()->second);
}

void Transfers::drop(Transfer& t) {
  memory_ -= t.size;
  --t.application->sends;
  if (t.send_id) by_send_id_.erase(t.send_id.value());
  all_.erase(t.number);
}

Transfer* Transfers::find(std::uint64_t number) {
  const auto found = all_.find(number);
  return found != all_.end() ? found->second.get() : nullptr;
}

double Transfers::elapsed_ms(const Transfer& t) const { return static_cast<double>((now_() - t.begun_at).us) / 1000.0; }

void Transfers::on_progress(SendId id, std::uint32_t done, std::uint32_t total) {
  const auto found = by_send_id_.find(id.value());
  if (found == by_send_id_.end() || total < 2) return;
  Transfer& t = *found->second;
  if (t.watcher == nullptr || (t.told_at != Instant{} && now_() - t.told_at < kProgressPause)) return;
  t.told_at = now_();
  t.watcher->on_progress(done, total);
}

void Transfers::on_state(SendId id, SendState state) {
  const auto found = by_send_id_.find(id.value());
  if (found != by_send_id_.end() && found->second->watcher != nullptr) found->second->watcher->on_state(state);
}

void Transfers::on_sent(SendId id, Outcome outcome) {
  if (const auto found = by_send_id_.find(id.value()); found != by_send_id_.end()) end(*found->second, outcome);
}

void Transfers::end(Transfer& t, Outcome outcome) {
  TransferWatcher* const watcher = t.watcher;
  const double elapsed_ms = this->elapsed_ms(t);
  drop(t);
  if (watcher != nullptr) watcher->on_end(outcome, elapsed_ms);
}

}  // namespace mp::host
