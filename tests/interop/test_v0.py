# SPDX-License-Identifier: ISC
"""mpnode with a peer that speaks only what protocol version 0 has always had (v0_peer.py): discovery, Packages and
sequences both ways, and the courtesies that such a peer needs."""
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from mesh import Mesh, free_ports, records, wait_for  # noqa: E402
from v0_peer import (ACK, ASK, BEACON, BEACON_OP, DISCONNECT_OP, RESPOND_OP, RTX, SCHEMAS, TEXT,  # noqa: E402
                     V0Peer, app_id, package)

SEED = 5
HEAD = 32  # of a Package
EXTENSIONS = app_id("Micropycelium", "Extensions to protocol version 0", 2)
PING = app_id("Ping", "Dev Ping App", 0)


class VersionZero(unittest.TestCase):
    def setUp(self):
        self.mesh = Mesh()
        self.addCleanup(self.mesh.close)
        self.rng = random.Random(SEED)
        port, = free_ports(1)
        self.peer = V0Peer(port, self.rng.randbytes(32))
        self.addCleanup(self.peer.close)
        self.node = self.mesh.add("node")
        self.node.neighbours.append(f"127.0.0.1:{port}")
        self.link = ("127.0.0.1", self.node.port)
        self.node.start()
        self.peer.beacon(self.link)
        self.assertTrue(self.peer.wait(lambda: any(beacon[0] == RESPOND_OP for beacon in self.peer.beacons)))
        wait_for(lambda: self.node.connected(), "the node to know the peer")

    def tearDown(self):
        self.assertEqual(self.peer.faults, [])
        self.assertEqual(self.peer.repeated_parts, 0)

    def counter(self, name):
        return self.node.json("status")[0]["counters"][name]

    def counted(self, name, at_least):
        """The node has counted so many; datagrams are worked off in order, so what came before has been, too."""
        self.peer.wait(lambda: self.counter(name) >= at_least)
        self.assertGreaterEqual(self.counter(name), at_least, name)

    def test_beacons(self):
        listed, = self.node.json("peers")
        self.assertEqual(listed["node"], self.peer.node_id.hex())
        self.assertFalse(listed["equal"])
        self.assertEqual(sorted(listed["apps"]), sorted([BEACON.hex(), TEXT.hex()]))
        self.assertTrue(self.peer.wait(lambda: any(beacon[0] == BEACON_OP for beacon in self.peer.beacons)))
        for op, node_id, apps, link in self.peer.beacons:
            self.assertIn(op, (BEACON_OP, RESPOND_OP))
            self.assertEqual(node_id.hex(), self.node.id)
            self.assertEqual(link, self.link)
            self.assertEqual(apps[0], EXTENSIONS)
            self.assertIn(BEACON, apps)
            self.assertIn(PING, apps)

    def test_disconnect_of_the_peer(self):
        self.peer.beacon(self.link, DISCONNECT_OP)
        wait_for(lambda: not self.node.connected(), "the node to forget the peer")

    def test_disconnect_of_the_node(self):
        self.assertEqual(self.node.end(), 0)
        self.assertTrue(self.peer.wait(lambda: any(beacon[0] == DISCONNECT_OP for beacon in self.peer.beacons)))

    def test_single_packages_to_the_node(self):
        listener = self.node.listen("--count", "2")
        for schema in (0, 1):
            blob = self.rng.randbytes(100 + schema)
            number = self.peer.send_single(self.link, TEXT, blob, ASK, schema)
            self.assertTrue(self.peer.wait(lambda: self.peer.acks))
            self.assertEqual(listener.next()["size"], len(blob))
            answer_schema, flags, fields, body = self.peer.acks.pop()
            self.assertEqual((answer_schema, flags & 0x38, fields["i"], body), (schema, ACK, number, b""))

    def test_a_repeat_is_acknowledged_and_not_delivered_twice(self):
        listener = self.node.listen()
        for _ in range(3):
            self.peer.send_single(self.link, TEXT, b"again", ASK, packet_id=77)
        self.assertTrue(self.peer.wait(lambda: len(self.peer.acks) == 3))
        self.peer.send_single(self.link, TEXT, b"other", packet_id=78)
        self.assertEqual([listener.next()["size"] for _ in range(2)], [5, 5])
        self.assertEqual(self.counter("rx_duplicate"), 2)
        self.assertEqual(len(self.peer.acks), 3)  # the last did not ask

    def test_single_packages_to_the_peer(self):
        for size in (0, 1, 100, 245 - HEAD):
            blob = self.rng.randbytes(size)
            said = self.node.open("send", self.peer.node_id.hex(), "--text", "") if size == 0 else None
            if said is None:
                path = os.path.join(self.mesh.directory, "blob")
                with open(path, "wb") as file:
                    file.write(blob)
                said = self.node.open("send", self.peer.node_id.hex(), path)
            self.assertTrue(self.peer.wait(lambda: self.peer.packages), size)
            self.assertEqual(self.peer.packages.pop(), (TEXT, blob, self.link))
            self.assertEqual(said.find(lambda record: record.get("final"))["state"], "delivered")

    def test_a_peer_that_does_not_acknowledge(self):
        self.peer.answer_asks = False
        sender = self.node.open("send", self.peer.node_id.hex(), "--text", "unheard")
        self.assertTrue(self.peer.wait(lambda: sender.process.poll() is not None, 60))
        last = sender.find(lambda record: record.get("final"))
        self.assertEqual((last["state"], last["reason"]), ("failed", "no_answer"))
        self.assertGreaterEqual(len(self.peer.packages), 2)  # it was tried more than once
        self.assertEqual({blob for _, blob, _ in self.peer.packages}, {b"unheard"})

    def test_nobody_listens(self):
        self.peer.send_single(self.link, TEXT, b"for nobody", ASK)
        self.peer.send_single(self.link, app_id("No", "such", 1), b"for nobody", ASK)
        self.counted("rx_unknown_app", 1)
        self.counted("rx_refused", 1)
        self.assertEqual(self.peer.acks, [])  # a refusal is a word that version 0 does not have

    def test_sequences_to_the_node(self):
        listener = self.node.listen("--out", os.path.join(self.mesh.directory, "inbox") + "/")
        for schema in (2, 3, 4):
            most = SCHEMAS[schema][1]
            for size in (most - HEAD + 1, 1000, 2 * most - HEAD, 3 * most - HEAD + 1, 20_000):
                with self.subTest(schema=schema, size=size, seed=SEED):
                    blob = self.rng.randbytes(size)
                    self.peer.send_sequence(self.link, TEXT, blob, schema)
                    record = listener.next()
                    self.assertEqual(record["from"]["node"], self.peer.node_id.hex())
                    with open(record["file"], "rb") as file:
                        self.assertEqual(file.read(), blob)
        self.peer.wait(lambda: False, 0.1)
        self.assertEqual(self.peer.acks, [])  # it would take them for parts

    def test_parts_out_of_order_and_twice(self):
        listener = self.node.listen()
        blob = self.rng.randbytes(2000)
        parts = -(-(2000 + HEAD) // SCHEMAS[2][1])
        order = list(range(1, parts))
        self.rng.shuffle(order)
        self.peer.send_sequence(self.link, TEXT, blob, 2, order=[0, *order[:3], order[1], 0, *order[3:]])
        self.assertEqual(listener.next()["size"], 2000)

    def test_a_missing_part_is_never_asked_for(self):
        listener = self.node.listen()
        blob = self.rng.randbytes(1000)
        sequence, parts = self.peer.send_sequence(self.link, TEXT, blob, 2, leave_out=(2,))
        self.counted("rx_part", parts - 1)
        asked = self.peer.wait(lambda: [flags for _, flags, _, _ in self.peer.acks if flags & 0x38 == RTX], 1.5)
        self.assertFalse(asked)
        self.peer.next_sequence = sequence
        self.peer.send_sequence(self.link, TEXT, blob, 2, leave_out=[n for n in range(parts) if n != 2])
        self.assertEqual(listener.next()["size"], 1000)

    def test_sequences_to_the_peer(self):
        # Among the sizes are those that would fill the last part of the schema that is chosen at first.
        sizes = [300, 1000, 20_000] + [parts * SCHEMAS[schema][1] - HEAD for schema in (2, 3, 4) for parts in (2, 3, 7)]
        for size in sizes + [239 * 255 - HEAD + 1, 70_000]:
            with self.subTest(size=size, seed=SEED):
                blob = self.rng.randbytes(size)
                path = os.path.join(self.mesh.directory, "blob")
                with open(path, "wb") as file:
                    file.write(blob)
                seen = self.peer.seen_parts = []
                sender = self.node.open("send", self.peer.node_id.hex(), path)
                self.assertTrue(self.peer.wait(lambda: self.peer.packages, 60))
                self.assertEqual(self.peer.packages.pop(), (TEXT, blob, self.link))
                last = sender.find(lambda record: record.get("final"))
                self.assertEqual(last["state"], "sent")  # nobody acknowledges it
                self.assertEqual(sender.wait(), 0)
                schema, number, most, length = max(seen, key=lambda part: part[1])
                self.assertEqual(number, most)
                self.assertLess(length, SCHEMAS[schema][1], "the last part is full")
                self.assertLess(len(seen), 256 if "z1" in SCHEMAS[schema][0] else 65536)
                self.assertEqual(len({part[1] for part in seen}), len(seen))

    def test_damaged_ones_are_counted_and_dropped(self):
        before = {name: self.counter(name) for name in ("rx_bad_checksum", "rx_bad_digest", "rx_bad_version",
                                                        "rx_unknown_schema", "rx_too_short", "rx_bad_package")}
        self.node.listen()
        whole = bytearray(b"\x00\x00\x01\x00\x05\xde\xad\xbe\xef" + package(TEXT, b"damaged"))  # a wrong checksum
        wrong = bytearray(package(TEXT, b"damaged"))
        wrong[20] ^= 1
        for datagram in (bytes(whole), b"\x00\x00\x00\x00\x06" + bytes(wrong), b"\x01\x00\x00\x00\x06",
                         b"\x00\x00\xff\x00\x06", b"\x00\x00\x05\x00\x06", b"\x00\x00\x00\x00\x06short"):
            self.peer.put(self.link, datagram)
        for name, count in before.items():
            self.counted(name, count + 1)
        self.assertEqual(self.peer.acks, [])


if __name__ == "__main__":
    unittest.main()
