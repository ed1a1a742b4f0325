// SPDX-License-Identifier: ISC
#include "programs/mpnode/output.hpp"

#include "ports/host/base64.hpp"
#include "programs/mpnode/client.hpp"
#include "programs/mpnode/text.hpp"

namespace mp::host {

std::string PackageLines::next() {
  const Bytes blob = package_->blob;
  const bool in_one = blob.size() <= kChunkMax;
  std::string line;
  if (!begun_) {
    begun_ = true;
    line = "{\"event\":\"package\",\"id\":" + id_ + ",\"package\":" + std::to_string(number_) + ",\"app\":\"" +
           hex(package_->app.bytes()) + "\",\"size\":" + std::to_string(blob.size()) + ",\"half_sha256\":\"" +
           hex(package_->half_sha256.bytes()) + "\",\"from\":" + package_->from;
    if (in_one) {
      line += ",\"data\":\"";
      line.reserve(line.size() + base64_size(blob.size()) + 8);
      append_base64(blob, line);
      line += '"';
      offset_ = blob.size();
    }
  } else {
    const Bytes chunk = blob.subspan(offset_, std::min(kChunkMax, blob.size() - offset_));
    line = "{\"event\":\"package_data\",\"id\":" + id_ + ",\"package\":" + std::to_string(number_) +
           ",\"offset\":" + std::to_string(offset_) + ",\"data\":\"";
    line.reserve(line.size() + base64_size(chunk.size()) + 8);
    append_base64(chunk, line);
    line += '"';
    offset_ += chunk.size();
  }
  return line + "}\n";
}

}  // namespace mp::host
