// SPDX-License-Identifier: ISC
#include "simulator/sweep/source.hpp"

#include "micropycelium/crypto/hash.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace mp::sim {
namespace {

constexpr std::size_t kFileMax = 1 << 20;

void add(Sha256& hash, std::string_view part) {
  const std::string size = std::to_string(part.size()) + ":";  // so that no two lists of parts look alike
  hash.update(std::as_bytes(std::span(size)));
  hash.update(std::as_bytes(std::span(part)));
}

void add_file(Sha256& hash, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  add(hash, std::string(std::istreambuf_iterator<char>(in), {}));
}

}  // namespace

ScenarioSource ScenarioSource::read(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  const auto fail = [&](const std::string& why) { throw ScenarioError(path + ": cannot be read: " + why); };
  if (!in) fail(std::generic_category().message(errno));
  ScenarioSource source{path, std::string(kFileMax + 1, '\0')};
  in.read(source.text.data(), static_cast<std::streamsize>(source.text.size()));
  if (in.bad()) fail(std::generic_category().message(errno != 0 ? errno : EIO));
  source.text.resize(static_cast<std::size_t>(in.gcount()));
  if (source.text.size() > kFileMax) fail("it is over 1 MiB: that is no scenario");
  return source;
}

Scenario ScenarioSource::scenario(const std::vector<Override>& overrides) const {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, std::max<std::size_t>(slash, 1));
  Scenario scenario = parse_scenario(text, path, folder, overrides);
  if (scenario.name.empty()) {
    scenario.name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    if (scenario.name.ends_with(".toml")) scenario.name.resize(scenario.name.size() - 5);
  }
  return scenario;
}

std::string digest_of(const ScenarioSource& source, const std::vector<Scenario>& scenarios) {
  Sha256 hash;
  add(hash, source.text);
  std::vector<std::string> seen;
  for (const Scenario& scenario : scenarios)
    for (const std::string& path : {scenario.topology.positions, scenario.topology.links}) {
      if (path.empty() || std::find(seen.begin(), seen.end(), path) != seen.end()) continue;
      seen.push_back(path);
      add_file(hash, path);
    }
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const std::byte b : hash.finish()) {
    hex += kDigits[std::to_integer<unsigned>(b) >> 4];
    hex += kDigits[std::to_integer<unsigned>(b) & 0xf];
  }
  return hex;
}

}  // namespace mp::sim
