// SPDX-License-Identifier: ISC
// The key of a closed network (specification: closed-networks.md, "Keys") on a computer: in a file, or made of a
// passphrase. What was read on the way is wiped; the key wipes itself.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/platform/random.hpp"
#include "micropycelium/transport/sealing.hpp"

#include <string>
#include <string_view>

namespace mp::host {

// Argon2id, 3 passes over 64 MiB, salted with the name of the network: takes some tenths of a second. False: the
// passphrase is empty, or there is no memory for it; `key` is as it was.
bool derive_network_key(Bytes passphrase, std::string_view network, NetworkKey& key);

struct ReadNetworkKey {
  NetworkKey key;
  std::string error;  // what is wrong with the file, and what to do; empty: `key` is good
};

// Files that others than their owner may read or write are refused. Their contents never get into `error`.
// A key file holds 64 hex digits (and may end its line), or 32 bytes. Not 32 equal ones: that is nobody's key.
ReadNetworkKey read_key_file(const std::string& path);
// A passphrase file holds one text of 1 to 1024 bytes; the end of its line is no part of it.
ReadNetworkKey read_passphrase_file(const std::string& path, std::string_view network);
// As above, short of the key: whether it could be made.
std::string check_passphrase_file(const std::string& path);

// A new random key in a new file, 64 hex digits, for its owner alone. What is in the way, or empty: done. Nothing is
// ever overwritten.
std::string make_key_file(const std::string& path, Random& random);
// The same with this key.
std::string write_key_file(const std::string& path, const NetworkKey& key);

// Tells whether two files hold the same key. It says nothing about a key that is random; of one from a passphrase it
// tells a wrong guess from a right one, in all but one of 2^32 cases, as every frame does. The first 4 bytes of
// SHA-256("Micropycelium network fingerprint" | key), as 8 hex digits.
std::string network_fingerprint(const NetworkKey& key);

}  // namespace mp::host
