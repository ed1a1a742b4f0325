// SPDX-License-Identifier: ISC
// Two nodes on Linux, in one process: one sends everything back, the other says hello. They find each other by
// UDP on loopback, and the Applications are coroutines.
#include "interfaces/udp/udp_interface.hpp"
#include "micropycelium/micropycelium.hpp"
#include "ports/host/file_storage.hpp"
#include "ports/host/mailbox.hpp"
#include "ports/host/random.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

namespace host = mp::host;

// All that a node on Linux is made of.
struct LinuxNode {
  LinuxNode(asio::io_context& io, const std::string& state, host::UdpOptions options)
      : storage(state), udp(io, options), runner(io, node), chat(runner, {"Echo", "says it again", 1}) {
    udp.on_readable([this] { runner.wake(); });
    if (storage.open() != mp::Status::ok) std::abort();
    if (node.attach(udp, beacon, chat) != mp::Status::ok || runner.start() != mp::Status::ok) std::abort();
  }
  host::SystemRandom random;
  host::FileStorage storage;
  host::UdpInterface udp;
  mp::Beacon beacon;
  mp::StaticNode<mp::kBoardLimits> node{{random, storage}};
  host::Runner runner;
  host::Mailbox chat;
};

asio::awaitable<void> echo(host::Mailbox& chat) {
  for (;;) {
    const host::Message message = co_await chat.receive();
    if (co_await chat.send(message.from, message.blob) != mp::Outcome::delivered) std::puts("lost");
  }
}

asio::awaitable<void> hello(asio::io_context& io, host::Mailbox& chat, mp::NodeId to) {
  const mp::Bytes text = mp::bytes("hello");
  const std::vector<std::byte> blob(text.begin(), text.end());
  while (co_await chat.send(to, blob) != mp::Outcome::delivered) {
    // Not found yet: their Beacons are on the way.
    asio::steady_timer pause(io, std::chrono::milliseconds(50));
    co_await pause.async_wait(asio::use_awaitable);
  }
  const host::Message answer = co_await chat.receive();
  std::printf("the echo: %.*s\n", static_cast<int>(answer.blob.size()),
              reinterpret_cast<const char*>(answer.blob.data()));
  io.stop();
}

int main() {
  const auto state = std::filesystem::temp_directory_path() / ("echo-" + std::to_string(std::random_device{}()));
  asio::io_context io;
  const host::UdpOptions loopback{.bind_ip = 0x7f000001, .network = "echo example", .multicast_interface = "lo"};
  LinuxNode a(io, state / "a", loopback);
  LinuxNode b(io, state / "b", loopback);
  asio::co_spawn(io, echo(a.chat), asio::detached);
  asio::co_spawn(io, hello(io, b.chat, a.node.id()), asio::detached);
  io.run();
  std::filesystem::remove_all(state);
}
