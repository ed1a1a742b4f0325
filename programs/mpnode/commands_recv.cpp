// SPDX-License-Identifier: ISC
// recv.
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/text.hpp"

namespace mp::host {
namespace {

class OpenRecv final : public OpenRequest, public PackageListener {
 public:
  OpenRecv(Client& client, std::string id, ServedApplication& application)
      : client_(client), id_(std::move(id)), application_(application) {
    application_.listen(*this);
  }
  ~OpenRecv() override { application_.unlisten(*this); }

  void cancel() override { client_.close(id_); }
  bool is_subscription() const override { return true; }

  bool has_room(std::size_t size) const override {
    return client_.output().waiting_packages() + client_.packages_reserved + size <= kPackagesMax;
  }
  void reserve(std::size_t size) override { client_.packages_reserved += size; }
  void release(std::size_t size) override { client_.packages_reserved -= size; }
  void deliver(std::shared_ptr<const ArrivedPackage> package) override {
    tell_lost();
    client_.output().package({std::move(package), id_, number_++});
  }
  void miss() override { ++lost_; }
  void on_drained() override { tell_lost(); }

 private:
  void tell_lost() {
    if (lost_ == 0) return;
    client_.event("lost", id_, "\"count\":" + std::to_string(lost_));
    lost_ = 0;
  }

  Client& client_;
  std::string id_;
  ServedApplication& application_;
  std::uint64_t number_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace

void command_recv(Client& client, const Request& request) {
  ServedApplication& application = find_application(client.service(), request.body);
  client.open(request.id, std::make_unique<OpenRecv>(client, request.id, application));
  client.reply(request, "\"app\":\"" + hex(application.id().bytes()) + "\"");
}

}  // namespace mp::host
