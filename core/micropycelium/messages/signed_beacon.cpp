// SPDX-License-Identifier: ISC
#include "micropycelium/messages/signed_beacon.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/packet/package.hpp"

#include <algorithm>

namespace mp {
namespace {

constexpr std::byte operator""_b(unsigned long long n) { return static_cast<std::byte>(n); }

// As bytes, so that a look at a datagram costs no hash; signed_beacon_test.cpp holds it to the identity.
constexpr ByteArray<AppId::kSize> kId{0x0f_b, 0xb7_b, 0x5b_b, 0x1c_b, 0xc9_b, 0x86_b, 0x94_b, 0x05_b,
                                      0x5e_b, 0xc3_b, 0xbd_b, 0xff_b, 0x7b_b, 0x2e_b, 0xdb_b, 0x4a_b};

constexpr std::string_view kLabel = "Micropycelium Beacon 2";

// What is signed: the label, the salt, then the message up to the signature.
struct Signed {
  static constexpr std::size_t kHead = kLabel.size() + 16;
  ByteArray<kHead + kSignedBeaconSizeMax> buffer;
  std::size_t size = 0;

  Signed(const ByteArray<16>& salt, Bytes message) : size(kHead + message.size()) {
    copy(bytes(kLabel), buffer);
    copy(salt, MutableBytes(buffer).subspan(kLabel.size()));
    copy(message, MutableBytes(buffer).subspan(kHead));
  }
  Bytes view() const { return Bytes(buffer).first(size); }
};

}  // namespace

Result<SignedBeacon> decode_signed_beacon(Bytes message) {
  if (message.size() < kSignedBeaconHead + kSignedBeaconTail) return Status::truncated;
  if (message.size() > kSignedBeaconSizeMax) return Status::too_large;
  Reader in(message);
  SignedBeacon b;
  b.op = static_cast<BeaconOp>(in.u8());
  b.node_id.value = in.array<NodeId::kSize>();
  b.boot = in.u32();
  b.count = in.u32();
  b.interval_s = in.u16();
  if (b.op != BeaconOp::beacon && b.op != BeaconOp::response && b.op != BeaconOp::disconnect) return Status::bad_value;
  b.prefixes = in.take(message.size() - kSignedBeaconHead - kSignedBeaconTail);
  if (b.prefixes.size() % kAppPrefixSize != 0) return Status::truncated;
  b.signature.value = in.array<Ed25519Signature::kSize>();
  const auto wake = decode_wake(in.rest());
  if (!wake) return Status::bad_value;
  b.wake = *wake;
  return b;
}

bool signed_beacon_genuine(Bytes message, const ByteArray<16>& salt) {
  const auto b = decode_signed_beacon(message);
  MP_CHECK(b.ok());
  const Signed what(salt, message.first(message.size() - kSignedBeaconTail));
  return ed25519_verify(Ed25519PublicKey(b->node_id.value), what.view(), b->signature) == Status::ok;
}

Bytes encode_signed_beacon(const SignedBeacon& b, const ByteArray<16>& salt, const Ed25519KeyPair& keys,
                           std::span<std::byte, kSignedBeaconSizeMax> buffer) {
  MP_CHECK(b.prefixes.size() % kAppPrefixSize == 0 && b.prefixes.size() <= kSignedBeaconAppsMax * kAppPrefixSize);
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(b.op));
  out.put(b.node_id.value);
  out.u32(b.boot);
  out.u32(b.count);
  out.u16(b.interval_s);
  out.put(b.prefixes);
  out.put(keys.sign(Signed(salt, out.written()).view()).value);
  ByteArray<kWakeSize> wake{};
  encode_wake(b.wake, wake);
  out.put(wake);
  return out.written();
}

bool stamp_signed_beacon(MutableBytes package, const WakeTime& wake) {
  if (package.size() < kPackageHeader + kSignedBeaconHead + kSignedBeaconTail ||
      !std::equal(kId.begin(), kId.end(), package.begin()))
    return false;
  const MutableBytes blob = package.subspan(kPackageHeader);
  encode_wake(wake, blob.last<kWakeSize>());
  copy(half_sha256(blob).bytes(), package.subspan(AppId::kSize));
  return true;
}

}  // namespace mp
