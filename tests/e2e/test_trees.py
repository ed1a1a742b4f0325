# SPDX-License-Identifier: ISC
"""Several hops without a route of anybody's: nodes hang in trees, reach each other by id, and find a way around."""
import random
import signal
import unittest

from mesh import Mesh, carry, wait_for

SEED = 23
TREES = 4


def hung(nodes):
    """Whether each of them has its place in each tree, and all in the same ones."""
    told = [node.json("tree")[0]["trees"] for node in nodes]
    return all(len(t) == TREES and all(tree.get("address") for tree in t) for t in told) and all(
        len({t[n]["epoch"] for t in told}) == 1 for n in range(TREES))


def hops(source, target):
    """The node ids on the way, and how the trace ended."""
    told = source.json("trace", target.id, check=False)
    return [r["node"] for r in told if r.get("event") == "trace_hop"], told[-1].get("end")


class Trees(unittest.TestCase):
    def test_in_a_line_of_six_everybody_reaches_everybody(self):
        with Mesh() as mesh:
            nodes = [mesh.add(name) for name in "abcdef"]
            mesh.link(*nodes)
            mesh.start().discovered()
            wait_for(lambda: hung(nodes), "all to hang in all trees")
            rng = random.Random(SEED)
            for source in nodes:
                for target in nodes:
                    if source is not target:
                        carry(self, source, target, rng.randbytes(rng.choice((1, 150, 400, 20_000))))
            ids = [node.id for node in nodes]
            self.assertEqual(hops(nodes[0], nodes[5]), (ids, "arrived"))
            self.assertEqual(hops(nodes[4], nodes[1]), (ids[4:0:-1], "arrived"))
            self.assertIn(nodes[5].id, {t.get("node") for t in nodes[0].json("routes")})

    def test_a_node_dies_and_packages_go_around(self):
        with Mesh() as mesh:
            # Who sends nothing to the dead one misses its Beacons: every few minutes, by default.
            quick = {"interval_s": 0.5, "timeout_s": 8.0}
            a, b, c, d = (mesh.add(name, beacon=quick) for name in "abcd")
            mesh.link(a, b, d)
            mesh.link(a, c, d)
            mesh.start().discovered()
            wait_for(lambda: hung((a, b, c, d)), "all to hang in all trees")
            rng = random.Random(SEED + 1)
            carry(self, a, d, rng.randbytes(1000))
            way, _ = hops(a, d)
            dead, left = (b, c) if way[1] == b.id else (c, b)
            dead.end(signal.SIGKILL)
            carry(self, a, d, rng.randbytes(100_000))
            wait_for(lambda: hops(a, d) == ([a.id, left.id, d.id], "arrived"), "the way by the node that is left")
            wait_for(lambda: hung((a, left, d)), "the trees to be whole again")

    def test_who_is_not_there_is_unreachable_and_said_so(self):
        with Mesh() as mesh:
            a, b = mesh.add("a"), mesh.add("b")
            mesh.link(a, b)
            mesh.start().discovered()
            wait_for(lambda: hung((a, b)), "both to hang in all trees")
            nobody = "ab" * 32
            done = a.ctl("--json", "send", nobody, "--text", "hello", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b'"reason":"unreachable"', done.stdout)
            self.assertEqual(hops(a, b)[1], "arrived")

    def test_without_trees_only_neighbours(self):
        with Mesh() as mesh:
            a, b, c = (mesh.add(name) for name in "abc")
            for node in (a, b, c):
                node.trees = {"count": 0}
            mesh.link(a, b, c)
            mesh.start().discovered()
            self.assertEqual(a.json("tree")[0]["trees"], [])
            done = a.ctl("--json", "send", c.id, "--text", "hello", check=False)
            self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
