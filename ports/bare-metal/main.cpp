// SPDX-License-Identifier: ISC
// A whole node without an operating system: it tells its neighbour on the serial line that it is there, and says
// on the same line whom it found.
#include "board.hpp"
#include "flash.hpp"
#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/node/static_node.hpp"
#include "serial.hpp"

namespace {

// Greets every neighbour, and tells the people at the line what comes in.
class Greeter final : public mp::Application {
 public:
  Greeter() : Application({"Text", "mpctl send and recv", 1}) {}

 private:
  void on_peer_added(const mp::NodeId& peer) override {
    tell("peer ", peer);
    if (!node().send(*this, peer, mp::bytes("hello from bare metal"))) serial::say("no room for a greeting");
  }
  void on_peer_removed(const mp::NodeId& peer) override { tell("gone ", peer); }
  void on_package(const mp::Package& p) override { serial::say(mp::text(p.blob)); }
  void on_sent(mp::SendId, mp::Outcome outcome) override {
    serial::say(outcome == mp::Outcome::delivered ? "greeting delivered" : "greeting lost");
  }

 public:
  static void tell(std::string_view what, const mp::NodeId& who) {
    std::array<char, 5 + 2 * mp::NodeId::kSize> line{};
    char* at = std::copy(what.begin(), what.end(), line.begin());
    for (const std::byte b : who.bytes()) {
      *at++ = "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
      *at++ = "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
    }
    serial::say({line.data(), at});
  }
};

board::Entropy g_entropy;
board::Flash g_flash;
serial::SerialInterface g_line;
mp::Beacon g_beacon;
Greeter g_greeter;
mp::StaticNode<mp::kBoardLimits> g_node{{g_entropy, g_flash}};
static_assert(sizeof g_node <= 24 * 1024, "all the memory this node will ever use");

}  // namespace

int main() {
  board::start();
  if (g_entropy.start() != mp::Status::ok) board::fault("no entropy device (qemu: -device virtio-rng-device)");
  if (g_flash.start() != mp::Status::ok) board::fault("no flash (qemu: -drive if=pflash,unit=1,format=raw,file=...)");
  if (g_node.attach(g_line) != mp::Status::ok || g_node.attach(g_beacon) != mp::Status::ok ||
      g_node.attach(g_greeter) != mp::Status::ok)
    board::fault("the node does not take its plugins");
  const mp::Status status = g_node.start(board::now());
  if (status != mp::Status::ok) board::fault(mp::name(status));
  Greeter::tell("node ", g_node.id());
  for (;;) board::sleep_until(g_node.poll(board::now()));
}
