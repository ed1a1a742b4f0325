#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""mpnode and the existing MicroPython implementation as neighbours, both alive, over UDP on loopback.

    REF=<checkout> REF_BRIDGE=<script> tests/interop/run_reference.py [--bin build/release/bin]

REF names a checkout of the existing implementation (k98kurz/micropycelium, state of 2024-09-01), REF_BRIDGE a program
that runs it unchanged under CPython with a UDP Interface on which one datagram is one packet:

    $REF_BRIDGE --raw --port OWN --peer OTHER --seed TEXT

It reads commands from standard input and writes events to standard output, JSON lines both:
    {"cmd":"send","to":"<node id>","blob":"<hex>","app":"<app id>"}   {"cmd":"beacon"}   {"cmd":"quit"}
    {"event":"start","node_id":..,"apps":{name: app id}}   peer_added, peer_removed (node_id)   beacon_rx (op, node_id)
    package_rx (app, len, sha256)   package_bad   sent (ok)   error

Neither is part of this project; without them nothing is tested, and the exit status is 77. It is 0 when all that is
listed worked, else 1.
"""
import argparse
import hashlib
import json
import os
import queue
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
sys.dont_write_bytecode = True
import mesh as m  # noqa: E402

SKIPPED = 77
SEED = 17
HEAD = 32                                      # bytes of a Package before its blob
TEXT = "2f40189b3d73e70eafc17f15c6afb1f0"
BEACON, RESPONSE, GOODBYE = 0, 1, 255
SINGLES = [0, 1, 50, 150, 200, 213]
# 446, 2358: with the 32 bytes of head the last part of schema 3, the first choice, would be full.
SEQUENCES_OUT = [214, 300, 446, 1000, 2358, 10_000, 60_000, 70_000]
# The same the other way round: parts of schema 2 hold 243 bytes, 454 and 2398 fill the last one.
SEQUENCES_IN = [214, 300, 454, 1000, 2398, 10_000, 60_000]


class Bridge:
    """The existing implementation as a process."""

    def __init__(self, mesh, port, other_port, seed):
        self.process = mesh.spawn([sys.executable, os.environ["REF_BRIDGE"], "--raw", "--port", str(port),
                                   "--peer", str(other_port), "--seed", seed],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        start = self.find(lambda event: event["event"] == "start", "the existing implementation to start")
        self.id, self.apps = start["node_id"], start["apps"]

    def _read(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put(None)

    def tell(self, **command):
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def find(self, condition, what, patience_s=m.PATIENCE_S):
        """The next event that fits; those before it are dropped, except complaints."""
        end = time.monotonic() + patience_s
        while True:
            try:
                event = self.events.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise m.MeshError(f"waited {patience_s:g} s in vain for {what}") from None
            if event is None:
                complaint = self.process.stderr.read().decode(errors="replace")
                raise m.MeshError(f"the existing implementation ended:\n{complaint}")
            if event["event"] in ("package_bad", "error"):
                raise m.MeshError(f"the existing implementation complains while waiting for {what}: {event}")
            if condition(event):
                return event


class Interop:
    def __init__(self, mesh):
        self.mesh = mesh
        self.rng = random.Random(SEED)
        self.node = mesh.add("node")
        self.port = next(port for port in m.free_ports(2) if port != self.node.port)
        self.node.neighbours.append(f"127.0.0.1:{self.port}")
        self.done = 0
        self.failed = 0

    def check(self, what, test):
        """Runs one test; its answer, if any, goes into the table."""
        self.done += 1
        began = time.monotonic()
        try:
            note = test() or ""
            result = "ok"
        except (m.MeshError, AssertionError, KeyError) as error:
            note, result = str(error), "FAILED"
            self.failed += 1
        print(f"  {result:6}  {what:58}  {1000 * (time.monotonic() - began):7.0f} ms  {note}", flush=True)

    def hears(self, op, what):
        self.bridge.find(lambda e: e["event"] == "beacon_rx" and e["op"] == op and e["node_id"] == self.node.id, what)

    def knows(self):
        return self.bridge.id in self.node.connected()

    # --- discovery ------------------------------------------------------------------------------------
    def node_finds_it(self):
        """It is up and silent for a minute: only its answer to our Beacon can tell us."""
        self.bridge = Bridge(self.mesh, self.port, self.node.port, "first")
        time.sleep(0.5)  # its own Beacons at the start go where nobody listens yet
        self.node.start()
        self.hears(BEACON, "our Beacon")
        self.bridge.find(lambda e: e["event"] == "peer_added" and e["node_id"] == self.node.id, "being its peer")
        m.wait_for(self.knows, "its answer")

    def it_finds_the_node(self):
        """We are up and silent for a minute: only our answer to its Beacon can tell it."""
        self.bridge.tell(cmd="quit")
        self.bridge.process.wait(m.PATIENCE_S)
        self.bridge = Bridge(self.mesh, self.port, self.node.port, "second")
        self.hears(RESPONSE, "our answer")
        m.wait_for(self.knows, "knowing it")
        peer = next(p for p in self.node.json("peers") if p["node"] == self.bridge.id)
        assert not peer["equal"], "it was taken for an equal"
        assert set(peer["apps"]) == set(self.bridge.apps.values()), f"its Applications are {peer.get('apps')}"
        return f"{len(peer['apps'])} Applications listed"

    def every_beacon_is_answered(self):
        for _ in range(3):
            time.sleep(1.1)  # within a second one answer serves for all
            self.bridge.tell(cmd="beacon")
            self.hears(RESPONSE, "our answer")
        return "3 of 3"

    # --- Packages -------------------------------------------------------------------------------------
    def to_it(self, size, state):
        blob = self.rng.randbytes(size)
        path = os.path.join(self.mesh.directory, "blob")
        with open(path, "wb") as file:
            file.write(blob)
        sender = self.node.open("send", self.bridge.id, path, "--app", self.bridge.apps["BridgeSink"])
        got = self.bridge.find(lambda e: e["event"] == "package_rx", f"{size} bytes to arrive there")
        last = sender.find(lambda record: record.get("final"))
        assert got["sha256"] == hashlib.sha256(blob).hexdigest(), f"{got['len']} other bytes arrived"
        assert last["state"] == state, f"it is called {last}"
        return f"{last['elapsed_ms']:.1f} ms, {state}"

    def wake(self):
        """It takes a peer it has not heard for 800 ms to be asleep, and keeps only a few of the packets for it."""
        self.to_it(10, "delivered")

    def from_it(self, size):
        blob = self.rng.randbytes(size)
        path = os.path.join(self.mesh.directory, "received")
        listener = self.node.listen("--out", path)
        self.wake()
        self.bridge.tell(cmd="send", to=self.node.id, blob=blob.hex(), app=TEXT)
        package = listener.next(m.PATIENCE_S)
        with open(path, "rb") as file:
            assert file.read() == blob, "other bytes arrived"
        assert package["from"]["node"] == self.bridge.id, f"from {package['from']}"

    def both_ways_at_once(self):
        path = os.path.join(self.mesh.directory, "both")
        blobs = [self.rng.randbytes(20_000) for _ in range(2)]
        with open(path, "wb") as file:
            file.write(blobs[0])
        listener = self.node.listen("--out", path + ".received")
        self.wake()
        self.bridge.tell(cmd="send", to=self.node.id, blob=blobs[1].hex(), app=TEXT)
        sender = self.node.open("send", self.bridge.id, path, "--app", self.bridge.apps["BridgeSink"])
        got = self.bridge.find(lambda e: e["event"] == "package_rx", "20,000 bytes to arrive there")
        assert got["sha256"] == hashlib.sha256(blobs[0]).hexdigest(), "other bytes arrived there"
        listener.next(m.PATIENCE_S)
        with open(path + ".received", "rb") as file:
            assert file.read() == blobs[1], "other bytes arrived here"
        assert sender.wait() == 0

    def watch(self):
        self.monitor = self.node.open("monitor", "--levels", "packet")

    def its_parts_are_not_answered(self):
        """It takes acks and requests for parts to be parts: none may have gone out since watch()."""
        self.node.ctl("ping", self.node.id, "-c", "1")
        events = []
        while (event := self.monitor.poll()) is not None:
            events.append(event)
        taken = [e for e in events if e.get("trace") == "receive" and e["flags"] & 0x38 == 0x08]
        answers = [e for e in events if e.get("trace") == "send_packet" and e.get("peer") == self.bridge.id
                   and e["flags"] & 0x38 in (0x10, 0x18)]
        assert taken, "it asked for nothing"
        assert not answers, f"{len(answers)} answers went out: {answers[0]}"
        return f"{len(taken)} parts that ask came in"

    # --- parting --------------------------------------------------------------------------------------
    def goodbye(self):
        """Its version of 2024-09-01 hears it and keeps the peer until that times out."""
        self.node.ctl("stop")
        self.hears(GOODBYE, "our goodbye")

    def silence(self):
        self.node.beacon = {"interval_s": 0.5, "timeout_s": 2.0}
        self.node.start()
        m.wait_for(self.knows, "finding it again")
        self.bridge.process.kill()
        self.bridge.process.wait()
        m.wait_for(lambda: not self.knows(), "noticing that it has gone")

    def run(self):
        self.check("discovery: our Beacon is heard, its answer makes it a peer", self.node_finds_it)
        self.check("discovery: its Beacon is heard, our answer makes us a peer", self.it_finds_the_node)
        self.check("each of its Beacons is answered", self.every_beacon_is_answered)
        for size in SINGLES:
            self.check(f"Package of {size:,} bytes to it", lambda: self.to_it(size, "delivered"))
        for size in SINGLES:
            self.check(f"Package of {size:,} bytes from it", lambda: self.from_it(size))
        for size in SEQUENCES_OUT:
            self.check(f"sequence of {size:,} bytes to it", lambda: self.to_it(size, "sent"))
        self.watch()
        for size in SEQUENCES_IN:
            self.check(f"sequence of {size:,} bytes from it", lambda: self.from_it(size))
        self.check("its parts are neither acknowledged nor asked for", self.its_parts_are_not_answered)
        self.check("20,000 bytes both ways at once", self.both_ways_at_once)
        self.check("a Package after all of them", lambda: self.to_it(100, "delivered"))
        self.check("our goodbye is heard", self.goodbye)
        self.check("found again after a restart, missed when it falls silent", self.silence)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", help="directory of mpnode and mpctl")
    options = parser.parse_args()
    if options.bin:
        m.BIN = os.path.abspath(options.bin)
    for variable, what in (("REF", "a checkout of the existing implementation"),
                           ("REF_BRIDGE", "the program that runs it over UDP")):
        path = os.environ.get(variable)
        if not path or not os.path.exists(path):
            missing = f"; {path} does not exist" if path else ""
            print(f"skipped: {variable} must name {what}{missing} (see --help)")
            return SKIPPED
    try:
        with m.Mesh() as mesh:
            interop = Interop(mesh)
            interop.run()
    except m.MeshError as error:
        print(f"interop: {error}", file=sys.stderr)
        return 1
    print(f"{interop.done - interop.failed} of {interop.done} worked")
    return 1 if interop.failed else 0


if __name__ == "__main__":
    sys.exit(main())
