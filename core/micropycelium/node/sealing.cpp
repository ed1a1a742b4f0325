// SPDX-License-Identifier: ISC
// Closed networks, frame by frame (specification: closed-networks.md, "Sealed frames" and "Replays"): what leaves is
// sealed last of all, what comes is opened first of all, and between the two a packet is a packet.
#include "micropycelium/crypto/hmac.hpp"
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

// What is for a neighbour that has to admit us anew looks again after this.
constexpr Duration kAdmissionPause = milliseconds(20);
// While right frames come from a link, wrong ones are somebody else's.
constexpr Duration kSilentBeforeAsked = seconds(1);

}  // namespace

Status Node::set_network(const NetworkKey& key, std::uint8_t generation, std::uint32_t frames) {
  if (started_) return Status::already_started;
  if (generation > 3 || frames == 0 || frames > Network::kFramesMax) return Status::bad_value;
  network_.secret = NetworkSecret(key, generation);
  network_.frames = frames;
  network_.configured = key_fingerprint(key, generation);
  return Status::ok;
}

// Status: io_error (which key is in use cannot be read).
Status Node::begin_network() {
  if (!closed()) return Status::ok;
  MP_TRY(restore_keys());
  network_.keys.emplace(identity_.keys().x25519());
  platform_.random.fill(network_.cookies.fill());
  new_salt();
  for (Link& link : links_)
    if (!link.loopback && link.frame_max > kFrameSealSize)
      link.frame_max = static_cast<std::uint16_t>(link.frame_max - kFrameSealSize);
  return Status::ok;
}

// No key of before is used again, and counters begin anew.
void Node::new_salt() {
  ByteArray<32> fresh;
  platform_.random.fill(fresh);
  ByteArray<4> boot;
  store_be(boot.data(), identity_.boot());
  HmacSha256 mac(network_.keys->private_key().bytes());
  mac.update(bytes("salt"));
  mac.update(boot);
  mac.update(fresh);
  network_.salt = SealSalt::from(Bytes(mac.finish()).first(SealSalt::kSize));
  network_.group = network_.secret.group_key(id(), network_.salt);
  network_.counters = {};
  wipe(fresh);
}

// What sealing makes longer.
std::size_t Node::seal_size(std::uint8_t interface, Wrap how) const {
  if (!closed() || links_[interface].loopback) return 0;
  return how == Wrap::sealed ? kFrameSealSize : kOpeningSize + 1 - kSchemas[0].body_offset;
}

// Before a counter is used up: a new salt, by which all neighbours have to admit us anew. They are asked, and what is
// for them waits.
void Node::renew_salt() {
  if (!closed()) return;
  bool used_up = false;
  for (const std::uint32_t counter : network_.counters) used_up = used_up || counter >= network_.frames;
  if (!used_up) return;
  new_salt();
  for (std::size_t i = 0; i < seals_.size(); ++i) {
    if (!seals_[i].ready) continue;
    seals_[i].ready = false;
    for (const PeerLink& l : peers_[static_cast<PeerIndex>(i)].links)
      if (l.used() && !links_[l.interface].loopback) challenge(l.interface, l.address, seals_[i].generation, 0);
  }
}

// Whether a frame to whoever is there can be sealed. Status: would_block (its admission is under way), unreachable.
Status Node::sealable(std::uint8_t interface, const LinkAddress& to) {
  if (to.is_broadcast()) return Status::ok;
  const PeerIndex peer = peers_.find(interface, to);
  if (peer == kNoPeer) return Status::unreachable;
  if (seals_[peer].ready) return Status::ok;
  challenge(interface, to);
  retry_at_ = now_ + kAdmissionPause;
  // As long as the neighbour stays, however long its admission takes; one that stays for ever is as a link that is
  // busy.
  airtime_wait_ = peers_[peer].timeout > Duration{};
  return Status::would_block;
}

// The frame of a packet. Precondition: sealable.
Bytes Node::seal(std::uint8_t interface, const LinkAddress& to, Bytes packet, Wrap how, MutableBytes out) {
  SealByte byte{network_.secret.generation(), false, interface};
  const auto view = PacketView::parse(packet);
  MP_CHECK(view && view->schema().sealed());
  if (how == Wrap::opening) {
    ByteArray<kFrameMax> text;
    text[0] = static_cast<std::byte>(OpeningKind::package);
    copy(view->body(), MutableBytes(text).subspan(1));
    return seal_open_text(interface, network_.secret, Bytes(text).first(1 + view->body().size()), out);
  }
  const AeadKey* key = &network_.group;
  byte.group = to.is_broadcast();
  if (!byte.group) {
    const PeerIndex peer = peers_.find(interface, to);
    MP_CHECK(peer != kNoPeer);
    key = &seals_[peer].to_it;
    byte.generation = seals_[peer].generation;
  }
  return seal_frame(*key, byte, ++network_.counters[interface], view->schema(), packet, out);
}

Bytes Node::seal_open_text(std::uint8_t interface, const NetworkSecret& secret, Bytes text, MutableBytes out) {
  // Random, and told apart by our salt and a number where the generator is not what it should be.
  ByteArray<24> fresh;
  platform_.random.fill(fresh);
  ByteArray<4> number;
  store_be(number.data(), ++network_.openings);
  Sha256 hash;
  hash.update(network_.salt.value);
  hash.update(number);
  hash.update(fresh);
  const AeadNonce24 nonce = AeadNonce24::from(Bytes(hash.finish()).first(AeadNonce24::kSize));
  const bool large = interfaces_[interface]->caps().frame_max >= kEspNowFrame;
  return seal_opening(secret.opening(), large ? kOpeningSchemaEspNow : kOpeningSchemaLora,
                      {secret.generation(), false, interface}, nonce, text, out);
}

// Opens what came, in place. A Counter: that was all there is to it.
std::optional<Counter> Node::open(Arrival& arrival) {
  const MutableBytes frame = arrival.datagram;
  if (frame.size() < kFixedHeader) return Counter::rx_too_short;
  if (frame[0] != std::byte{0}) return Counter::rx_bad_version;
  const auto number = std::to_integer<std::uint8_t>(frame[2]);
  const bool opening = number == kOpeningSchemaEspNow || number == kOpeningSchemaLora;
  const Schema* schema = find_schema(number);
  if (!opening && schema == nullptr) return Counter::rx_unknown_schema;
  if (!opening && !schema->sealed()) return Counter::rx_unsealed;
  const auto byte = SealByte::decode(frame[1]);
  if (!byte || (opening && byte->group)) return Counter::rx_forged;
  const NetworkSecret* secret = network_.secret_of(byte->generation);
  if (secret == nullptr) return Counter::rx_no_key;
  if (opening) return take_opening(arrival, *byte, *secret);
  if (!sealed_frame_fits(*schema, frame.size()))
    return frame.size() > schema->frame ? Counter::rx_too_large : Counter::rx_too_short;

  const PeerIndex index = peers_.find(arrival.interface, arrival.link);
  if (index == kNoPeer || !seals_[index].ready) {
    challenge(arrival.interface, arrival.link, byte->generation, 0);
    return Counter::rx_no_key;
  }
  const PeerSeal& seal = seals_[index];
  Peer& peer = peers_[index];
  if (peer.banned) return Counter::rx_banned;
  PeerLink* link = peer.link(arrival.interface, arrival.link);
  if (link == nullptr || byte->number != link->number) return Counter::rx_forged;
  Taken* taken = seals_[index].taken.find(byte->number);
  if (taken == nullptr) return Counter::rx_forged;
  const std::uint32_t counter = frame_counter(*schema, frame);
  if (!taken->fresh(byte->group, counter)) return Counter::rx_replayed;
  const bool other_key = byte->generation != seal.generation;
  const std::uint8_t newer = network_.older(seal.generation, byte->generation) ? byte->generation : seal.generation;
  if (other_key && !byte->group) {
    // One of us has taken the other's word for the new key, and the other has not heard ours.
    challenge(arrival.interface, arrival.link, newer, 0);
    return Counter::rx_no_key;
  }
  // Made each time: a table of them would be 32 bytes a neighbour, for what comes rarely.
  AeadKey group;
  if (byte->group) group = secret->group_key(peer.id, seal.salt);
  const AeadKey& key = byte->group ? group : seal.from_it;
  const auto packet = open_frame(key, *schema, frame);
  if (!packet) {
    // Either somebody makes frames up, or it has started anew and its proof was lost.
    if (now_ - link->last_heard > kSilentBeforeAsked) challenge(arrival.interface, arrival.link, seal.generation, 0);
    return Counter::rx_forged;
  }
  taken->take(byte->group, counter);
  if (newer != seal.generation) challenge(arrival.interface, arrival.link, newer, 0);  // it has changed: so may we
  arrival.datagram = *packet;
  arrival.broadcast = byte->group;
  // Any member could have made it: it may tell everybody something, and no more.
  const Flags flags(std::to_integer<std::uint8_t>((*packet)[3]));
  if (byte->group && (schema->routed() || schema->sequenced() || flags.error() || flags.control() != Control::none ||
                      schema->base() == kHopSchemaEspNow || schema->base() == kHopSchemaLora))
    return Counter::rx_unexpected;
  return std::nullopt;
}

}  // namespace mp
