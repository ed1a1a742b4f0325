// SPDX-License-Identifier: ISC
// ping.
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/text.hpp"

#include <cmath>

namespace mp::host {
namespace {

std::string ms(Duration d) { return number_text(static_cast<double>(d.us) / 1000.0); }

class OpenPing final : public OpenRequest, public PingSession {
 public:
  OpenPing(Client& client, std::string id) : client_(client), id_(std::move(id)) {}
  ~OpenPing() override { client_.service().ping.cancel(*this); }

  void cancel() override {
    client_.service().ping.cancel(*this);
    on_end(statistics());
  }
  void on_reply(std::uint32_t seq, Duration rtt) override {
    client_.event("ping_reply", id_, "\"seq\":" + std::to_string(seq) + ",\"rtt_ms\":" + ms(rtt));
  }
  void on_lost(std::uint32_t seq) override { client_.event("ping_lost", id_, "\"seq\":" + std::to_string(seq)); }
  void on_end(const PingStatistics& s) override {
    const std::uint32_t known = s.received + s.lost;
    const double loss = known == 0 ? 0.0 : std::round(10000.0 * s.lost / known) / 100.0;
    const auto or_null = [&](Duration d) { return s.received > 0 ? ms(d) : std::string("null"); };
    client_.event("ping_end", id_,
                  "\"final\":true,\"sent\":" + std::to_string(s.sent) + ",\"received\":" + std::to_string(s.received) +
                      ",\"loss_percent\":" + number_text(loss) + ",\"min_ms\":" + or_null(s.min) +
                      ",\"avg_ms\":" + or_null(s.avg) + ",\"max_ms\":" + or_null(s.max));
    client_.close(id_);
  }

 private:
  Client& client_;
  std::string id_;
};

}  // namespace

void command_ping(Client& client, const Request& request) {
  Service& service = client.service();
  PingOptions options;
  options.count = static_cast<std::uint32_t>(integer_field(request.body, "count", 1, 10000).value_or(4));
  options.interval = milliseconds(integer_field(request.body, "interval_ms", 10, 60000).value_or(1000));
  options.timeout = milliseconds(integer_field(request.body, "timeout_ms", 10, 60000).value_or(3000));
  const NodeId to = find_node(service, needed_text(request.body, "to"));
  auto open = std::make_unique<OpenPing>(client, request.id);
  if (const Status status = service.ping.ping(*open, to, options); status != Status::ok) throw refusal(status);
  client.open(request.id, std::move(open));
  client.reply(request, "\"node\":\"" + hex(to.bytes()) + "\"");
  service.runner.wake();
}

}  // namespace mp::host
