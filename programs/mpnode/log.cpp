// SPDX-License-Identifier: ISC
#include "programs/mpnode/log.hpp"

#include <memory>
#include <stdexcept>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace mp::host {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make(spdlog::sink_ptr sink, LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>("mpnode", std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  logger->set_level(to_spdlog(level));
  logger->flush_on(spdlog::level::debug);
  return logger;
}

std::shared_ptr<spdlog::logger>& the_logger() {
  static auto logger = make(std::make_shared<spdlog::sinks::stderr_sink_st>(), LogLevel::info);
  return logger;
}

}  // namespace

void open_log(const LogConfig& config) {
  spdlog::sink_ptr sink;
  if (config.file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  } else {
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(config.file);
    } catch (const spdlog::spdlog_ex& e) {
      throw std::runtime_error("log.file: " + std::string(e.what()));
    }
  }
  the_logger() = make(std::move(sink), config.level);
}

void log(LogLevel level, std::string_view text) { the_logger()->log(to_spdlog(level), "{}", text); }

}  // namespace mp::host
