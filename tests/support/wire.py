#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A wire between two UDP programs on 127.0.0.1 that loses datagrams, as a process of its own.

    tests/support/wire.py --loss 50 --seed 7      50 of 1,000 are lost, in either direction

Prints one JSON line, {"ports":[P,Q]}: what is sent to P leaves from Q, and the other way round. Then it takes JSON lines:

    {"ends":[47001,47002]}            where P and Q send to
    {"kill":PID,"after":N}            SIGKILL to PID once N more datagrams have come to P; prints {"killed":PID}
    {"counts":true}                   prints {"carried":..,"lost":..}

and ends with its standard input. Which datagrams are lost follows from the seed alone.
"""
import argparse
import json
import os
import random
import selectors
import signal
import socket
import sys

ROOM = 4 << 20  # for what comes while others are carried; the system may give less


class Wire:
    def __init__(self, loss, seed):
        self.loss, self.random = loss, random.Random(seed)
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for s in self.sockets:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
            s.bind(("127.0.0.1", 0))
            s.setblocking(False)
        self.ends = [None, None]
        self.counts = {"carried": 0, "lost": 0}
        self.victim, self.left = None, 0

    def say(self, **members):
        print(json.dumps(members), flush=True)

    def carry(self, side):
        source, target, end = self.sockets[side], self.sockets[1 - side], self.ends[1 - side]
        for _ in range(64):  # then the other side gets its turn
            try:
                datagram = source.recv(65536)
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # what became of something that was sent to a node that is gone
            if side == 0 and self.victim is not None:
                self.left -= 1
                if self.left <= 0:
                    os.kill(self.victim, signal.SIGKILL)
                    self.say(killed=self.victim)
                    self.victim = None
            if self.random.randrange(1000) < self.loss:
                self.counts["lost"] += 1
                continue
            if end is None:
                continue
            try:
                target.sendto(datagram, end)
                self.counts["carried"] += 1
            except OSError:
                pass  # the node has ended

    def command(self, line):
        words = json.loads(line)
        if "ends" in words:
            self.ends = [("127.0.0.1", port) for port in words["ends"]]
        if "kill" in words:
            self.victim, self.left = words["kill"], words["after"]
        if "counts" in words:
            self.say(**self.counts)

    def run(self):
        self.say(ports=[s.getsockname()[1] for s in self.sockets])
        with selectors.DefaultSelector() as selector:
            for side, s in enumerate(self.sockets):
                selector.register(s, selectors.EVENT_READ, side)
            selector.register(0, selectors.EVENT_READ, None)
            rest = b""
            while True:
                for key, _ in selector.select():
                    if key.data is not None:
                        self.carry(key.data)
                        continue
                    more = os.read(0, 65536)
                    if not more:
                        return
                    *lines, rest = (rest + more).split(b"\n")
                    for line in lines:
                        self.command(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loss", type=int, default=0, help="of 1,000 datagrams")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    Wire(options.loss, options.seed).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
