// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/hkdf.hpp"

#include "micropycelium/base/check.hpp"
#include "micropycelium/crypto/hmac.hpp"

namespace mp {

HkdfKey hkdf_extract(Bytes salt, Bytes secret) {
  HmacSha256 mac(salt);
  mac.update(secret);
  Sha256Digest digest = mac.finish();
  HkdfKey key(digest);
  wipe(digest);
  return key;
}

void hkdf_expand(const HkdfKey& key, Bytes info, MutableBytes out) {
  Sha256Digest block;
  MP_CHECK(out.size() <= 255 * block.size());
  Bytes last;  // the block before, none before the first
  for (std::uint8_t number = 1; !out.empty(); ++number) {
    HmacSha256 mac(key.bytes());
    mac.update(last);
    mac.update(info);
    mac.update(ByteArray<1>{std::byte{number}});
    block = mac.finish();
    last = block;
    const std::size_t size = std::min(out.size(), block.size());
    copy(last.first(size), out);
    out = out.subspan(size);
  }
  wipe(block);
}

}  // namespace mp
