// SPDX-License-Identifier: ISC
#include "interfaces/udp/send_runs.hpp"

#include "interfaces/udp/udp_interface.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

namespace mp::host {
namespace {

Status status_of(int error) {
  switch (error) {
    case 0:
      return Status::ok;
    case EAGAIN:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
    case ENOBUFS:
    case ENOMEM:
      return Status::would_block;
    case EMSGSIZE:
      return Status::too_large;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ECONNREFUSED:
      return Status::unreachable;
    default:
      return Status::io_error;
  }
}

// `segment`: 0, or the bytes of each of the datagrams that `data` holds.
int send_message(int socket, const Endpoint& to, Bytes data, std::uint16_t segment) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(to.ip);
  address.sin_port = htons(to.port);
  iovec piece{const_cast<std::byte*>(data.data()), data.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof segment)> control{};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (segment != 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof segment);
    std::memcpy(CMSG_DATA(header), &segment, sizeof segment);
  }
  // An earlier datagram that found nobody may be reported on this call: that says nothing about this one.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return 0;
    if (errno != ECONNREFUSED) break;
  }
  return errno;
}

}  // namespace

void SendRuns::Run::add(Bytes datagram) {
  if (count == 0) segment = static_cast<std::uint16_t>(datagram.size());
  copy(datagram, MutableBytes(bytes).subspan(size));
  size += datagram.size();
  ++count;
}

void SendRuns::Run::drop_first(std::size_t n) {
  const std::size_t gone = std::min(size, n * segment);
  std::memmove(bytes.data(), bytes.data() + gone, size - gone);
  size -= gone;
  count = static_cast<std::uint16_t>(count - n);
}

SendRuns::Run* SendRuns::find(const Endpoint& to) {
  for (Run& run : runs_)
    if (run.to == to) return &run;
  return nullptr;
}

// In place of the one that was used longest ago, unless all have something to send.
void SendRuns::remember(const Endpoint& to) {
  Run* oldest = nullptr;
  for (Run& run : runs_)
    if (run.count == 0 && (oldest == nullptr || run.to.port == 0 || (oldest->to.port != 0 && run.used < oldest->used)))
      oldest = &run;
  if (oldest == nullptr) return;
  oldest->to = to;
  oldest->used = turn_;
}

Status SendRuns::send(const Endpoint& to, Bytes datagram) {
  Run* const run = find(to);
  if (run != nullptr) {
    const bool empty = datagram.empty();  // no run can have one, and it must not overtake
    if (empty ? run->count > 0 : !run->takes(datagram)) flush(*run);
    if (run->count > 0 && (empty || !run->takes(datagram))) {
      ++counters_->tx_blocked;
      return Status::would_block;
    }
    // Unless it has just turned out that nobody can be reached there.
    if (run->to == to && !empty) {
      run->used = turn_;
      run->add(datagram);
      return Status::ok;
    }
  }
  const int error = send_now(to, datagram);
  if (error != 0) {
    count_failure(error, 1);
    return status_of(error);
  }
  ++counters_->tx_datagrams;
  counters_->tx_bytes += datagram.size();
  if (run == nullptr) remember(to);
  return Status::ok;
}

void SendRuns::flush() {
  ++turn_;
  for (Run& run : runs_) flush(run);
}

bool SendRuns::any() const {
  return std::any_of(runs_.begin(), runs_.end(), [](const Run& run) { return run.count != 0; });
}

void SendRuns::flush(Run& run) {
  while (run.count > 0) {
    const bool whole = run.count > 1 && has_runs_;
    const int error =
        whole ? send_run(run) : send_now(run.to, Bytes(run.bytes).first(std::min(run.size, std::size_t{run.segment})));
    if (whole && (error == EINVAL || error == EIO || error == EOPNOTSUPP || error == ENOPROTOOPT)) {
      has_runs_ = false;
      continue;
    }
    if (status_of(error) == Status::would_block) return;
    const std::size_t n = whole ? run.count : 1;
    const std::size_t before = run.size;
    whole ? void(run.size = run.count = 0) : run.drop_first(1);
    if (error == 0) {
      counters_->tx_datagrams += n;
      counters_->tx_bytes += before - run.size;
      continue;
    }
    // What else goes there goes at once, until it arrives: so that its sender hears of it.
    count_failure(error, n + run.count);
    run.size = run.count = 0;
    run.to = {};
  }
}

void SendRuns::count_failure(int error, std::size_t datagrams) {
  (status_of(error) == Status::would_block ? counters_->tx_blocked : counters_->tx_failed) += datagrams;
}

int SendRuns::send_now(const Endpoint& to, Bytes datagram) const { return send_message(socket_, to, datagram, 0); }

int SendRuns::send_run(const Run& run) const {
  return send_message(socket_, run.to, Bytes(run.bytes).first(run.size), run.segment);
}

}  // namespace mp::host
