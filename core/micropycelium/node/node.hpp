// SPDX-License-Identifier: ISC
// The node: a value in a block of memory that does no I/O (docs/architecture.md). Datagrams and time go
// in through poll(), datagrams and deliveries come out. It owns no thread, socket, clock or global.
//
// The code is in the order of a packet's way, in the files that README.md names; what a node holds is in
// node_state.hpp.
// Over 500 lines: one class, and what its files need of each other has to stand in it.
#pragma once

#include "micropycelium/node/application.hpp"
#include "micropycelium/node/node_state.hpp"
#include "micropycelium/node/sealer.hpp"
#include "micropycelium/node/trace.hpp"
#include "micropycelium/packet/package.hpp"
#include "micropycelium/packet/packet.hpp"

#include <optional>

namespace mp {

class Owners;

class Node : private NodeState {
 public:
  static constexpr std::size_t kInterfacesMax = Network::kInterfacesMax;

  // `memory`: at least memory_required(limits) bytes, aligned to 8, for as long as the node lives.
  Node(const Limits& limits, MutableBytes memory, Platform platform);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // --- before start, in any order ------------------------------------------------------------------
  // Status: already_started; exists (attached already, or an Application with this id); no_buffer (a ninth
  // Interface, or a second one under a duty cycle: Limits::ledgers); bad_value (an Interface without a schema for
  // single packets, with frames under 240 bytes, or with a duty cycle of nothing).
  Status attach(Interface& interface);
  // An Application may come after start too, though not from inside a handler.
  Status attach(Application& application);
  // Several at once; the first that is refused ends it.
  template <typename First, typename Second, typename... More>
  Status attach(First& first, Second& second, More&... more) {
    MP_TRY(attach(first));
    return attach(second, more...);
  }
  // Its queued sends end unheard, what it was receiving is abandoned. Not from inside a handler.
  void detach(Application& application);
  // Whose events go where; null (the default) costs nothing. May be changed at any time.
  void set_trace(Trace* trace) { trace_ = trace; }

  // Makes the node a member of a closed network (specification: closed-networks.md): all it sends is sealed, nothing
  // else is taken, and neighbours have to prove who they are. `generation` tells keys of one network apart, 0 .. 3;
  // after `frames` on one Interface the node takes a new salt. Status: already_started, bad_value.
  Status set_network(const NetworkKey& key, std::uint8_t generation = 0, std::uint32_t frames = Network::kFramesMax);
  bool closed() const { return network_.used(); }

  // --- changing its key (specification: closed-networks.md, "Changing the key"); after start -----------------
  // Accepts another key beside the one in use, of the generation after, until use_key(). Takes the place of one that
  // was installed before and not used. Durable when it returns ok; then the configured key is superseded from the first
  // use on. Status: unsupported (an open node), not_started, exists (it is in use already), bad_value (another
  // generation than the next, or another key of the one in use), would_block (a change was less than Network::kGrace
  // ago), io_error.
  Status install_key(const NetworkKey& key, std::uint8_t generation);
  // Uses the installed key from now on, durably; neighbours that have it follow. Status: exists (it is in use already),
  // not_found (no such key is installed), unsupported, io_error (the key before is still in use).
  Status use_key(std::uint8_t generation);
  NetworkState network() const;

  // Loads or makes the identity, raises the boot counter, and starts the Applications. Status: corrupt or io_error (see
  // identity.hpp), no_buffer (memory smaller than the limits need), not_found (no Interface attached),
  // already_started.
  Status start(Instant now = {});
  bool started() const { return started_; }

  // The only place where anything happens: receives, runs what is due, sends. Returns when it wants to be
  // called again at the latest; call earlier whenever an Interface has something or after a send().
  Instant poll(Instant now);

  // Lets Applications say goodbye (their on_stop may send), polls once, and writes down what airtime was spent. The
  // node can be polled on, to drain; it sends no more Beacons.
  void stop(Instant now);

  // --- Packages ------------------------------------------------------------------------------------
  // Queues a Package for one packet; the blob is copied. Status in a refused SendId: unreachable (no peer, no route),
  // no_buffer, too_large (for one packet: use a Blob), banned, not_started; with a Blob also io_error (on reading it).
  SendId send(Application& from, const NodeId& to, Bytes blob, SendOptions options = {});
  // Queues a Package of any size up to 14.8 MiB (65,536 parts); `blob` stays the caller's and is read until on_sent.
  SendId send(Application& from, const NodeId& to, Blob& blob, SendOptions options = {});
  // The same to a tree address, whoever lives there.
  SendId send(Application& from, const TreeAddress& to, Bytes blob, SendOptions options = {});
  SendId send(Application& from, const TreeAddress& to, Blob& blob, SendOptions options = {});
  // One packet to all in reach, on every Interface or one (SendOptions::interface). Unacknowledged.
  SendId broadcast(Application& from, Bytes blob, SendOptions options = {});
  // Ends a queued send with Outcome::cancelled. Status: not_found.
  Status cancel(SendId id);
  // How far a send is; none: it has ended, or never was.
  std::optional<SendState> state(SendId id) const;
  // How far apart announcements of so many bytes may be there in the long run, by its airtime for control traffic.
  Duration control_interval(std::size_t interface, std::size_t bytes) const {
    return links_[interface].budget.control_interval(interfaces_[interface]->airtime(bytes));
  }
  // Bytes of the largest blob that one packet carries to this node (or by broadcast, for the zero id); 0: none.
  std::size_t single_packet_max(const NodeId& to, const SendOptions& options = {}) const;

  // Lets radios sleep that can (specification: sleep.md): all Interfaces with can_sleep, each on a grid of its own that
  // begins at random and never shifts. At any time; SleepPlan::off() is how a node begins. Status: bad_value (not
  // SleepPlan::sound(); or only stretched, where an RNS takes long: that Interface always listens).
  Status set_sleep(const SleepPlan& plan);
  const SleepPlan& sleep_plan() const { return sleep_plan_; }
  // When this Interface listens, as of now; all 0: always.
  WakeTime wake_time(std::size_t interface) const { return links_[interface].sleep.tell(now_); }
  // A neighbour told when its radio listens, in a datagram of so many bytes that has just come; all 0: always.
  void hear_wake(const NodeId& from, std::uint8_t interface, const WakeTime& wake, std::size_t datagram);

  // Lets the Application's on_time run in the next poll, whatever it had asked for.
  void wake(Application& application);

  // --- peers ---------------------------------------------------------------------------------------
  // A neighbour showed itself on this link; without another sign of life it is dropped after `timeout`.
  // Status: no_buffer, banned, bad_value (our own id, or no such Interface),
  // not_found (it was new, and a handler of on_peer_added threw it out), would_block (a closed network: the link is
  // challenged first, and becomes a peer's when that has proven itself). `equal`: it understands our extensions
  // (specification: beacon.md, "The Extensions id"), and stays one until it is removed.
  Status add_peer(const NodeId& id, std::uint8_t interface, const LinkAddress& link, Duration timeout,
                  bool equal = false);
  void remove_peer(const NodeId& id);
  // Whether it is a neighbour, or could be: a slot is free, or another gives way. A no counts as a refusal.
  bool room_for(const NodeId& id);
  // Asks who is on this link, unless that is under way. Does nothing outside a closed network.
  // `heard`: how the signature of the Beacon begins for whose sake it is asked; 0: it is for another's.
  void challenge(std::uint8_t interface, const LinkAddress& link, std::uint32_t heard = 0) {
    challenge(interface, link, network_.secret.generation(), heard);
  }
  // Which of its starts an admitted neighbour is in; 0: it is none.
  std::uint32_t boot_of(const NodeId& id) const;
  // Nothing is taken from or sent to a banned node, after a restart either. Status: no_buffer (a ban holds a peer
  // slot), bad_value (our own id, or nobody's); io_error: banned, but only until the node ends (storage failed, or
  // holds 64 bans already).
  Status ban(const NodeId& id);
  // Status: not_found (it was not banned); io_error (it still is: storage could not be changed).
  Status unban(const NodeId& id);
  // All slots; skip those not `used`.
  std::span<const Peer> peers() const { return peers_.all(); }
  const Peer* peer(const NodeId& id) const;
  // Eighths of a transmission (specification: routing.md, "Cost of a link"), 8..128; kNoAnswer: it does not answer.
  std::uint16_t link_cost(const NodeId& id) const { return costs_.cost(peers_.find(id)); }
  bool answers(PeerIndex peer) const { return costs_.answers(peer); }

  // --- addresses and routes ------------------------------------------------------------------------
  // Where this node hangs in the tree; the one before stays valid for what is under way.
  void set_address(const TreeAddress& address);
  bool has_address() const { return address_count_ > 0; }
  const TreeAddress& address() const { return addresses_[0]; }
  // Packets for `to` and all addresses below it go to the neighbour `via`; `node` (may be zero) is who lives at
  // `to` exactly. frame_max: bytes of the smallest datagram on the way (0: as the first link). Replaces a route
  // with the same address. Status: no_buffer.
  Status set_route(const TreeAddress& to, const NodeId& via, const NodeId& node = {}, std::uint8_t frame_max = 0);
  Status remove_route(const TreeAddress& to);
  // All slots; skip those not `used`. peers()[route.via].id is the next hop.
  std::span<const Route> routes() const { return routes_.all(); }
  // The spanning trees that it hangs in (specification: tree.md), what it knows of its neighbours in them, and the
  // nodes beyond that it has sent to.
  const Trees& trees() const { return ways_.trees; }
  const Neighbours& neighbours();
  std::span<const Target> targets() const { return ways_.targets.all(); }
  // Where it is itself.
  TreePlaces places() const { return ways_.own_places(); }
  // Whether it is a leaf (specification: tree.md, "Leaves"); its parent, if any; a neighbour that is one, or is none;
  // and what it would do with a packet of its own.
  bool leaf() const { return ways_.neighbours.leaf; }
  const Peer* parent() const { return ways_.neighbours.parent != kNobody ? &peers_[ways_.neighbours.parent] : nullptr; }
  void note_leaf(const NodeId& neighbour, bool is_one);
  Decision first_hop(const RouteHeader& header);
  // Inside on_sent with Outcome::unreachable: who could not send it on by id, and why; none: it was not sent by id.
  const std::optional<RouteFailure>& failure() const { return failure_; }

  // --- looking on ----------------------------------------------------------------------------------
  const NodeId& id() const { return identity_.node_id(); }
  // Which start of this node it is, from 1 (specification: identity.md).
  std::uint32_t boot() const { return identity_.boot(); }
  const Limits& limits() const { return limits_; }
  // What is taken of them now. Looks through all tables: for a status page or a test, not for every poll.
  Usage usage() const;
  const Counters& counters() const { return counters_; }
  Instant now() const { return now_; }  // of the poll under way, or the last one
  Random& random() { return platform_.random; }
  std::size_t interface_count() const { return interface_count_; }
  Interface& interface(std::size_t i) const { return *interfaces_[i]; }
  Application* first_application() const { return applications_; }
  static Application* next_application(const Application& a) { return a.next_; }

 private:
  void note_taken_in(const NodeId& neighbour, bool taken);  // it has us in its table, or no room for us
  void make_room(const NodeId& newcomer);
  friend class Beacon;  // signs, and keeps count of what its neighbours signed
  const Ed25519KeyPair& keys() const { return identity_.keys(); }
  const ByteArray<16>& salt() const { return network_.salt.value; }
  ByteArray<16> salt_of(const NodeId& neighbour) const;  // zero: not admitted
  bool newer_beacon(const NodeId& from, std::uint32_t count) const;
  void note_beacon(const NodeId& from, std::uint32_t count);
  void refuse_beacon(const Origin& from, bool untrue);
  // Who asks us about this one has heard it lately.
  void note_own_beacon(std::uint32_t signature) { network_.beacons.add(signature); }

  friend class SpanningTree;    // speaks for the trees
  friend class SpanningTreeV0;  // for that of version 0
  friend class Seeker;
  friend class Sealer;
  friend class Owners;  // obeys owners, and signs as one

  struct Arrival;      // a datagram under way through ingress
  struct Destination;  // where a send goes: a peer, or an address by way of one

  // ingress.cpp: each ends a received datagram under one Counter.
  void receive_all(std::uint8_t interface);
  Counter ingress(Arrival& arrival);
  Counter take_routed(Arrival& arrival);
  Counter take_by_id(Arrival& arrival);
  template <typename Take>
  Counter take_once(Arrival& arrival, bool ours, const Take& take);
  Counter direct(Arrival& arrival);
  Counter accept(Arrival& arrival);
  Counter take_single(Arrival& arrival);
  Counter deliver_single(Arrival& arrival, bool in_sequence);
  Counter take_ack(Arrival& arrival);
  Counter take_report(Arrival& arrival);
  Counter take_returned(Arrival& arrival);
  Counter answer_rns(const Arrival& arrival);
  Counter take_nia(const Arrival& arrival);
  void answer(const Arrival& arrival, PacketFields fields, Bytes body);
  bool from_equal(const Arrival& arrival) const;
  Origin origin_of(const Arrival& arrival) const;
  bool seen_before(const Arrival& arrival, const PackageHead& head) const;
  void remember(const Source& source, const PackageHead& head, std::uint16_t id, bool sequence);
  SeenKey seen_key(const Source& source, const PackageHead& head, std::uint16_t id, bool sequence) const;
  Source source_of(const Arrival& arrival) const;

  // relay.cpp
  Counter relay(Arrival& arrival);
  Counter send_back(Arrival& arrival, Counter why);
  Counter pass_on(Arrival& arrival, PeerIndex via);
  bool may_relay(const Arrival& arrival, const TreeAddress& to, PeerIndex via) const;
  PeerIndex next_hop(const Arrival& arrival, const TreeAddress& to) const;

  // by_address.cpp
  PeerIndex next_by_address(const TreeAddress& to, bool by_prefix, const Schema* schema, std::size_t frame,
                            PeerIndex from) const;
  PeerIndex way_back(const PacketView& packet) const;
  PeerIndex neighbour_at(const TreeAddress& at) const;
  NodeId node_at(const TreeAddress& at) const;
  bool equal_at(const TreeAddress& at) const;

  // strangers.cpp
  bool in_use(const NodeTag& tag) const;
  Target* wanted(const NodeTag& tag);
  Target* stranger(const NodeTag& tag);
  void found(const NodeId& node, std::span<const TreePlace> places);
  bool told(const NodeId& node, std::span<const TreePlace> places);
  void hear_places(Target& target, std::span<const TreePlace> places);
  NodeId name_of(const NodeTag& tag) const;
  bool asked(const NodeTag& node, std::uint32_t number) const;
  std::uint32_t number_for(const NodeTag& node, std::int64_t epoch) const;
  Counter take_from(Arrival& arrival);
  Counter ask_who(const Arrival& arrival);
  bool introduce(const PacketView& packet, const NodeTag& to, Bytes told);

  // by_id.cpp
  void not_found(const NodeTag& target);
  void wake_parked(const NodeTag& tag);
  void know(const NodeId& node);
  void look_at(std::uint8_t slot);
  Decision leaf_hop(const RouteHeader& header, mp::Arrival how, PeerIndex from, const FrameLimits& limits) const;
  bool seek(const NodeTag& tag, bool anew);
  std::uint16_t own_distance(const RouteHeader& header) const;
  bool begin_route(RouteHeader& header, const NodeTag& to, std::size_t room, Metric metric);
  FrameLimits frame_limits(const Schema& schema, std::size_t size, const RouteHeader& header);
  Decision choose(const RouteHeader& header, mp::Arrival how, PeerIndex from, const FrameLimits& limits,
                  std::uint16_t what);  // sendings.cpp
  bool aim(OutPacket& packet);
  bool aim(OutSequence& out, RouteHeader& header, std::size_t contents, std::uint16_t part);
  bool park(OutPacket& packet, const NodeTag& to, const std::optional<RouteFailure>& failure);
  static void send_anew(OutPacket& packet, Instant due);
  OutPacket* own_packet(const PacketView& sending, const NodeTag& to);
  RouteFailure here(RouteError why) const;
  template <typename Sending>
  void end_unreachable(Sending& sending, const RouteFailure& why);
  void send_by_id(const NodeTag& to, const Schema& schema, const PacketFields& fields, Bytes contents);
  Counter relay_by_id(Arrival& arrival);
  Counter send_on(MutableBytes buffer, std::size_t size, const RouteHeader& header, mp::Arrival how, PeerIndex from,
                  Priority priority);
  void reroute(OutPacket& packet);
  Counter send_error(MutableBytes buffer, std::size_t size, const RouteHeader& header, PeerIndex from, Counter why);
  Counter pass_back(const RouteHeader& header, Bytes datagram, PeerIndex from);
  bool take_failure(const PacketView& packet, const NodeTag& to, const RouteFailure& failure);
  Counter take_error_by_id(Arrival& arrival);
  const Detour* remembered(const RouteHeader& header) const;
  void passed_on(const RouteHeader& header);

  // packager.cpp
  Result<Destination> find_destination(const NodeId& to, bool greeting = false) const;
  Result<Destination> find_destination(const TreeAddress& to, bool by_prefix = false) const;
  SendId send_single(Application& from, const Destination& to, Bytes blob, SendOptions options);
  SendId send_blob(Application& from, const Destination& to, Blob& blob, SendOptions options);
  template <typename Contents>
  SendId send_sealed(Application& from, const SealTarget& to, Contents& blob, const SendOptions& options);
  SendId refuse(Status why);
  const Schema* choose_single(const Destination& to, std::size_t package_size,
                              std::uint8_t interface = kEveryInterface) const;
  const Schema* choose_sequence(const Destination& to, std::uint32_t blob_size) const;
  const Schema* choose_broadcast(std::size_t package_size, std::uint8_t interface) const;
  const Schema* broadcast_schema(std::uint8_t interface, std::size_t package_size) const;
  bool carries(const Destination& to, const Schema& schema, std::size_t frame) const;
  RoundTrip* round_trip(PeerIndex peer, const TreeAddress* to);
  RoundTrip* round_trip(const NodeTag& to);
  RoundTrip* round_trip_of(const OutSequence& out);
  PeerIndex likely_hop(const NodeTag& to) const;
  RoundTrip* round_trip_of(const OutPacket& packet);
  void report_outcome(Application* owner, std::uint32_t send_id, Outcome outcome);

  // outbox.cpp
  OutPacket* free_packet(Priority need);
  OutPacket* place(PeerIndex via, Bytes datagram, Priority priority);
  void unblock(std::uint8_t interface, Priority priority);
  OutPacket* outdated_by(PeerIndex via, Bytes datagram);
  void enqueue(OutPacket& packet, Instant due);
  void serve();
  void serve(Priority priority, std::uint32_t begun);
  void serve_packet(OutPacket& packet);
  bool gives_up(const OutPacket& p);
  void serve_own(OutPacket& packet);
  void serve_broadcast(OutPacket& packet);
  bool busy(OutPacket& packet);
  void settle_turn(std::uint32_t destination, Priority priority, std::uint32_t turn);
  std::uint32_t destination_of(bool routed, PeerIndex peer, std::uint8_t tree_state, const Address& to) const;
  std::uint32_t destination_of(const NodeTag& to) const;
  std::uint32_t destination_of(const Destination& to) const;
  bool has_share(std::uint32_t destination) const;
  Status broadcast_on(std::uint8_t interface, const OutPacket& packet);
  void finish(OutPacket& packet, Outcome outcome);
  void tell_state(Application* owner, std::uint32_t send_id, SendState state);

  // custody.cpp
  bool in_custody(PeerIndex via);
  void settle_custody(OutPacket& packet);
  bool room_to_relay(PeerIndex via, Priority priority) const;
  std::uint8_t hop_room(PeerIndex from) const;
  unsigned under_way_to(PeerIndex peer) const;
  bool hop_open(PeerIndex peer);
  Duration first_hop_wait(PeerIndex peer);
  void hand_over(OutPacket& packet);
  void handed_over(OutPacket& packet);
  void lose_custody(OutPacket& packet);
  Counter take_hop_ack(const Arrival& arrival);
  void take_answers(std::uint8_t interface);
  void take_answer(std::uint8_t interface, std::uint16_t number, const LinkReport& report);
  HopMemory* hop_memory(const Arrival& arrival);
  HopMemory::Pace hop_ack_pace(std::uint8_t interface) const;
  void send_hop_acks();
  void wake_waiting_for(PeerIndex peer);
  void note_silence(PeerIndex peer) { costs_.silent(peer, first_hop_wait(peer), now_); }

  // sequencing.cpp
  Counter take_part(Arrival& arrival);
  Counter start_inbound(Arrival& arrival, const Source& source);
  void answer_part(const Arrival& arrival, const PackageHead& head, EndStatus why);
  void progress(InSequence& in);
  void complete(InSequence& in);
  Counter give_up(InSequence& in, InSequence::Took took);
  void abandon(InSequence& in, std::optional<EndStatus> say = std::nullopt);
  void send_report(InSequence& in);
  void send_end(InSequence& in);
  void send_control(InSequence& in, Control control, std::uint16_t packet_id, Bytes body);
  bool equal_sender(const InSequence& in) const;
  void pump_inbound();
  void tend(OutSequence& out);
  void serve_sequence(OutSequence& out);
  bool room_for_part(PeerIndex next);
  Status send_part(OutSequence& out, const OutSequence::Next& next);
  void finish(OutSequence& out, Outcome outcome);
  OutSequence* find_outbound(const Arrival& arrival);

  // sealing.cpp
  enum class Wrap : std::uint8_t { sealed, opening };
  Status begin_network();
  std::size_t seal_size(std::uint8_t interface, Wrap how) const;
  void new_salt();
  void renew_salt();
  Status sealable(std::uint8_t interface, const LinkAddress& to);
  Bytes seal(std::uint8_t interface, const LinkAddress& to, Bytes packet, Wrap how, MutableBytes out);
  Bytes seal_open_text(std::uint8_t interface, const NetworkSecret& secret, Bytes text, MutableBytes out);
  std::optional<Counter> open(Arrival& arrival);
  std::span<const Schema> schemas() const { return closed() ? std::span(kSealedSchemas) : std::span(kSchemas); }
  const Schema* schema_of(std::uint8_t base) const {
    return find_schema(static_cast<std::uint8_t>(base + (closed() ? kSealedSchema : 0)));
  }

  // rekeying.cpp
  Status restore_keys();
  void tend_change();
  Instant look_after_the_unchanged();
  void forget_previous();
  void forget_admissions(std::uint8_t generation);

  // admission.cpp
  void challenge(std::uint8_t interface, const LinkAddress& link, std::uint8_t generation, std::uint32_t heard);
  void ask_anew(Challenge& c);
  void tend_challenges();
  Instant challenges_due() const;
  void send_hello(std::uint8_t interface, const LinkAddress& link, const NetworkSecret& secret, const Hello& hello);
  Counter take_opening(Arrival& arrival, SealByte byte, const NetworkSecret& secret);
  Counter take_open_package(const Arrival& arrival, std::uint8_t generation, Bytes body);
  ByteArray<8> cookie_for(const NodeId& to, std::uint8_t interface, const LinkAddress& link, std::int64_t age) const;
  void sign_hello(Hello& hello, std::uint8_t interface, std::uint8_t generation, const NodeId& to, const HkdfKey& pair,
                  const SealSalt& to_salt) const;
  bool hello_genuine(const Arrival& arrival, const Hello& hello, SealByte byte, const HkdfKey& pair) const;
  Counter answer_challenge(const Arrival& arrival, const Hello& asked, const NetworkSecret& secret);
  Counter take_answer(const Arrival& arrival, const Hello& answer, SealByte byte, const NetworkSecret& secret);
  Counter take_proof(const Arrival& arrival, const Hello& proof, SealByte byte, const NetworkSecret& secret);
  bool is_admitted(const Arrival& arrival, const Hello& hello, SealByte byte);
  bool has_another_salt(const NodeId& who, const SealSalt& salt) const;
  void admit(const Arrival& arrival, const Hello& hello, SealByte byte, const HkdfKey& pair);
  void send_anew(PeerIndex index);
  void forget_keys(PeerIndex index);
  // `number`: of the Interface at the neighbour, which has just been admitted; none: it was before, or there is no
  // need.
  Status join(const NodeId& id, std::uint8_t interface, const LinkAddress& link, Duration timeout, bool equal,
              std::optional<std::uint8_t> number);

  // egress.cpp
  const Schema* control_schema(const Interface& interface) const;
  Status begin_link(std::uint8_t interface);
  void restore_ledgers();
  void save_ledger(std::uint8_t interface);
  // Status: ok; would_block (retry_at_ says when to try again, airtime_wait_ whether it waits as long as it
  // takes); banned, unreachable, and what the Interface says.
  Status transmit(PeerIndex peer, Bytes datagram, Priority priority);
  Status transmit(std::uint8_t interface, const LinkAddress& link, Bytes datagram, Priority priority,
                  Wrap how = Wrap::sealed);
  Status permitted(std::uint8_t interface, std::size_t size, Priority priority);
  void block_link(Link& link, Priority priority, Instant until);
  Status put_on_link(std::uint8_t interface, const LinkAddress& link, Bytes frame, Priority priority);
  // `watermark`: of a packet by id, before this hop was chosen.
  Status pass(PeerIndex via, Bytes datagram, Priority priority, std::uint16_t watermark = kFar);
  bool congested() const;
  bool throttled(PeerIndex peer, Priority priority);
  void hear_throttle(Peer& peer, bool on);
  PeerLink* best_link(Peer& peer, unsigned not_links) { return costs_.first_link(peer, not_links); }
  Duration airtime_to(PeerIndex peer);
  void blame_link(PeerIndex peer);
  bool supports(std::uint8_t interface, const Schema& schema) const {
    return (schema_masks_[interface] >> schema.base() & 1U) != 0;
  }
  // Whether every link of the peer carries a frame of this size in the schema.
  bool supports(const Peer& peer, const Schema& schema, std::size_t frame) const;

  // sleeping.cpp
  Status begin_sleep();
  void tend_sleep();
  bool lonely(std::uint8_t interface) const;
  void after_traffic(std::uint8_t interface, bool broadcast, std::size_t sent);
  WakeTime phase_to_tell(std::uint8_t interface) const;
  Bytes with_phase(std::uint8_t interface, Bytes datagram, MutableBytes buffer) const;
  RnsTimes rns_times(std::uint8_t interface) const;
  bool may_sleep(const Peer& peer, std::uint8_t interface) const;
  Instant asleep_until(PeerIndex peer, const PeerLink& link);
  void heard_from(PeerIndex peer, const Arrival& arrival);
  bool may_answer_rns(const Arrival& arrival, std::size_t size);
  void take_wake(Peer& peer, std::uint8_t interface, const WakeTime& wake, std::size_t datagram, bool at_once);
  void ask_sleepers();
  void ask(PeerIndex peer);
  bool waits_for(PeerIndex peer) const;
  void release_waiting(PeerIndex peer, bool it_asks);
  Stabs stabs(const OutPacket& broadcast, std::uint8_t interface) const;
  bool may_be_unsure(const OutPacket& broadcast, std::uint8_t interface) const;
  Duration overlap(const OutPacket& broadcast, std::uint8_t interface) const;
  bool others_spoke(const OutPacket& broadcast, std::uint8_t interface) const;

  // banning.cpp
  void set_banned(PeerIndex index);
  void restore_bans();

  // node.cpp
  // Whether anything can go there.
  bool usable(PeerIndex peer) const { return peers_.usable(peer); }
  std::uint8_t new_packet_id();
  std::uint8_t new_seq_id();
  Application* find_application(const AppId& id) const;
  bool is_own(const TreeAddress& address) const;
  const Address* own_address(std::uint8_t tree_state) const;
  void run_applications();
  void tell_costs();
  void expire_peers();
  void drop_peer(PeerIndex index);
  void take_over_link(const NodeId& id, std::uint8_t interface, const LinkAddress& link);
  void release_pin(PeerIndex index);
  void forget_transfers(PeerIndex index);
  Instant next_due() const;
  void start_clocks(Duration passed);
  void trace(const TraceRecord& record) {
    if (trace_ != nullptr) trace_->on_trace(record);
  }
  std::uint32_t new_send_id();
};

}  // namespace mp
