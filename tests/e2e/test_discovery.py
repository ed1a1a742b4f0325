# SPDX-License-Identifier: ISC
"""Nodes find the neighbours they can hear, keep their identity, and notice who leaves."""
import signal
import unittest

from mesh import Mesh, wait_for


class Discovery(unittest.TestCase):
    def test_two_nodes_find_each_other(self):
        with Mesh() as mesh:
            a, b = mesh.add("a"), mesh.add("b")
            mesh.link(a, b)
            mesh.start().discovered()
            peer = a.json("peers")[0]
            self.assertEqual(peer["node"], b.id)
            self.assertTrue(peer["equal"])
            self.assertFalse(peer["banned"])
            self.assertEqual(peer["links"][0]["link"], b.link)
            self.assertEqual(len(peer["apps"]), len(set(peer["apps"])))

    def test_six_nodes_in_a_ring_know_their_neighbours_and_nobody_else(self):
        with Mesh() as mesh:
            nodes = [mesh.add(name) for name in "abcdef"]
            mesh.link(*nodes, nodes[0])
            mesh.start().discovered()
            for i, node in enumerate(nodes):
                self.assertEqual(node.connected(), {nodes[i - 1].id, nodes[(i + 1) % 6].id}, node.name)
            self.assertEqual(len({node.id for node in nodes}), 6)

    def test_a_node_that_stops_says_goodbye(self):
        with Mesh() as mesh:
            a, b = mesh.add("a"), mesh.add("b")
            mesh.link(a, b)
            mesh.start().discovered()
            self.assertEqual(b.end(), 0)
            wait_for(lambda: not a.connected(), "a to notice that b has left")

    def test_a_node_that_falls_silent_is_missed_and_found_again(self):
        with Mesh() as mesh:
            quick = {"interval_s": 0.2, "timeout_s": 1.0}
            a, b = mesh.add("a", beacon=quick), mesh.add("b", beacon=quick)
            mesh.link(a, b)
            mesh.start().discovered()
            b.end(signal.SIGKILL)
            wait_for(lambda: not a.connected(), "a to miss b")
            b.start()
            mesh.discovered()

    def test_identity_survives_a_clean_end_and_a_kill(self):
        with Mesh() as mesh:
            a = mesh.add("a").start()
            first = a.json("id")[0]["node_id"]
            self.assertEqual(a.end(), 0)
            self.assertEqual(a.start().json("id")[0]["node_id"], first)
            a.end(signal.SIGKILL)
            self.assertEqual(a.start().json("id")[0]["node_id"], first)
            self.assertRegex(first, "^[0-9a-f]{64}$")


if __name__ == "__main__":
    unittest.main()
