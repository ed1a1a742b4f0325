// SPDX-License-Identifier: ISC
#include "programs/mpctl/codec_request.hpp"

#include <array>

namespace mp::host::codec {
namespace {

constexpr std::uint8_t kNoDigit = 0xff;

constexpr auto kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  for (auto& v : values) v = kNoDigit;
  for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a' + i)] = static_cast<std::uint8_t>(10 + i);
    values[static_cast<std::size_t>('A' + i)] = static_cast<std::uint8_t>(10 + i);
  }
  return values;
}();

std::uint8_t digit(char c) { return kDigitValues[static_cast<unsigned char>(c)]; }

}  // namespace

std::string hex(Bytes b) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out(2 * b.size(), '0');
  for (std::size_t i = 0; i < b.size(); ++i) {
    const auto v = std::to_integer<unsigned>(b[i]);
    out[2 * i] = kDigits[v >> 4];
    out[2 * i + 1] = kDigits[v & 0xfU];
  }
  return out;
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::size_t end = 0;
  for (std::size_t n = 0; n < kShown && end < text.size(); ++n) {
    ++end;  // never ends within a character of UTF-8
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) ++end;
  }
  return std::string(text.substr(0, end)) + (end < text.size() ? "..." : "");
}

std::uint64_t to_integer(const Json& value, const std::string& key, std::uint64_t max) {
  const std::string range = "0.." + std::to_string(max);
  if (!value.is_number_integer())
    throw Refusal(key + ": must be an integer " + range + ", not " + value.type_name() +
                  (value.is_number() ? " with a fraction or beyond 64 bits" : ""));
  if (!value.is_number_unsigned() && value == 0) return 0;  // "-0", which JSON allows
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > max)
    throw Refusal(key + ": " + value.dump() + " is outside " + range);
  return value.get<std::uint64_t>();
}

std::string_view to_string(const Json& value, const std::string& key) {
  if (!value.is_string()) throw Refusal(key + ": must be a string, not " + value.type_name());
  return value.get_ref<const std::string&>();
}

Octets to_octets(const Json& value, const std::string& key) {
  const std::string_view digits = to_string(value, key);
  if (digits.size() % 2 != 0) throw Refusal(key + ": odd number of hex digits (" + std::to_string(digits.size()) + ")");
  Octets out(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const unsigned high = digit(digits[i]);
    const unsigned low = digit(digits[i + 1]);
    if (high == kNoDigit || low == kNoDigit)
      throw Refusal(key + ": not hex at character " + std::to_string(i + (high == kNoDigit ? 1 : 2)));
    out[i / 2] = static_cast<std::byte>(high * 16 + low);
  }
  return out;
}

void need_size(const Octets& octets, std::size_t size, const std::string& key) {
  if (octets.size() != size)
    throw Refusal(key + ": " + std::to_string(octets.size()) + " bytes, must be " + std::to_string(size));
}

Object::Object(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
  if (json.is_object()) return;
  const std::string what = path_.empty() ? "the request" : path_.substr(0, path_.size() - 1);
  throw Refusal(what + ": must be an object, not " + json.type_name());
}

const Json* Object::find(std::string_view name) const {
  const auto it = json_.find(name);
  return it == json_.end() || it->is_null() ? nullptr : &*it;
}

const Json& Object::at(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) throw Refusal(key(name) + ": missing");
  return *value;
}

std::vector<std::string> Object::names() const {
  std::vector<std::string> all;
  for (const auto& [name, value] : json_.items())
    if (!value.is_null()) all.push_back(name);
  return all;
}

std::uint64_t Object::integer(std::string_view name, std::uint64_t max) const {
  return to_integer(at(name), key(name), max);
}

const Json& Object::array(std::string_view name) const {
  const Json& value = at(name);
  if (!value.is_array()) throw Refusal(key(name) + ": must be a list, not " + value.type_name());
  return value;
}

}  // namespace mp::host::codec
