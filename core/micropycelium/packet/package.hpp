// SPDX-License-Identifier: ISC
// A Package: a blob for an Application, with the digest that proves it
// (specification: package.md). Layout: app_id 16 | half_sha256 16 | blob.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/packet/ids.hpp"

namespace mp {

inline constexpr std::size_t kPackageHeader = AppId::kSize + HalfSha256::kSize;

struct PackageHead {
  AppId app_id;
  HalfSha256 half_sha256;
};

// A Package in one piece; `blob` views the bytes it was parsed from.
struct PackageView {
  PackageHead head;
  Bytes blob;

  // Status::truncated below 32 bytes. Does not check the digest: ask verify().
  static Result<PackageView> parse(Bytes package);
  bool verify() const;
};

void write_package_head(const PackageHead& head, std::span<std::byte, kPackageHeader> out);

}  // namespace mp
