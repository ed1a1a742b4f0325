// SPDX-License-Identifier: ISC
// monitor: what happens in the node, as it happens.
#include "programs/mpctl/commands.hpp"

namespace mp::host {
namespace {

std::string describe(Output& out, const Json& event) {
  if (text(event, "event") == "lost")
    return out.bad("           lost  " + text(event, "count", "?") + " events: this program did not read fast enough");
  std::string line = fixed(real(event, "time_ms") / 1000.0, 3);
  line.insert(0, line.size() < 11 ? 11 - line.size() : 0, ' ');
  const std::string what = text(event, "trace");
  line += "  " + (what == "drop" ? out.bad(what) : out.bold(what));
  line.append(what.size() < 18 ? 18 - what.size() : 0, ' ');
  for (const auto& [name, value] : event.items()) {
    if (name == "event" || name == "id" || name == "n" || name == "time_ms" || name == "trace" || value.is_null())
      continue;
    const std::string written = text(event, name.c_str());
    line += " " + printable(name) + "=" + (name == "peer" || name == "app" ? short_node(written) : written);
  }
  return line;
}

}  // namespace

int run_monitor(Client& client, Output& out, const MonitorOptions& options) {
  Json request{{"cmd", "monitor"}};
  if (!options.levels.empty()) request["levels"] = options.levels;
  if (options.history) request["history"] = true;
  client.request(std::move(request));
  const std::int64_t id = client.last_id();
  client.watch_output();
  for (std::int64_t shown = 0; options.count == 0 || shown < options.count;) {
    const std::optional<Json> event = client.event(std::nullopt);
    if (!event || number(*event, "id", -1) != id) continue;
    ++shown;
    if (out.json()) {
      Json record = *event;
      record.erase("id");
      out.record(record);
    } else {
      out.line(describe(out, *event));
    }
  }
  return kExitOk;
}

}  // namespace mp::host
