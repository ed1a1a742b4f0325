# SPDX-License-Identifier: ISC
"""Between two nodes a wire that loses, repeats and reorders datagrams: what is called delivered has
arrived whole, once."""
import hashlib
import os
import random
import selectors
import socket
import threading
import unittest

from mesh import Mesh, wait_for

SEED = 23


class BadWire:
    """Two UDP ports: what comes to one leaves from the other, mostly. Shares are of a thousand."""

    def __init__(self, lost=100, repeated=50, held_back=50):
        self.random = random.Random(SEED)
        self.lost, self.repeated, self.held_back = lost, repeated, held_back
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for s in self.sockets:
            s.bind(("127.0.0.1", 0))
        self.ports = [s.getsockname()[1] for s in self.sockets]
        self.ends = [None, None]  # where each port sends to
        self.counts = {"lost": 0, "repeated": 0, "held back": 0, "carried": 0}
        self.held = [None, None]
        self.stop_read, self.stop_write = socket.socketpair()
        self.thread = threading.Thread(target=self.run)

    def connect(self, one, other):
        self.ends = [("127.0.0.1", one.port), ("127.0.0.1", other.port)]
        one.neighbours.append(f"127.0.0.1:{self.ports[0]}")
        other.neighbours.append(f"127.0.0.1:{self.ports[1]}")
        self.thread.start()

    def run(self):
        with selectors.DefaultSelector() as selector:
            for side, s in enumerate(self.sockets):
                selector.register(s, selectors.EVENT_READ, side)
            selector.register(self.stop_read, selectors.EVENT_READ, None)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    self.carry(key.data, key.fileobj.recv(65536))

    def carry(self, side, datagram):
        other = 1 - side
        chance = self.random.randrange(1000)
        if chance < self.lost:
            self.counts["lost"] += 1
            return
        out = [datagram]
        if chance < self.lost + self.repeated:
            self.counts["repeated"] += 1
            out = [datagram, datagram]
        elif chance < self.lost + self.repeated + self.held_back and self.held[other] is None:
            self.counts["held back"] += 1
            self.held[other] = datagram  # overtaken by the next one
            return
        if self.held[other] is not None:
            out.append(self.held[other])
            self.held[other] = None
        for d in out:
            self.counts["carried"] += 1
            try:
                self.sockets[other].sendto(d, self.ends[other])
            except OSError:  # the node has ended
                pass

    def close(self):
        if self.thread.is_alive():
            self.stop_write.send(b"x")
            self.thread.join()
        for s in (*self.sockets, self.stop_read, self.stop_write):
            s.close()


class Lossy(unittest.TestCase):
    def setUp(self):
        self.mesh = Mesh()
        self.addCleanup(self.mesh.close)
        self.wire = BadWire()
        self.addCleanup(self.wire.close)
        quick = {"interval_s": 0.5, "timeout_s": 30.0}
        self.a, self.b = self.mesh.add("a", beacon=quick), self.mesh.add("b", beacon=quick)
        self.wire.connect(self.a, self.b)
        self.mesh.start()
        for node, other in ((self.a, self.b), (self.b, self.a)):
            wait_for(lambda: node.connected() == {other.id}, f"{node.name} to find {other.name}")

    def test_sequences_arrive_whole(self):
        rng = random.Random(SEED)
        for size in (300, 5_000, 100_000, 1_000_000):
            with self.subTest(size=size, seed=SEED):
                data = rng.randbytes(size)
                listener = self.b.listen("--out", os.path.join(self.mesh.directory, "received"))
                self.assertEqual(self.a.json("send", self.b.id, "-", input=data)[-1]["state"], "delivered")
                package = listener.next()
                with open(package["file"], "rb") as file:
                    self.assertEqual(hashlib.sha256(file.read()).digest(), hashlib.sha256(data).digest())
        self.assertGreater(self.wire.counts["lost"], 0)
        self.assertGreater(self.a.json("status")[0]["counters"]["retransmissions"], 0)

    def test_single_packets_arrive_once(self):
        listener = self.b.listen("--count", "40")
        for number in range(40):
            self.a.ctl("send", self.b.id, "--text", f"number {number}")
        contents = [listener.next()["data"] for _ in range(40)]
        self.assertEqual(len(set(contents)), 40)
        self.assertEqual(listener.wait(), 0)
        counters = self.b.json("status")[0]["counters"]
        self.assertGreater(counters["rx_duplicate"], 0)


if __name__ == "__main__":
    unittest.main()
