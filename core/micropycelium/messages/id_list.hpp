// SPDX-License-Identifier: ISC
// A list of identifiers that lie one after the other in a message: read where they are, nothing is copied.
// A view; it ends with the bytes it looks at.
#pragma once

#include "micropycelium/base/check.hpp"
#include "micropycelium/packet/ids.hpp"

namespace mp {

template <typename Identifier>
class IdList {
 public:
  class Iterator {
   public:
    using value_type = Identifier;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(const std::byte* at) : at_(at) {}
    Identifier operator*() const { return Identifier::from({at_, Identifier::kSize}); }
    Iterator& operator++() {
      at_ += Identifier::kSize;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const std::byte* at_ = nullptr;
  };

  IdList() = default;
  // Precondition: b.size() is a multiple of the identifier's size.
  explicit IdList(Bytes b) : bytes_(b) { MP_CHECK(b.size() % Identifier::kSize == 0); }

  std::size_t size() const { return bytes_.size() / Identifier::kSize; }
  bool empty() const { return bytes_.empty(); }
  // Precondition: i < size().
  Identifier operator[](std::size_t i) const {
    MP_CHECK(i < size());
    return Identifier::from(bytes_.subspan(i * Identifier::kSize, Identifier::kSize));
  }
  bool contains(const Identifier& id) const {
    for (const Identifier mine : *this)
      if (mine == id) return true;
    return false;
  }
  Iterator begin() const { return Iterator(bytes_.data()); }
  Iterator end() const { return Iterator(bytes_.data() + bytes_.size()); }
  Bytes bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

using AppIdList = IdList<AppId>;

}  // namespace mp
