// SPDX-License-Identifier: ISC
// What a client of the control socket is still to read. Lines go out in order; a Package becomes its lines only
// when their turn comes, so that one that several clients wait for is held once.
#pragma once

#include "micropycelium/node/application.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mp::host {

// A Package that arrived for an Application of our clients.
struct ArrivedPackage {
  AppId app;
  HalfSha256 half_sha256;
  std::string from;  // the JSON object that says where it came from
  std::vector<std::byte> blob;
};

// The lines of one Package for one subscription.
class PackageLines {
 public:
  // `id`: the id of the subscription, as JSON.
  PackageLines(std::shared_ptr<const ArrivedPackage> package, std::string id, std::uint64_t number)
      : package_(std::move(package)), id_(std::move(id)), number_(number) {}

  // The next line, with its end. Precondition: not done().
  std::string next();
  bool done() const { return begun_ && offset_ == package_->blob.size(); }
  // Bytes of contents that are not written yet.
  std::size_t left() const { return package_->blob.size() - offset_; }

 private:
  std::shared_ptr<const ArrivedPackage> package_;
  std::string id_;
  std::uint64_t number_;
  std::size_t offset_ = 0;
  bool begun_ = false;
};

class Output {
 public:
  // `text` ends with a line feed.
  virtual void line(std::string text) = 0;
  virtual void package(PackageLines lines) = 0;
  // Bytes that wait, about.
  virtual std::size_t waiting() const = 0;
  // Of these, contents of Packages.
  virtual std::size_t waiting_packages() const = 0;

 protected:
  ~Output() = default;
};

}  // namespace mp::host
