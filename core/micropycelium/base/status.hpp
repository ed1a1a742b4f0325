// SPDX-License-Identifier: ISC
// How a call ended. Errors are values everywhere in the core: a peer's fault is a Status and a
// counter, exhaustion is a Status and a counter, our own bug is an MP_CHECK (check.hpp).
#pragma once

#include <cstdint>

namespace mp {

enum class [[nodiscard]] Status : std::uint8_t{
    ok,
    would_block,        // not now; nothing was done, try again later
    truncated,          // fewer bytes than the format needs
    too_large,          // more bytes than the format, body or buffer can hold
    bad_version,        // protocol version above 0
    unknown_schema,     // no schema with this id
    bad_checksum,       // the CRC-32 of the body does not match
    bad_digest,         // half_sha256 does not match the blob
    bad_value,          // a field holds a value outside its range
    missing_field,      // the schema has no such field, or a needed one was not given
    not_representable,  // a list of coordinates that 32 nibbles cannot hold
    no_buffer,          // a table or pool is full
    not_found,          // no such peer, route, application, key ...
    exists,             // it is there already
    banned,             // the operator banned this node
    unreachable,        // no link, no route
    unsupported,        // this Interface, schema or build cannot do it
    corrupt,            // stored data is not what was written
    io_error,           // the port (radio, socket, storage) failed
    not_started,        // start() has not succeeded yet
    already_started,    // attach after start
    forged,             // a tag or signature does not belong to the bytes
    exhausted,          // a counter that must never repeat has come to its end
    out_of_turn,        // a handshake wants something else next
};

// The word used in counters, logs and machine-readable output, e.g. "bad_checksum".
const char* name(Status status);

}  // namespace mp
