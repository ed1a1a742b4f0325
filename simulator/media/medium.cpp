// SPDX-License-Identifier: ISC
#include "simulator/media/medium.hpp"

#include "simulator/engine/heap_watch.hpp"

namespace mp::sim {

const char* name(Fate fate) {
  switch (fate) {
    case Fate::received:
      return "received";
    case Fate::collided:
      return "collided";
    case Fate::faded:
      return "faded";
    case Fate::deaf:
      return "deaf";
    case Fate::slept:
      return "slept";
    case Fate::faulted:
      return "faulted";
    case Fate::overflowed:
      return "overflowed";
  }
  return "?";
}

// --- the radio, as the node sees it ----------------------------------------------------------------------

InterfaceCaps Radio::caps() const {
  InterfaceCaps caps = medium_.caps();
  // A socket does not know how its neighbours see it.
  if (medium_.spec().kind != MediumKind::udp) caps.address = address_of(index_);
  return caps;
}

Duration Radio::airtime(std::size_t n) const { return medium_.airtime(n); }

Duration Radio::busy_for() const { return medium_.busy_for(*this); }

Status Radio::listen(bool on) {
  const HeapPause world_s_business;
  if (mode() == RadioMode::off) return Status::io_error;
  // As real ones do, it says that a frame is coming in.
  if (!on && medium_.is_receiving(index_)) return Status::would_block;
  medium_.set_mode(*this, on ? RadioMode::awake : RadioMode::asleep);
  return Status::ok;
}

RadioMode Radio::mode() const { return medium_.mode(index_); }

const RadioTimes& Radio::times() const { return medium_.activities_[index_].times; }

Status Radio::send(const LinkAddress& to, Bytes datagram) {
  const HeapPause world_s_business;
  if (!owner_.on_send(*this, to, datagram)) return Status::ok;
  if (mode() == RadioMode::off) return Status::io_error;
  if (datagram.size() > medium_.caps().frame_max) return Status::too_large;
  const std::optional<RadioIndex> index = index_of(to);
  if (!index || (*index != Frame::kEveryone && *index >= medium_.size())) return Status::unreachable;
  Frame frame;
  frame.from = index_;
  frame.to = *index;
  frame.size = static_cast<std::uint8_t>(datagram.size());
  copy(datagram, frame.bytes);
  const Status status = medium_.submit(*this, frame);
  if (status == Status::would_block) ++counts_.would_block;
  return status;
}

std::optional<Received> Radio::receive() {
  const HeapPause world_s_business;
  for (;;) {
    if (taken_) give_back_first();
    taken_ = first_ != nullptr;
    if (!taken_) return std::nullopt;
    --waiting_;
    Frame& frame = first_->frame;  // stays there until the next call: the node may work on it in place
    const Received received{address_of(frame.from), MutableBytes(frame.bytes).first(frame.size), frame.broadcast()};
    if (!owner_.on_take(*this, received.from, received.datagram)) continue;
    took_damaged_ = frame.damaged;
    if (frame.damaged) owner_.on_taken_damaged(*this, frame);
    return received;
  }
}

void Radio::put(const Frame& frame) {
  FramePool::Held& held = medium_.pool_.lend(frame);
  (first_ == nullptr ? first_ : last_->next) = &held;
  last_ = &held;
  ++waiting_;
}

void Radio::give_back_first() {
  FramePool::Held& held = *first_;
  first_ = held.next;
  medium_.pool_.give_back(held);
}

void Radio::empty_inbox() {
  while (first_ != nullptr) give_back_first();
  waiting_ = 0;
  taken_ = false;
  answers_.clear();
}

void Radio::answer(bool arrived) {
  if (mode() == RadioMode::off) return;
  answers_.push_back(arrived);
  owner_.on_heard(*this);
}

std::optional<LinkReport> Radio::answered() {
  const HeapPause world_s_business;
  if (answers_.empty()) return std::nullopt;
  const bool acknowledged = answers_.front();
  answers_.pop_front();
  return LinkReport{.acknowledged = acknowledged};  // as ESP-NOW: it does not say how many tries it took
}

LinkAddress Radio::address_of(RadioIndex index) {
  // A locally administered MAC address whose last four bytes are the index.
  ByteArray<6> mac{std::byte{0x02}, std::byte{0x00}};
  store_be(mac.data() + 2, index);
  return LinkAddress::from(mac);
}

std::optional<RadioIndex> Radio::index_of(const LinkAddress& address) {
  if (address.is_broadcast()) return Frame::kEveryone;
  if (address.size != 6) return std::nullopt;
  return load_be<std::uint32_t>(address.value.data() + 2);
}

FramePool::Held& FramePool::lend(const Frame& frame) {
  if (free_ == nullptr) return all_.emplace_back(Held{frame});
  Held& held = *free_;
  free_ = held.next;
  held = {frame};
  return held;
}

void FramePool::give_back(Held& held) {
  held.next = free_;
  free_ = &held;
}

// --- what all media share --------------------------------------------------------------------------------

Medium::Medium(const MediumSpec& spec, std::uint8_t number, std::int32_t floor_mdbm, EventQueue& events, Seed seed)
    : spec_(spec),
      number_(number),
      events_(events),
      seed_(seed),
      reach_(spec_.propagation, floor_mdbm, seed.child("reach")) {}

Radio& Medium::add_radio(std::uint32_t node, std::uint8_t number, RadioOwner& owner, Point at, std::int32_t tx_gain_mdb,
                         bool geometric) {
  const auto index = static_cast<RadioIndex>(radios_.size());
  radios_.push_back(std::make_unique<Radio>(*this, index, node, number, owner));
  activities_.emplace_back();
  reach_.add(node, at, tx_gain_mdb, geometric);
  return *radios_.back();
}

void Medium::set_mode(Radio& radio, RadioMode mode) {
  Activity& activity = activities_[radio.index()];
  if (activity.mode == mode) return;
  settle(activity);
  const RadioMode before = activity.mode;
  activity.mode = mode;
  if (mode == RadioMode::off) {
    radio.empty_inbox();
    activity.sending = activity.receiving = activity.listening = false;
  }
  on_mode(radio, before);
}

void Medium::settle() {
  for (Activity& activity : activities_) settle(activity);
}

void Medium::settle(Activity& a) const {
  const Duration passed = now() - a.since;
  a.since = now();
  RadioTimes& t = a.times;
  // Sending and receiving need the radio up, whatever it was about to do.
  Duration& state = a.mode == RadioMode::off                      ? t.off
                    : a.sending                                   ? t.tx
                    : a.receiving                                 ? t.rx
                    : a.mode == RadioMode::asleep && !a.listening ? t.asleep
                                                                  : t.idle;
  state = state + passed;
}

void Medium::set_sending(RadioIndex radio, bool sending) {
  Activity& activity = activities_[radio];
  settle(activity);
  activity.sending = sending;
}

void Medium::set_receiving(RadioIndex radio, bool receiving) {
  Activity& activity = activities_[radio];
  if (activity.receiving == receiving) return;
  settle(activity);
  activity.receiving = receiving;
}

void Medium::set_listening(RadioIndex radio, bool listening) {
  Activity& activity = activities_[radio];
  if (activity.listening == listening) return;
  settle(activity);
  activity.listening = listening;
}

void Medium::transmitted(Radio& radio, const Transmission& t) {
  ++radio.counts_.sent;
  radio.counts_.sent_bytes += t.frame.size;
  if (witness_ != nullptr) witness_->on_transmission(*this, t);
}

Medium::Passed Medium::pass(const Frame& frame, RadioIndex to) {
  if (conditions_ == nullptr || conditions_->quiet()) return {{}, frame};
  changed_ = frame;
  const Passage passage = conditions_->pass(radios_[frame.from]->node(), radios_[to]->node(), changed_);
  changed_.damaged = passage.corrupted;
  return {passage, changed_};
}

void Medium::hand_over(const Passed& passed, RadioIndex to) {
  const Passage& passage = passed.passage;
  if (passage.lost || (passage.corrupted && !passage.undetected)) {
    ended(passed.frame, to, Fate::faulted);
    return;
  }
  if (passage.delay > Duration{})
    late_.add(now() + passage.delay, passed.frame, to);
  else
    deliver(*radios_[to], passed.frame);
  if (passage.repeated) late_.add(now() + passage.delay + passage.repeat_delay, passed.frame, to);
}

void Medium::ended(const Frame& frame, RadioIndex at, Fate fate) {
  RadioCounts& counts = radios_[at]->counts_;
  switch (fate) {
    case Fate::received:
      ++counts.received;
      break;
    case Fate::collided:
      ++counts.collided;
      break;
    case Fate::faded:
      ++counts.faded;
      break;
    case Fate::deaf:
      ++counts.deaf;
      break;
    case Fate::slept:
      ++counts.slept;
      break;
    case Fate::faulted:
      ++counts.faulted;
      break;
    case Fate::overflowed:
      ++counts.overflowed;
      break;
  }
  if (witness_ != nullptr) witness_->on_fate(*this, frame, at, fate);
}

void Medium::deliver(Radio& to, const Frame& frame) {
  if (to.mode() == RadioMode::off) return;  // it went off while a fault held the frame
  if (to.waiting_ >= spec_.inbox) {
    ended(frame, to.index(), Fate::overflowed);
    return;
  }
  to.put(frame);
  ended(frame, to.index(), Fate::received);
  to.owner_.on_heard(to);
}

void Medium::Late::add(Instant at, const Frame& frame, RadioIndex to) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(items_.size());
    items_.push_back({frame, to});
  } else {
    slot = free_.back();
    free_.pop_back();
    items_[slot] = {frame, to};
  }
  medium_.events_.plan(at, *this, slot);
}

void Medium::Late::on_event(std::uint64_t what) {
  const auto slot = static_cast<std::uint32_t>(what);
  const Item item = items_[slot];
  free_.push_back(slot);
  medium_.deliver(*medium_.radios_[item.to], item.frame);
}

}  // namespace mp::sim
