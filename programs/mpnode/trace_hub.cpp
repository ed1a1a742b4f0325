// SPDX-License-Identifier: ISC
#include "programs/mpnode/trace_hub.hpp"

namespace mp::host {

unsigned level_of(TraceEvent event) {
  switch (event) {
    case TraceEvent::add_interface:
    case TraceEvent::add_application:
    case TraceEvent::remove_application:
    case TraceEvent::add_peer:
    case TraceEvent::remove_peer:
    case TraceEvent::add_route:
    case TraceEvent::remove_route:
    case TraceEvent::set_addr:
    case TraceEvent::stop:
      return kTracePeer;
    case TraceEvent::send:
    case TraceEvent::broadcast:
    case TraceEvent::deliver:
    case TraceEvent::sent:
      return kTracePackage;
    default:
      return kTracePacket;
  }
}

void TraceHub::add(TraceWatcher& watcher, unsigned levels) {
  watchers_.push_back({&watcher, levels});
  node_.set_trace(this);
}

void TraceHub::remove(TraceWatcher& watcher) {
  std::erase_if(watchers_, [&](const Entry& e) { return e.watcher == &watcher; });
  if (watchers_.empty()) node_.set_trace(nullptr);
}

void TraceHub::on_trace(const TraceRecord& record) {
  const unsigned level = level_of(record.event);
  for (const Entry& e : watchers_)
    if ((e.levels & level) != 0) e.watcher->on_trace(record);
}

}  // namespace mp::host
