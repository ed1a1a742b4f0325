// SPDX-License-Identifier: ISC
#include "programs/mpnode/report.hpp"

#include <cstdio>

#include <nlohmann/json.hpp>

namespace mp::host {

Exit report_check(const Options& options, const ConfigResult& result) {
  const bool good = result.errors.empty();
  const std::string file = options.config.empty() ? "the defaults" : options.config;
  if (options.json) {
    nlohmann::ordered_json j{{"ok", good}, {"file", file}, {"errors", nlohmann::ordered_json::array()}};
    for (const ConfigError& e : result.errors)
      j["errors"].push_back({{"line", e.line}, {"column", e.column}, {"message", e.text}});
    std::printf("%s\n", j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else if (good) {
    std::printf("%s: good\n", file.c_str());
  } else {
    for (const ConfigError& e : result.errors) std::fprintf(stderr, "%s\n", to_text(e, file).c_str());
  }
  return good ? Exit::ok : Exit::bad_config;
}

}  // namespace mp::host
