// SPDX-License-Identifier: ISC
#include "simulator/world/traffic_app.hpp"

#include "simulator/engine/heap_watch.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

// Every how many events a planted bug strikes.
constexpr std::uint32_t kPlantedEvery = 3;
// Bytes that one packet carries to any address, sealed or not.
constexpr std::uint32_t kAddressedMax = 128;

}  // namespace

TrafficApp::TrafficApp(Ledger& ledger, TrafficListener& listener, Incarnation self, Misbehaviour misbehaviour)
    : Application({"Traffic", "what a simulated node has to say", 1}),
      ledger_(ledger),
      listener_(listener),
      self_(self),
      misbehaviour_(misbehaviour) {}

TrafficApp::Sent TrafficApp::send(std::uint32_t flow, std::uint32_t target, const NodeId* to,
                                  const TreeAddress* address, std::uint32_t size, bool ask, bool sealed) {
  const std::uint64_t serial = ledger_.next_serial();
  const bool everyone = to == nullptr && address == nullptr;
  const SendOptions options{.ask = ask, .sealed = sealed};
  const auto give = [&](auto&& contents) {
    return to != nullptr ? node().send(*this, *to, contents, options) : node().send(*this, *address, contents, options);
  };
  SendId id;
  std::unique_ptr<Outgoing> blob;
  const std::size_t small_max = to != nullptr ? node().single_packet_max(*to, options)
                                : everyone    ? Frame::kBytesMax
                                              : 0;
  if (size <= small_max || (address != nullptr && size <= kAddressedMax)) {
    ByteArray<Frame::kBytesMax> contents;
    const MutableBytes bytes = MutableBytes(contents).first(std::min<std::size_t>(size, contents.size()));
    ledger_.contents(serial, 0, bytes);
    id = everyone ? node().broadcast(*this, Bytes(bytes)) : give(Bytes(bytes));
  } else if (!everyone) {
    blob = std::make_unique<Outgoing>(ledger_, serial, size);
    id = give(static_cast<Blob&>(*blob));
  } else {
    return {0, Status::too_large};
  }
  if (!id) return {0, id.refusal()};
  (void)ledger_.enter(flow, self_, everyone ? kNoNode : target, size);
  open_.push_back({id.value(), serial, std::move(blob)});
  return {serial, Status::ok};
}

std::uint64_t TrafficApp::oldest_open() const { return open_.empty() ? 0 : open_.front().serial; }

void TrafficApp::on_sent(SendId id, Outcome outcome) {
  const HeapPause world_s_business;
  if (misbehaviour_ == Misbehaviour::send_leak && ++misdeeds_ % kPlantedEvery == 0) return;
  const auto it = std::find_if(open_.begin(), open_.end(), [&](const Open& o) { return o.send_id == id.value(); });
  if (it == open_.end()) return ledger_.told_of_nothing(self_);
  const std::uint64_t serial = it->serial;
  open_.erase(it);
  listener_.on_told(self_.node, serial, outcome);
  if (misbehaviour_ == Misbehaviour::told_twice && ++misdeeds_ % kPlantedEvery == 0) on_sent(id, outcome);
}

void TrafficApp::on_package(const Package& package) {
  const HeapPause world_s_business;
  std::vector<std::byte> contents(package.blob.begin(), package.blob.end());
  if (package.stream != nullptr) {
    contents.resize(package.size);
    if (package.stream->read(0, contents) != Status::ok) contents.clear();
    give_back(*package.stream);
  }
  if (misbehaviour_ == Misbehaviour::wrong_origin && ++misdeeds_ % kPlantedEvery == 0) {
    Package forged = package;
    forged.from.node = node().id();
    return listener_.on_arrived(self_.node, forged, contents);
  }
  listener_.on_arrived(self_.node, package, contents);
  if (misbehaviour_ == Misbehaviour::duplicate_delivery && ++misdeeds_ % kPlantedEvery == 0)
    listener_.on_arrived(self_.node, package, contents);
}

Blob* TrafficApp::accept(const IncomingPackage& incoming) {
  const HeapPause world_s_business;
  blobs_.push_back(std::make_unique<Incoming>(incoming.size_max));
  return blobs_.back().get();
}

void TrafficApp::on_abandoned(Blob& blob) {
  const HeapPause world_s_business;
  give_back(blob);
}

void TrafficApp::give_back(const Blob& blob) {
  if (misbehaviour_ == Misbehaviour::blob_leak) return;
  std::erase_if(blobs_, [&](const auto& b) { return b.get() == &blob; });
}

void TrafficApp::on_peer_added(const NodeId& id) {
  const HeapPause world_s_business;
  listener_.on_meeting(self_.node, id, true);
}

void TrafficApp::on_peer_removed(const NodeId& id) {
  const HeapPause world_s_business;
  listener_.on_meeting(self_.node, id, false);
}

Status TrafficApp::Incoming::read(std::uint32_t offset, MutableBytes out) {
  if (offset > bytes_.size() || out.size() > bytes_.size() - offset) return Status::too_large;
  copy(Bytes(bytes_).subspan(offset, out.size()), out);
  return Status::ok;
}

Status TrafficApp::Incoming::write(std::uint32_t offset, Bytes part) {
  const HeapPause world_s_business;
  if (offset > size_max_ || part.size() > size_max_ - offset) return Status::too_large;
  if (bytes_.size() < offset + part.size()) bytes_.resize(offset + part.size());
  copy(part, MutableBytes(bytes_).subspan(offset));
  return Status::ok;
}

}  // namespace mp::sim
