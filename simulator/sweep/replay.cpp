// SPDX-License-Identifier: ISC
#include "simulator/sweep/replay.hpp"

namespace mp::sim {

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:,=@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string replay_command(const std::string& path, std::uint64_t seed, const std::vector<Override>& overrides) {
  std::string command = "mpsim run " + shell_word(path) + " --seed " + std::to_string(seed);
  for (const Override& o : overrides) command += " --set " + shell_word(o.key + "=" + o.value);
  return command;
}

}  // namespace mp::sim
