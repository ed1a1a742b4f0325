# SPDX-License-Identifier: ISC
"""Nodes find the neighbours they can hear, keep their identity, and notice who leaves."""
import os
import signal
import socket
import unittest

from mesh import Mesh, wait_for


def multicast_works():
    """Whether this machine carries multicast on loopback at all (some containers do not)."""
    group, loopback = socket.inet_aton("239.255.77.77"), socket.inet_aton("127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.bind(("", 0))
            s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group + loopback)
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, loopback)
            s.sendto(b"x", (socket.inet_ntoa(group), s.getsockname()[1]))
            s.settimeout(2)
            return s.recv(1) == b"x"
        except OSError:
            return False


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

    @unittest.skipUnless(multicast_works(), "no multicast on loopback here")
    def test_three_nodes_meet_by_multicast(self):
        with Mesh() as mesh:
            nodes = [mesh.add(name) for name in "abc"]
            for node in nodes:
                node.network = os.path.basename(mesh.directory)  # nobody else on this machine is in it
            mesh.start()
            for node in nodes:
                others = {other.id for other in nodes if other is not node}
                wait_for(lambda: node.connected() == others, f"{node.name} to find both others")
            listeners = [node.listen("--count", "1") for node in nodes[1:]]
            nodes[0].ctl("send", "--broadcast", "--text", "all")
            for listener in listeners:
                package = listener.next()
                self.assertEqual((package["from"]["node"], package["data"]), (nodes[0].id, "YWxs"))
                self.assertTrue(package["from"]["broadcast"])

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
