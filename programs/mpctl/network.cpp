// SPDX-License-Identifier: ISC
// network: the keys of closed networks, as files. A key is never shown.
#include "ports/host/network_key.hpp"
#include "ports/host/random.hpp"
#include "programs/mpctl/commands.hpp"

namespace mp::host {
namespace {

struct Checked {
  std::string file;
  std::string fingerprint;
};

Checked checked(const std::string& file, const ReadNetworkKey& read) {
  if (!read.error.empty()) throw Failure(kExitFailed, "bad_key", read.error);
  return {file, network_fingerprint(read.key)};
}

}  // namespace

int run_network_new(Output& out, const NetworkOptions& options) {
  SystemRandom random;
  if (const std::string wrong = make_key_file(options.new_file, random); !wrong.empty())
    throw Failure(kExitFailed, "output_failed", wrong);
  if (out.json())
    out.record({{"file", options.new_file}});
  else
    out.line("a new network key is in " + printable(options.new_file));
  return kExitOk;
}

int run_network_check(Output& out, const NetworkOptions& options) {
  std::vector<Checked> all;
  for (const std::string& file : options.key_files) all.push_back(checked(file, read_key_file(file)));
  if (!options.passphrase_file.empty())
    all.push_back(checked(options.passphrase_file, read_passphrase_file(options.passphrase_file, options.name)));
  bool same = true;
  std::vector<std::vector<std::string>> rows;
  for (const Checked& c : all) {
    same = same && c.fingerprint == all[0].fingerprint;
    if (out.json()) out.record({{"file", c.file}, {"fingerprint", c.fingerprint}});
    rows.push_back({c.fingerprint, printable(c.file)});
  }
  if (out.json()) {
    out.record({{"same", same}});
    return same ? kExitOk : kExitFailed;
  }
  for (const std::string& line : table(rows)) out.line(line);
  if (all.size() > 1) out.line(same ? out.good("the same network") : out.bad("not the same network"));
  return same ? kExitOk : kExitFailed;
}

}  // namespace mp::host
