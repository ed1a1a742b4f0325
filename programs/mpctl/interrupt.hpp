// SPDX-License-Identifier: ISC
// Ctrl-C, SIGTERM, SIGHUP and SIGQUIT as a readable file descriptor, so that waiting for the daemon and waiting for the
// user are one poll(), and every command can tidy up before it ends.
#pragma once

namespace mp::host::interrupt {

void install();     // from here on they do not end the process, SIGPIPE is ignored
int fd();           // readable once a signal has come; -1 before install()
int signal_seen();  // 0, or the last signal

}  // namespace mp::host::interrupt
