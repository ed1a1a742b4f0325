// SPDX-License-Identifier: ISC
// ping: round trips to a node, in the manner of ping(8). Ctrl-C ends it early and still shows the statistics.
#include "programs/mpctl/commands.hpp"

namespace mp::host {
namespace {

// One event of the ping; true when it was the last.
bool show(Output& out, const Json& event, const std::string& target, std::int64_t& received) {
  const std::string kind = text(event, "event");
  const bool end = kind == "ping_end" || flag(event, "final");
  if (end) received = number(event, "received");
  if (out.json()) {
    Json record = event;
    record.erase("id");
    out.record(record);
    return end;
  }
  if (kind == "ping_reply") {
    out.line("answer from " + target + ": seq=" + text(event, "seq") + " time=" + fixed(real(event, "rtt_ms"), 3) +
             " ms");
  } else if (kind == "ping_lost") {
    out.line(out.bad("no answer") + " from " + target + ": seq=" + text(event, "seq"));
  } else if (end) {
    out.line("");
    out.line("--- " + target + " ping statistics ---");
    out.line(text(event, "sent", "0") + " sent, " + text(event, "received", "0") + " answered, " +
             fixed(real(event, "loss_percent"), 1) + " % lost");
    if (received > 0)
      out.line("round trip min/avg/max = " + fixed(real(event, "min_ms"), 3) + "/" + fixed(real(event, "avg_ms"), 3) +
               "/" + fixed(real(event, "max_ms"), 3) + " ms");
  }
  return end;
}

}  // namespace

int run_ping(Client& client, Output& out, const PingOptions& options) {
  const Json result = client.request({{"cmd", "ping"},
                                      {"to", options.to},
                                      {"count", options.count},
                                      {"interval_ms", static_cast<std::int64_t>(options.interval_s * 1000)},
                                      {"timeout_ms", static_cast<std::int64_t>(options.timeout_s * 1000)}});
  const std::string target = short_node(text(result, "node", options.to));
  std::int64_t received = 0;
  client.watch_output();
  if (!out.json())
    out.line("ping " + text(result, "node", options.to) + ": " + std::to_string(options.count) + " requests");

  if (!client.follow([&](const Json& event) { return show(out, event, target, received); })) return kExitInterrupted;
  return received > 0 ? kExitOk : kExitFailed;
}

}  // namespace mp::host
