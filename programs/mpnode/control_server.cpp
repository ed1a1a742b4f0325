// SPDX-License-Identifier: ISC
#include "programs/mpnode/control_server.hpp"

#include "ports/host/file.hpp"
#include "programs/mpnode/control_session.hpp"
#include "programs/mpnode/log.hpp"
#include "programs/mpnode/log_budget.hpp"

#include <cerrno>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <asio/io_context.hpp>

namespace mp::host {
namespace {

using Protocol = asio::local::stream_protocol;

constexpr std::size_t kClientsMax = 256;
constexpr std::chrono::milliseconds kAcceptPause(200);

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw std::runtime_error("control socket " + path + ": " + what);
}

// Whether somebody answers on this socket.
bool answers(asio::io_context& io, const std::string& path) {
  Protocol::socket probe(io);
  std::error_code error;
  probe.connect(Protocol::endpoint(path), error);
  return !error || error.value() == EAGAIN || error.value() == EACCES || error.value() == EPERM;
}

gid_t group_id(const std::string& path, const std::string& name) {
  errno = 0;
  const struct group* g = ::getgrnam(name.c_str());
  if (g == nullptr) fail(path, "there is no group \"" + name + "\" on this machine (control.group)");
  return g->gr_gid;
}

}  // namespace

struct ControlServer::Impl : std::enable_shared_from_this<Impl> {
  explicit Impl(asio::io_context& io) : acceptor(io), pause(io) {}

  void open(asio::io_context& io, const std::string& group);
  void accept();
  void turn_away(Protocol::socket& socket);
  void gone(const std::shared_ptr<ControlSession>& session);
  void remove_file();

  Protocol::acceptor acceptor;
  asio::steady_timer pause;
  LogBudget turned_away{1};
  std::string path;
  bool bound = false;
  ino_t inode = 0;
  Service* service = nullptr;
  std::set<std::shared_ptr<ControlSession>> sessions;
  std::function<void()> done;
};

ControlServer::ControlServer(asio::io_context& io, const std::string& path, const std::string& group)
    : impl_(std::make_shared<Impl>(io)) {
  impl_->path = path;
  impl_->open(io, group);
}

ControlServer::~ControlServer() { close(); }

void ControlServer::Impl::open(asio::io_context& io, const std::string& group) {
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    fail(path,
         "the path is too long; at most " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes are possible");
  const gid_t gid = group.empty() ? 0 : group_id(path, group);
  const auto folder = std::filesystem::path(path).parent_path();
  const std::string in = folder.empty() ? "." : folder.string();
  std::error_code error;
  if (!std::filesystem::exists(in, error)) {
    const mode_t before = ::umask(group.empty() ? 077 : 022);
    std::filesystem::create_directories(in, error);
    ::umask(before);
    if (error) fail(path, "cannot make the folder " + in + ": " + error.message());
  }
  // Two daemons that start at once must not both find the path free.
  const File guard(::open(in.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!guard) fail(path, "cannot open the folder " + in + ": " + reason(errno));
  if (::flock(guard.get(), LOCK_EX) != 0) fail(path, "cannot lock the folder " + in + ": " + reason(errno));

  struct stat about {};
  if (::lstat(path.c_str(), &about) == 0) {
    if (!S_ISSOCK(about.st_mode)) fail(path, "there is a file that is not a socket; remove it or choose another path");
    if (answers(io, path))
      throw SocketTaken("control socket " + path +
                        ": another mpnode answers there; stop it, or choose another path with --socket");
    log_info("removing the socket " + path + " that nobody answers on");
    if (::unlink(path.c_str()) != 0) fail(path, "cannot remove the old socket: " + reason(errno));
  }
  acceptor.open(Protocol(), error);
  if (error) fail(path, error.message());
  const mode_t before = ::umask(0177);
  acceptor.bind(Protocol::endpoint(path), error);
  ::umask(before);
  if (error) fail(path, "cannot be made: " + error.message());
  bound = true;
  if (::lstat(path.c_str(), &about) == 0) inode = about.st_ino;
  if (!group.empty() && (::chown(path.c_str(), static_cast<uid_t>(-1), gid) != 0 || ::chmod(path.c_str(), 0660) != 0)) {
    const int why = errno;
    remove_file();
    fail(path, "cannot be given to the group \"" + group + "\": " + reason(why));
  }
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    remove_file();
    fail(path, "cannot listen: " + error.message());
  }
}

// Only what is still ours: somebody may have put another socket in its place.
void ControlServer::Impl::remove_file() {
  if (!bound) return;
  bound = false;
  struct stat about {};
  if (::lstat(path.c_str(), &about) == 0 && about.st_ino == inode) ::unlink(path.c_str());
}

void ControlServer::serve(Service& service) {
  impl_->service = &service;
  impl_->accept();
}

void ControlServer::Impl::accept() {
  acceptor.async_accept([self = shared_from_this()](const std::error_code& error, Protocol::socket socket) {
    if (error == asio::error::operation_aborted || !self->acceptor.is_open()) return;
    if (error) {
      // Out of descriptors, most likely: it would fail again at once.
      log_warning("cannot accept a client: " + error.message());
      self->pause.expires_after(kAcceptPause);
      self->pause.async_wait([self](const std::error_code& cancelled) {
        if (!cancelled) self->accept();
      });
      return;
    }
    if (self->sessions.size() >= kClientsMax) {
      self->turn_away(socket);
    } else {
      const auto session = std::make_shared<ControlSession>(std::move(socket), *self->service,
                                                            [weak = self->weak_from_this()](const auto& gone) {
                                                              if (const auto server = weak.lock()) server->gone(gone);
                                                            });
      self->sessions.insert(session);
      session->start();
    }
    self->accept();
  });
}

// A new connection has room for one line; a client that is gone already needs none.
void ControlServer::Impl::turn_away(Protocol::socket& socket) {
  const std::string why = "there are " + std::to_string(kClientsMax) + " clients already";
  const std::string line =
      R"({"id":null,"ok":false,"error":{"code":"no_room","message":")" + why + "; try again later\"}}\n";
  (void)!::send(socket.native_handle(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  const Instant now = service->runner.now();
  const std::uint64_t more = turned_away.held_back(now);
  if (turned_away.take(now))
    log_warning(why + "; another is turned away" + (more != 0 ? ", as were " + std::to_string(more) + " before" : ""));
}

void ControlServer::Impl::gone(const std::shared_ptr<ControlSession>& session) {
  sessions.erase(session);
  if (sessions.empty() && done) std::exchange(done, nullptr)();
}

void ControlServer::finish(const char* reason, std::function<void()> done) {
  std::error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->pause.cancel();
  impl_->remove_file();
  if (impl_->sessions.empty()) return done();
  impl_->done = std::move(done);
  const auto sessions = impl_->sessions;
  for (const auto& session : sessions) session->finish(reason);
}

void ControlServer::close() {
  std::error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->pause.cancel();
  impl_->remove_file();
  impl_->done = nullptr;
  const auto sessions = std::exchange(impl_->sessions, {});
  for (const auto& session : sessions) session->close();
}

}  // namespace mp::host
