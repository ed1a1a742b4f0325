// SPDX-License-Identifier: ISC
// Any bytes: a Package or too short; what is taken is written back to the same bytes.
#include "micropycelium/packet/package.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  const auto package = mp::PackageView::parse(input);
  MP_CHECK(package.ok() == (size >= mp::kPackageHeader));
  if (!package) return 0;
  mp::ByteArray<mp::kPackageHeader> head;
  mp::write_package_head(package->head, head);
  MP_CHECK(mp::equal(head, input.first(mp::kPackageHeader)));
  MP_CHECK(mp::equal(package->blob, input.subspan(mp::kPackageHeader)));
  MP_CHECK(package->verify() == (mp::half_sha256(package->blob) == package->head.half_sha256));
  return 0;
}
