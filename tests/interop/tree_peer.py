# SPDX-License-Identifier: ISC
"""A tiny node of protocol version 0 that hangs in its spanning tree and relays by it: Beacons, the four tree messages, and
the routed schemas, over UDP on loopback. Shares nothing with the C++ code; packets are those of v0_peer.py. It does no more
than the existing implementation is known to do: no hysteresis, and whoever loses its parent claims the tree itself.

    peer = TreePeer(port, node_id, ["127.0.0.1:47001"], interval_s=20).start()
    peer.send(address, app, b"hello")
    peer.stop()
"""
import socket
import struct
import threading
import time
import zlib

from v0_peer import (ACK, ASK, BEACON, BEACON_OP, CONTROL, DISCONNECT_OP, ERROR, RESPOND_OP, SCHEMAS, TEXT, app_id, pack,
                     package, unpack)

TREE = app_id("SpanningTree", "Dev SpanningTree App", 0)
SEND, RESPOND, REQUEST, ASSIGN = 0, 15, 240, 255
MODE = 0x01
LAST = 32  # nibbles of an address


def pack_tree(op, ts, age, claim, address, node_id):
    return struct.pack("!BQB", op, ts, age) + claim + address + node_id


def unpack_tree(blob):
    if len(blob) != 90:
        raise ValueError(f"a tree message of {len(blob)} bytes")
    op, ts, age = struct.unpack_from("!BQB", blob)
    if op not in (SEND, RESPOND, REQUEST, ASSIGN):
        raise ValueError(f"op {op}")
    return op, ts, age, blob[10:42], blob[42:58], blob[58:90]


def score(claim):
    return bytes(a ^ b for a, b in zip(claim, b"1234" * 8))


def tree_state(claim):
    return zlib.crc32(claim) >> 24


def encode(coordinates):
    """16 bytes, or None where they do not fit."""
    nibbles = []
    for c in coordinates:
        if c > 135:
            return None
        nibbles += [c] if c < 8 else [8 | (c - 8) >> 4, (c - 8) & 15]
    if len(nibbles) > LAST:
        return None
    nibbles += [0] * (LAST - len(nibbles))
    return bytes(a << 4 | b for a, b in zip(nibbles[::2], nibbles[1::2]))


def decode(address):
    nibbles = [n for byte in address for n in (byte >> 4, byte & 15)]
    coordinates, at = [], 0
    while at < LAST:
        if nibbles[at] < 8 or at + 1 == LAST:
            coordinates.append(nibbles[at])
            at += 1
        else:
            coordinates.append(((nibbles[at] & 7) << 4 | nibbles[at + 1]) + 8)
            at += 2
    while coordinates and coordinates[-1] == 0:
        coordinates.pop()
    return coordinates


def common(a, b):
    count = 0
    while count < min(len(a), len(b)) and a[count] == b[count]:
        count += 1
    return count


def routable(coordinates):
    return coordinates[:coordinates.index(0)] if 0 in coordinates else coordinates


def distance(a, b, by_prefix):
    if not by_prefix:
        a, b = routable(a), routable(b)
        return len(a) + len(b) - 2 * common(a, b)
    return 0 if a == b else 33 - common(a, b) - 1 / (len(a) + len(b) + 1)


class TreePeer:
    def __init__(self, port, node_id, links, interval_s=20.0, beacon_s=1.0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.link, self.node_id = f"127.0.0.1:{port}", node_id
        self.links = [(host, int(number)) for host, number in (link.split(":") for link in links)]
        self.interval_s, self.beacon_s = interval_s, beacon_s
        self.lock = threading.RLock()
        self.peers = {}      # node id: [link, when it was heard]
        self.packages = []   # (app, blob, address it came from)
        self.acks = []       # packet ids
        self.returned = []   # packet ids of ours that came back with the error flag
        self.faults = []     # what nobody should have sent
        self.tree_ops = []   # (op, node id) of every tree message that came
        self.relayed = 0
        self.next_id = 0
        self.running = False
        self.thread = None
        self.became = self.clock_ms()
        self.become_root()

    # --- life ----------------------------------------------------------------------------------------
    def start(self):
        self.running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def stop(self):
        """Dies without a word."""
        self.running = False
        if self.thread:
            self.thread.join()
        self.socket.close()

    def run(self):
        beacon_due = tree_due = 0.0
        self.socket.settimeout(0.02)
        while self.running:
            now = time.monotonic()
            with self.lock:
                if now >= beacon_due:
                    beacon_due = now + self.beacon_s
                    for link in self.links:
                        self.beacon(link, BEACON_OP)
                    for node in [n for n, (_, heard) in self.peers.items() if now - heard > 4 * self.beacon_s]:
                        self.lose(node)
                if now >= tree_due:
                    tree_due = now + self.interval_s
                    self.maintain()
            try:
                datagram, link = self.socket.recvfrom(65536)
            except TimeoutError:
                continue
            except ConnectionError:
                continue  # somebody we wrote to is gone
            if link not in self.links:
                continue
            with self.lock:
                self.take(datagram, link)

    # --- packets -------------------------------------------------------------------------------------
    def put(self, link, datagram):
        try:
            self.socket.sendto(datagram, link)
        except OSError:
            pass

    def number(self):
        self.next_id = (self.next_id + 1) % 256
        return self.next_id

    def beacon(self, link, op):
        blob = bytes([op]) + self.node_id + BEACON + TREE + TEXT
        self.put(link, pack(0, 0, package(BEACON, blob), i=self.number()))

    def take(self, datagram, link):
        try:
            schema, flags, fields, body = unpack(datagram)
        except (ValueError, struct.error) as error:
            self.faults.append(f"{error}: {datagram.hex()}")
            return
        for entry in self.peers.values():
            if entry[0] == link:
                entry[1] = time.monotonic()
        if "T" in fields:
            self.take_routed(datagram, schema, flags, fields, body, link)
        elif flags & CONTROL not in (0, ASK):
            self.faults.append(f"control {flags:#x} in schema {schema}")
        elif "s" not in fields:
            if flags & CONTROL == ASK:
                self.put(link, pack(schema, ACK, b"", **{k: v for k, v in fields.items() if k != "c"}))
            self.deliver(body, link, None)

    def deliver(self, body, link, address):
        app, blob = body[:16], body[32:]
        if package(app, blob) != body:
            self.faults.append(f"no Package: {body.hex()}")
        elif app == BEACON:
            self.take_beacon(blob, link)
        elif app == TREE:
            self.take_tree(blob, link)
        else:
            self.packages.append((app, blob, address))

    def take_beacon(self, blob, link):
        op, node = blob[0], blob[1:33]
        if op == DISCONNECT_OP:
            self.lose(node)
            return
        self.peers[node] = [link, time.monotonic()]
        if op == BEACON_OP:
            self.beacon(link, RESPOND_OP)

    def lose(self, node):
        self.peers.pop(node, None)
        self.told.pop(node, None)
        if node == self.parent:
            self.become_root()
            self.tell()

    # --- the tree ------------------------------------------------------------------------------------
    @staticmethod
    def clock_ms():
        return int(time.monotonic() * 1000)

    def become_root(self):
        self.claim, self.parent, self.place = self.node_id, None, []
        self.ts, self.made = self.clock_ms(), time.monotonic()
        self.children, self.told = {}, getattr(self, "told", {})

    def age(self):
        return min(255, int(time.monotonic() - self.made))

    def message(self, op, address=None):
        return pack_tree(op, self.ts, self.age(), self.claim, address or encode(self.place), self.node_id)

    def say(self, link, blob):
        self.put(link, pack(0, 0, package(TREE, blob), i=self.number()))

    def tell(self):
        for link in self.links:
            self.say(link, self.message(SEND))

    def maintain(self):
        if self.parent is None:
            self.ts, self.made = self.clock_ms(), time.monotonic()
        elif time.monotonic() - self.made > 3 * self.interval_s:
            self.become_root()
        self.tell()

    def ask(self, node, ts, age, claim):
        if node in self.peers:
            self.say(self.peers[node][0], pack_tree(REQUEST, ts, age, claim, bytes(16), self.node_id))

    def take_tree(self, blob, link):
        try:
            op, ts, age, claim, address, node = unpack_tree(blob)
        except ValueError as error:
            self.faults.append(str(error))
            return
        self.tree_ops.append((op, node))
        if node not in self.peers or self.peers[node][0] != link or age > 3 * self.interval_s:
            return
        place = decode(address)
        if op in (SEND, RESPOND):
            if node != claim and not place:
                self.faults.append("an address of the root, from somebody else")
            self.told[node] = (claim, place)
            if node == self.parent and claim == self.claim:
                if self.place[:-1] != place:
                    self.ask(node, ts, age, claim)
                if ts > self.ts:
                    self.ts, self.made = ts, time.monotonic() - age
                    self.tell()
            elif node == self.parent and score(claim) > score(self.claim):
                self.become_root()
                self.tell()
            elif score(claim) < score(self.claim):
                self.ask(node, ts, age, claim)
            elif op == SEND and score(claim) > score(self.claim):
                self.say(link, self.message(RESPOND))
        elif op == REQUEST:
            if claim == self.claim and node != self.parent:
                number = self.children.setdefault(node, max(self.children.values(), default=0) + 1)
                given = encode(self.place + [number])
                if given:
                    self.say(link, self.message(ASSIGN, given))
        elif score(claim) < score(self.claim) or (claim == self.claim and node == self.parent):
            if claim != self.claim:
                self.children = {}
            changed = (claim, place) != (self.claim, self.place)
            self.claim, self.place, self.parent = claim, place, node
            self.ts, self.made = ts, time.monotonic() - age
            if changed:
                self.tell()

    # --- routing -------------------------------------------------------------------------------------
    def address(self):
        with self.lock:
            return tree_state(self.claim), encode(self.place)

    def next_hop(self, to, flags, one_hop=False):
        """The link of the neighbour that is nearest and nearer than this node; None: there is none."""
        target, by_prefix = decode(to), bool(flags & MODE)
        least, best = distance(self.place, target, by_prefix), None
        for node, (claim, place) in self.told.items():
            if claim != self.claim or node not in self.peers:
                continue
            if place == target:
                return self.peers[node][0]
            if not one_hop and distance(place, target, by_prefix) < least:
                least, best = distance(place, target, by_prefix), self.peers[node][0]
        return best

    def send(self, to, app, blob, flags=0, schema=5, ttl=128):
        """To an address of this tree; returns the packet_id, or None where there is no way."""
        with self.lock:
            link = self.next_hop(to, flags)
            if link is None:
                return None
            fields = {"i": self.number(), "e": tree_state(self.claim), "T": to, "F": encode(self.place)}
            if " t1" in SCHEMAS[schema][0]:
                fields["t"] = ttl
            self.put(link, pack(schema, flags, package(app, blob), **fields))
            return fields["i"]

    def take_routed(self, datagram, schema, flags, fields, body, link):
        own = encode(self.place)
        if fields["e"] != tree_state(self.claim):
            return
        if flags & ERROR:
            if fields["F"] == own:
                self.returned.append(fields["i"])
            elif fields.get("t", 0) < 254:
                self.forward(schema, flags, fields, body, fields["F"], fields.get("t", 0) + 1)
        elif fields["T"] == own:
            if flags & CONTROL == ACK:
                self.acks.append((fields["i"], body))
                return
            if flags & CONTROL not in (0, ASK) or "s" in fields:
                self.faults.append(f"control {flags:#x} in schema {schema}, routed")
                return
            if flags & CONTROL == ASK:
                back = dict(fields, T=fields["F"], F=own, t=128)
                self.put(self.next_hop(back["T"], flags, "t" not in fields) or link,
                         self.repack(schema, ACK | flags & MODE, back, b""))
            self.deliver(body, link, fields["F"])
        elif "t" in fields and fields["t"] <= 1:
            self.put(link, self.repack(schema, flags | ERROR, dict(fields, t=0), body))
        elif not self.forward(schema, flags, fields, body, fields["T"], fields.get("t", 0) - 1):
            self.put(link, self.repack(schema, flags | ERROR, fields, body))

    def forward(self, schema, flags, fields, body, to, ttl):
        link = self.next_hop(to, flags, "t" not in fields)
        if link is None:
            return False
        self.relayed += 1
        self.put(link, self.repack(schema, flags, dict(fields, t=ttl) if "t" in fields else fields, body))
        return True

    @staticmethod
    def repack(schema, flags, fields, body):
        known = [field[0] for field in SCHEMAS[schema][0].split()]
        return pack(schema, flags, body, **{k: v for k, v in fields.items() if k in known and k != "c"})
