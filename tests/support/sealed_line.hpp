// SPDX-License-Identifier: ISC
// Nodes in a row that protect their Packages end to end, and a look at what Seal says on the air.
#pragma once

#include "micropycelium/applications/seal.hpp"
#include "micropycelium/messages/seal.hpp"
#include "micropycelium/packet/package.hpp"
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {

inline constexpr SendOptions kSealed{.sealed = true};

inline AppId seal_id() { return make_app_id(kSealApp.name, kSealApp.description, kSealApp.version); }

// Nodes in a row, each with Seal, that have met.
struct SealedLine {
  explicit SealedLine(std::uint64_t seed, std::size_t n, const Limits& limits = kBoardLimits) : air(seed) {
    make_line(air, n, limits);
    route_line(air);
    for (std::size_t i = 0; i < n; ++i) {
      seals.push_back(std::make_unique<StaticSeal<>>());
      EXPECT_EQ(air[i].node.attach(*seals.back()), Status::ok);
    }
    air.run(seconds(1));
  }
  ~SealedLine() {
    for (std::size_t i = 0; i < seals.size(); ++i) air[i].node.detach(*seals[i]);
  }
  // A node that has lost all its sessions, and remembers no message.
  void lose_sessions(std::size_t i) {
    air[i].node.detach(*seals[i]);
    seals[i] = std::make_unique<StaticSeal<>>();
    EXPECT_EQ(air[i].node.attach(*seals[i]), Status::ok);
  }
  Outcome send(std::size_t from, std::size_t to, const Blob8& blob, SendOptions options = kSealed) {
    const SendId id = air[from].app.send(air[to].id(), blob, options);
    EXPECT_TRUE(id) << name(id.refusal());
    EXPECT_TRUE(air.run_until([&] { return air[from].app.ended(id); }, seconds(300)));
    return air[from].app.ended(id) ? air[from].app.outcome(id) : Outcome::cancelled;
  }
  const Seal& seal(std::size_t i) const { return *seals[i]->operator->(); }
  SealCounters counters(std::size_t i) const { return seal(i).counters(); }

  Air air;
  std::vector<std::unique_ptr<StaticSeal<>>> seals;
};

// Packages of Seal in single packets that this node sends, with the kind of the message.
inline std::optional<SealKind> kind_of(Bytes datagram) {
  const auto packet = PacketView::parse(datagram);
  if (!packet || packet->schema().sequenced() || packet->flags().control() > Control::ask) return std::nullopt;
  const auto package = PackageView::parse(packet->body());
  if (!package || !(package->head.app_id == seal_id())) return std::nullopt;
  const auto message = decode_seal(package->blob);
  return message ? std::optional(message->kind) : std::nullopt;
}

}  // namespace mp::test
