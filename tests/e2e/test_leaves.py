# SPDX-License-Identifier: ISC
"""Leaves as processes: they live at a neighbour's place, are shown with it, and are reached over several hops, also
after their parent has been killed."""
import random
import signal
import unittest

from mesh import Mesh, carry, wait_for

SEED = 37
TREES = 4
QUICK = {"interval_s": 0.5, "timeout_s": 4.0}


class Leaves(unittest.TestCase):
    def setUp(self):
        self.mesh = Mesh()
        self.addCleanup(self.mesh.close)
        self.rng = random.Random(SEED)
        print(f"seed {SEED}")

    def carried(self, source, target, size):
        carry(self, source, target, self.rng.randbytes(size))

    def leaf(self, name, **trees):
        node = self.mesh.add(name, beacon=QUICK)
        node.trees = {"role": "leaf", **trees}
        return node

    def test_shown_and_reached_and_found_again(self):
        nodes = [self.mesh.add(name, beacon=QUICK) for name in "abcdef"]
        self.mesh.link(*nodes)
        left, right = self.leaf("left", count=0), self.leaf("right")
        self.mesh.link(left, nodes[0])
        self.mesh.link(left, nodes[1])
        self.mesh.link(nodes[0], nodes[2])  # so that either may go
        self.mesh.link(right, nodes[5])
        self.mesh.start()

        def parent(leaf):
            told = leaf.json("tree")[0]["leaf"]
            return told["parent"] if told["places"] else None

        wait_for(lambda: parent(left) and parent(right), "both leaves to have a parent", 120)
        self.assertEqual(parent(right), nodes[5].id)
        wait_for(lambda: [(l["node"], l["told"]) for l in nodes[5].json("tree")[0]["leaves"]] == [(right.id, True)],
                 "its parent to show it")
        self.assertIn(b"hangs at " + nodes[5].id[:8].encode(), right.ctl("tree").stdout)
        self.assertIn(b"leaf here", nodes[5].ctl("tree").stdout)
        for source, target in ((left, right), (right, left), (nodes[2], right), (left, nodes[4])):
            for size in (1, 300, 20_000):
                self.carried(source, target, size)
        self.assertEqual(left.json("tree")[0]["trees"], [])

        first = nodes[0] if parent(left) == nodes[0].id else nodes[1]
        other = nodes[1] if first is nodes[0] else nodes[0]
        first.end(signal.SIGKILL)
        wait_for(lambda: parent(left) == other.id, "the leaf to hang elsewhere", 60)
        self.carried(right, left, 20_000)
        self.carried(left, right, 300)

    def test_between_two_nodes_it_passes_nothing_on(self):
        a, b = self.mesh.add("a", beacon=QUICK), self.mesh.add("b", beacon=QUICK)
        leaf = self.leaf("leaf")
        self.mesh.link(a, leaf, b)
        self.mesh.start()
        wait_for(lambda: leaf.json("tree")[0]["leaf"]["places"], "the leaf to have a parent", 120)
        done = a.ctl("--json", "send", b.id, "--text", "hello", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b'"reason":"unreachable"', done.stdout)


if __name__ == "__main__":
    unittest.main()
