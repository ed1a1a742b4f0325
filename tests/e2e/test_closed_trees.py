# SPDX-License-Identifier: ISC
"""Twelve members of a closed network in trees: everybody reaches everybody by id over several hops, also while the root
is killed and while the network key changes; what a stranger says of trees, or sends by id, changes nothing."""
import os
import random
import signal
import socket
import threading
import unittest

from mesh import Mesh, carry, wait_for

SEED = 31
TREES = 4
NODES = 12
QUICK = {"interval_s": 0.5, "timeout_s": 8.0}


def trees_of(nodes):
    return [node.json("tree")[0]["trees"] for node in nodes]


def hung(nodes):
    """Whether each of them has its place in each tree, and all in the same ones."""
    told = trees_of(nodes)
    return all(len(t) == TREES and all(tree.get("address") for tree in t) for t in told) and all(
        len({t[n]["epoch"] for t in told}) == 1 for n in range(TREES))


class Stranger:
    """A wire that ends at two members. Whatever comes from one goes on to the other: as it is, changed, and as the open
    node would write it."""

    def __init__(self, *members):
        self.members, self.heard, self.said = members, 0, 0
        self.rng = random.Random(SEED)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        for member in members:
            member.neighbours.append(f"127.0.0.1:{self.socket.getsockname()[1]}")
        self.ended = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended:
            try:
                datagram, sender = self.socket.recvfrom(65536)
            except (TimeoutError, ConnectionError):
                continue
            self.heard += 1
            changed = bytearray(datagram)
            changed[self.rng.randrange(3, len(changed))] ^= 1 << self.rng.randrange(8)
            unsealed = bytearray(datagram)
            if len(unsealed) > 2:
                unsealed[2] = 52 + self.rng.randrange(2)  # the schemas of packets by id
            for member in self.members:
                for what in (datagram, bytes(changed), bytes(unsealed)):
                    if member.port == sender[1] and what is datagram:
                        continue  # its own echo is no news either, but no forgery
                    try:
                        self.socket.sendto(what, ("127.0.0.1", member.port))
                    except OSError:
                        continue
                    self.said += 1

    def close(self):
        self.ended = True
        self.thread.join()
        self.socket.close()


class ClosedTrees(unittest.TestCase):
    def setUp(self):
        self.mesh = Mesh()
        self.addCleanup(self.mesh.close)
        self.nodes = [self.mesh.add(f"n{i}", beacon=QUICK) for i in range(NODES)]
        # A ring of which each third node hears the one across, too.
        self.mesh.link(*self.nodes, self.nodes[0])
        for i in (0, 3):
            self.mesh.link(self.nodes[i], self.nodes[i + 6])
        self.rng = random.Random(SEED)
        print(f"seed {SEED}")
        key = os.path.join(self.mesh.directory, "home.key")
        self.nodes[0].ctl("network", "new", key)
        for node in self.nodes:
            node.closed = {"name": "home", "key_file": key}

    def whole(self, nodes=None):
        wait_for(lambda: hung(nodes or self.nodes), "all to hang in all trees", 120)

    def carried(self, source, target, size):
        carry(self, source, target, self.rng.randbytes(size))

    def test_reached_by_id_and_the_root_is_killed(self):
        self.mesh.start()
        self.whole()
        for i in range(NODES):
            for size in (1, 120, 20_000):
                self.carried(self.nodes[i], self.nodes[(i + 4) % NODES], size)
        told = trees_of(self.nodes)[0]
        roots = {tree["root"] for tree in told}
        dead = next(n for n in self.nodes if n.id[:8] == told[0]["root"])
        dead.end(signal.SIGKILL)
        left = [n for n in self.nodes if n is not dead]
        at = self.nodes.index(dead)
        # Past where it was: by the long way, at the latest when the trees have another root.
        before, behind = self.nodes[at - 1], self.nodes[(at + 1) % NODES]
        # Nobody listens there, which is an answer too.
        wait_for(lambda: before.json("send", behind.id, "--text", "still there?", check=False)[-1].get("reason")
                 == "not_wanted", "its neighbours to reach each other", 120)
        self.whole(left)
        self.carried(before, behind, 20_000)
        self.assertNotIn(dead.id[:8], {tree["root"] for t in trees_of(left) for tree in t}, roots)
        for i, node in enumerate(left):
            self.carried(node, left[(i + 5) % len(left)], 300)

    def test_the_key_changes_while_packets_go_by_id(self):
        owner, target = self.nodes[0], self.nodes[5]
        for node in self.nodes[1:]:
            node.owners = [owner.id]
        self.mesh.start()
        self.whole()
        epochs = [tree["epoch"] for tree in trees_of([owner])[0]]
        got = target.listen("--count", "30")
        for n in range(30):
            if n == 8:
                found = owner.json("network", "rotate", *(node.id for node in self.nodes[1:]))
                self.assertEqual({record["state"] for record in found[:-1]}, {"next"})
                self.assertEqual((found[-1]["have"], found[-1]["of"]), (NODES - 1, NODES - 1))
            if n == 16:
                owner.ctl("network", "use")
            sent = owner.json("send", target.id, "--text", f"number {n}", check=False)[-1]
            self.assertEqual(sent["state"], "delivered", (n, sent))
        self.assertEqual(len({got.next()["data"] for _ in range(30)}), 30, "each once")
        for node in self.nodes:
            wait_for(lambda: node.json("network", "show")[0]["generation"] == 1, f"{node.name} to follow", 60)
        self.whole()
        self.assertEqual([tree["epoch"] for tree in trees_of([owner])[0]], epochs, "the same trees as before")
        for i in range(0, NODES, 3):
            self.carried(self.nodes[i], self.nodes[(i + 5) % NODES], 5000)

    def test_what_a_stranger_says_changes_nothing(self):
        stranger = Stranger(self.nodes[1], self.nodes[4])
        self.addCleanup(stranger.close)
        # And one that speaks as an open node, with trees of its own.
        open_one = self.mesh.add("open", beacon=QUICK)
        self.mesh.link(open_one, self.nodes[8])
        self.mesh.start()
        self.whole()
        epochs = [[tree["epoch"] for tree in t] for t in trees_of(self.nodes)]
        for i in range(NODES):
            self.carried(self.nodes[i], self.nodes[(i + 5) % NODES], 3000)
        refused = open_one.json("send", self.nodes[8].id, "--text", "let me in", check=False)
        self.assertTrue(not refused or refused[-1].get("state") != "delivered")
        wait_for(lambda: stranger.said > 500, "the stranger to have said enough", 60)
        self.assertEqual([[tree["epoch"] for tree in t] for t in trees_of(self.nodes)], epochs, "of the same roots")
        self.assertTrue(hung(self.nodes))
        counters = self.nodes[1].json("status")[0]["counters"]
        self.assertGreater(counters["rx_forged"] + counters["rx_unsealed"], 0)
        self.assertGreater(self.nodes[8].json("status")[0]["counters"]["rx_unsealed"], 0)
        for i in (1, 4, 8):
            ids = {peer["node"] for peer in self.nodes[i].json("peers")}
            self.assertLessEqual(ids, {node.id for node in self.nodes})
            told = self.nodes[i].json("tree")[0]["counters"]
            self.assertEqual((told["adverts_refused"], told["answers_refused"]), (0, 0), "nothing of it got so far")


if __name__ == "__main__":
    unittest.main()
