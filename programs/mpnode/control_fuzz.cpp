// SPDX-License-Identifier: ISC
// Any lines to the control socket: every line that is not empty gets exactly one reply, and the node lives on.
#include "micropycelium/node/loopback.hpp"
#include "ports/host/random.hpp"
#include "programs/mpnode/client.hpp"
#include "programs/mpnode/log.hpp"
#include "programs/mpnode/text.hpp"

#include <cstdlib>
#include <map>

#include <asio/io_context.hpp>

namespace mp::host {
namespace {

class NoStorage final : public Storage {
 public:
  Result<std::size_t> read(std::string_view, MutableBytes) override { return Status::not_found; }
  Status write(std::string_view, Bytes) override { return Status::ok; }
};

class CountingOutput final : public Output {
 public:
  void line(std::string text) override {
    if (!text.ends_with("\n") || text.find('\n') != text.size() - 1) std::abort();
    if (text.starts_with("{\"id\":")) ++replies;
  }
  void package(PackageLines lines) override {
    while (!lines.done()) line(lines.next());
  }
  std::size_t waiting() const override { return 0; }
  std::size_t waiting_packages() const override { return 0; }

  std::size_t replies = 0;
};

// "@self" in the input stands for the node's own id, which no mutation would hit upon.
std::string with_own_id(std::string_view input, const NodeId& id) {
  std::string out;
  for (;;) {
    const std::size_t at = input.find("@self");
    out += input.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += hex(id.bytes());
    input.remove_prefix(at + 5);
  }
}

void run(std::string_view raw) {
  asio::io_context io{1};
  SeededRandom random(1);
  NoStorage storage;
  std::vector<std::uint64_t> memory(memory_required(kBoardLimits) / 8 + 1);
  Node node(kBoardLimits, std::as_writable_bytes(std::span(memory)), Platform{random, storage});
  Runner runner(io, node);
  Loopback<8> loopback;
  Beacon beacon;
  Ping ping;
  StaticSeal<> seal;
  if (node.attach(loopback) != Status::ok || node.attach(beacon) != Status::ok || node.attach(ping) != Status::ok ||
      node.attach(seal) != Status::ok)
    std::abort();
  Service service(runner, beacon, ping, seal, storage, {{"loopback", "loopback", &loopback, nullptr}}, 240, {}, {});
  if (service.serve({}) != Status::ok || runner.start() != Status::ok) std::abort();
  service.request_stop = [](const char*) {};
  const std::string text = with_own_id(raw, node.id());
  std::string_view input = text;
  CountingOutput output;
  {
    Client client(service, output, true);
    std::size_t lines = 0;
    while (!input.empty()) {
      const std::string_view line = input.substr(0, input.find('\n'));
      input.remove_prefix(std::min(input.size(), line.size() + 1));
      lines += line.empty() || line == "\r" ? 0U : 1U;
      client.take_line(line);
      runner.poll();
      service.tidy();
    }
    if (output.replies != lines) std::abort();
  }
  runner.poll();
  service.tidy();
}

}  // namespace
}  // namespace mp::host

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (mp::host::open_log({.level = mp::host::LogLevel::error, .file = {}}), true);
  (void)quiet;
  mp::host::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
