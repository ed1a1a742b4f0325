// SPDX-License-Identifier: ISC
// Two nodes on one event loop, joined by a wire in memory: the echo of docs/architecture.md, as it is written there.
#include "ports/host/mailbox.hpp"

#include "ports/host/random.hpp"

#include <gtest/gtest.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

#include <map>

namespace mp::host {
namespace {

constexpr std::chrono::seconds kHang(30);

class MemoryStorage final : public Storage {
 public:
  Result<std::size_t> read(std::string_view key, MutableBytes out) override {
    const auto found = records_.find(std::string(key));
    if (found == records_.end()) return Status::not_found;
    if (found->second.size() > out.size()) return Status::too_large;
    copy(found->second, out);
    return found->second.size();
  }
  Status write(std::string_view key, Bytes value) override {
    records_[std::string(key)].assign(value.begin(), value.end());
    return Status::ok;
  }

 private:
  std::map<std::string, std::vector<std::byte>> records_;
};

// One end of a wire: what it sends the other end receives, and its node is woken.
class Wire final : public Interface {
 public:
  explicit Wire(std::uint8_t number) : address_(LinkAddress::from(Bytes(std::array{std::byte{number}}))) {}
  void join(Wire& other, Runner& others) {
    other_ = &other;
    runner_ = &others;
  }
  const LinkAddress& address() const { return address_; }

  InterfaceCaps caps() const override {
    return {.name = "wire", .bit_rate = 1'000'000, .schema_ids = kIds, .frame_max = 250};
  }
  Status send(const LinkAddress& to, Bytes datagram) override {
    other_->queue_.emplace_back(std::vector<std::byte>(datagram.begin(), datagram.end()), to.is_broadcast());
    runner_->wake();
    return Status::ok;
  }
  std::optional<Received> receive() override {
    if (queue_.empty()) return std::nullopt;
    current_ = std::move(queue_.front());
    queue_.pop_front();
    return Received{other_->address_, current_.first, current_.second};
  }

 private:
  static constexpr std::uint8_t kIds[] = {0, 1, 2, 3, 4};
  LinkAddress address_;
  Wire* other_ = nullptr;
  Runner* runner_ = nullptr;
  std::deque<std::pair<std::vector<std::byte>, bool>> queue_;
  std::pair<std::vector<std::byte>, bool> current_;
};

struct Side {
  Side(asio::io_context& io, std::uint64_t seed, std::uint8_t number)
      : random(seed),
        memory(memory_required(kBoardLimits) / 8 + 1),
        node(kBoardLimits, std::as_writable_bytes(std::span(memory)), Platform{random, storage}),
        runner(io, node),
        wire(number),
        box(runner, {.name = "Echo", .description = "says it again", .version = 1}) {
    EXPECT_EQ(node.attach(wire), Status::ok);
    EXPECT_EQ(node.attach(box), Status::ok);
  }
  SeededRandom random;
  MemoryStorage storage;
  std::vector<std::uint64_t> memory;
  Node node;
  Runner runner;
  Wire wire;
  Mailbox box;
};

class MailboxTest : public ::testing::Test {
 protected:
  MailboxTest() : a(io, 1, 1), b(io, 2, 2) {
    a.wire.join(b.wire, b.runner);
    b.wire.join(a.wire, a.runner);
    EXPECT_EQ(a.runner.start(), Status::ok);
    EXPECT_EQ(b.runner.start(), Status::ok);
    meet(a, b);
    meet(b, a);
  }
  static void meet(Side& one, Side& other) {
    EXPECT_EQ(one.node.add_peer(other.node.id(), 0, other.wire.address(), seconds(3600), true), Status::ok);
  }
  // Runs the coroutine to its end.
  void run(asio::awaitable<void> coroutine) {
    bool done = false;
    asio::co_spawn(io, std::move(coroutine), [&](const std::exception_ptr& failed) {
      done = true;
      EXPECT_FALSE(failed);
      io.stop();
    });
    io.restart();
    io.run_for(kHang);
    ASSERT_TRUE(done) << "it hangs";
  }

  asio::io_context io{1};
  Side a;
  Side b;
};

std::vector<std::byte> blob_of(std::size_t size, std::uint64_t seed) {
  std::vector<std::byte> blob(size);
  SeededRandom(seed).fill(blob);
  return blob;
}

asio::awaitable<void> echo(Mailbox& chat) {
  for (;;) {
    auto message = co_await chat.receive();
    if (co_await chat.send(message.from, message.blob) != Outcome::delivered) co_return;
  }
}

TEST_F(MailboxTest, Echo_ComesBackWhateverTheSize) {
  asio::co_spawn(io, echo(b.box), asio::detached);
  run([](Side& one, NodeId to) -> asio::awaitable<void> {
    constexpr std::size_t kSizes[] = {0, 1, 200, 209, 5000, 100'000};
    for (const std::size_t size : kSizes) {
      const auto blob = blob_of(size, size);
      const Outcome outcome = co_await one.box.send(to, blob);
      EXPECT_EQ(outcome, Outcome::delivered) << size;
      const Message back = co_await one.box.receive();
      EXPECT_EQ(back.blob, blob) << size;
      EXPECT_EQ(back.from.node, to);
    }
  }(a, b.node.id()));
}

TEST_F(MailboxTest, MoreSendsThanTheNodeHolds_WaitForRoom) {
  run([](Side& one, Side& other) -> asio::awaitable<void> {
    constexpr int kMessages = 40;
    static_assert(kMessages > kBoardLimits.datagrams);
    int delivered = 0;
    for (int i = 0; i < kMessages; ++i)
      asio::co_spawn(one.runner.io(), one.box.send(other.node.id(), blob_of(10, static_cast<std::uint64_t>(i))),
                     [&](const std::exception_ptr&, Outcome outcome) { delivered += outcome == Outcome::delivered; });
    for (int i = 0; i < kMessages; ++i) (void)co_await other.box.receive();
    asio::steady_timer pause(one.runner.io());
    while (delivered < kMessages) {
      pause.expires_after(std::chrono::milliseconds(1));
      co_await pause.async_wait(asio::use_awaitable);
    }
    EXPECT_EQ(delivered, kMessages);
  }(a, b));
}

TEST_F(MailboxTest, CancelledCoroutine_LeavesItsBlobToTheNode) {
  asio::cancellation_signal stop;
  bool cancelled = false;
  asio::co_spawn(io, a.box.send(b.node.id(), blob_of(50000, 3)),
                 asio::bind_cancellation_slot(
                     stop.slot(), [&](const std::exception_ptr& failed, Outcome) { cancelled = failed != nullptr; }));
  run([](Side& other, asio::cancellation_signal& signal, bool& gone) -> asio::awaitable<void> {
    asio::steady_timer soon(other.runner.io(), std::chrono::milliseconds(0));
    co_await soon.async_wait(asio::use_awaitable);
    signal.emit(asio::cancellation_type::terminal);
    const Message message = co_await other.box.receive();
    EXPECT_EQ(message.blob, blob_of(50000, 3));
    EXPECT_TRUE(gone);
  }(b, stop, cancelled));
}

TEST_F(MailboxTest, UnknownNode_IsUnreachable) {
  run([](Side& one) -> asio::awaitable<void> {
    NodeId nobody;
    nobody.value.fill(std::byte{0x55});
    EXPECT_EQ(co_await one.box.send(nobody, blob_of(3, 1)), Outcome::unreachable);
  }(a));
}

TEST_F(MailboxTest, BannedNode_IsRefused) {
  ASSERT_EQ(a.node.ban(b.node.id()), Status::ok);
  run([](Side& one, NodeId to) -> asio::awaitable<void> {
    Status why = Status::ok;
    try {
      (void)co_await one.box.send(to, blob_of(3, 1));
    } catch (const SendRefused& e) {
      why = e.status;
    }
    EXPECT_EQ(why, Status::banned);
  }(a, b.node.id()));
}

TEST_F(MailboxTest, LargerThanTheOtherTakes_IsNotWanted) {
  run([](Side& one, NodeId to) -> asio::awaitable<void> {
    EXPECT_EQ(co_await one.box.send(to, blob_of((1 << 20) + 1000, 1)), Outcome::not_wanted);
  }(a, b.node.id()));
}

}  // namespace
}  // namespace mp::host
