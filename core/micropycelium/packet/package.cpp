// SPDX-License-Identifier: ISC
#include "micropycelium/packet/package.hpp"

namespace mp {

Result<PackageView> PackageView::parse(Bytes package) {
  if (package.size() < kPackageHeader) return Status::truncated;
  PackageView view;
  view.head.app_id = AppId::from(package.first(AppId::kSize));
  view.head.half_sha256 = HalfSha256::from(package.subspan(AppId::kSize, HalfSha256::kSize));
  view.blob = package.subspan(kPackageHeader);
  return view;
}

bool PackageView::verify() const { return half_sha256(blob) == head.half_sha256; }

void write_package_head(const PackageHead& head, std::span<std::byte, kPackageHeader> out) {
  copy(head.app_id.bytes(), out);
  copy(head.half_sha256.bytes(), out.subspan<AppId::kSize>());
}

}  // namespace mp
