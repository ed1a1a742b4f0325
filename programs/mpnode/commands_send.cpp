// SPDX-License-Identifier: ISC
// send, send_data, broadcast.
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/text.hpp"

namespace mp::host {
namespace {

constexpr std::int64_t kExpiresMax_ms = 31LL * 24 * 3600 * 1000;

std::string state_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::delivered:
      return "delivered";
    case Outcome::unconfirmed:
      return "sent";
    default:
      return "failed";
  }
}

// A send or broadcast whose end is still to be told.
class OpenSend final : public OpenRequest, public TransferWatcher {
 public:
  OpenSend(Client& client, std::string id) : client_(client), id_(std::move(id)) {}
  ~OpenSend() override {
    Transfer* const t = client_.service().transfers.find(number_);
    if (t == nullptr || t->watcher != this) return;
    // The client has gone. What is queued goes on unheard, what is not whole cannot.
    t->watcher = nullptr;
    if (!t->blob) client_.service().transfers.drop(*t);
  }

  void begin(std::uint64_t number) { number_ = number; }
  bool belongs_to(const Client& client) const { return &client_ == &client; }

  void cancel() override {
    if (Transfer* t = client_.service().transfers.find(number_)) client_.service().transfers.cancel(*t);
  }
  void on_progress(std::uint32_t done, std::uint32_t total) override {
    tell("progress", ",\"parts_done\":" + std::to_string(done) + ",\"parts_total\":" + std::to_string(total));
  }
  void on_state(SendState state) override { tell("progress", std::string(",\"stage\":\"") + name(state) + "\""); }
  void on_end(Outcome outcome, double elapsed_ms) override {
    const std::string state = state_name(outcome);
    std::string where;
    if (const auto& failure = client_.service().node().failure())
      where = std::string(",\"why\":\"") + name(failure->why) + "\",\"where\":\"" + hex(failure->where.bytes()) + "\"";
    end(state, elapsed_ms, state == "failed" ? name(outcome) : "", where);
  }
  void fail(const std::string& reason, double elapsed_ms) { end("failed", elapsed_ms, reason); }

 private:
  void end(const std::string& state, double elapsed_ms, const std::string& reason, const std::string& where = {}) {
    std::string more = ",\"final\":true,\"elapsed_ms\":" + number_text(elapsed_ms);
    if (!reason.empty()) more += ",\"reason\":\"" + reason + "\"";
    tell(state, more + where);
    client_.close(id_);
  }
  void tell(const std::string& state, const std::string& more) {
    client_.event("send", id_, "\"transfer\":" + std::to_string(number_) + ",\"state\":\"" + state + "\"" + more);
  }

  Client& client_;
  std::string id_;
  std::uint64_t number_ = 0;
};

SendTarget target_field(Service& service, const Json& body) {
  const std::string to = needed_text(body, "to");
  if (to.find('-') == std::string::npos) return find_node(service, to);
  const auto address = parse_address(to);
  if (!address) throw CommandError("bad_request", "to: " + not_an_address(to));
  return *address;
}

void urgency_fields(const Json& body, SendOptions& options) {
  if (const auto priority = text_field(body, "priority")) {
    if (*priority != "interactive" && *priority != "bulk")
      throw CommandError("bad_request", "priority: must be \"interactive\" or \"bulk\"");
    options.priority = *priority == "bulk" ? Priority::bulk : Priority::interactive;
  }
  if (const auto ms = integer_field(body, "expires_ms", 1, kExpiresMax_ms)) options.expires_after = milliseconds(*ms);
}

SendOptions options_fields(const Json& body) {
  SendOptions options;
  options.ask = bool_field(body, "ask").value_or(true);
  const std::string mode = text_field(body, "mode").value_or("tree");
  if (mode != "tree" && mode != "cpl") throw CommandError("bad_request", "mode: must be \"tree\" or \"cpl\"");
  options.cpl_mode = mode == "cpl";
  urgency_fields(body, options);
  options.sealed = bool_field(body, "sealed").value_or(false);
  return options;
}

CommandError too_large(std::size_t max) { return refusal(Status::too_large, max); }

// The refusal of a complete blob; where one packet is the limit, the error says how much fits.
CommandError queue_error(Service& service, Status why, const SendTarget& target, bool sealed) {
  if (sealed && why == Status::bad_value)
    return {"bad_request", "to: nobody can have this node id: it is no key to seal with"};
  if (why != Status::too_large) return refusal(why);
  if (std::holds_alternative<BroadcastTarget>(target)) return too_large(service.node().single_packet_max({}));
  return refusal(why);
}

// Takes `data`, or makes room for `size` bytes to come.
void start(Client& client, const Request& request, ServedApplication& application, const SendTarget& target,
           SendOptions options, std::optional<std::vector<std::byte>> data, std::uint32_t size) {
  Service& service = client.service();
  auto open = std::make_unique<OpenSend>(client, request.id);
  Transfer* const t = service.transfers.begin(application, target, options, size, *open);
  if (t == nullptr) throw CommandError("no_room", "the daemon's memory for uploads is taken; try again later");
  const std::uint64_t number = t->number;
  open->begin(number);
  const bool complete = data.has_value() || size == 0;
  if (complete) {
    if (data) t->uploaded = std::move(*data);
    if (const Status status = service.transfers.queue(*t); status != Status::ok)
      throw queue_error(service, status, target, options.sealed);
    service.runner.wake();
  } else {
    t->uploaded.reserve(size);
  }
  client.open(request.id, std::move(open));
  client.reply(request, "\"transfer\":" + std::to_string(number) + ",\"state\":\"" +
                            (complete ? "queued" : "uploading") + "\",\"size\":" + std::to_string(size));
}

}  // namespace

void command_send(Client& client, const Request& request) {
  Service& service = client.service();
  auto data = data_field(request);
  const auto size = integer_field(request.body, "size", 0, std::numeric_limits<std::int64_t>::max());
  if (data.has_value() == size.has_value())
    throw CommandError("bad_request", "data, size: exactly one of them must be given");
  const SendOptions options = options_fields(request.body);
  const SendTarget target = target_field(service, request.body);
  const std::uint64_t bytes = data ? data->size() : static_cast<std::uint64_t>(*size);
  if (bytes > service.blob_max()) throw too_large(service.blob_max());
  ServedApplication& application = find_application(service, request.body);
  start(client, request, application, target, options, std::move(data), static_cast<std::uint32_t>(bytes));
}

void command_send_data(Client& client, const Request& request) {
  Service& service = client.service();
  const auto number = integer_field(request.body, "transfer", 0, std::numeric_limits<std::int64_t>::max());
  if (!number) throw CommandError("bad_request", "transfer: is missing");
  const auto data = data_field(request);
  if (!data) throw CommandError("bad_request", "data: is missing");
  Transfer* const t = service.transfers.find(static_cast<std::uint64_t>(*number));
  // Only its own client may add to it.
  OpenSend* const open = t != nullptr ? dynamic_cast<OpenSend*>(t->watcher) : nullptr;
  if (open == nullptr || t->blob || !open->belongs_to(client))
    throw CommandError("not_found", "transfer: " + std::to_string(*number) + " is not being uploaded by this client");
  const double elapsed_ms = service.transfers.elapsed_ms(*t);
  const auto fail = [&](const CommandError& error) {
    client.reply_error(request.id, error);
    open->fail(error.code, elapsed_ms);
  };
  if (data->size() > t->size - t->uploaded.size()) {
    const std::uint32_t size = t->size;
    service.transfers.drop(*t);
    return fail({"too_large", "more bytes than the " + std::to_string(size) + " that were announced",
                 "\"max\":" + std::to_string(size)});
  }
  t->uploaded.insert(t->uploaded.end(), data->begin(), data->end());
  const std::size_t received = t->uploaded.size();
  const bool complete = received == t->size;
  if (complete) {
    const SendTarget target = t->target;
    const bool sealed = t->options.sealed;
    if (const Status status = service.transfers.queue(*t); status != Status::ok)
      return fail(queue_error(service, status, target, sealed));
    service.runner.wake();
  }
  client.reply(request, "\"transfer\":" + std::to_string(*number) + ",\"received\":" + std::to_string(received) +
                            ",\"state\":\"" + (complete ? "queued" : "uploading") + "\"");
}

void command_broadcast(Client& client, const Request& request) {
  Service& service = client.service();
  auto data = data_field(request);
  if (!data) throw CommandError("bad_request", "data: is missing");
  const std::size_t max = service.node().single_packet_max({});
  if (data->size() > max) throw too_large(max);
  ServedApplication& application = find_application(service, request.body);
  const auto size = static_cast<std::uint32_t>(data->size());
  SendOptions options{.ask = false};
  urgency_fields(request.body, options);
  start(client, request, application, BroadcastTarget{}, options, std::move(data), size);
}

}  // namespace mp::host
