// SPDX-License-Identifier: ISC
#include "programs/mpnode/served_application.hpp"

#include <algorithm>

namespace mp::host {

ServedApplication::ServedApplication(ApplicationTexts texts, std::uint32_t version, Needs needs)
    : ApplicationTexts(std::move(texts)),
      Application(ApplicationInfo{
          .name = ApplicationTexts::name, .description = ApplicationTexts::description, .version = version}),
      needs_(std::move(needs)),
      named_(true) {}

ServedApplication::ServedApplication(const AppId& id, Needs needs)
    : Application(id), needs_(std::move(needs)), named_(false) {}

void ServedApplication::unlisten(PackageListener& listener) {
  std::erase(listeners_, &listener);
  for (Incoming& in : incoming_)
    if (std::erase(in.waiting, &listener) > 0) listener.release(in.size);
}

bool ServedApplication::wants(const Package& package) {
  // Refused to all is not lost: its sender is told.
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [&](const PackageListener* l) { return l->has_room(package.size); });
}

Blob* ServedApplication::accept(const IncomingPackage& incoming) {
  if (listeners_.empty()) return nullptr;
  std::vector<PackageListener*> to;
  for (PackageListener* l : listeners_)
    if (l->has_room(incoming.size_max)) to.push_back(l);
  if (to.empty()) return &no_room_;
  for (PackageListener* l : to) l->reserve(incoming.size_max);
  return &incoming_.emplace_back(incoming.size_max, std::move(to)).blob;
}

void ServedApplication::on_abandoned(Blob& blob) {
  const auto in = std::find_if(incoming_.begin(), incoming_.end(), [&](const Incoming& i) { return &i.blob == &blob; });
  if (in == incoming_.end()) return;
  for (PackageListener* l : in->waiting) l->release(in->size);
  incoming_.erase(in);
}

void ServedApplication::on_package(const Package& package) {
  if (package.stream == nullptr) return hand_out(package, {package.blob.begin(), package.blob.end()});
  const auto in =
      std::find_if(incoming_.begin(), incoming_.end(), [&](const Incoming& i) { return &i.blob == package.stream; });
  if (in == incoming_.end()) return;
  for (PackageListener* l : in->waiting) l->release(in->size);
  std::vector<std::byte> blob = in->blob.take(package.size);
  incoming_.erase(in);
  hand_out(package, std::move(blob));
}

void ServedApplication::hand_out(const Package& package, std::vector<std::byte> blob) {
  HalfSha256 digest = package.half_sha256;
  if (digest.is_zero()) digest = half_sha256(blob);  // a sealed one was proven by more than a digest
  const auto arrived = std::make_shared<const ArrivedPackage>(
      ArrivedPackage{package.app_id, digest, needs_.origin_json(package.from), std::move(blob)});
  for (PackageListener* l : listeners_) {
    if (l->has_room(package.size))
      l->deliver(arrived);
    else
      l->miss();
  }
}

}  // namespace mp::host
