// SPDX-License-Identifier: ISC
// How the lines of the key table are made from the members of a struct. For the keys_*.cpp.
#pragma once

#include "simulator/scenario/keys.hpp"
#include "simulator/scenario/names.hpp"

namespace mp::sim::make {

struct Unit {
  const char* name;
  std::int64_t scale;
};
inline constexpr Unit kNone{"", 1}, kThousandths{"", 1'000};
inline constexpr Unit kSeconds{"s", 1'000'000}, kMilliseconds{"ms", 1'000}, kMicroseconds{"us", 1};
inline constexpr Unit kMetres{"m", 1'000}, kMetresPerSecond{"m/s", 1'000};
inline constexpr Unit kDecibels{"dB", 1'000}, kDbm{"dBm", 1'000}, kMilliamperes{"mA", 1'000}, kVolts{"V", 1'000};
inline constexpr Unit kShare{"of 1", 1'000'000}, kBytes{"bytes", 1}, kBitsPerSecond{"bit/s", 1};

inline constexpr std::int64_t kLong_us = seconds(10 * 365 * 86'400).us;  // ten years
inline constexpr std::int64_t kFar_mm = 10'000'000'000;                  // 10,000 km
inline constexpr std::int64_t kWhole_ppm = 1'000'000;

inline std::int64_t whole(Duration d) { return d.us; }
template <typename Int>
std::int64_t whole(Int n) {
  return static_cast<std::int64_t>(n);
}
inline void assign(Duration& to, std::int64_t value) { to = microseconds(value); }
template <typename Int>
void assign(Int& to, std::int64_t value) {
  to = static_cast<Int>(value);
}

template <typename T>
const T& of(const void* p) {
  return *static_cast<const T*>(p);
}
template <typename T>
T& of(void* p) {
  return *static_cast<T*>(p);
}

inline std::string outside(std::int64_t value, const Unit& unit, std::int64_t least, std::int64_t most) {
  return number_text(value, unit.scale) + " is out of range " + number_text(least, unit.scale) + ".." +
         number_text(most, unit.scale);
}

template <typename T, typename M>
Key number(const char* name, M T::*member, Unit unit, std::int64_t least, std::int64_t most, const char* help) {
  Key key{.name = name,
          .form = KeyForm::number,
          .unit = unit.name,
          .scale = unit.scale,
          .least = least,
          .most = most,
          .words = {},
          .help = help,
          .get = {},
          .set = {}};
  key.get = [=](const void* p) { return KeyValue(whole(of<T>(p).*member)); };
  key.set = [=](void* p, const KeyValue& v) -> std::string {
    const auto value = std::get<std::int64_t>(v);
    if (value < least || value > most) return outside(value, unit, least, most);
    assign(of<T>(p).*member, value);
    return {};
  };
  return key;
}

template <typename T, typename M>
Key span(const char* name, M T::*least_member, M T::*most_member, Unit unit, std::int64_t least, std::int64_t most,
         const char* help) {
  Key key = number(name, least_member, unit, least, most, help);
  key.form = KeyForm::span;
  key.get = [=](const void* p) { return KeyValue(Span{whole(of<T>(p).*least_member), whole(of<T>(p).*most_member)}); };
  key.set = [=](void* p, const KeyValue& v) -> std::string {
    const auto value = std::get<Span>(v);
    for (const std::int64_t n : {value.least, value.most})
      if (n < least || n > most) return outside(n, unit, least, most);
    if (value.most < value.least)
      return number_text(value.least, unit.scale) + " is more than " + number_text(value.most, unit.scale) +
             "; write the smaller first";
    assign(of<T>(p).*least_member, value.least);
    assign(of<T>(p).*most_member, value.most);
    return {};
  };
  return key;
}

template <typename T, typename M>
Key plain(const char* name, KeyForm form, M T::*member, const char* help) {
  Key key{.name = name, .form = form, .unit = {}, .words = {}, .help = help, .get = {}, .set = {}};
  key.get = [=](const void* p) { return KeyValue(of<T>(p).*member); };
  key.set = [=](void* p, const KeyValue& v) -> std::string {
    of<T>(p).*member = std::get<M>(v);
    return {};
  };
  return key;
}

template <typename T>
Key boolean(const char* name, bool T::*member, const char* help) {
  return plain(name, KeyForm::boolean, member, help);
}

template <typename T>
Key text(const char* name, std::string T::*member, const char* help) {
  return plain(name, KeyForm::text, member, help);
}

template <typename T>
Key texts(const char* name, std::vector<std::string> T::*member, const char* help) {
  return plain(name, KeyForm::texts, member, help);
}

template <typename T>
Key selector(const char* name, Selector T::*member, const char* help) {
  Key key{.name = name, .form = KeyForm::nodes, .unit = {}, .words = {}, .help = help, .get = {}, .set = {}};
  key.get = [=](const void* p) { return KeyValue((of<T>(p).*member).text); };
  key.set = [=](void* p, const KeyValue& v) -> std::string {
    (of<T>(p).*member).text = std::get<std::string>(v);
    return {};
  };
  return key;
}

template <typename T, typename E>
Key word(const char* name, E T::*member, const char* help) {
  Key key{.name = name, .form = KeyForm::word, .unit = {}, .words = words<E>(), .help = help, .get = {}, .set = {}};
  key.get = [=](const void* p) { return KeyValue(word_of(of<T>(p).*member)); };
  key.set = [=](void* p, const KeyValue& v) -> std::string {
    const auto& all = words<E>();
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i] == std::get<std::string>(v)) of<T>(p).*member = static_cast<E>(i);
    return {};
  };
  return key;
}

template <typename... E>
std::uint32_t bits(E... kinds) {
  return ((std::uint32_t{1} << static_cast<unsigned>(kinds)) | ...);
}

// The same keys for kinds of the table only.
inline std::vector<Key> only(std::uint32_t kinds, std::vector<Key> keys) {
  for (Key& key : keys) key.kinds = kinds;
  return keys;
}

// Keys of a struct that is a member of another, as keys of that other.
template <typename T, typename M>
std::vector<Key> within(M T::*member, std::vector<Key> keys) {
  for (Key& key : keys) {
    key.get = [=, get = key.get](const void* p) { return get(&(of<T>(p).*member)); };
    key.set = [=, set = key.set](void* p, const KeyValue& v) { return set(&(of<T>(p).*member), v); };
  }
  return keys;
}

inline void append(std::vector<Key>& to, std::vector<Key> more) {
  for (Key& key : more) to.push_back(std::move(key));
}

// A table that there is once, and fills in a member of the struct above.
template <typename T, typename M>
KeyTable single(const char* name, M T::*member, const char* help) {
  KeyTable table;
  table.name = name;
  table.help = help;
  table.at = [=](void* above, std::size_t) -> void* { return &(of<T>(above).*member); };
  table.count = [](const void*) { return std::size_t{1}; };
  table.resize = [](void*, std::size_t) {};
  return table;
}

// A table that there is any number of times.
template <typename T, typename M>
KeyTable several(const char* name, std::vector<M> T::*member, const char* help) {
  KeyTable table;
  table.name = name;
  table.help = help;
  table.many = true;
  table.at = [=](void* above, std::size_t index) -> void* { return &(of<T>(above).*member)[index]; };
  table.count = [=](const void* above) { return (of<T>(above).*member).size(); };
  table.resize = [=](void* above, std::size_t count) { (of<T>(above).*member).resize(count); };
  return table;
}

}  // namespace mp::sim::make
