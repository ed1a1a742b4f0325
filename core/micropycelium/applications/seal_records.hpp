// SPDX-License-Identifier: ISC
// Packages of any size, sealed in records of 240 bytes so that no part of them has to be kept (specification: seal.md,
// "Records"): read() seals on the way out, as often as it is asked and always alike; what comes in lies sealed in the
// Blob of its Application, and is opened there from front to back when all of it has come.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/crypto/aead.hpp"
#include "micropycelium/node/application.hpp"

namespace mp {

inline constexpr std::uint32_t kSealRecord = 240;  // bytes that a record holds; the last may hold fewer
inline constexpr std::uint32_t kSealRecordSealed = kSealRecord + 16;

// Bytes of the records of so many bytes, and the other way round. Result: truncated (no records have this size).
constexpr std::uint32_t sealed_size(std::uint32_t plain) {
  return plain + 16 * (plain == 0 ? 1 : (plain + kSealRecord - 1) / kSealRecord);
}
Result<std::uint32_t> opened_size(std::uint32_t sealed);

// Seals record `index`, where it lies in the first bytes of `room`, which holds its tag too. Opening: Status forged.
void seal_record(const AeadKey& key, std::uint32_t index, bool last, MutableBytes room);
Status open_record(const AeadKey& key, std::uint32_t index, bool last, MutableBytes sealed);

// What is sent: a head, then records. The contents must not change while it is.
class SealedOut final : public Blob {
 public:
  static constexpr std::size_t kHeadMax = 160;

  // `contents` outlives it, or null: then `small` does.
  void begin(Bytes head, AeadKey key, Blob* contents, Bytes small);
  void clear();

  std::uint32_t size() const override;
  Status read(std::uint32_t offset, MutableBytes out) override;
  Status write(std::uint32_t, Bytes) override { return Status::unsupported; }

 private:
  Blob* contents_ = nullptr;
  Bytes small_;
  AeadKey key_;
  std::uint8_t head_size_ = 0;
  ByteArray<kHeadMax> head_;
};

// What comes in: its head is looked at when the first part comes, the rest lies in the Blob of its Application.
class SealedIn final : public Blob {
 public:
  enum class State : std::uint8_t { free, arriving, opening };

  bool used() const { return state != State::free; }
  void clear();
  // Opens up to `records` more of them. Status: would_block (there are more), ok (all are open), forged, io_error.
  Status open(std::uint32_t records);

  std::uint32_t size() const override { return 0; }
  Status read(std::uint32_t offset, MutableBytes out) override;
  Status write(std::uint32_t offset, Bytes part) override;

  State state = State::free;
  std::uint8_t head = 0;  // bytes of it; 0: has not come
  class Seal* seal = nullptr;
  Application* owner = nullptr;  // null: detached meanwhile
  Blob* inner = nullptr;         // the owner's
  AeadKey key;
  std::uint32_t session = 0;  // that its head came in, and its number there; 0: none
  std::uint32_t number = 0;
  std::uint32_t size_max = 0;
  std::uint32_t sealed = 0;  // bytes of all records, when all have come
  std::uint32_t next = 0;    // the next record to be opened
  Origin from;
};

}  // namespace mp
