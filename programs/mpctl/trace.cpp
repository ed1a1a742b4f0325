// SPDX-License-Identifier: ISC
// trace: each hop to a node: where it hangs in the trees, what its link to the next costs, and why it chose that.
#include "programs/mpctl/commands.hpp"

namespace mp::host {
namespace {

constexpr std::int64_t kItself = 0;

std::string why(const Json& hop) {
  const std::string step = text(hop, "why");
  const std::string cost = fixed(real(hop, "link_cost"), 2);
  const std::string next = short_node(text(hop, "next"));
  if (step == "deliver") return "is the target";
  if (step == "neighbour") return "-> " + next + " (link " + cost + "): the target, its neighbour";
  if (step == "nearer")
    return "-> " + next + " (link " + cost + "): " + fixed(real(hop, "next_distance"), 2) +
           " from the target, itself " +
           (hop.contains("distance") && hop["distance"].is_number() ? fixed(real(hop, "distance"), 2) : "unknown");
  if (step == "detour") return "-> " + next + " (link " + cost + "): nobody is nearer, so it would try this one";
  return "knows of no way";
}

std::string places_of(const Json& hop) {
  std::string all;
  for (const Json& place : list(hop, "places"))
    all += (all.empty() ? "" : "  ") + std::to_string(number(place, "tree")) + ":" + text(place, "address");
  return all.empty() ? "no place in any tree" : all;
}

const char* end_text(const std::string& end) {
  if (end == "arrived") return "arrived";
  if (end == "unreachable") return "nobody knows where it is";
  if (end == "nowhere") return "the last hop knows of no way";
  if (end == "no_answer") return "the next hop does not answer";
  if (end == "circle") return "the next hop was on the way before";
  if (end == "too_long") return "over 64 hops";
  return "ended";
}

// One event; true when it was the last.
bool show(Output& out, const Json& event, std::string& end) {
  const bool last = text(event, "event") == "trace_end" || flag(event, "final");
  if (last) end = text(event, "end");
  if (out.json()) {
    Json record = event;
    record.erase("id");
    out.record(record);
    return last;
  }
  if (last) {
    out.line(end == "arrived" ? out.good(end_text(end)) : out.bad(end_text(end)));
    return true;
  }
  const std::int64_t hop = number(event, "hop");
  const std::string time = hop == kItself ? "" : "  " + fixed(real(event, "rtt_ms"), 1) + " ms";
  out.line((hop < 10 ? " " : "") + std::to_string(hop) + "  " + short_node(text(event, "node")) + time);
  out.line("    " + why(event));
  out.line("    " + out.dim(places_of(event)));
  return false;
}

}  // namespace

int run_trace(Client& client, Output& out, const TraceOptions& options) {
  const Json result =
      client.request({{"cmd", "trace"}, {"to", options.to}, {"mode", options.prefix ? "prefix" : "tree"}});
  client.watch_output();
  if (!out.json()) out.line("trace to " + text(result, "node", options.to));
  std::string end;
  if (!client.follow([&](const Json& event) { return show(out, event, end); })) return kExitInterrupted;
  return end == "arrived" ? kExitOk : kExitFailed;
}

}  // namespace mp::host
