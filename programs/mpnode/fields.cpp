// SPDX-License-Identifier: ISC
#include "ports/host/base64.hpp"
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/contents.hpp"

#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

// Null when absent or JSON's null: both mean the same.
const Json* field(const Json& body, const char* name) {
  const auto found = body.find(name);
  return found != body.end() && !found->is_null() ? &*found : nullptr;
}

[[noreturn]] void bad(const char* name, const std::string& what) {
  throw CommandError("bad_request", std::string(name) + ": " + what);
}

}  // namespace

std::optional<std::int64_t> integer_field(const Json& body, const char* name, std::int64_t min, std::int64_t max) {
  const Json* f = field(body, name);
  if (f == nullptr) return std::nullopt;
  const std::string range = "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  if (!f->is_number_integer()) bad(name, range);
  if (f->is_number_unsigned() && f->get<std::uint64_t>() > static_cast<std::uint64_t>(max)) bad(name, range);
  const auto value = f->get<std::int64_t>();
  if (value < min || value > max) bad(name, range);
  return value;
}

std::optional<bool> bool_field(const Json& body, const char* name) {
  const Json* f = field(body, name);
  if (f == nullptr) return std::nullopt;
  if (!f->is_boolean()) bad(name, "must be true or false");
  return f->get<bool>();
}

std::optional<std::string> text_field(const Json& body, const char* name) {
  const Json* f = field(body, name);
  if (f == nullptr) return std::nullopt;
  if (!f->is_string()) bad(name, "must be a string");
  return f->get<std::string>();
}

std::string needed_text(const Json& body, const char* name) {
  auto text = text_field(body, name);
  if (!text) bad(name, "is missing");
  return *std::move(text);
}

std::optional<std::vector<std::byte>> data_field(const Request& request) {
  const auto text = text_field(request.body, "data");
  if (!text) return std::nullopt;
  if (request.contents && *text == kTakenOut) return std::move(request.contents);
  auto data = parse_base64(*text);
  if (!data) bad("data", "is not standard base64 with padding");
  if (data->size() > kChunkMax)
    bad("data", "holds more than " + std::to_string(kChunkMax) + " bytes; use size and send_data");
  return data;
}

}  // namespace mp::host
