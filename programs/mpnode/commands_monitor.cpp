// SPDX-License-Identifier: ISC
// monitor.
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/text.hpp"

#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

class OpenMonitor final : public OpenRequest, public TraceWatcher {
 public:
  OpenMonitor(Client& client, std::string id, unsigned levels) : client_(client), id_(std::move(id)) {
    client_.service().trace_hub.add(*this, levels);
  }
  ~OpenMonitor() override { client_.service().trace_hub.remove(*this); }

  void cancel() override { client_.close(id_); }
  bool is_subscription() const override { return true; }
  void on_trace(const TraceRecord& record) override;

 private:
  Client& client_;
  std::string id_;
  std::uint64_t n_ = 0;
  std::uint64_t lost_ = 0;
};

// Which events have an Interface to name: 0 is one.
bool names_interface(TraceEvent e) {
  switch (e) {
    case TraceEvent::add_interface:
    case TraceEvent::add_peer:
    case TraceEvent::send_packet:
    case TraceEvent::receive:
    case TraceEvent::receive_rns:
    case TraceEvent::receive_nia:
    case TraceEvent::rns:
    case TraceEvent::nia:
    case TraceEvent::drop:
      return true;
    default:
      return false;
  }
}

bool names_packet(TraceEvent e) { return e == TraceEvent::send_packet || e == TraceEvent::receive; }

void OpenMonitor::on_trace(const TraceRecord& r) {
  const std::uint64_t n = n_++;
  if (client_.output().waiting() > kTraceMax) {
    ++lost_;
    return;
  }
  if (lost_ > 0) {
    client_.event("lost", id_, "\"count\":" + std::to_string(lost_));
    lost_ = 0;
  }
  Service& service = client_.service();
  std::string m = "\"n\":" + std::to_string(n) + ",\"time_ms\":" + number_text(service.now_ms()) + ",\"trace\":\"" +
                  name(r.event) + "\"";
  if (r.peer != nullptr && !r.peer->is_zero()) m += ",\"peer\":\"" + hex(r.peer->bytes()) + "\"";
  if (r.app != nullptr) m += ",\"app\":\"" + hex(r.app->bytes()) + "\"";
  if (r.send_id != 0) m += ",\"send_id\":" + std::to_string(r.send_id);
  if (names_interface(r.event)) m += ",\"interface\":\"" + service.interface_name(r.interface) + "\"";
  if (r.size != 0 || level_of(r.event) == kTracePackage) {
    if (r.event != TraceEvent::sent) m += ",\"size\":" + std::to_string(r.size);
  }
  if (r.event == TraceEvent::receive || r.packet_id != 0) m += ",\"packet_id\":" + std::to_string(r.packet_id);
  if (names_packet(r.event) || r.schema != 0) m += ",\"schema\":" + std::to_string(r.schema);
  if (names_packet(r.event)) m += ",\"flags\":" + std::to_string(r.flags);
  if (r.event == TraceEvent::drop) m += std::string(",\"reason\":\"") + name(static_cast<Counter>(r.detail)) + "\"";
  if (r.event == TraceEvent::sent) m += std::string(",\"outcome\":\"") + name(static_cast<Outcome>(r.detail)) + "\"";
  client_.event("trace", id_, m);
}

unsigned levels_field(const Json& body) {
  const auto f = body.find("levels");
  if (f == body.end() || f->is_null()) return kTracePeer | kTracePackage;
  unsigned levels = 0;
  const auto bad = CommandError("bad_request", "levels: must be a list of \"peer\", \"package\" and \"packet\"");
  if (!f->is_array() || f->empty()) throw bad;
  for (const Json& level : *f) {
    if (level == "peer")
      levels |= kTracePeer;
    else if (level == "package")
      levels |= kTracePackage;
    else if (level == "packet")
      levels |= kTracePacket;
    else
      throw bad;
  }
  return levels;
}

}  // namespace

void command_monitor(Client& client, const Request& request) {
  const unsigned levels = levels_field(request.body);
  const bool history = bool_field(request.body, "history").value_or(false);
  auto open = std::make_unique<OpenMonitor>(client, request.id, levels);
  OpenMonitor& monitor = *open;
  client.open(request.id, std::move(open));
  client.reply(request, "");
  if (!history || (levels & kTracePeer) == 0) return;
  const Node& node = client.service().node();
  for (const Peer& p : node.peers()) {
    if (!p.used || p.itself || p.banned || !p.connected()) continue;
    std::uint8_t interface = 0;
    for (const PeerLink& l : p.links)
      if (l.used()) interface = l.interface;
    monitor.on_trace({.event = TraceEvent::add_peer, .peer = &p.id, .interface = interface});
  }
  for (const Route& r : node.routes())
    if (r.used)
      monitor.on_trace({.event = TraceEvent::add_route, .peer = &node.peers()[r.via].id, .detail = r.to.tree_state});
}

}  // namespace mp::host
