// SPDX-License-Identifier: ISC
#include "micropycelium/applications/contacts.hpp"

namespace mp {
namespace {

// Until then a newcomer has said whether it understands the extensions.
constexpr Duration kPatience = seconds(2);
constexpr Duration kRetry = seconds(10);
constexpr std::uint8_t kTries = 3;
// A chain may want eight verifications, and anybody can send one.
constexpr Duration kLookPause = milliseconds(250);

}  // namespace

Contacts::Contacts(Storage& storage)
    : Application(
          {.name = kContactsApp.name, .description = kContactsApp.description, .version = kContactsApp.version}),
      storage_(storage) {}

void Contacts::on_start(Instant) {
  // What is damaged or cannot be read is not told: the node is who it is all the same.
  (void)own_.load(storage_, node().id());
}

// --- telling -------------------------------------------------------------------------------------------

void Contacts::on_peer_added(const NodeId& peer) {
  if (own_.chain().empty()) return;
  Told* place = nullptr;
  for (Told& t : told_) {
    if (t.who == peer) return;
    const bool open = t.tries_left != 0 || t.send;
    if (!open && (place == nullptr || t.who.is_zero())) place = &t;
  }
  if (place == nullptr) return;  // all are still to be told; whoever comes now is told when it comes again
  *place = {.who = peer, .due = node().now() + kPatience, .send = {}, .tries_left = kTries};
  node().wake(*this);
}

// Who was told stays in the list, so that one who comes and goes is told once.
void Contacts::on_peer_removed(const NodeId& peer) {
  for (Told& t : told_)
    if (t.who == peer && t.tries_left != 0) t = {};
}

void Contacts::on_sent(SendId id, Outcome outcome) {
  sending_now_ = false;
  for (Told& t : told_) {
    if (!(t.send == id) || t.who.is_zero()) continue;
    t.send = {};
    t.due = node().now() + kRetry;
    if (outcome == Outcome::delivered) t.tries_left = 0;
    if (outcome != Outcome::delivered && t.tries_left == 0) t = {};
  }
  node().wake(*this);
}

Instant Contacts::on_time(Instant now) {
  Instant next = Instant::never();
  for (Told& t : told_) {
    if (t.tries_left == 0 || t.send) continue;
    if (t.due > now) {
      next = earlier(next, t.due);
      continue;
    }
    if (sending_now_) continue;  // on_sent wakes us
    const Peer* peer = node().peer(t.who);
    if (peer == nullptr || !peer->connected() || !peer->equal) {
      t = {};
      continue;
    }
    const auto message = encode_contacts(own_.chain(), out_);
    MP_CHECK(message.ok());
    sending_ = MemoryBlob(*message);
    --t.tries_left;
    t.due = now + kRetry;
    t.send = node().send(*this, t.who, sending_);
    sending_now_ = static_cast<bool>(t.send);
    if (!t.send) {
      if (t.tries_left == 0) t = {};
      next = earlier(next, t.due);
    }
  }
  return next;
}

// --- taking --------------------------------------------------------------------------------------------

bool Contacts::wants(const Package&) { return node().now() >= next_look_; }

Blob* Contacts::accept(const IncomingPackage&) {
  if (receiving_now_ || node().now() < next_look_) return nullptr;
  receiving_now_ = true;
  return &receiving_;
}

void Contacts::on_abandoned(Blob&) { receiving_now_ = false; }

void Contacts::on_package(const Package& package) {
  Bytes message = package.blob;
  if (package.stream != nullptr) {
    receiving_now_ = false;
    message = Bytes(in_).first(package.size);
  }
  const auto chain = decode_contacts(message);
  if (!chain) return;
  const auto followed = take(chain->bytes());
  if (followed || followed.status() == Status::forged) next_look_ = node().now() + kLookPause;
}

bool Contacts::banned(const NodeId& id) const {
  const Peer* peer = node().peer(id);
  return peer != nullptr && peer->banned;
}

bool Contacts::leads_on(const Handover& h) const {
  return (banned(h.before) && !banned(h.after)) || (listener_ != nullptr && listener_->cares(h));
}

Result<std::size_t> Contacts::take(Bytes records) {
  const auto chain = decode_chain(records);
  if (!chain) return chain.status();
  std::size_t followed = 0;
  for (std::size_t i = 0; i < chain->size(); ++i) {
    const Handover h = (*chain)[i];
    if (followed == 0 && !leads_on(h)) continue;
    MP_TRY(verify(h));
    follow(h);
    ++followed;
  }
  if (followed == 0) return Status::not_found;
  return followed;
}

void Contacts::follow(const Handover& h) {
  if (banned(h.before)) (void)node().ban(h.after);
  if (listener_ != nullptr && listener_->cares(h)) listener_->on_handover(h);
}

}  // namespace mp
