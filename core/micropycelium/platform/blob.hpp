// SPDX-License-Identifier: ISC
#pragma once

#include "micropycelium/base/bytes.hpp"
#include "micropycelium/base/status.hpp"

namespace mp {

// The one seam for contents larger than a packet: RAM, a file, a flash partition. Owned by the Application
// and valid until on_sent (sending), or delivery or abandonment (receiving). Offsets and sizes in bytes.
class Blob {
 public:
  // Sending: the whole size. Receiving: not asked.
  virtual std::uint32_t size() const = 0;
  // Fills all of `out` from `offset`; only asked for what lies inside size() or was written before.
  virtual Status read(std::uint32_t offset, MutableBytes out) = 0;
  // Stores `part` at `offset`; parts come in any order, each once, never beyond what accept() was told. The one at 0 is
  // the first to come. Status: ok; unsupported: it turns out that nobody wants it, and its sender is told so; any other
  // ends the transfer for want of room.
  virtual Status write(std::uint32_t offset, Bytes part) = 0;

 protected:
  ~Blob() = default;
};

// A Blob over memory of the caller's: read-only when made from Bytes.
class MemoryBlob final : public Blob {
 public:
  explicit MemoryBlob(MutableBytes memory) : view_(memory), memory_(memory) {}
  explicit MemoryBlob(Bytes contents) : view_(contents) {}

  std::uint32_t size() const override { return static_cast<std::uint32_t>(view_.size()); }
  Status read(std::uint32_t offset, MutableBytes out) override {
    if (offset > view_.size() || out.size() > view_.size() - offset) return Status::too_large;
    copy(view_.subspan(offset, out.size()), out);
    return Status::ok;
  }
  Status write(std::uint32_t offset, Bytes part) override {
    if (offset > memory_.size() || part.size() > memory_.size() - offset) return Status::too_large;
    copy(part, memory_.subspan(offset));
    return Status::ok;
  }

 private:
  Bytes view_;
  MutableBytes memory_;
};

}  // namespace mp
