// SPDX-License-Identifier: ISC
#include "micropycelium/packet/ids.hpp"

#include "micropycelium/crypto/hash.hpp"

namespace mp {
namespace {

template <typename Identifier>
Identifier first_bytes(Sha256& hash) {
  const Sha256Digest digest = hash.finish();
  return Identifier::from(Bytes(digest).first(Identifier::kSize));
}

ByteArray<4> be32(std::uint32_t value) {
  ByteArray<4> b;
  store_be(b.data(), value);
  return b;
}

}  // namespace

AppId make_app_id(std::string_view name, std::string_view description, std::uint32_t version) {
  Sha256 hash;
  hash.update(bytes(name));
  hash.update(bytes(description));
  hash.update(be32(version));
  return first_bytes<AppId>(hash);
}

InterfaceId make_interface_id(std::string_view name, std::uint32_t bitrate, std::span<const std::uint8_t> schema_ids) {
  Sha256 hash;
  hash.update(bytes(name));
  hash.update(be32(bitrate));
  hash.update(std::as_bytes(schema_ids));
  return first_bytes<InterfaceId>(hash);
}

HalfSha256 half_sha256(Bytes blob) {
  const Sha256Digest digest = sha256(blob);
  return HalfSha256::from(Bytes(digest).first(HalfSha256::kSize));
}

}  // namespace mp
