// SPDX-License-Identifier: ISC
// Ctrl-C, SIGTERM and SIGHUP: the first asks to stop, which the run looks for; the second ends the process at once.
#pragma once

namespace mp::sim::interrupt {

void install();  // SIGPIPE is ignored from here on: a write says so instead
bool asked();

}  // namespace mp::sim::interrupt
