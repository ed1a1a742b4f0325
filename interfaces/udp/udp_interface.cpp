// SPDX-License-Identifier: ISC
#include "interfaces/udp/udp_interface.hpp"

#include "interfaces/udp/local_addresses.hpp"
#include "interfaces/udp/send_runs.hpp"
#include "micropycelium/crypto/hash.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/post.hpp>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

namespace mp::host {
namespace {

using asio::ip::udp;

constexpr std::uint8_t kSchemaIds[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                       20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33};
constexpr std::uint16_t kFrameMaxUdp = 250;
static_assert(kFrameMaxUdp <= SendRuns::kDatagramMax);
// The longest that UDP can carry: a run of datagrams, or one that is far too long, which the node sees and counts.
constexpr std::size_t kReceiveRoom = 65'536;
constexpr int kSocketBuffer = 4 << 20;  // the system may give less

udp::endpoint to_asio(const Endpoint& e) { return {asio::ip::address_v4(e.ip), e.port}; }
Endpoint from_asio(const udp::endpoint& e) { return {e.address().to_v4().to_uint(), e.port()}; }

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::runtime_error(what + ": " + std::system_category().message(error));
}

template <typename T>
void set_option(udp::socket& socket, int level, int option, const T& value, const char* what) {
  if (::setsockopt(socket.native_handle(), level, option, &value, sizeof value) != 0) fail(what, errno);
}

}  // namespace

std::uint32_t multicast_group(std::string_view network) {
  Sha256 hash;
  hash.update(bytes("micropycelium"));
  hash.update(Bytes(std::array{std::byte{0}}));
  hash.update(bytes(network));
  const Sha256Digest digest = hash.finish();
  return 239U << 24 | load_be<std::uint32_t>(digest.data(), 3);
}

struct UdpInterface::Sockets : std::enable_shared_from_this<Sockets> {
  explicit Sockets(asio::io_context& io) : own(io), many(io) {}

  void open_own();
  void open_multicast();
  void arm(udp::socket& socket, bool& armed);
  Status send(const Endpoint& to, Bytes datagram);
  void flush_soon();
  void flush();
  std::optional<Received> receive(udp::socket& socket, bool from_group);
  // The event loop is asked and has not said that there is something: then it is not asked of the system as well, at
  // each poll. Where listening ends at a moment, what is there by then must be taken.
  bool will_be_told(bool armed) const { return armed && listening && !options.can_sleep; }
  bool fetch(udp::socket& socket);
  std::optional<Received> next_of_run();
  bool heard(const Endpoint& from) const;
  bool is_self(const Endpoint& from);

  UdpOptions options;
  udp::socket own;   // sends everything, and gets what is for us alone
  udp::socket many;  // gets what is for everyone
  bool own_armed = false;
  bool many_armed = false;
  bool many_first = false;
  bool listening = true;
  std::function<void()> wake;
  Endpoint local;
  std::uint32_t group = 0;
  std::string notice;
  LocalAddresses local_addresses;
  UdpCounters counters;
  SendRuns out;
  bool flush_posted = false;
  bool flushed_by_owner = false;
  bool waits_for_room = false;

  // What came last: one datagram, or a run of them from one sender, of which the node takes one after the other.
  struct {
    Endpoint from;
    bool from_group = false;
    std::size_t size = 0;
    std::size_t segment = 0;  // of each but the last
    std::size_t taken = 0;
  } run;
  ByteArray<kReceiveRoom> room;
};

UdpInterface::UdpInterface(asio::io_context& io, const UdpOptions& options) : sockets_(std::make_shared<Sockets>(io)) {
  sockets_->options = options;
  sockets_->open_own();
  if (options.peers.empty()) sockets_->open_multicast();
}

UdpInterface::~UdpInterface() { sockets_->out.flush(); }

void UdpInterface::Sockets::open_own() {
  const Endpoint wanted{options.bind_ip, options.port};
  std::error_code error;
  own.open(udp::v4(), error);
  if (error) fail("cannot open a UDP socket", error.value());
  own.non_blocking(true);
  // The system may refuse so much; then its own measure stands.
  own.set_option(udp::socket::receive_buffer_size(kSocketBuffer), error);
  own.set_option(udp::socket::send_buffer_size(kSocketBuffer), error);
  own.bind(to_asio(wanted), error);
  if (error) fail("udp.bind, udp.port: cannot bind UDP " + to_text(wanted), error.value());
  local = from_asio(own.local_endpoint());
  // Runs of datagrams that arrive together are handed over together; a system that cannot does without.
  const int on = 1;
  (void)::setsockopt(own.native_handle(), SOL_UDP, UDP_GRO, &on, sizeof on);
  out.begin(own.native_handle(), counters);
}

void UdpInterface::Sockets::open_multicast() {
  const auto choice = choose_multicast_address(options.multicast_interface, options.bind_ip);
  if (!choice.error.empty()) throw std::runtime_error("udp.multicast_interface: " + choice.error);
  group = multicast_group(options.network);

  std::error_code error;
  many.open(udp::v4(), error);
  if (error) fail("cannot open a UDP socket", error.value());
  many.non_blocking(true);
  // Every node of this machine listens on the same port. Not by SO_REUSEPORT: among sockets that have it the system
  // chooses one, and what came by one network would arrive at the Interface of another.
  many.set_option(udp::socket::reuse_address(true));
  many.set_option(udp::socket::receive_buffer_size(kSocketBuffer), error);
  // Only what is sent to this group, not to every group that some program here has joined.
  const Endpoint where{group, options.multicast_port};
  many.bind(to_asio(where), error);
  if (error) fail("cannot bind the multicast group " + to_text(where), error.value());
  set_option(many, IPPROTO_IP, IP_MULTICAST_ALL, int{0}, "IP_MULTICAST_ALL");

  const auto join = [&](std::uint32_t interface_ip) {
    ip_mreqn request{};
    request.imr_multiaddr.s_addr = htonl(group);
    request.imr_address.s_addr = htonl(interface_ip);
    if (::setsockopt(many.native_handle(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) != 0) return errno;
    request.imr_multiaddr.s_addr = 0;
    if (::setsockopt(own.native_handle(), IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) != 0) return errno;
    return 0;
  };
  int failed = join(choice.ip);
  if (failed != 0 && choice.ip == 0) {
    // The system has no route that would tell it where to: any network will do, and if there is none, the nodes on
    // this machine can still meet.
    const std::uint32_t first = first_multicast_address();
    if (first == 0) notice = "no network interface takes multicast, so only nodes on this machine are found";
    failed = join(first != 0 ? first : INADDR_LOOPBACK);
  }
  if (failed != 0)
    fail("cannot join the multicast group " + ip_text(group) +
             (choice.ip != 0 ? " on " + ip_text(choice.ip) : std::string()),
         failed);
  set_option(own, IPPROTO_IP, IP_MULTICAST_TTL, int{1}, "IP_MULTICAST_TTL");
  set_option(own, IPPROTO_IP, IP_MULTICAST_LOOP, int{1}, "IP_MULTICAST_LOOP");
}

// Asks the event loop for one call when the socket has something; receive() asks anew once it is empty.
void UdpInterface::Sockets::arm(udp::socket& socket, bool& armed) {
  if (armed || !wake || !socket.is_open()) return;
  armed = true;
  socket.async_wait(udp::socket::wait_read, [weak = weak_from_this(), &armed](const std::error_code&) {
    const auto self = weak.lock();
    if (self == nullptr) return;  // the Interface is gone
    armed = false;
    self->wake();
  });
}

void UdpInterface::on_readable(std::function<void()> wake) {
  sockets_->wake = std::move(wake);
  sockets_->arm(sockets_->own, sockets_->own_armed);
  sockets_->arm(sockets_->many, sockets_->many_armed);
}

void UdpInterface::flushed_by_owner() { sockets_->flushed_by_owner = true; }
void UdpInterface::flush() { sockets_->flush(); }

InterfaceCaps UdpInterface::caps() const {
  return {.name = "udp",
          .bit_rate = sockets_->options.bit_rate,
          .schema_ids = kSchemaIds,
          .frame_max = kFrameMaxUdp,
          .can_sleep = sockets_->options.can_sleep};
}

// --- sending -----------------------------------------------------------------------------------------

Status UdpInterface::Sockets::send(const Endpoint& to, Bytes datagram) {
  const Status status = out.send(to, datagram);
  if (out.any()) flush_soon();
  return status;
}

// By way of the queue: what else is sent in this turn of the event loop goes with it.
void UdpInterface::Sockets::flush_soon() {
  if (flush_posted || flushed_by_owner) return;
  flush_posted = true;
  asio::post(own.get_executor(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->flush();
  });
}

void UdpInterface::Sockets::flush() {
  if (waits_for_room) return;
  out.flush();
  flush_posted = false;
  if (!out.any()) return;
  waits_for_room = flush_posted = true;
  // The system has no room now, and says when it has.
  own.async_wait(udp::socket::wait_write, [weak = weak_from_this()](const std::error_code& error) {
    const auto self = weak.lock();
    if (self == nullptr || error) return;
    self->waits_for_room = false;
    self->flush();
    if (self->wake) self->wake();
  });
}

Status UdpInterface::send(const LinkAddress& to, Bytes datagram) {
  Sockets& s = *sockets_;
  if (datagram.size() > kFrameMaxUdp) return Status::too_large;
  if (!to.is_broadcast()) {
    const auto endpoint = from_link(to);
    return endpoint && endpoint->port != 0 ? s.send(*endpoint, datagram) : Status::unreachable;
  }
  if (s.options.peers.empty()) return s.send({s.group, s.options.multicast_port}, datagram);
  // Sent when one has it: to repeat it for a peer whose copy found no room would burden the others. When none has it
  // and one may take it later, it is worth another try.
  Status all = Status::unreachable;
  for (const Endpoint& peer : s.options.peers) {
    const Status one = s.send(peer, datagram);
    if (one == Status::ok || (one == Status::would_block && all != Status::ok)) all = one;
  }
  return all;
}

// --- receiving ---------------------------------------------------------------------------------------

bool UdpInterface::Sockets::heard(const Endpoint& from) const {
  if (options.hears_only.empty()) return true;
  for (const Endpoint& e : options.hears_only)
    if (e.ip == from.ip && (e.port == 0 || e.port == from.port)) return true;
  return false;
}

// Nobody else on this machine can hold our port at an address that we are bound to.
bool UdpInterface::Sockets::is_self(const Endpoint& from) {
  if (from.port != local.port) return false;
  return local.ip != 0 ? from.ip == local.ip : local_addresses.contains(from.ip);
}

// Takes what came next from the system. False: there is nothing.
bool UdpInterface::Sockets::fetch(udp::socket& socket) {
  sockaddr_in sender{};
  iovec piece{room.data(), room.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control;
  msghdr message{};
  message.msg_name = &sender;
  message.msg_namelen = sizeof sender;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = 0;
  do size = ::recvmsg(socket.native_handle(), &message, 0);
  while (size < 0 && (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH || errno == EINTR));
  if (size < 0) return false;
  run.from = {ntohl(sender.sin_addr.s_addr), ntohs(sender.sin_port)};
  run.size = run.segment = static_cast<std::size_t>(size);
  run.taken = 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header))
    if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO) {
      int segment = 0;
      std::memcpy(&segment, CMSG_DATA(header), sizeof segment);
      if (segment > 0) run.segment = static_cast<std::size_t>(segment);
    }
  return true;
}

std::optional<Received> UdpInterface::Sockets::next_of_run() {
  const std::size_t size = std::min(run.segment, run.size - run.taken);
  const MutableBytes datagram = MutableBytes(room).subspan(run.taken, size);
  run.taken += size;
  ++counters.rx_datagrams;
  counters.rx_bytes += size;
  return Received{to_link(run.from), datagram, run.from_group};
}

std::optional<Received> UdpInterface::Sockets::receive(udp::socket& socket, bool from_group) {
  if (!socket.is_open()) return std::nullopt;
  while (fetch(socket)) {
    const std::size_t datagrams = run.segment == 0 ? 1 : (run.size + run.segment - 1) / run.segment;
    run.from_group = from_group;
    if (from_group && is_self(run.from)) {
      counters.rx_own += datagrams;
    } else if (!heard(run.from)) {
      counters.rx_not_heard += datagrams;
    } else if (!listening) {
      counters.rx_slept += datagrams;
    } else {
      return next_of_run();
    }
    run.taken = run.size;
  }
  return std::nullopt;
}

std::optional<Received> UdpInterface::receive() {
  Sockets& s = *sockets_;
  if (s.run.taken < s.run.size) return s.next_of_run();
  // In turns, so that neither can starve the other.
  s.many_first = !s.many_first;
  for (const bool group : {s.many_first, !s.many_first})
    if (!s.will_be_told(group ? s.many_armed : s.own_armed))
      if (auto received = s.receive(group ? s.many : s.own, group)) return received;
  s.arm(s.own, s.own_armed);
  s.arm(s.many, s.many_armed);
  return std::nullopt;
}

// What the sockets hold when it begins to listen came while it did not.
Status UdpInterface::listen(bool on) {
  Sockets& s = *sockets_;
  if (on && !s.listening) (void)receive();
  s.listening = on;
  return Status::ok;
}

const UdpCounters& UdpInterface::counters() const { return sockets_->counters; }
Endpoint UdpInterface::local() const { return sockets_->local; }
std::uint32_t UdpInterface::group() const { return sockets_->group; }
const std::string& UdpInterface::notice() const { return sockets_->notice; }

}  // namespace mp::host
