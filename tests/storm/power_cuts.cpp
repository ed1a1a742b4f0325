// SPDX-License-Identifier: ISC
// A member of a closed network that loses its power again and again, at a random step of a write or at a random moment,
// and its storage with it now and then. Whoever listens sees no two different frames that were sealed under one key
// with one nonce, and the node is who it was (specification: closed-networks.md, "After a restart"). Now and then the
// network key changes ("Changing the key"): whatever step of a write the power fails in, the node is a member
// afterwards.
//
// What is on the air is all that is looked at: salts are read in the messages of the admission, which the network keys
// open. A frame key follows from the sender's salt among others, and the nonce is the number of the Interface and the
// counter; so under one salt no two frames may have the same number and counter, whichever of the keys they are under.
#include "micropycelium/messages/hello.hpp"
#include "micropycelium/transport/sealing.hpp"
#include "support/air.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <deque>
#include <optional>
#include <set>
#include <stdexcept>
#include <unordered_map>

namespace mp::test {
namespace {

constexpr BeaconOptions kSigned{.closed = true};
constexpr std::uint32_t kBlankOneIn = 50, kNewSaltOneIn = 8, kChangeOneIn = 25;
constexpr std::uint32_t kLifeMax_ms = 1'200, kSlice_ms = 40;
constexpr std::uint32_t kFramesOfTheOther = 3'000;  // so that it takes new salts too

// That of the n-th change.
NetworkKey key_of(std::uint64_t n) {
  NetworkKey key;
  key.fill()[0] = std::byte{7};
  store_be(key.fill().data() + 1, n);
  return key;
}
std::uint8_t generation_of(std::uint64_t n) { return static_cast<std::uint8_t>(n % 4); }

std::size_t hash_of(Bytes bytes) {
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// All that one sender has sealed, by salt.
class Book {
 public:
  struct Totals {
    std::uint64_t frames = 0, unattributed = 0, salts = 0, repeats = 0, salts_again = 0;
  };
  explicit Book(Totals& totals) : totals_(totals) {}

  // A salt of before may not come back.
  void new_life() {
    totals_.unattributed += pending_.size();
    pending_.clear();
    retire();
    last_.clear();
    current_.reset();
  }
  void on_salt(const SealSalt& salt) {
    if (!salt_ || !(*salt_ == salt)) {
      ++totals_.salts;
      retire();
      if (old_.contains(salt.value)) ++totals_.salts_again;
      if (pending_.empty()) last_.clear();
      salt_ = salt;
    }
    current_ = salt;
    for (const Frame& frame : pending_) take(frame);
    pending_.clear();
  }
  void on_sealed(std::uint8_t number, std::uint32_t counter, std::size_t hash) {
    ++totals_.frames;
    const Frame frame{std::uint64_t{number} << 32 | counter, hash};
    // Counters that begin anew are of another salt, or so it has to be: the next message with a salt tells.
    if (current_ && counter > last_[number]) {
      last_[number] = counter;
      return take(frame);
    }
    if (current_) last_.clear();
    current_.reset();
    last_[number] = counter;
    pending_.push_back(frame);
  }

 private:
  struct Frame {
    std::uint64_t nonce;
    std::size_t hash;
  };
  void retire() {
    if (salt_) old_.insert(salt_->value);
    salt_.reset();
    seen_.clear();
  }
  void take(const Frame& frame) {
    const auto [it, fresh] = seen_.emplace(frame.nonce, frame.hash);
    if (!fresh && it->second != frame.hash) ++totals_.repeats;
  }

  Totals& totals_;
  std::optional<SealSalt> salt_;                          // the last that was told
  std::optional<SealSalt> current_;                       // the same, but for when the counters went back
  std::vector<Frame> pending_;                            // sealed before its salt was told
  std::unordered_map<std::uint8_t, std::uint32_t> last_;  // the counter of each Interface
  std::unordered_map<std::uint64_t, std::size_t> seen_;   // of that salt
  std::set<ByteArray<SealSalt::kSize>> old_;
};

class Cuts {
 public:
  Cuts(std::uint64_t seed, bool repeating_random) : air_(seed), random_(seed + 1), repeating_random_(repeating_random) {
    secrets_.emplace_back(key_of(0), generation_of(0));
    for (std::size_t i = 0; i < 2; ++i) {
      TestNode& node = air_.add_node(kBoardLimits, kSigned);
      air_.add_radio(node).tap = [this, i](Bytes frame) { on_frame(i, frame); };
    }
    air_.connect(*air_[0].radios[0], *air_[1].radios[0]);
    air_.loses = [this](const Radio& from, const Radio&, Bytes) {
      return &from == air_[1].radios[0].get() && air_[1].storage.dead;
    };
    must(air_[0].node.set_network(key_of(0), generation_of(0), kFramesOfTheOther) == Status::ok);
    air_.start(air_[0]);
  }

  int run(std::uint64_t cuts) {
    while (cuts_ < cuts) live_and_die();
    books_[0].new_life();
    books_[1].new_life();
    return report();
  }

 private:
  static void must(bool ok) {
    if (!ok) throw std::runtime_error("the test itself is wrong");
  }

  void live_and_die() {
    TestNode& node = air_.power_cycle(1, kSigned);
    node.running = true;
    books_[1].new_life();
    const bool blank = random_.one_in(kBlankOneIn);
    if (blank) {
      node.storage.records.clear();
      id_ = {};
      ++era_;
      ++blanks_;
      configured_ = changes_;  // whoever sets it up anew gives it the key of the day
    }
    // A generator that says the same after each start: then the boot counter has to tell the salts apart. What rests
    // on the generator alone, an identity and its first boot, is another in each era.
    if (repeating_random_) node.random = SeededRandom(1'000 + era_);
    const std::uint32_t frames = random_.one_in(kNewSaltOneIn) ? 10 + random_.below(60) : Network::kFramesMax;
    must(node.node.set_network(key_of(configured_), generation_of(configured_), frames) == Status::ok);
    const bool in_a_write = random_.one_in(2);
    node.storage.old_at_last_step = random_.one_in(2);
    if (in_a_write) node.storage.steps_left = random_.below(16);
    ++cuts_;
    try {
      air_.start(node);
    } catch (const std::runtime_error&) {
      must(node.storage.dead);
      node.running = false;
      ++in_starts_;
      return;
    }
    ++starts_;
    if (!id_.is_zero() && !(id_ == node.id())) ++lost_identities_;
    id_ = node.id();
    tend_key(node);
    for (std::uint32_t left_ms = random_.below(kLifeMax_ms); left_ms > 0 && !node.storage.dead;) {
      const std::uint32_t slice_ms = std::min(left_ms, 1 + random_.below(kSlice_ms));
      left_ms -= slice_ms;
      air_.run(milliseconds(slice_ms));
      if (random_.one_in(3)) say(node);
      // More writes, so that power fails in them too.
      if (in_a_write && random_.one_in(4)) {
        NodeId nobody;
        nobody.value[0] = static_cast<std::byte>(1 + random_.below(4));
        (void)node.node.ban(nobody);
        (void)node.node.unban(nobody);
      }
    }
    in_writes_ += node.storage.dead ? 1U : 0U;
    node.running = false;
  }

  // Whoever missed the last change because its power failed gets the key once more; then there may be another change.
  void tend_key(TestNode& node) {
    const std::uint8_t now = generation_of(changes_);
    const NetworkState state = node.node.network();
    if (state.generation != now && next_generation(state.generation) != now) ++left_behind_;
    if (state.generation == now && air_[0].node.network().generation == now) {
      if (!random_.one_in(kChangeOneIn)) return;
      if (const auto left = air_[0].node.network().grace; left > Duration{}) air_.run(left + milliseconds(1));
      if (node.storage.dead) return;
      ++changes_;
      secrets_.emplace_back(key_of(changes_), generation_of(changes_));
      must(air_[0].node.install_key(key_of(changes_), generation_of(changes_)) == Status::ok);
      (void)node.node.install_key(key_of(changes_), generation_of(changes_));
      if (random_.one_in(2)) (void)node.node.use_key(generation_of(changes_));
      in_changes_ += node.storage.dead ? 1U : 0U;
      return;
    }
    (void)node.node.install_key(key_of(changes_), now);
    in_changes_ += node.storage.dead ? 1U : 0U;
    (void)air_[0].node.use_key(now);
  }

  void say(TestNode& node) {
    const Blob8 blob = random_.blob(1 + random_.below(60));
    switch (random_.below(4)) {
      case 0:
        (void)node.node.broadcast(node.app, Bytes(blob));
        return;
      case 1:
        (void)air_[0].app.send(node.id(), blob);
        return;
      default:
        (void)node.app.send(air_[0].id(), blob);
        return;
    }
  }

  void on_frame(std::size_t i, Bytes frame) {
    if (air_[i].storage.dead) return;  // there is no power
    const auto number = std::to_integer<std::uint8_t>(frame[2]);
    if (number == kOpeningSchemaEspNow || number == kOpeningSchemaLora) return on_opening(i, frame);
    const Schema* schema = find_schema(number);
    must(schema != nullptr && sealed_frame_fits(*schema, frame.size()));
    const auto byte = SealByte::decode(frame[1]);
    must(byte.ok());
    books_[i].on_sealed(byte->number, frame_counter(*schema, frame), hash_of(frame));
  }

  void on_opening(std::size_t i, Bytes frame) {
    ++openings_;
    std::uint64_t nonce = 0;
    std::memcpy(&nonce, frame.data() + kFixedHeader, sizeof nonce);
    const auto [it, fresh] = opening_nonces_.emplace(nonce, hash_of(frame));
    if (!fresh && it->second != hash_of(frame)) ++opening_repeats_;
    const auto byte = SealByte::decode(frame[1]);
    must(byte.ok());
    // The newest of this generation: none is older than three changes.
    std::uint64_t n = changes_;
    while (generation_of(n) != byte->generation) must(n-- > 0);
    Blob8 copy(frame.begin(), frame.end());
    const auto text = open_opening(secrets_[n].opening(), copy);
    must(text.ok());
    if ((*text)[0] == static_cast<std::byte>(OpeningKind::package)) return;
    const auto hello = decode_hello(*text);
    must(hello.ok());
    if (hello->kind != OpeningKind::challenge) books_[i].on_salt(SealSalt(hello->salt));
  }

  int report() const {
    std::printf("cuts %" PRIu64 ": %" PRIu64 " in a start, %" PRIu64 " in another write; starts %" PRIu64
                ", blank %" PRIu64 "\n",
                cuts_, in_starts_, in_writes_, starts_, blanks_);
    std::printf("sealed frames %" PRIu64 " under %" PRIu64 " salts, %" PRIu64 " of them before their salt was told\n",
                totals_.frames, totals_.salts, totals_.unattributed);
    std::printf("changes of the network key %" PRIu64 ", power failed in %" PRIu64 " of their writes\n", changes_,
                in_changes_);
    std::printf("opening frames %" PRIu64 ", of the same nonce with other contents %" PRIu64 "\n", openings_,
                opening_repeats_);
    bool ok = true;
    const auto promise = [&](bool kept, const char* what) {
      if (!kept) std::printf("BROKEN: %s\n", what);
      ok = ok && kept;
    };
    promise(totals_.repeats == 0, "no two frames under one salt with one number and counter");
    promise(totals_.salts_again == 0, "no salt comes back");
    promise(lost_identities_ == 0, "the node is who it was");
    promise(left_behind_ == 0, "it has a key that the other node knows");
    promise(cuts_ < 2'000 || (changes_ > cuts_ / 200 && in_changes_ > changes_ / 20),
            "keys change, and power fails then");
    // The nonce of an opening frame rests on the generator alone.
    promise(opening_repeats_ == 0 || repeating_random_, "no two opening frames with one nonce");
    promise(in_starts_ > cuts_ / 20 && in_writes_ > cuts_ / 100 && starts_ > cuts_ / 4, "power fails everywhere");
    promise(totals_.frames > 2 * starts_ && totals_.salts > starts_ / 2, "enough is sealed to see it");
    return ok ? 0 : 1;
  }

  Book::Totals totals_;
  Book books_[2]{Book(totals_), Book(totals_)};
  Air air_;
  SeededRandom random_;
  bool repeating_random_;
  std::deque<NetworkSecret> secrets_;  // of each change
  std::uint64_t changes_ = 0, configured_ = 0, in_changes_ = 0, left_behind_ = 0;
  NodeId id_;
  std::uint64_t era_ = 0, cuts_ = 0, starts_ = 0, in_starts_ = 0, in_writes_ = 0, blanks_ = 0, lost_identities_ = 0;
  std::uint64_t openings_ = 0, opening_repeats_ = 0;
  std::unordered_map<std::uint64_t, std::size_t> opening_nonces_;
};

}  // namespace
}  // namespace mp::test

int main(int argc, char** argv) {
  std::uint64_t cuts = 100'000;
  std::uint64_t seed = std::random_device{}();
  bool repeating_random = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--repeating-random") == 0) repeating_random = true;
    if (i + 1 == argc) break;
    if (std::strcmp(argv[i], "--cuts") == 0) cuts = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--seed") == 0) seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  std::printf("power_cuts --cuts %" PRIu64 " --seed %" PRIu64 "%s\n", cuts, seed,
              repeating_random ? " --repeating-random" : "");
  mp::test::Cuts test(seed, repeating_random);
  return test.run(cuts);
}
