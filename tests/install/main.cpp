// SPDX-License-Identifier: ISC
// Two nodes in one program, joined by a wire: one says hello, the other hears it.
#include <micropycelium/micropycelium.hpp>

#include <cstdio>
#include <cstring>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

using Datagram = std::vector<std::byte>;

class Wire final : public mp::Interface {
 public:
  explicit Wire(std::byte end) : end_{end} {}
  void join(Wire& other) { other_ = &other; }

  mp::InterfaceCaps caps() const override {
    static constexpr std::uint8_t kSchemas[] = {0, 1, 2, 3, 4};
    return {.name = "wire", .bit_rate = 1'000'000, .schema_ids = kSchemas, .frame_max = 250};
  }
  mp::Status send(const mp::LinkAddress&, mp::Bytes datagram) override {
    other_->queue_.emplace_back(datagram.begin(), datagram.end());
    return mp::Status::ok;
  }
  std::optional<mp::Received> receive() override {
    if (queue_.empty()) return std::nullopt;
    current_ = std::move(queue_.front());
    queue_.pop_front();
    return mp::Received{other_->address(), current_};
  }
  mp::LinkAddress address() const { return mp::LinkAddress::from(end_); }

 private:
  std::array<std::byte, 1> end_;
  Wire* other_ = nullptr;
  std::deque<Datagram> queue_;
  Datagram current_;
};

class Memory final : public mp::Storage {
 public:
  mp::Result<std::size_t> read(std::string_view key, mp::MutableBytes out) override {
    const auto found = records_.find(std::string(key));
    if (found == records_.end()) return mp::Status::not_found;
    if (found->second.size() > out.size()) return mp::Status::too_large;
    mp::copy(found->second, out);
    return found->second.size();
  }
  mp::Status write(std::string_view key, mp::Bytes value) override {
    records_[std::string(key)] = Datagram(value.begin(), value.end());
    return mp::Status::ok;
  }

 private:
  std::map<std::string, Datagram> records_;
};

class Seeded final : public mp::Random {
 public:
  explicit Seeded(unsigned seed) : engine_(seed) {}
  void fill(mp::MutableBytes out) override {
    for (std::byte& b : out) b = static_cast<std::byte>(engine_());
  }

 private:
  std::mt19937 engine_;
};

class Greeter final : public mp::Application {
 public:
  Greeter() : Application({"Greeter", "says hello", 1}) {}
  void greet(const mp::NodeId& to) { queued_ = static_cast<bool>(node().send(*this, to, mp::bytes("hello"))); }
  bool queued_ = false;
  std::string heard_;
  bool delivered_ = false;

 private:
  void on_package(const mp::Package& p) override { heard_ = mp::text(p.blob); }
  void on_sent(mp::SendId, mp::Outcome o) override { delivered_ = o == mp::Outcome::delivered; }
};

struct Party {
  Party(std::byte end, unsigned seed) : wire(end), random(seed) {}
  Wire wire;
  Memory memory;
  Seeded random;
  Greeter greeter;
  mp::StaticNode<mp::Limits{.peers = 4, .routes = 4}> node{{random, memory}};

  bool start() {
    return node.attach(wire) == mp::Status::ok && node.attach(greeter) == mp::Status::ok &&
           node.start() == mp::Status::ok;
  }
};

}  // namespace

int main() {
  Party a(std::byte{1}, 1);
  Party b(std::byte{2}, 2);
  a.wire.join(b.wire);
  b.wire.join(a.wire);
  if (!a.start() || !b.start()) return 1;
  if (a.node.add_peer(b.node.id(), 0, b.wire.address(), mp::seconds(60)) != mp::Status::ok) return 2;
  if (b.node.add_peer(a.node.id(), 0, a.wire.address(), mp::seconds(60)) != mp::Status::ok) return 3;
  a.greeter.greet(b.node.id());
  if (!a.greeter.queued_) return 4;
  for (int ms = 1; ms <= 1000 && !a.greeter.delivered_; ++ms) {
    a.node.poll({mp::milliseconds(ms).us});
    b.node.poll({mp::milliseconds(ms).us});
  }
  std::printf("heard \"%s\", %s\n", b.greeter.heard_.c_str(), a.greeter.delivered_ ? "delivered" : "not delivered");
  return b.greeter.heard_ == "hello" && a.greeter.delivered_ ? 0 : 5;
}
