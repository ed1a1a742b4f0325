#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A captured day: who records all that a closed network says, for a day, finds no contents, no Application and no
node id in it (specification: closed-networks.md, "What an outsider sees").

usage: captured_day.py [--hours H] [--seed N]

On the air: twelve simulated boards on ESP-NOW, H hours (24) of Beacons, Packages and Blobs, some of them sealed
from end to end besides, captured by mpsim as pcapng.
On the wire: three mpnode processes that ping, send Packages and Blobs with a marker in them, to neighbours, over a relay
and sealed from end to end, and change a key, captured between their UDP ports.

Every 8 bytes in a row of every frame are compared with every 8 bytes in a row of what must not show: all node ids, the
X25519 keys that belong to them, the ids of the Applications, and the marker. The same is done with an open network, in
which it must be found. What the frames carry beside their headers must also not be compressible. MP_BIN: the folder of
the programs.
"""
import argparse
import collections
import hashlib
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

from mesh import Mesh, program, wait_for
from test_closed import Hub

WINDOW = 8
MARKER = b"Nobody but members reads this sentence."
P = 2**255 - 19
ESPNOW_OVERHEAD = 51  # bytes of radio headers before the datagram
OPENING = (50, 62)    # schemas of opening frames
SEALED = 64           # and from here on those of sealed ones


def app_id(name, description, version):
    return hashlib.sha256(name.encode() + description.encode() + struct.pack(">I", version)).digest()[:16]


BEACON = app_id("Beacon", "Dev Beacon App", 0)
APPS = (BEACON, app_id("Beacon", "Signed Beacon App", 1), app_id("Ping", "Dev Ping App", 0),
        app_id("Seal", "End-to-end protection", 1), app_id("Contacts", "Who a node was before", 1),
        app_id("Owners", "Commands of a node's owners", 1), app_id("Traffic", "what a simulated node has to say", 1))


def x25519_of(node_id):
    """RFC 7748, 4.1: u = (1 + y) / (1 - y)."""
    y = int.from_bytes(node_id, "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, P - 2, P) % P).to_bytes(32, "little")


class Scan:
    """What must not show, and where it did."""

    def __init__(self, node_ids, others):
        self.windows = {}
        for what, secrets in (("node id", node_ids), ("X25519 key", map(x25519_of, node_ids)), *others):
            for secret in secrets:
                for i in range(len(secret) - WINDOW + 1):
                    self.windows[secret[i:i + WINDOW]] = what
        self.frames = self.octets = 0
        self.hits = collections.Counter()
        self.kinds = collections.Counter()
        self.bodies = bytearray()
        self.packed = set()

    def look(self, datagram):
        self.frames += 1
        self.octets += len(datagram)
        windows = self.windows
        found = {windows[w] for w in {datagram[i:i + WINDOW] for i in range(len(datagram) - WINDOW + 1)}
                 & windows.keys()}
        self.hits.update(found)
        schema = datagram[2]
        self.kinds["opening" if schema in OPENING else "sealed" if schema >= SEALED else "open"] += 1
        # Each once: a radio repeats what was not acknowledged.
        if len(self.bodies) < 8 << 20 and schema in OPENING and datagram not in self.packed:
            self.packed.add(datagram)
            self.bodies += datagram[4:]

    def report(self, where):
        seen = ", ".join(f"{n} {what}" for what, n in sorted(self.kinds.items()))
        hits = ", ".join(f"{n} with a {what}" for what, n in sorted(self.hits.items())) or "0 with any of it"
        print(f"  {where}: {self.frames} frames, {self.octets} bytes ({seen}); {hits}", flush=True)
        return self

    def check_closed(self):
        assert not self.hits, f"shown: {dict(self.hits)}"
        assert self.kinds["open"] == 0, "frames that are not sealed"
        assert self.kinds["opening"] > 0 and self.kinds["sealed"] > 0, self.kinds
        packed = len(zlib.compress(bytes(self.bodies), 9)) / len(self.bodies)
        assert packed > 0.999, f"opening frames shrink to {packed:.3f}"

    def check_open(self, *expected):
        for what in expected:
            assert self.hits[what] > 0, f"the scan does not find a {what} where it is"


# --- on the air -----------------------------------------------------------------------------------------------
SCENARIO = """
duration_s = {seconds}
[topology]
kind = "geometric"
nodes = 12
degree = 5
[[medium]]
name = "wifi"
kind = "espnow"
[nodes]
network = "{network}"
seal = true
[[traffic]]
name = "readings"
from = "all"
to = "neighbour"
size = 60
every_s = 60
[[traffic]]
name = "files"
from = "random 4"
to = "neighbour"
size = [1000, 10000]
pattern = "poisson"
every_s = 900
[[traffic]]
name = "letters"
from = "all"
to = "neighbour"
size = [20, 2000]
pattern = "poisson"
every_s = 600
sealed = true
"""


def captured_by_mpsim(folder, network, hours, seed):
    """Datagrams on the air."""
    path = os.path.join(folder, f"{network or 'open'}.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SCENARIO.format(seconds=round(hours * 3600), network=network))
    capture = path + ".pcapng"
    subprocess.run([program("mpsim"), "run", path, "--seed", str(seed), "--pcap", capture, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    with open(capture, "rb") as file:
        while head := file.read(8):
            kind, size = struct.unpack("<II", head)
            block = file.read(size - 8)
            if kind == 6:  # an enhanced packet
                captured = struct.unpack_from("<I", block, 12)[0]
                yield block[20 + ESPNOW_OVERHEAD:20 + captured]
    os.remove(capture)


def ids_in(frames):
    """Of the nodes of an open network, from their Beacons. The same seed gives a closed one the same nodes."""
    found = set()
    for frame in frames:
        at = frame.find(BEACON)
        if at >= 0 and len(frame) >= at + 65:
            found.add(frame[at + 33:at + 65])
    return found


def on_the_air(hours, seed):
    with tempfile.TemporaryDirectory() as folder:
        in_the_open = list(captured_by_mpsim(folder, "", min(hours, 1), seed))
        ids = ids_in(in_the_open)
        assert len(ids) == 12, f"{len(ids)} of 12 node ids"
        scan = Scan(ids, [("app id", APPS)])
        for frame in in_the_open:
            scan.look(frame)
        scan.report("air, open network").check_open("node id", "app id")
        scan = Scan(ids, [("app id", APPS)])
        for frame in captured_by_mpsim(folder, "home", hours, seed):
            scan.look(frame)
        scan.report("air, closed network").check_closed()


# --- on the wire ----------------------------------------------------------------------------------------------
def on_the_wire(rounds, seed, closed):
    rng = random.Random(seed)
    mesh, hub = Mesh(), Hub()
    try:
        nodes = [mesh.add(name, address=f"7-{n}0::", beacon={"interval_s": 0.2, "timeout_s": 30.0})
                 for n, name in enumerate("abc", 1)]
        a, b, c = nodes
        key = os.path.join(mesh.directory, "home.key")
        a.ctl("network", "new", key)
        for node in nodes:
            node.closed = {"name": "home", "key_file": key} if closed else {}
        hub.connect(*nodes)
        mesh.route(a, b, c)
        mesh.start()
        met(nodes)
        ids = {node.id for node in nodes}
        for n in range(rounds):
            one, other = rng.sample(nodes, 2)
            words = [MARKER, MARKER * rng.randrange(100, 1000)][n % 2]
            for options in ((), ("--sealed",)):
                deliver(one, other, other.id, words, *options)
            if n < rounds // 2:
                deliver(a, c, c.address, words)  # over b
            one.json("ping", other.id, "--count", "1")
            if n == rounds // 2:  # a new key: the neighbours are told by Contacts
                b.ctl("id", "rotate")
                b.end()
                b.start()
                b.take_id(b.json("id", "show")[0]["node_id"])
                ids.add(b.id)
                met(nodes)
        scan = Scan([bytes.fromhex(i) for i in ids], [("app id", APPS), ("marker", [MARKER * 2])])
        for _, _, datagram in hub.tape():
            scan.look(datagram)
        return scan.report(f"wire, {'closed' if closed else 'open'} network, {rounds} rounds")
    finally:
        mesh.close()
        hub.close()


def deliver(one, other, to, words, *options):
    listener = other.listen("--count", "1")
    assert one.json("send", to, *options, "-", input=words)[-1]["state"] == "delivered"
    listener.next()


def met(nodes):
    for node in nodes:
        others = {other.id for other in nodes if other is not node}
        wait_for(lambda: others <= node.connected(), f"{node.name} to find the others")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"captured_day.py --hours {options.hours:g} --seed {options.seed}", flush=True)
    on_the_air(options.hours, options.seed)
    rounds = max(4, round(2 * options.hours))
    on_the_wire(4, options.seed, closed=False).check_open("node id", "app id", "marker")
    on_the_wire(rounds, options.seed, closed=True).check_closed()


if __name__ == "__main__":
    sys.exit(main())
