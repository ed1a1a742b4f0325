// SPDX-License-Identifier: ISC
// A whole node for firmware, with an Application of its own. The board of the example is this computer, its
// radio has nobody in reach, and it is switched off after a second.
#include "board.hpp"

#include "micropycelium/micropycelium.hpp"

class Chat final : public mp::Application {
 public:
  Chat() : Application({"Chat", "text between people", 1}) {}
  mp::SendId say(const mp::NodeId& to, std::string_view text) { return node().send(*this, to, mp::bytes(text)); }

 private:
  void on_package(const mp::Package& p) override { board::print(p.from.node, p.blob); }
  void on_sent(mp::SendId, mp::Outcome o) override { board::lamp(o == mp::Outcome::delivered); }
};

static board::Radio radio;
static mp::Beacon beacon;
static mp::SpanningTree trees;
static Chat chat;
static mp::StaticNode<mp::kBoardLimits> node{{board::trng, board::flash}};
static_assert(sizeof node <= 24 * 1024, "all the memory this node will ever use");

int main() {
  if (node.attach(radio, beacon, trees, chat) != mp::Status::ok) return board::fault("attach");  // in any order
  if (node.start() != mp::Status::ok) return board::fault("start");
  while (board::on()) board::sleep_until(node.poll(board::now()));
}
