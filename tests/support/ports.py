# SPDX-License-Identifier: ISC
"""Ports for tests that start programs."""
import random
import socket

# Where nobody but a test looks: below the range from which the system gives ports to those who ask for any. One of
# that range could be given away between its choice here and the start of the program that is to use it.
RANGE = range(10000, 32768)


def free_ports(count):
    """UDP ports of 127.0.0.1 that nobody uses now, all different."""
    ports = []
    for port in random.SystemRandom().sample(RANGE, len(RANGE)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise AssertionError("no %d free ports of %s" % (count, RANGE))
