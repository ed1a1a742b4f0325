# SPDX-License-Identifier: ISC
"""The key of a closed network changes while its nodes run and talk: whoever has been given the new one loses nothing,
whoever has not is left behind."""
import json
import os
import unittest

from mesh import Mesh, wait_for

QUICK = {"interval_s": 0.5, "timeout_s": 30.0}
STREAM = 60


class Rotation(unittest.TestCase):
    def setUp(self):
        self.mesh = Mesh()
        self.addCleanup(self.mesh.close)
        # owner - relay - member, and one beside the relay that nobody owns.
        self.owner = self.mesh.add("owner", "7-24::", QUICK)
        self.relay = self.mesh.add("relay", "7-2410::", QUICK)
        self.member = self.mesh.add("member", "7-2411::", QUICK)
        self.left = self.mesh.add("left", "7-2412::", QUICK)
        for other in (self.owner, self.member, self.left):
            self.mesh.link(self.relay, other)
        self.key = os.path.join(self.mesh.directory, "home.key")
        self.owner.ctl("network", "new", self.key)
        for node in self.mesh.nodes:
            node.closed = {"name": "home", "key_file": self.key}
        for node in (self.relay, self.member):
            node.owners = [self.owner.id]
        self.mesh.route(self.owner, self.relay, self.member)
        self.mesh.route(self.owner, self.relay, self.left)
        self.mesh.start()
        wait_for(lambda: len(self.relay.connected()) == 3, "the relay to meet all")

    def shown(self, node):
        return node.json("network", "show")[0]

    def rotate(self, *words, check=True):
        found = self.owner.json("network", "rotate", *words, check=check)
        return {record["node"]: record["state"] for record in found[:-1]}, found[-1]

    def test_the_key_changes_while_a_stream_of_packages_goes(self):
        got = self.member.listen("--count", str(STREAM))
        for n in range(STREAM):
            if n == STREAM // 3:
                states, total = self.rotate(self.relay.id, self.member.id)
                self.assertEqual(states, {self.relay.id: "next", self.member.id: "next"})
                self.assertEqual((total["made"], total["have"], total["of"]), (True, 2, 2))
                # Again: the same key to the same members.
                self.assertFalse(self.rotate(self.relay.id, self.member.id)[1]["made"])
                # One that does not name this node as an owner is not given it.
                states, total = self.rotate(self.left.id, check=False)
                self.assertEqual((states[self.left.id], total["have"]), ("not_an_owner", 0))
                self.assertEqual(self.owner.ctl("network", "rotate", self.left.id, check=False).returncode, 1)
                for node in (self.owner, self.relay, self.member):
                    self.assertEqual((self.shown(node)["generation"], self.shown(node)["next"]), (0, 1), node.name)
            if n == 2 * STREAM // 3:
                used = self.owner.json("network", "use")[0]
                self.assertEqual((used["generation"], used["next"], used["previous"]), (1, None, 0))
            sent = self.owner.json("send", self.member.id, "--text", f"number {n}")[-1]
            self.assertEqual(sent["state"], "delivered", n)
        seen = [got.next()["data"] for _ in range(STREAM)]
        self.assertEqual(len(set(seen)), STREAM, "each once")
        for node in (self.relay, self.member):
            wait_for(lambda: self.shown(node)["generation"] == 1, f"{node.name} to follow")
        self.assertEqual(self.shown(self.left)["generation"], 0)
        self.assertIn("the network key has changed: generation 1", self.relay.read_log())

        # The changed key survives a restart, under the same configuration; the one left out stays out of it.
        for node in (self.relay, self.owner):
            node.end()
            node.start()
        wait_for(lambda: self.relay.connected() >= {self.owner.id, self.member.id}, "the relay to meet members again")
        self.assertEqual(self.shown(self.relay)["generation"], 1)
        self.assertFalse(self.shown(self.relay)["configured"])
        self.assertIsNone(self.shown(self.relay)["previous"])
        self.assertNotIn(self.left.id, self.relay.connected())
        got = self.member.listen("--count", "1")
        self.assertEqual(self.owner.json("send", self.member.id, "--text", "after")[-1]["state"], "delivered")
        self.assertEqual(got.next()["data"], "YWZ0ZXI=")

        # A new member gets the key by hand.
        path = os.path.join(self.mesh.directory, "home-2.key")
        state = os.path.join(self.owner.directory, "state")
        exported = self.owner.json("network", "export", path, "--state", state)[0]
        self.assertEqual(exported["generation"], 1)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.left.end()
        self.left.closed = {"name": "home", "key_file": path, "generation": 1}
        self.left.start()
        wait_for(lambda: self.left.id in self.relay.connected(), "the new member to be admitted")
        # So does a node whose configuration is brought up to date: it counts, and what was beside it is forgotten.
        self.relay.end()
        self.relay.closed = self.left.closed
        self.relay.start()
        wait_for(lambda: self.relay.connected() == {self.owner.id, self.member.id, self.left.id}, "the relay to be back")
        self.assertTrue(self.shown(self.relay)["configured"])
        self.assertEqual(os.path.getsize(os.path.join(self.relay.directory, "state", "network")), 0)
        self.nobody_told_a_key(path)

    def nobody_told_a_key(self, *paths):
        """Neither the logs nor what mpctl shows."""
        keys = []
        for path in (self.key, *paths):
            with open(path, encoding="ascii") as file:
                keys.append(file.read().strip())
        for node in self.mesh.nodes:
            told = node.read_log() + json.dumps(node.json("status")) + node.ctl("network", "show").stdout.decode()
            for key in keys:
                self.assertNotIn(key, told.lower(), node.name)

    def test_what_cannot_be_done_is_said(self):
        self.assertEqual(self.owner.ctl("network", "use", check=False).returncode, 4)
        path = os.path.join(self.mesh.directory, "x.key")
        state = os.path.join(self.owner.directory, "state")
        refused = self.owner.ctl("network", "export", path, "--state", state, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertFalse(os.path.exists(path))
        self.owner.ctl("network", "rotate", self.relay.id, self.member.id)
        # Thought better of it: another one.
        states, total = self.rotate("--new", self.relay.id, self.member.id)
        self.assertEqual((set(states.values()), total["made"]), ({"next"}, True))
        self.owner.ctl("network", "export", "--next", path, "--state", state)
        self.owner.ctl("network", "use")
        wait_for(lambda: self.shown(self.member)["generation"] == 1, "the member to follow")
        again = self.owner.json("network", "rotate", "--new", check=False)[-1]
        self.assertEqual(again["error"]["code"], "busy")


if __name__ == "__main__":
    unittest.main()
