// SPDX-License-Identifier: ISC
// The messages of the Application SpanningTree (specification: tree.md, "Messages"): adverts of trees, signed; probes;
// who looks for a node, and its answer, signed. The first byte says which.
#pragma once

#include "micropycelium/base/reader.hpp"
#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/messages/tree_advert.hpp"
#include "micropycelium/packet/route_header.hpp"

#include <optional>

namespace mp {

inline constexpr AppIdentity kSpanningTreeApp{"SpanningTree", "Micropycelium SpanningTree App", 1};

// From record_request on: tree_records.hpp; from lease on: tree_lease.hpp.
enum class TreeMessage : std::uint8_t {
  advert,
  probe,
  seek,
  seek_answer,
  introduction,
  record_request,
  link_record,
  root_record,
  sign_request,
  assignment,
  doubt,
  plea,
  farewell,
  boot_question,
  boot_answer,
  lease = 16,
  lease_answer,
  leaf_answer,
};

// Status: truncated (no bytes), bad_value (no such kind).
Result<TreeMessage> tree_message_kind(Bytes message);
// Takes the first byte. Status: truncated, bad_value (another kind).
Status begin_message(Reader& in, TreeMessage kind);

// --- adverts -------------------------------------------------------------------------------------------------

// Layout: kind 1 | count 4 | boot 4 | entries (tree_advert.hpp, whose boot byte is the last of these four) | signature
// 64. The signature is over all before it, after a text that says what it is for, the sender's salt and its id, which
// are not sent.
inline constexpr std::size_t kAdvertHead = 1 + 4 + 3;
inline constexpr std::size_t kAdvertTail = Ed25519Signature::kSize;
inline constexpr std::size_t kAdvertMax = 255;

struct SignedAdvert {
  std::uint32_t count = 0;  // goes up with each advert of one start
  std::uint32_t boot = 0;   // which start of the sender
  TreeAdvert advert;
  Ed25519Signature signature;
};

// Status: bad_value (another kind), truncated, too_large (above kAdvertMax), and those of decode_tree_advert().
Result<SignedAdvert> decode_signed_advert(Bytes message);
// Which it is, without a look at the rest. Precondition: `message` decodes.
bool signed_advert_genuine(Bytes message, const NodeId& sender, const ByteArray<16>& salt);
// `advert.signature` and `advert.advert.boot` are not read. Status: too_large.
Result<Bytes> encode_signed_advert(const SignedAdvert& advert, const NodeId& sender, const ByteArray<16>& salt,
                                   const Ed25519KeyPair& keys, MutableBytes out);

// Cuts an advert that is too large for one message: by trees, and an entry with many children is told several times
// over, with some of them each. One without entries stays one.
class AdvertParts {
 public:
  // Room that each entry fits with one child at least.
  static constexpr std::size_t kRoomMin = 1 + 25 + 1 + kCompactAddressMax + 1 + 6;

  // `room`: bytes of boot and entries, at least kRoomMin. `whole` outlives this.
  AdvertParts(const TreeAdvert& whole, std::size_t room) : whole_(whole), room_(room) {}
  // The next one, in `part`; false: there is none.
  bool next(TreeAdvert& part);

 private:
  const TreeAdvert& whole_;
  std::size_t room_;
  std::size_t entry_ = 0, child_ = 0;
  bool begun_ = false;
};

// --- probes --------------------------------------------------------------------------------------------------

// Is the root there? Layout: kind 1 | tree in bits 0, 1, what in bits 2, 3; the others 0.
struct RootProbe {
  enum class What : std::uint8_t { is_it_there, it_is, it_is_gone };
  static constexpr std::size_t kSize = 2;
  std::uint8_t tree = 0;
  What what = What::is_it_there;
};

// Status: bad_value, truncated, too_large.
Result<RootProbe> decode_root_probe(Bytes message);
ByteArray<RootProbe::kSize> encode_root_probe(const RootProbe& probe);

// --- introductions -------------------------------------------------------------------------------------------

// Of a table of neighbours, in open networks: this is who hears you, and is not heard to be known to you
// (introduction); nobody in reach has room for it (plea); it has no more room for you (farewell).
// Layout: kind 1 | node_id of the sender 32.
struct Introduction {
  TreeMessage kind = TreeMessage::introduction;  // or plea, or farewell
  NodeId node;
};
inline constexpr std::size_t kIntroductionSize = 1 + NodeId::kSize;

// Status: bad_value, truncated, too_large.
Result<Introduction> decode_introduction(Bytes message);
ByteArray<kIntroductionSize> encode_introduction(const Introduction& introduction);

// --- which start is it? --------------------------------------------------------------------------------------

// Layout: kind 1 | nonce 8.
inline constexpr std::size_t kBootQuestionSize = 1 + 8;
// Status: bad_value (another kind, nonce 0), truncated, too_large.
Result<std::uint64_t> decode_boot_question(Bytes message);
ByteArray<kBootQuestionSize> encode_boot_question(std::uint64_t nonce);

// Layout: kind 1 | nonce 8 | boot 4 | count 4 | signature 64, over all before it, after a text that says what it is for
// and the id of whoever asked.
struct BootAnswer {
  static constexpr std::size_t kSize = 1 + 8 + 4 + 4 + Ed25519Signature::kSize;
  std::uint64_t nonce = 0;  // of the question
  std::uint32_t boot = 0;
  std::uint32_t count = 0;  // of its last advert
};
// Status: bad_value, truncated, too_large.
Result<BootAnswer> decode_boot_answer(Bytes message);
// Whether `sender` has signed it, for `asker`. Precondition: `message` decodes.
bool boot_answer_genuine(Bytes message, const NodeId& sender, const NodeId& asker);
ByteArray<BootAnswer::kSize> encode_boot_answer(const BootAnswer& answer, const NodeId& asker,
                                                const Ed25519KeyPair& keys);

// --- looking for a node --------------------------------------------------------------------------------------

// Layout: kind 1 | hops 1 | request 4 | target 8 | origin 32 | places of the origin (packet/tree_place.hpp).
struct SeekMessage {
  static constexpr std::size_t kHead = 1 + 1 + 4 + NodeTag::kSize + NodeId::kSize;
  std::uint8_t hops = 0;  // it may go so many more
  std::uint32_t request = 0;
  NodeTag target;
  NodeId origin;
  TreePlaces places;
};
inline constexpr std::size_t kSeekMax = SeekMessage::kHead + 1 + kTreesMax * (kCompactAddressMax + 3);

// Status: bad_value (another kind, places that are none), truncated, too_large.
Result<SeekMessage> decode_seek(Bytes message);
// Status: too_large.
Result<Bytes> encode_seek(const SeekMessage& seek, MutableBytes out);

// Layout: kind 1 | request 4 | node 32 | its places | signature 64, by the node, over all before it, after a text that
// says what it is for and the id of whoever asked.
struct SeekAnswer {
  static constexpr std::size_t kHead = 1 + 4 + NodeId::kSize;
  static constexpr std::size_t kTail = Ed25519Signature::kSize;
  std::uint32_t request = 0;
  NodeId node;
  TreePlaces places;
};
inline constexpr std::size_t kSeekAnswerMax = SeekAnswer::kHead + kSeekMax - SeekMessage::kHead + SeekAnswer::kTail;

// Status: as decode_seek().
Result<SeekAnswer> decode_seek_answer(Bytes message);
// Whether the node that it names has signed it, for `origin`. Precondition: `message` decodes.
bool seek_answer_genuine(Bytes message, const NodeId& origin);
// Status: too_large.
Result<Bytes> encode_seek_answer(const SeekAnswer& answer, const NodeId& origin, const Ed25519KeyPair& keys,
                                 MutableBytes out);

}  // namespace mp
