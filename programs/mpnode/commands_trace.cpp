// SPDX-License-Identifier: ISC
// trace: each hop to a node, and why.
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/places.hpp"
#include "programs/mpnode/text.hpp"

#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

// A distance or a cost in transmissions; null when there is none.
std::string transmissions(int eighths) { return number_text(static_cast<double>(eighths) / kCostUnit); }

std::string distance(std::uint16_t told) { return told == kFar ? "null" : transmissions(told - kNear); }

class OpenTrace final : public OpenRequest, public TraceSession {
 public:
  OpenTrace(Client& client, std::string id) : client_(client), id_(std::move(id)) {}
  ~OpenTrace() override { client_.service().trace_route.cancel(*this); }

  void cancel() override {
    client_.service().trace_route.cancel(*this);
    finish("cancelled");
  }
  void on_hop(const TraceHop& hop) override {
    const TraceAnswer& says = hop.says;
    const bool next = !says.next.is_zero();
    client_.event("trace_hop", id_,
                  "\"hop\":" + std::to_string(hop.number) + ",\"node\":\"" + hex(hop.node.bytes()) + "\",\"why\":\"" +
                      name(says.step) + "\",\"distance\":" + distance(says.own_distance) +
                      ",\"next\":" + (next ? "\"" + hex(says.next.bytes()) + "\"" : "null") +
                      ",\"link_cost\":" + (next ? transmissions(says.link_cost) : "null") +
                      ",\"next_distance\":" + (next ? distance(says.next_distance) : "null") +
                      ",\"rtt_ms\":" + number_text(static_cast<double>(hop.round_trip.us) / 1000.0) +
                      ",\"places\":" + places_json(says.places.view()).dump());
  }
  void on_end(TraceEnd end) override { finish(name(end)); }

 private:
  void finish(const char* how) {
    client_.event("trace_end", id_, std::string("\"final\":true,\"end\":\"") + how + "\"");
    client_.close(id_);
  }

  Client& client_;
  std::string id_;
};

}  // namespace

void command_trace(Client& client, const Request& request) {
  Service& service = client.service();
  const auto mode = text_field(request.body, "mode").value_or("tree");
  if (mode != "tree" && mode != "prefix") throw CommandError("bad_request", "mode must be \"tree\" or \"prefix\"");
  const NodeId to = find_node(service, needed_text(request.body, "to"));
  auto open = std::make_unique<OpenTrace>(client, request.id);
  OpenTrace& session = *open;
  client.open(request.id, std::move(open));
  client.reply(request, "\"node\":\"" + hex(to.bytes()) + "\"");
  const Status status = service.trace_route.trace(session, to, mode == "prefix" ? Metric::prefix : Metric::tree);
  if (status != Status::ok) session.on_end(TraceEnd::unreachable);
  service.runner.wake();
}

}  // namespace mp::host
