// SPDX-License-Identifier: ISC
// Protects the Packages of other Applications end to end (specification: seal.md): attach it, and every send with
// SendOptions::sealed can be read by its target alone, and Origin::proven says there who sent it. Noise handshakes are
// done when they are needed: IK with a node whose id is known, XX with whoever lives at an address.
//
// All it has lies in a StaticSeal: nothing is allocated.
#pragma once

#include "micropycelium/applications/seal_records.hpp"
#include "micropycelium/applications/seal_session.hpp"
#include "micropycelium/node/node.hpp"

#include <optional>

namespace mp {

struct SealLimits {
  std::uint8_t sessions = 8;        // nodes that are talked with
  std::uint8_t handshakes_out = 2;  // begun here
  std::uint8_t handshakes_in = 2;   // begun elsewhere: they never take the place of a session
  std::uint8_t sends = 4;           // Packages under way, or waiting for a handshake
  std::uint8_t blobs_in = 2;        // larger Packages that come at the same time
  std::uint8_t senders = 8;         // nodes that one-way Packages are taken from
};

struct SealCounters {
  std::uint32_t handshakes = 0;  // sessions that came about
  std::uint32_t opened = 0;      // Packages that were opened and delivered
  std::uint32_t forged = 0;      // messages that were not what they claimed
  std::uint32_t repeated = 0;    // taken before, and not delivered again
  std::uint32_t lost = 0;        // messages for sessions that are not here
  std::uint32_t refused = 0;     // handshakes for which there was no room or time
};

// A handshake under way.
struct SealHandshake {
  enum class Stage : std::uint8_t {
    free,
    first_sent,   // ours: waits for the second message
    third_sent,   // ours, XX: waits until the other end has the third
    second_sent,  // theirs, XX: waits for the third message
    answered,     // theirs, IK: waits for a first message of the session, which proves that this is no replay
  };
  Stage stage = Stage::free;
  std::uint32_t mine = 0;       // what the session will be called here
  std::uint32_t lost = 0;       // a session that the other end may have lost, as it called it; 0: none
  std::uint32_t transport = 0;  // the message under way; 0: it arrived
  std::uint64_t order = 0;      // of its first message: the smaller one wins when two cross
  Instant begun{};
  Instant until{};    // zero: not set yet
  SealTarget target;  // what asked for it
  NoiseHandshake noise;
  SealSession session;  // to be: whom it is with as far as known, and how that one is reached

  bool used() const { return stage != Stage::free; }
  void clear();
};

// Whose one-way Packages were taken, and which: kept in Storage too.
struct SealSender {
  NodeId node;  // zero: free
  std::uint64_t highest = 0;
  std::uint64_t window = 0;  // bit i: highest - i was taken
};

// A Package of somebody's that has not ended.
struct SealSend {
  enum class Step : std::uint8_t {
    free,
    waiting,    // for a session
    under_way,  // the transport has it
    arrived,    // as the transport was told: the receipt of the other end is waited for
  };
  // Bytes of the largest: a single packet of schema 0 without what goes around it.
  static constexpr std::size_t kBlobMax = 245 - kPackageHeader - kSealOverhead;

  Step step = Step::free;
  SendState state = SendState::queued;
  bool again = false;    // it was refused: it goes in another session if that one was lost
  bool proven = false;   // and it was
  bool receipt = false;  // the other end has said that it was delivered
  std::uint8_t size = 0;
  std::uint32_t id = 0;
  std::uint32_t transport = 0;
  std::uint32_t session = 0;  // that it went by: our name of it; 0: none (one way)
  std::uint32_t number = 0;   // in that
  std::uint32_t order = 0;
  Application* owner = nullptr;
  SealTarget to;
  SendOptions options;
  Instant due{};
  Instant until{};  // of its waiting, for a session or a receipt; zero: not set yet
  Instant expires = Instant::never();
  Blob* stream = nullptr;  // a larger one's contents; null: in `blob`
  SealedOut records;
  ByteArray<kBlobMax> blob;

  bool used() const { return step != Step::free; }
  Bytes contents() const { return Bytes(blob).first(size); }
  void clear();
};

class Seal final : public Sealer {
 public:
  static constexpr Duration kHandshakeWait = seconds(60);  // for an answer
  static constexpr Duration kSendWait = seconds(120);      // for a session
  static constexpr Duration kReceiptWait = seconds(60);    // for the receipt of what has arrived
  static constexpr Duration kHalfOpenStay = seconds(10);   // so long nobody displaces it
  static constexpr Duration kInUse = seconds(60);          // a session used within is never displaced
  static constexpr Duration kIdle = seconds(2 * 3600);     // unused for so long it is forgotten
  static constexpr Duration kLife = seconds(24 * 3600);    // then it is sent by no more
  static constexpr Duration kDoubtPause = seconds(5);      // between handshakes because of lost sessions
  static constexpr Duration kAnswerPause = milliseconds(250);
  static constexpr std::int64_t kAnswerBurst = 8;
  static constexpr std::size_t kFirstsRemembered = 32;
  static constexpr std::uint32_t kRecordsAtOnce = 16;  // opened in a poll: 4 KiB

  struct Tables {
    std::span<SealSession> sessions;
    std::span<SealHandshake> out, in;
    std::span<SealSend> sends;
    std::span<SealedIn> blobs_in;
    std::span<SealSender> senders;
  };
  static constexpr std::string_view kStorageKey = "seal";
  static constexpr std::size_t kSendersMax = 32;

  // The tables outlive it.
  explicit Seal(const Tables& tables);

  // One way (Noise X): no answer is needed to seal it, so it can wait for a target that sleeps, and goes even if that
  // has lost all sessions. But whoever gets hold of the target's keys later can read it. It takes 161 bytes more than
  // the blob, a small one too. Options and Status as Node::send; bad_value: `to` is no Ed25519 key.
  SendId send_one_way(Application& from, const NodeId& to, Bytes blob, const SendOptions& options = {});
  SendId send_one_way(Application& from, const NodeId& to, Blob& blob, const SendOptions& options = {});

  const SealCounters& counters() const { return counters_; }
  // Whether something for this node would go at once; and how many sessions there are.
  bool has_session(const NodeId& node) const;
  std::size_t sessions() const;
  std::size_t half_open() const;
  // Forgets the sessions with this node: the next send begins with a handshake.
  void end_sessions(const NodeId& node);

 private:
  // Sealer: seal.cpp.
  SendId send_sealed(Application& from, const SealTarget& to, Bytes blob, const SendOptions& options) override;
  SendId send_sealed(Application& from, const SealTarget& to, Blob& blob, const SendOptions& options) override;
  Status cancel_sealed(SendId id) override;
  std::optional<SendState> sealed_state(SendId id) const override;
  std::size_t sealed_packet_max(const NodeId& to) const override;
  void forget(Application& application) override;

  // Application.
  void on_start(Instant now) override;
  bool wants(const Package& package) override;
  void on_package(const Package& package) override;
  Blob* accept(const IncomingPackage& package) override;
  void on_abandoned(Blob& blob) override;
  void on_progress(SendId id, std::uint32_t done, std::uint32_t total) override;
  void on_sent(SendId id, Outcome outcome) override;
  void on_state(SendId id, SendState state) override;
  Instant on_time(Instant now) override;

  // Sends: seal.cpp.
  SendId queue(SealSend* slot, Application& from, const SealTarget& to, const SendOptions& options);
  SealSend* free_send();
  Status begin_send(SealSend& send);
  Status transmit(SealSend& send, SealSession& session);
  void attempt(SealSend& send);
  void settle(SealSend& send, Outcome outcome);
  void finish(SealSend& send, Outcome outcome);
  SealSend* next_waiting(std::uint32_t order, std::uint32_t last);
  void flush(std::uint32_t session);
  Instant tend(SealSend& send, Instant now);
  Instant tend(SealSession& session, Instant now);
  SendId send_to(const SealTarget& reach, Bytes message, const SendOptions& options);

  // Receiving: seal_receive.cpp.
  friend class SealedIn;
  SealSession* open(const SealMessage& message, std::size_t sealed, AeadKey* key, bool& repeated);
  void take(SealSession& session, std::uint32_t number, const Origin& from);
  bool open_package(const SealMessage& message, const Package& package);
  bool open_record_package(const SealMessage& message, const Package& package);
  bool open_receipt(const SealMessage& message, const Package& package);
  void take_receipt(std::uint32_t session);
  void owe_receipt(std::uint32_t session, std::uint32_t number);
  Status begin_incoming(SealedIn& in, Bytes first);
  Instant tend(SealedIn& in, Instant now);
  Application* find_application(Bytes short_id) const;

  // One way: seal_one_way.cpp.
  SendId send_one_way(SealSend* slot, Application& from, const NodeId& to, const SendOptions& options);
  bool open_one_way(Bytes noise, AeadKey& key, std::uint64_t& number, bool& repeated);
  bool take_one_way(std::uint64_t number);
  SealSender* sender(const NodeId& node);
  void load_senders();
  Package opened_package(const Package& outer, const Application& app) const;
  void deliver(const Package& package);

  // Sessions and handshakes: seal_handshake.cpp.
  SealSession* session_for(const SealTarget& to);
  const SealSession* session_before(const SealTarget& to) const;
  SealSession* session_named(std::uint32_t mine);
  SealHandshake* handshake_named(std::span<SealHandshake> slots, std::uint32_t mine, SealHandshake::Stage stage);
  SealHandshake* handshake_for(const SealTarget& to);
  SealSession* session_slot(const NodeId& newcomer);
  SealSession* install(SealSession& session);
  SealHandshake* half_open_slot();
  Status answer(SealHandshake& handshake, SealKind kind, Bytes payload);
  Status start_handshake(const SealTarget& target, const SealSession* doubted);
  bool may_answer();
  bool seen_first(Bytes message) const;
  void take_first(const SealMessage& message, const Origin& from);
  void take_second(const SealMessage& message);
  void take_third(const SealMessage& message);
  bool yields(const SealTarget& to, std::uint64_t order);
  void establish(SealHandshake& handshake);
  void resolve(SealHandshake& handshake, bool known);
  void fail(SealHandshake& handshake, Outcome outcome);
  bool proves(const NodeId& node, const NoiseHandshake& noise) const;
  std::uint32_t new_name();
  X25519PrivateKey ephemeral();
  Instant tend(SealHandshake& handshake, Instant now);

  Tables tables_;
  SealCounters counters_;
  std::optional<X25519KeyPair> self_;
  std::array<std::uint64_t, kFirstsRemembered> firsts_{};  // digests of first messages, 0: none
  std::size_t firsts_next_ = 0;
  ShortHashKey firsts_key_{};
  std::uint32_t order_ = 0;
  std::uint32_t one_way_ = 0;             // sent in this life
  bool senders_known_ = false;            // what is in Storage could be read
  Instant answer_at_{-seconds(3600).us};  // when the next answer would be in its pace
  Instant wrong_at_{-seconds(3600).us};   // and the next wrong second message
  // What wants() opened for on_package().
  ByteArray<kFrameMax> opened_;
  std::size_t opened_size_ = 0;
  NodeId opened_node_;
};

template <SealLimits kLimits>
struct SealTables {
  static_assert(kLimits.senders <= Seal::kSendersMax);
  std::array<SealSession, kLimits.sessions> session_slots;
  std::array<SealHandshake, kLimits.handshakes_out> out_slots;
  std::array<SealHandshake, kLimits.handshakes_in> in_slots;
  std::array<SealSend, kLimits.sends> send_slots;
  std::array<SealedIn, kLimits.blobs_in> blob_slots;
  std::array<SealSender, kLimits.senders> sender_slots;
};

// Seal together with its tables: sizeof is all the memory it uses. Attach it as it is; -> is Seal.
template <SealLimits kLimits = SealLimits{}>
class StaticSeal {
 public:
  StaticSeal()
      : seal_({slots_.session_slots, slots_.out_slots, slots_.in_slots, slots_.send_slots, slots_.blob_slots,
               slots_.sender_slots}) {}
  StaticSeal(const StaticSeal&) = delete;
  StaticSeal& operator=(const StaticSeal&) = delete;

  operator Seal&() { return seal_; }
  Seal* operator->() { return &seal_; }
  const Seal* operator->() const { return &seal_; }

 private:
  SealTables<kLimits> slots_;
  Seal seal_;
};

}  // namespace mp
