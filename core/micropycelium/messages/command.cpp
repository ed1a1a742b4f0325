// SPDX-License-Identifier: ISC
#include "micropycelium/messages/command.hpp"

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

constexpr std::string_view kDomain = "Micropycelium command 1";

// What the owner signs: the domain, then the message up to the signature.
class SignedText {
 public:
  SignedText(const Ed25519PublicKey& owner, const NodeId& target, const Epoch& epoch, std::uint64_t counter,
             Bytes command)
      : out_(buffer_) {
    out_.put(mp::bytes(kDomain));
    out_.put(owner.bytes());
    out_.put(target.bytes());
    out_.put(epoch.bytes());
    out_.u64(counter);
    out_.put(command);
    MP_CHECK(out_.ok());
  }
  Bytes bytes() const { return out_.written(); }

 private:
  ByteArray<kDomain.size() + kCommandHead + kCommandMax> buffer_{};
  Writer out_;
};

}  // namespace

Result<OwnerCommand> decode_command(Bytes message) {
  if (message.size() < kCommandHead + Ed25519Signature::kSize) return Status::truncated;
  if (message.size() > kCommandMessageMax) return Status::too_large;
  Reader in(message);
  OwnerCommand c;
  c.owner.value = in.array<Ed25519PublicKey::kSize>();
  c.target.value = in.array<NodeId::kSize>();
  c.epoch.value = in.array<Epoch::kSize>();
  c.counter = in.u64();
  c.command = in.take(in.left() - Ed25519Signature::kSize);
  c.signature.value = in.array<Ed25519Signature::kSize>();
  if (c.counter == 0 || c.command.empty()) return Status::bad_value;
  return c;
}

Result<Bytes> encode_command(const Ed25519KeyPair& owner, const NodeId& target, const Epoch& epoch,
                             std::uint64_t counter, Bytes command, MutableBytes out) {
  if (command.size() > kCommandMax) return Status::too_large;
  if (counter == 0 || command.empty()) return Status::bad_value;
  const SignedText text(owner.public_key(), target, epoch, counter, command);
  Writer w(out);
  w.put(text.bytes().subspan(kDomain.size()));
  w.put(owner.sign(text.bytes()).bytes());
  if (!w.ok()) return Status::too_large;
  return w.written();
}

Status verify(const OwnerCommand& c) {
  if (c.command.size() > kCommandMax) return Status::forged;
  return ed25519_verify(c.owner, SignedText(c.owner, c.target, c.epoch, c.counter, c.command).bytes(), c.signature);
}

}  // namespace mp
