// SPDX-License-Identifier: ISC
// What the operations of `mpctl codec` share: reading typed values out of a request, with a refusal that names
// the key, and byte strings as hex.
#pragma once

#include "micropycelium/base/bytes.hpp"
#include "micropycelium/packet/ids.hpp"

#include <nlohmann/json.hpp>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace mp::host::codec {

using Json = nlohmann::json;           // requests
using Reply = nlohmann::ordered_json;  // replies keep the order in which they are written
using Octets = std::vector<std::byte>;

// A request that cannot be answered; what() is the reason for its sender.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string hex(Bytes b);

// What a refusal repeats of a request: the first 40 characters.
std::string shortened(std::string_view text);

// The value itself, checked. `key` names it in a refusal.
std::uint64_t to_integer(const Json& value, const std::string& key, std::uint64_t max);
Octets to_octets(const Json& value, const std::string& key);
std::string_view to_string(const Json& value, const std::string& key);

void need_size(const Octets& octets, std::size_t size, const std::string& key);

// A JSON object of the request. A key whose value is null counts as absent.
class Object {
 public:
  // `path` goes before every key in refusals: "" or "fields.".
  Object(const Json& json, std::string path);

  std::string key(std::string_view name) const { return path_ + std::string(name); }
  // nullptr when absent.
  const Json* find(std::string_view name) const;
  const Json& at(std::string_view name) const;
  Object object(std::string_view name) const { return Object(at(name), key(name) + "."); }
  // All that are not null.
  std::vector<std::string> names() const;

  std::uint64_t integer(std::string_view name, std::uint64_t max) const;
  std::string_view string(std::string_view name) const { return to_string(at(name), key(name)); }
  Octets octets(std::string_view name) const { return to_octets(at(name), key(name)); }
  const Json& array(std::string_view name) const;

  template <typename Int>
  Int integer(std::string_view name) const {
    return static_cast<Int>(integer(name, std::numeric_limits<Int>::max()));
  }
  // Exactly as many bytes as the identifier (or Address) has.
  template <typename Fixed>
  Fixed fixed(std::string_view name) const {
    const Octets b = octets(name);
    Fixed out;
    need_size(b, out.value.size(), key(name));
    copy(b, out.value);
    return out;
  }

 private:
  const Json& json_;
  std::string path_;
};

// Operations that have a file of their own.
Reply pack(const Object& request);
Reply unpack(const Object& request);
Reply schema(const Object& request);
Reply flags(const Object& request);
Reply split(const Object& request);
Reply join(const Object& request);
Reply message(const Object& request);

}  // namespace mp::host::codec
