// SPDX-License-Identifier: ISC
// Who may become a neighbour in a closed network (specification: closed-networks.md, "Admission"): whoever answers a
// fresh nonce with the key that only the two of us have. Nothing that can be replayed changes anything.
#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/hmac.hpp"
#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

// How long the first try of a challenge waits for its answer: so long, or what so many full frames take. Each further
// one waits twice as long.
constexpr Duration kChallengeWait = milliseconds(200);
constexpr std::int64_t kChallengeFrames = 8;
constexpr std::uint8_t kChallengeTries = 6;
constexpr std::uint8_t kTriesBeforeAnew = 3;
constexpr Duration kAskPace = milliseconds(500);
constexpr std::int64_t kAsksAtOnce = 8;
// Each answer costs an X25519, and so does each proof that is looked at: so far apart, so many at once, of either.
constexpr Duration kAnswerPace = milliseconds(250);
constexpr std::int64_t kAnswersAtOnce = 4;
// A cookie is good for one to two of these.
constexpr Duration kCookieAge = seconds(16);
// Until the first Beacon says better.
constexpr Duration kAdmittedTimeout = seconds(kBeaconIntervalUsual_s * kBeaconsMissed);

// Whether one more is due at this pace (GCRA), of which `at_once` may come together; if so it is counted. `ahead` is
// when the next would be due if all were evenly apart.
bool keeps_pace(Instant& ahead, Instant now, Duration pace, std::int64_t at_once) {
  if (ahead > now + pace * (at_once - 1)) return false;
  ahead = std::max(ahead, now) + pace;
  return true;
}

}  // namespace

void Taken::take(bool group, std::uint32_t counter) {
  if (group)
    to_all = counter;
  else
    to_one.take(counter);
}

Taken* TakenFrames::find(std::uint8_t number) {
  for (std::size_t i = 0; i < kNumbersMax; ++i)
    if (numbers_[i] == number) return &taken_[i];
  return nullptr;
}

bool TakenFrames::begin(std::uint8_t number, std::uint32_t next) {
  if (find(number) != nullptr) return true;
  for (std::size_t i = 0; i < kNumbersMax; ++i) {
    if (numbers_[i] != kFree) continue;
    numbers_[i] = number;
    taken_[i].to_one.begin(next);
    taken_[i].to_all = next - 1;
    return true;
  }
  return false;
}

// --- asking ------------------------------------------------------------------------------------------------

void Node::challenge(std::uint8_t interface, const LinkAddress& link, std::uint8_t generation, std::uint32_t heard) {
  if (!closed() || !started_ || link.is_broadcast()) return;
  Challenge* place = nullptr;
  for (Challenge& c : network_.challenges) {
    if (c.used() && c.interface == interface && c.link == link) {
      if (heard != 0) c.heard = heard;  // the one before may be too old by now
      // It is heard again: from the beginning. But whoever never answers, it may be by intent, is asked ever less.
      const bool newer = network_.older(c.generation, generation);
      if (c.tries < kTriesBeforeAnew + c.begun && !newer) return;
      place = &c;
      break;
    }
    if (!c.used()) place = &c;
  }
  // Its next Beacon comes. Frames that somebody makes up do not make us ask without end.
  if (place == nullptr || !keeps_pace(network_.asks_due, now_, kAskPace, kAsksAtOnce)) return;
  place->begun = place->used() ? static_cast<std::uint8_t>(place->begun + 1) : std::uint8_t{0};
  place->interface = interface;
  place->link = link;
  place->heard = heard;
  place->generation = generation;
  ask_anew(*place);
}

// With a new nonce: what answers to the one before say is worth nothing any more.
void Node::ask_anew(Challenge& c) {
  c.tries = 0;
  c.due = now_;
  c.overtaken = false;
  platform_.random.fill(c.nonce);
}

void Node::tend_challenges() {
  for (Challenge& c : network_.challenges) {
    if (!c.used() || c.due > now_) continue;
    const NetworkSecret* secret = network_.secret_of(c.generation);
    if (secret == nullptr || c.tries++ == kChallengeTries) {
      c.due = Instant::never();
      continue;
    }
    Hello hello;
    hello.kind = OpeningKind::challenge;
    hello.from = id();
    hello.nonce = c.nonce;
    hello.heard = c.heard;
    send_hello(c.interface, c.link, *secret, hello);
    const Duration first = std::max(kChallengeWait, interfaces_[c.interface]->airtime(kFrameMax) * kChallengeFrames);
    c.due = now_ + first * (std::int64_t{1} << (c.tries - 1));
  }
}

Instant Node::challenges_due() const {
  Instant due = Instant::never();
  for (const Challenge& c : network_.challenges) due = earlier(due, c.due);
  return due;
}

// At once or not at all: who asked asks again. In the class of answers: where airtime is short, the Beacon before has
// used up what the class of Beacons has for now, and no newcomer would ever be answered.
void Node::send_hello(std::uint8_t interface, const LinkAddress& link, const NetworkSecret& secret,
                      const Hello& hello) {
  ByteArray<kHelloSizeMax> text;
  ByteArray<kFrameMax> frame;
  const Bytes plain = encode_hello(hello, text);
  if (permitted(interface, plain.size() + kOpeningSize, Priority::acknowledgement) != Status::ok) return;
  (void)put_on_link(interface, link, seal_open_text(interface, secret, plain, frame), Priority::acknowledgement);
}

// --- being asked -------------------------------------------------------------------------------------------

Counter Node::take_opening(Arrival& arrival, SealByte byte, const NetworkSecret& secret) {
  const auto text = open_opening(secret.opening(), arrival.datagram);
  if (!text) return text.status() == Status::truncated ? Counter::rx_too_short : Counter::rx_forged;
  if (text->empty()) return Counter::rx_too_short;
  if ((*text)[0] == static_cast<std::byte>(OpeningKind::package))
    return take_open_package(arrival, byte.generation, text->subspan(1));
  const auto hello = decode_hello(*text);
  if (!hello || hello->from == id() || hello->from.is_zero()) return Counter::rx_unexpected;
  if (const PeerIndex known = peers_.find(hello->from); known != kNoPeer && peers_[known].banned)
    return Counter::rx_banned;
  switch (hello->kind) {
    case OpeningKind::challenge:
      return answer_challenge(arrival, *hello, secret);
    case OpeningKind::answer:
      return take_answer(arrival, *hello, byte, secret);
    default:
      return take_proof(arrival, *hello, byte, secret);
  }
}

// A Package to whom it may concern. Anybody may have recorded it and play it back: its Application knows that by
// Origin::opening, and gets it only if it has asked for such (ApplicationInfo::opening).
Counter Node::take_open_package(const Arrival& arrival, std::uint8_t generation, Bytes body) {
  const auto package = PackageView::parse(body);
  if (!package) return Counter::rx_bad_package;
  if (!package->verify()) return Counter::rx_bad_digest;
  Application* app = find_application(package->head.app_id);
  if (app == nullptr) return Counter::rx_unknown_app;
  if (!app->info().opening) return Counter::rx_refused;
  Package whole;
  whole.app_id = package->head.app_id;
  whole.half_sha256 = package->head.half_sha256;
  whole.from.interface = arrival.interface;
  whole.from.link = arrival.link;
  whole.from.broadcast = true;
  whole.from.opening = true;
  const PeerIndex peer = peers_.find(arrival.interface, arrival.link);
  if (peer != kNoPeer) whole.from.node = peers_[peer].id;
  // During a change of the key it is asked under the key that it speaks; but never back to an older one.
  const bool known = peer != kNoPeer && seals_[peer].ready;
  if (known ? network_.older(seals_[peer].generation, generation) : generation != network_.secret.generation())
    challenge(arrival.interface, arrival.link, generation, 0);
  whole.blob = package->blob;
  whole.size = static_cast<std::uint32_t>(package->blob.size());
  if (!app->wants(whole)) return Counter::rx_refused;
  counters_.add(Counter::packages_delivered);
  app->on_package(whole);
  return Counter::rx_package;
}

ByteArray<8> Node::cookie_for(const NodeId& to, std::uint8_t interface, const LinkAddress& link,
                              std::int64_t age) const {
  HmacSha256 mac(network_.cookies.bytes());
  ByteArray<10> what{};
  what[0] = static_cast<std::byte>(interface);
  what[1] = static_cast<std::byte>(link.size);
  store_be(what.data() + 2, static_cast<std::uint64_t>(now_.us / kCookieAge.us - age));
  mac.update(what);
  mac.update(link.bytes());
  mac.update(to.value);
  // So that a proof of before its last start is good for nothing.
  const PeerIndex known = peers_.find(to);
  mac.update(known != kNoPeer && seals_[known].ready ? seals_[known].salt.value : SealSalt{}.value);
  ByteArray<8> cookie;
  copy(Bytes(mac.finish()).first(8), cookie);
  return cookie;
}

// What is ours in an answer or a proof.
void Node::sign_hello(Hello& hello, std::uint8_t interface, std::uint8_t generation, const NodeId& to,
                      const HkdfKey& pair, const SealSalt& to_salt) const {
  hello.from = id();
  hello.salt = network_.salt.value;
  hello.boot = identity_.boot();
  hello.counter = network_.counters[interface] + 1;
  hello.mac = hello_mac(hello_key(pair), hello, to, {generation, false, interface},
                        interfaces_[interface]->caps().address, to_salt);
}

// Whether the two of us know the secret, and it was sent from where it came from.
bool Node::hello_genuine(const Arrival& arrival, const Hello& hello, SealByte byte, const HkdfKey& pair) const {
  // Both ends of a medium know their own addresses, or neither does.
  const bool known = interfaces_[arrival.interface]->caps().address.size != 0;
  const auto mac = hello_mac(hello_key(pair), hello, id(), byte, known ? arrival.link : LinkAddress{}, network_.salt);
  return equal_secret(mac, hello.mac);
}

Counter Node::answer_challenge(const Arrival& arrival, const Hello& asked, const NetworkSecret& secret) {
  // What names a Beacon of just now was made just now, by who heard it, or is a copy of that. All else may have been
  // recorded long ago; there is any number of it, and it must not be in the way.
  const bool fresh = network_.beacons.contains(asked.heard);
  const auto frame = load_be<std::uint32_t>(arrival.datagram.data() + kFixedHeader);  // the beginning of its nonce
  if (fresh && network_.answered.contains(frame)) return Counter::rx_replayed;
  // Whoever has no room does not answer: it would be taken for a neighbour.
  if (!room_for(asked.from)) return Counter::rx_refused;
  Instant& due = fresh ? network_.answers_due : network_.old_answers_due;
  if (!keeps_pace(due, now_, kAnswerPace, kAnswersAtOnce)) return Counter::rx_refused;
  if (fresh) network_.answered.add(frame);
  HkdfKey pair;
  if (secret.pair(*network_.keys, asked.from, pair) != Status::ok) return Counter::rx_unexpected;
  Hello hello;
  hello.kind = OpeningKind::answer;
  hello.nonce = asked.nonce;
  hello.cookie = cookie_for(asked.from, arrival.interface, arrival.link, 0);
  sign_hello(hello, arrival.interface, secret.generation(), asked.from, pair, {});
  send_hello(arrival.interface, arrival.link, secret, hello);
  return Counter::rx_control;
}

Counter Node::take_answer(const Arrival& arrival, const Hello& answer, SealByte byte, const NetworkSecret& secret) {
  for (Challenge& c : network_.challenges) {
    if (!c.used() || c.interface != arrival.interface || !(c.link == arrival.link) || c.generation != byte.generation ||
        !equal_secret(c.nonce, answer.nonce))
      continue;
    HkdfKey pair;
    if (secret.pair(*network_.keys, answer.from, pair) != Status::ok || !hello_genuine(arrival, answer, byte, pair)) {
      counters_.add(Counter::admissions_refused);
      return Counter::rx_forged;
    }
    // It may be older than the salt that is in use: whoever is there now answers again.
    if (c.overtaken && has_another_salt(answer.from, SealSalt(answer.salt))) {
      ask_anew(c);
      counters_.add(Counter::admissions_refused);
      return Counter::rx_unexpected;
    }
    c.due = Instant::never();
    if (!room_for(answer.from)) return Counter::rx_refused;
    Hello proof;
    proof.kind = OpeningKind::proof;
    proof.nonce = answer.nonce;
    proof.cookie = answer.cookie;
    sign_hello(proof, arrival.interface, byte.generation, answer.from, pair, SealSalt(answer.salt));
    // First, so that it is ahead of what handlers of the new neighbour may send.
    send_hello(arrival.interface, arrival.link, secret, proof);
    admit(arrival, answer, byte, pair);
    return Counter::rx_control;
  }
  return Counter::rx_unexpected;
}

Counter Node::take_proof(const Arrival& arrival, const Hello& proof, SealByte byte, const NetworkSecret& secret) {
  bool ours = false;
  for (const std::int64_t age : {0, 1})
    ours = ours || equal_secret(cookie_for(proof.from, arrival.interface, arrival.link, age), proof.cookie);
  if (!ours) return Counter::rx_unexpected;
  if (is_admitted(arrival, proof, byte)) return Counter::rx_control;  // the other half of a crossing, or a copy
  if (!keeps_pace(network_.proofs_due, now_, kAnswerPace, kAnswersAtOnce)) return Counter::rx_refused;
  HkdfKey pair;
  if (secret.pair(*network_.keys, proof.from, pair) != Status::ok || !hello_genuine(arrival, proof, byte, pair)) {
    counters_.add(Counter::admissions_refused);
    return Counter::rx_forged;
  }
  admit(arrival, proof, byte, pair);
  return Counter::rx_control;
}

// Whether there is nothing to change.
bool Node::is_admitted(const Arrival& arrival, const Hello& hello, SealByte byte) {
  const PeerIndex known = peers_.find(hello.from);
  if (known == kNoPeer || !seals_[known].ready || !(seals_[known].salt == SealSalt(hello.salt)) ||
      network_.older(seals_[known].generation, byte.generation))
    return false;
  const PeerLink* link = peers_[known].link(arrival.interface, arrival.link);
  return link != nullptr && link->number == byte.number;
}

// Whether it was admitted, and not with this salt.
bool Node::has_another_salt(const NodeId& who, const SealSalt& salt) const {
  const PeerIndex known = peers_.find(who);
  return known != kNoPeer && !(seals_[known].salt == SealSalt{}) && !(seals_[known].salt == salt);
}

// It has proven who it is, now, on this link.
void Node::admit(const Arrival& arrival, const Hello& hello, SealByte byte, const HkdfKey& pair) {
  // It has the next key, and uses it: now is the time. If that cannot be written down yet, it is a neighbour all the
  // same.
  if (network_.has_next() && byte.generation == network_.other.generation()) (void)use_key(byte.generation);
  const std::uint8_t number = byte.number;
  const SealSalt salt(hello.salt);
  const PeerIndex before = peers_.find(hello.from);
  // Nobody goes back to an older key under one salt: that is a copy.
  const bool same = before != kNoPeer && seals_[before].ready && seals_[before].salt == salt &&
                    !network_.older(seals_[before].generation, byte.generation);
  if (is_admitted(arrival, hello, byte)) return;
  // The keys come first: handlers of the new neighbour may send.
  const auto index = peers_.find_or_add(hello.from);
  if (!index) {
    counters_.add(Counter::peers_refused);
    return;
  }
  const bool anew = !(seals_[*index].salt == salt);
  if (!same) {
    for (Challenge& c : network_.challenges) c.overtaken = true;
    PeerSeal& seal = seals_[*index];
    // Where only our own salt is new, its group key is not, and what was taken under that stays so.
    if (!(seal.salt == salt)) {
      seal.taken = {};
      seal.count = 0;
    }
    seal.to_it = frame_key(pair, id(), hello.from, network_.salt, salt);
    seal.from_it = frame_key(pair, hello.from, id(), salt, network_.salt);
    seal.generation = byte.generation;
    seal.salt = salt;
    seal.boot = hello.boot;
    seal.ready = true;
  }
  if (!seals_[*index].taken.begin(number, hello.counter)) {
    counters_.add(Counter::admissions_refused);
    return;
  }
  // Its other links go on under its new salt, under which nothing was taken yet.
  if (!same)
    for (const PeerLink& l : peers_[*index].links)
      if (l.used()) (void)seals_[*index].taken.begin(l.number, 1);
  if (anew) send_anew(*index);
  const NodeId who = hello.from;
  if (join(who, arrival.interface, arrival.link, kAdmittedTimeout, true, number) == Status::ok)
    counters_.add(Counter::admissions);
  else if (!peers_[*index].connected() && peers_[*index].id == who)
    peers_.disconnect(*index);
}

// It has started anew, and cannot open what it was sent before: what it has not acknowledged goes again now. Else that
// would wait as long as for somebody who is gone, and take the room of what is for others. What it shall pass on waits:
// it may not know the next hop yet.
void Node::send_anew(PeerIndex index) {
  for (OutPacket& p : outbox_) {
    if (p.state != OutPacket::State::waiting || p.peer != index || p.routed) continue;
    p.state = OutPacket::State::queued;
    p.due = now_;
    p.deadline = now_ + kLinkPatience;
  }
}

// With what was taken goes what tells a proof, or an answer, of before from a new one.
void Node::forget_keys(PeerIndex index) {
  if (seals_[index].salt == SealSalt{}) return;
  platform_.random.fill(network_.cookies.fill());
  for (Challenge& c : network_.challenges)
    if (c.used()) platform_.random.fill(c.nonce);
  seals_[index] = PeerSeal{};
}

// --- what is asked about the admitted ------------------------------------------------------------------------

bool Node::newer_beacon(const NodeId& from, std::uint32_t count) const {
  const PeerIndex peer = peers_.find(from);
  return peer != kNoPeer && seals_[peer].ready && count > seals_[peer].count;
}

ByteArray<16> Node::salt_of(const NodeId& neighbour) const {
  const PeerIndex peer = peers_.find(neighbour);
  return peer != kNoPeer ? seals_[peer].salt.value : ByteArray<16>{};
}

void Node::note_beacon(const NodeId& from, std::uint32_t count) {
  if (const PeerIndex peer = peers_.find(from); peer != kNoPeer) seals_[peer].count = count;
}

// `untrue`: only a member can have made it, and an honest one never does; else it may be a copy.
void Node::refuse_beacon(const Origin& from, bool untrue) {
  counters_.add(Counter::beacons_refused);
  const PeerIndex index = peers_.find(from.node);
  if (!untrue || index == kNoPeer) return;
  // What is said to all, any member can have said.
  std::uint8_t& n = from.opening || from.broadcast ? peers_[index].doubts : peers_[index].lies;
  if (n < 0xff) ++n;
}

std::uint32_t Node::boot_of(const NodeId& who) const {
  const PeerIndex peer = peers_.find(who);
  return peer != kNoPeer && seals_[peer].ready ? seals_[peer].boot : 0;
}

}  // namespace mp
