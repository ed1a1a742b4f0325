// SPDX-License-Identifier: ISC
// Which nodes this one has met, what people call them, and which of them they have made sure of (specification:
// identity.md, "Trust store"): a record of the state folder, "trust". Follows hand-overs.
#pragma once

#include "micropycelium/applications/contacts.hpp"
#include "micropycelium/platform/storage.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace mp::host {

class TrustStore final : public ContactsListener {
 public:
  static constexpr std::string_view kStorageKey = "trust";
  static constexpr std::size_t kNodesMax = 1024;
  static constexpr std::size_t kNameMax = 32;

  struct Known {
    std::string name;             // empty: nobody named it
    std::uint64_t seen = 0;       // the how manieth node that was met: an order, no time
    bool pinned = false;          // people made sure of it; else it is trusted for having been the first
    std::optional<NodeId> after;  // it handed over to this one, and is nobody any more
  };

  explicit TrustStore(Storage& storage) : storage_(storage) {}

  // Status: corrupt (the record is left as it is), io_error.
  Status load();
  // What is not written down yet; changes by people are at once.
  void flush();
  bool dirty() const { return dirty_; }

  // It showed itself. The store keeps the first 1,024; whoever is not pinned or named gives way to later ones.
  void met(const NodeId& id);

  // All: io_error (nothing has changed). pin, name: no_buffer (full of pinned and named ones); bad_value (it handed
  // over to another). name: exists (another is called so), not_representable (not a name). forget: exists (it is
  // pinned). unpin, forget: not_found.
  Status pin(const NodeId& id);
  Status unpin(const NodeId& id);
  Status name(const NodeId& id, const std::string& name);  // empty: none
  Status forget(const NodeId& id);

  const std::map<NodeId, Known>& all() const { return nodes_; }
  std::optional<NodeId> find(const std::string& name) const;
  // A letter, then up to 31 letters, digits, '_' and '.'; not 8 or more hex digits only, which is how nodes begin.
  static bool is_name(const std::string& name);

  bool cares(const Handover& unverified) override;
  void on_handover(const Handover& handover) override;

  // What people should hear of, in a sentence.
  std::function<void(const std::string&)> tell = [](const std::string&) {};

 private:
  std::string text() const;
  bool parse(const std::string& text);
  Status write();
  bool make_room();
  // Does it on a copy, and keeps that if it could be written.
  template <typename Change>
  Status change(Change&& do_it);

  Storage& storage_;
  std::map<NodeId, Known> nodes_;
  std::uint64_t next_ = 1;
  bool dirty_ = false;
};

}  // namespace mp::host
