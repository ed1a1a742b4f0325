# SPDX-License-Identifier: ISC
"""A closed network: two members and an outsider on one wire. The members talk, the outsider never appears, and who
records the wire learns nothing by it, nor changes anything by playing it again."""
import hashlib
import os
import random
import selectors
import socket
import threading
import time
import unittest

from mesh import Mesh, MeshError, wait_for

SEED = 29
QUICK = {"interval_s": 0.2, "timeout_s": 30.0}
MARKER = b"Nobody but members reads this sentence."


class Hub:
    """A wire between all nodes, made of UDP ports, and a recorder on it."""

    def __init__(self):
        self.ports = {}
        self.recorded = []  # (sender, receiver, datagram)
        self.lock = threading.Lock()
        self.stop_read, self.stop_write = socket.socketpair()
        self.thread = threading.Thread(target=self.run)

    def connect(self, *nodes):
        # One port for each pair and direction: a node tells its neighbours apart by where they send from.
        for one in nodes:
            for other in nodes:
                if one is not other:
                    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    s.bind(("127.0.0.1", 0))
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
                    self.ports[one, other] = s  # where `one` finds `other`
                    one.neighbours.append(f"127.0.0.1:{s.getsockname()[1]}")
        self.thread.start()

    def run(self):
        with selectors.DefaultSelector() as selector:
            for pair, s in self.ports.items():
                selector.register(s, selectors.EVENT_READ, pair)
            selector.register(self.stop_read, selectors.EVENT_READ, None)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    one, other = key.data
                    datagram = key.fileobj.recv(65536)
                    with self.lock:
                        self.recorded.append((one, other, datagram))
                    self.carry(one, other, datagram)

    def carry(self, one, other, datagram):
        """To `other`, from where it finds `one`."""
        try:
            self.ports[other, one].sendto(datagram, ("127.0.0.1", other.port))
        except OSError:  # the node has ended
            pass

    def tape(self):
        with self.lock:
            return list(self.recorded)

    def close(self):
        if self.thread.is_alive():
            self.stop_write.send(b"x")
            self.thread.join()
        for s in (*self.ports.values(), self.stop_read, self.stop_write):
            s.close()


class Closed(unittest.TestCase):
    def setUp(self):
        self.mesh = Mesh()
        self.addCleanup(self.mesh.close)
        self.hub = Hub()
        self.addCleanup(self.hub.close)
        self.a, self.b, self.outsider = (self.mesh.add(name, beacon=QUICK) for name in ("a", "b", "outsider"))
        self.keys = {name: os.path.join(self.mesh.directory, name + ".key") for name in ("home", "other")}
        for path in self.keys.values():
            self.a.ctl("network", "new", path)
        for node, key in ((self.a, "home"), (self.b, "home"), (self.outsider, "other")):
            node.closed = {"name": "home", "key_file": self.keys[key]}
        self.hub.connect(self.a, self.b, self.outsider)

    def start(self):
        self.mesh.start()
        self.meet()

    def meet(self):
        for node, other in ((self.a, self.b), (self.b, self.a)):
            wait_for(lambda: node.connected() == {other.id}, f"{node.name} to find {other.name} and nobody else")

    def counters(self, node):
        return node.json("status")[0]["counters"]

    def send(self, one, other, data, *words):
        listener = other.listen("--count", "1")
        self.assertEqual(one.json("send", other.id, *words, "-", input=data)[-1]["state"], "delivered")
        return listener.next()

    def test_members_talk_and_who_records_it_learns_nothing(self):
        self.start()
        package = self.send(self.a, self.b, MARKER)
        self.assertEqual(package["from"]["node"], self.a.id)
        self.assertIsNone(package["from"]["proven"])
        blob = MARKER * (2**20 // len(MARKER))
        blob += bytes(2**20 - len(blob))
        package = self.send(self.b, self.a, blob)
        self.assertEqual((package["size"], package["half_sha256"]), (2**20, hashlib.sha256(blob).hexdigest()[:32]))

        # The outsider has sent and heard all the while, and is nobody's neighbour.
        wait_for(lambda: self.counters(self.a)["rx_forged"] > 0, "a to drop what the outsider says")
        wait_for(lambda: self.counters(self.outsider)["rx_forged"] > 0, "the outsider to hear what it cannot open")
        self.assertEqual(self.outsider.json("peers"), [])
        for node, other in ((self.a, self.b), (self.b, self.a)):
            self.assertEqual([peer["node"] for peer in node.json("peers")], [other.id])
            self.assertGreaterEqual(self.counters(node)["admissions"], 1)
            self.assertEqual([(peer["lies"], peer["doubts"]) for peer in node.json("peers")], [(0, 0)])
        self.assertNotEqual(self.outsider.ctl("send", self.a.id, "--text", "x", check=False).returncode, 0)

        tape = self.hub.tape()
        self.assertGreater(len(tape), 2**20 // 250)
        ids = [bytes.fromhex(node.id) for node in self.mesh.nodes]
        words = [MARKER[i:i + 12] for i in range(0, len(MARKER) - 12)]
        for _, _, datagram in tape:
            for secret in ids + words:
                self.assertNotIn(secret, datagram)

    def test_the_largest_blob_is_one_that_goes(self):
        self.start()
        most = self.a.json("status")[0]["blob_max"]
        self.outsider.closed = {}
        self.outsider.end()
        self.outsider.start()
        self.assertLess(most, self.outsider.json("status")[0]["blob_max"], "sealed frames have less room")
        listener = self.b.listen("--out", os.path.join(self.mesh.directory, "received"))
        self.assertEqual(self.a.json("send", self.b.id, "-", input=bytes(most))[-1]["state"], "delivered")
        self.assertEqual(listener.next()["size"], most)
        refused = self.a.json("send", self.b.id, "-", input=bytes(most + 1), check=False)[-1]
        self.assertEqual(refused["error"]["code"], "too_large")

    def test_an_open_node_sees_nobody_and_is_not_seen(self):
        self.outsider.closed = {}
        self.start()
        wait_for(lambda: self.counters(self.a)["rx_unsealed"] > 0, "a to drop what is not sealed")
        refused = ("rx_unsealed", "rx_unknown_schema")  # sealed frames; Beacons in opening frames
        wait_for(lambda: any(self.counters(self.outsider)[c] for c in refused), "the open node to drop what it hears")
        self.assertEqual(self.outsider.json("peers"), [])
        self.assertEqual(self.a.connected(), {self.b.id})
        self.assertFalse(self.outsider.json("status")[0]["network"]["closed"])

    def test_what_was_recorded_changes_nothing_when_it_is_played_to_a_restarted_member(self):
        self.start()
        self.send(self.a, self.b, MARKER)
        self.send(self.a, self.b, MARKER * 100)
        tape = [datagram for one, other, datagram in self.hub.tape() if (one, other) == (self.a, self.b)]
        self.a.end()  # says goodbye, so that nothing true comes any more
        wait_for(lambda: not self.b.connected(), "b to miss a")
        self.b.end()
        self.b.start()
        listener = self.b.listen()
        before = self.counters(self.b)
        for number, datagram in enumerate(tape):
            self.hub.carry(self.a, self.b, datagram)
            if number % 50 == 49:
                time.sleep(0.01)  # not more at once than a socket holds
        dropped = ("rx_no_key", "rx_replayed", "rx_forged", "rx_unexpected", "rx_control", "rx_refused", "rx_unsealed",
                   "rx_package", "rx_duplicate", "rx_unknown_app")
        wait_for(lambda: sum(self.counters(self.b)[c] - before[c] for c in dropped) >= len(tape) // 2,
                 "b to have heard most of it")
        after = self.counters(self.b)
        self.assertGreater(after["rx_no_key"], before["rx_no_key"])
        for counter in ("admissions", "rx_part", "rx_forwarded"):
            self.assertEqual(after[counter], before[counter], counter)
        self.assertEqual(self.b.json("peers"), [])
        self.assertIsNone(listener.poll())
        # And the true one is taken at once.
        self.a.start()
        self.meet()
        self.assertEqual(self.a.json("send", self.b.id, "--text", "back")[-1]["state"], "delivered")
        self.assertEqual(listener.next()["data"], "YmFjaw==")

    def test_sealed_from_end_to_end(self):
        self.start()
        for data in (MARKER, MARKER * 500):
            package = self.send(self.a, self.b, data, "--sealed")
            self.assertEqual(package["from"]["proven"], self.a.id)
            self.assertEqual(package["size"], len(data))

    def test_a_passphrase_and_a_generation_make_other_networks(self):
        rng = random.Random(SEED)
        words = os.path.join(self.mesh.directory, "words")
        with open(words, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(" ".join(f"{rng.getrandbits(32):x}" for _ in range(4)) + "\n")
        for node in (self.a, self.b, self.outsider):
            node.closed = {"name": "home", "passphrase_file": words, "generation": 1}
        self.outsider.closed["generation"] = 2
        self.start()
        self.assertEqual(self.a.json("status")[0]["network"], {"closed": True, "name": "home", "generation": 1})
        shown = self.a.ctl("status").stdout.decode()
        self.assertIn("home, closed, generation 1", shown)
        self.assertIn('a member of the closed network "home", generation 1', self.a.read_log())
        self.assertEqual(len(self.a.json("peers")[0]["app_prefixes"]), 6,
                         "Beacon, Contacts, Owners, Ping, Seal, Text: one message")
        self.assertEqual(self.outsider.json("peers"), [])

    def test_a_key_that_others_may_read_starts_no_node(self):
        os.chmod(self.keys["home"], 0o644)
        with self.assertRaises(MeshError) as refused:
            self.a.start()
        self.assertIn("network.key_file: others than the owner may use", str(refused.exception))
        self.assertIn("chmod 600", str(refused.exception))
        self.assertIn("status 3", str(refused.exception))

    def test_keys_are_made_once_and_compared_by_fingerprints(self):
        home, other = self.keys["home"], self.keys["other"]
        with open(home, encoding="ascii") as file:
            key = file.read().strip()
        self.assertEqual(os.stat(home).st_mode & 0o777, 0o600)
        again = self.a.ctl("network", "new", home, check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn(b"is there already", again.stderr)
        expected = hashlib.sha256(b"Micropycelium network fingerprint" + bytes.fromhex(key)).hexdigest()[:8]
        self.assertEqual(self.a.json("network", "check", home),
                         [{"file": home, "fingerprint": expected}, {"same": True}])
        differing = self.a.ctl("network", "check", home, other, check=False)
        self.assertEqual(differing.returncode, 1)
        self.assertIn(b"not the same network", differing.stdout)
        self.assertNotIn(key.encode(), differing.stdout + differing.stderr + again.stderr)
        self.assertEqual(self.a.ctl("network", "check", check=False).returncode, 2)
        self.assertEqual(self.a.ctl("network", "check", "--passphrase-file", home, check=False).returncode, 2)
        self.assertEqual(self.a.ctl("network", "check", "/nonexistent", check=False).returncode, 1)


if __name__ == "__main__":
    unittest.main()
