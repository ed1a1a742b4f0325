// SPDX-License-Identifier: ISC
#include "tests/support/vectors.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>

namespace mp::test {
namespace {

using nlohmann::json;

const json& parsed(const char* file) {
  static std::map<std::string, json> files;
  const auto known = files.find(file);
  if (known != files.end()) return known->second;
  return files[file] = json::parse(std::ifstream(MP_VECTORS_DIR "/" + std::string(file)));
}

const json& member(const void* object, const char* key) {
  const auto& j = *static_cast<const json*>(object);
  const auto it = j.find(key);
  if (it != j.end()) return *it;
  std::cerr << "vectors: no \"" << key << "\" in " << j.dump().substr(0, 200) << '\n';
  std::abort();
}

template <typename T>
std::vector<T> list(const json& j) {
  return j.get<std::vector<T>>();
}

unsigned digit(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); }

std::vector<Vector> views(const json& array) {
  std::vector<Vector> out;
  for (const json& element : array) out.emplace_back(&element);
  return out;
}

}  // namespace

Octets from_hex(std::string_view hex) {
  Octets out(hex.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::byte>(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
  return out;
}

std::string to_hex(Bytes b) {
  std::string out;
  for (const std::byte v : b) {
    out += "0123456789abcdef"[std::to_integer<unsigned>(v) >> 4];
    out += "0123456789abcdef"[std::to_integer<unsigned>(v) & 0xfU];
  }
  return out;
}

bool Vector::has(const char* key) const { return static_cast<const json*>(json_)->contains(key); }
bool Vector::is_null(const char* key) const { return member(json_, key).is_null(); }
bool Vector::is_true(const char* key) const { return !is_null(key) && member(json_, key).get<bool>(); }
std::uint64_t Vector::number(const char* key) const { return member(json_, key).get<std::uint64_t>(); }
double Vector::real(const char* key) const { return member(json_, key).get<double>(); }
std::string Vector::text(const char* key) const { return member(json_, key).get<std::string>(); }
Vector Vector::object(const char* key) const { return Vector(&member(json_, key)); }
std::vector<Vector> Vector::objects(const char* key) const { return views(member(json_, key)); }
std::vector<std::string> Vector::texts(const char* key) const { return list<std::string>(member(json_, key)); }
std::vector<unsigned> Vector::numbers(const char* key) const { return list<unsigned>(member(json_, key)); }

std::vector<Vector> vectors(const char* category, const char* file) {
  std::vector<Vector> all = views(member(&parsed(file), category));
  EXPECT_FALSE(all.empty()) << category;
  return all;
}

Octets rule_bytes(unsigned mul, unsigned add, std::size_t size) {
  Octets out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i * mul + add + (i >> 8));
  return out;
}

}  // namespace mp::test
