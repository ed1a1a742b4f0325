# SPDX-License-Identifier: ISC
"""Who a node is and who the others are to it: hand-over, trust store, bans, over restarts."""
import os
import stat
import subprocess
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import NOBODY, Node, TestCase, b64, wait_for_peer  # noqa: E402

STORAGE = 5


def config(network):
    return '[udp]\nbind = "127.0.0.1"\nnetwork = "%s"\n' % network


def wait_until(what, hang_s=harness.HANG_S):
    end = time.monotonic() + hang_s
    while not what():
        if time.monotonic() > end:
            raise AssertionError("it never came")
        time.sleep(0.05)


def occurrences(pid, what):
    """How often the memory that a process writes to holds these bytes."""
    found = 0
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for line in maps:
            span, mode = line.split()[:2]
            if "w" not in mode:
                continue
            begin, end = (int(x, 16) for x in span.split("-"))
            memory.seek(begin)
            found += memory.read(end - begin).count(what)
    return found


class Identity(TestCase):
    def acquainted(self):
        network = uuid.uuid4().hex
        nodes = [Node(self, name, config(network)) for name in "ab"]
        clients = [n.connect() for n in nodes]
        for client, other in zip(clients, reversed(clients)):
            wait_for_peer(client, other.hello["node_id"])
        return nodes, clients

    def restart(self, node, client):
        client.ok("stop")
        node.wait()
        node.start()
        return node.connect()

    def test_boot_counts_the_starts(self):
        node = Node(self, "a", config(uuid.uuid4().hex))
        client = node.connect()
        for boot in (1, 2, 3):
            self.assertEqual(client.ok("id")["boot"], boot)
            node.kill()
            node.start()
            client = node.connect()

    @unittest.skipIf(harness.SANITIZED, "memory cannot be looked through")
    def test_seed_is_in_memory_once(self):
        node = Node(self, "a", config(uuid.uuid4().hex))
        client = node.connect()
        client.ok("id")  # reads it anew
        with open(os.path.join(node.state, "identity"), "rb") as f:
            seed = f.read()[4:36]
        try:
            self.assertEqual(occurrences(node.process.pid, seed), 1)
        except PermissionError:
            self.skipTest("not allowed to look into another process")

    def test_rotate_is_followed_by_name_pin_and_ban(self):
        (a, b), (ca, cb) = self.acquainted()
        old = cb.hello["node_id"]
        ca.ok("trust_name", node=old, name="bob")
        ca.ok("trust_pin", node="bob")
        rotated = cb.ok("id_rotate")
        new = rotated["next_id"]
        self.assertEqual(rotated["node_id"], old)
        self.assertNotEqual(new, old)
        self.assertEqual([(h["before"], h["after"], h["counter"]) for h in rotated["handovers"]], [(old, new, 1)])
        self.assertEqual(len(rotated["handovers"][0]["record"]), 2 * 196)
        self.assertEqual(cb.ok("id")["next_id"], new)
        cb = self.restart(b, cb)
        self.assertEqual(cb.hello["node_id"], new)
        self.assertIsNone(cb.ok("id")["next_id"])

        def trusted(client):
            return {n["node"]: n for n in client.ok("trust")["nodes"]}

        wait_until(lambda: trusted(ca).get(old, {}).get("after") == new)
        self.assertEqual(trusted(ca)[new]["name"], "bob")
        self.assertTrue(trusted(ca)[new]["pinned"])
        self.assertEqual(cb.post("recv"), cb.reply(cb.next_id - 1)["id"])
        self.assertEqual(ca.send("bob", b"hello")["state"], "delivered")
        # A restart knows it all.
        ca = self.restart(a, ca)
        self.assertEqual(trusted(ca)[new]["name"], "bob")
        # And a ban goes the same way.
        wait_for_peer(ca, new)
        ca.ok("ban", node="bob")
        cb.ok("id_rotate")
        cb = self.restart(b, cb)
        newest = cb.hello["node_id"]
        wait_until(lambda: any(p["node"] == newest and p["banned"] for p in ca.ok("peers")["peers"]))
        ca = self.restart(a, ca)
        banned = {p["node"] for p in ca.ok("peers")["peers"] if p["banned"]}
        self.assertTrue({new, newest} <= banned)
        self.assertIn("is now", a.log_text())

    def test_import_follows_a_hand_over_that_was_brought(self):
        (a, b), (ca, cb) = self.acquainted()
        old = cb.hello["node_id"]
        ca.ok("trust_name", node=old, name="bob")
        ca.ok("trust_pin", node="bob")
        rotated = cb.ok("id_rotate")
        new = rotated["next_id"]
        record = rotated["handovers"][0]["record"]
        b.kill()  # it never says so over the air
        forged = record[:-2] + ("00" if record[-2:] != "00" else "01")
        for bad in (forged, record[:-2], record + record, "zz" * 196, ""):
            self.assertEqual(ca.error("trust_import", records=bad)["code"], "bad_request", bad)
        self.assertNotIn(new, [n["node"] for n in ca.ok("trust")["nodes"]])
        self.assertEqual(ca.ok("trust_import", records=record)["followed"], 1)
        nodes = {n["node"]: n for n in ca.ok("trust")["nodes"]}
        self.assertEqual(nodes[old]["after"], new)
        self.assertEqual((nodes[new]["name"], nodes[new]["pinned"]), ("bob", True))
        self.assertEqual(ca.error("trust_import", records=record)["code"], "not_found")

    def test_two_rotations_before_a_restart_are_one_chain(self):
        node = Node(self, "a", config(uuid.uuid4().hex))
        client = node.connect()
        first = client.ok("id_rotate")["next_id"]
        chain = client.ok("id_rotate")["handovers"]
        self.assertEqual([h["counter"] for h in chain], [1, 2])
        self.assertEqual(chain[1]["before"], first)
        client = self.restart(node, client)
        self.assertEqual(client.hello["node_id"], chain[1]["after"])

    def test_trust_is_kept_for_its_owner_alone(self):
        node = Node(self, "a", config(uuid.uuid4().hex))
        client = node.connect()
        client.ok("trust_pin", node=NOBODY)
        client.ok("trust_name", node=NOBODY, name="carol")
        path = os.path.join(node.state, "trust")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        node.kill()
        node.start()
        client = node.connect()
        self.assertEqual(client.ok("trust")["nodes"],
                         [{"node": NOBODY, "name": "carol", "seen": 1, "pinned": True, "after": None}])
        self.assertEqual(client.error("trust_name", node="ab" * 32, name="carol")["code"], "exists")
        self.assertEqual(client.error("trust_forget", node="carol")["code"], "bad_request")
        self.assertEqual(client.error("trust_pin", node="dave")["code"], "bad_request")
        self.assertEqual(client.error("trust_pin", node=client.hello["node_id"])["code"], "bad_request")
        self.assertEqual(client.error("trust_name", node="carol", name="a b")["code"], "bad_request")
        client.ok("trust_unpin", node="carol")
        client.ok("trust_forget", node="carol")
        self.assertEqual(client.ok("trust")["nodes"], [])

    def test_damaged_trust_store_is_left_alone(self):
        node = Node(self, "a", config(uuid.uuid4().hex))
        node.connect().ok("stop")
        node.wait()
        path = os.path.join(node.state, "trust")
        with open(path, "w", encoding="utf-8") as f:
            f.write("{")
        os.chmod(path, 0o600)
        result = subprocess.run(node.command(), capture_output=True, text=True, timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, STORAGE)
        self.assertIn(path, result.stderr)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read(), "{")

    def test_no_secret_in_answers_and_log(self):
        node = Node(self, "a", config(uuid.uuid4().hex))
        client = node.connect()
        seeds = []
        for _ in range(2):
            with open(os.path.join(node.state, "identity"), "rb") as f:
                seeds.append(f.read()[4:36])
            answers = str(client.ok("id_rotate")) + str(client.ok("id")) + str(client.ok("status"))
        node.kill()
        for seed in seeds:
            for form in (seed.hex(), b64(seed)):
                self.assertNotIn(form, answers + node.log_text())


if __name__ == "__main__":
    harness.main()
