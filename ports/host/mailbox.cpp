// SPDX-License-Identifier: ISC
#include "ports/host/mailbox.hpp"

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>

namespace mp::host {
namespace {

constexpr std::chrono::milliseconds kNoRoomPause(5);

}  // namespace

Mailbox::Mailbox(Runner& runner, const ApplicationInfo& info, const MailboxLimits& limits)
    : Application(info), runner_(runner), limits_(limits) {}

asio::awaitable<void> Mailbox::wait(asio::steady_timer& timer) {
  std::error_code cancelled;  // that is how the wait ends
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

asio::awaitable<Message> Mailbox::receive() {
  while (messages_.empty()) {
    const auto waiter = receiver_ = std::make_shared<Waiter>(runner_.io());
    co_await wait(waiter->timer);
  }
  Message message = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= message.blob.size();
  co_return message;
}

asio::awaitable<Outcome> Mailbox::send(NodeId to, std::vector<std::byte> blob, SendOptions options) {
  return send_to(to, std::move(blob), options);
}

asio::awaitable<Outcome> Mailbox::send(Origin to, std::vector<std::byte> blob, SendOptions options) {
  if (to.routed) return send_to(to.address, std::move(blob), options);
  return send_to(to.node, std::move(blob), options);
}

template <typename Target>
asio::awaitable<Outcome> Mailbox::send_to(Target to, std::vector<std::byte> contents, SendOptions options) {
  const auto waiter = std::make_shared<Waiter>(runner_.io());
  waiter->blob = BufferBlob(std::move(contents));
  for (;;) {
    runner_.poll();  // so that the node's time is now
    const SendId id = node().send(*this, to, waiter->blob, options);
    runner_.wake();
    if (id) {
      senders_[id.value()] = waiter;
      while (!waiter->ended) co_await wait(waiter->timer);
      co_return waiter->outcome;
    }
    switch (id.refusal()) {
      case Status::unreachable:
        co_return Outcome::unreachable;
      case Status::no_buffer:
        break;
      default:
        throw SendRefused(id.refusal());
    }
    asio::steady_timer pause(runner_.io(), kNoRoomPause);
    co_await wait(pause);
  }
}

void Mailbox::on_sent(SendId id, Outcome outcome) {
  const auto found = senders_.find(id.value());
  if (found == senders_.end()) return;
  found->second->outcome = outcome;
  found->second->ended = true;
  found->second->done();
  senders_.erase(found);
}

bool Mailbox::room_for(std::size_t size) const {
  return size <= limits_.blob_max && messages_.size() + incoming_.size() < limits_.messages &&
         bytes_ + expected_ + size <= limits_.bytes;
}

bool Mailbox::wants(const Package& package) { return room_for(package.size); }

Blob* Mailbox::accept(const IncomingPackage& incoming) {
  if (!room_for(incoming.size_max)) return nullptr;
  BufferBlob& blob = incoming_.emplace_back(incoming.size_max);
  kept_[&blob] = incoming.size_max;
  expected_ += incoming.size_max;
  return &blob;
}

void Mailbox::on_abandoned(Blob& blob) {
  expected_ -= kept_[&blob];
  kept_.erase(&blob);
  incoming_.remove_if([&](const BufferBlob& b) { return &b == &blob; });
}

void Mailbox::on_package(const Package& package) {
  if (package.stream == nullptr) return keep(package.from, {package.blob.begin(), package.blob.end()});
  for (BufferBlob& blob : incoming_)
    if (&blob == package.stream) {
      auto contents = blob.take(package.size);
      on_abandoned(blob);
      return keep(package.from, std::move(contents));
    }
}

void Mailbox::keep(const Origin& from, std::vector<std::byte> blob) {
  bytes_ += blob.size();
  messages_.push_back({from, std::move(blob)});
  if (const auto waiter = std::exchange(receiver_, nullptr)) waiter->done();
}

}  // namespace mp::host
