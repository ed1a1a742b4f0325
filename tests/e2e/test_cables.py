# SPDX-License-Identifier: ISC
"""Nodes on machines of their own, joined by cables, found by multicast: each cable is an Interface, and no other."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from mesh import Mesh, wait_for  # noqa: E402
import namespaces  # noqa: E402


class Cables(unittest.TestCase):
    def setUp(self):
        try:
            if why := namespaces.needed():
                self.skipTest(why)
            self.machines = namespaces.Machines(3, [(0, 1), (1, 2)])
        except namespaces.CannotError as error:
            self.skipTest(str(error))
        self.addCleanup(self.machines.close)

    def test_multicast_of_one_cable_is_not_heard_at_another(self):
        """Two Interfaces share the multicast port: what came by one cable was taken at the Interface of the other."""
        with Mesh() as mesh:
            nodes = [mesh.add(name) for name in "abc"]
            for node, machine in zip(nodes, self.machines.all):
                node.machine = machine
            a, b, c = nodes
            mesh.start()
            for node, expected in ((a, {b.id}), (b, {a.id, c.id}), (c, {b.id})):
                wait_for(lambda: node.connected() == expected, f"node {node.name} to know its neighbours")
            for node in nodes:
                near = {address.rsplit(".", 1)[0] for address, _, _ in node.machine.cables}
                for peer in node.json("peers"):
                    for link in peer["links"]:
                        here = next(i["local"] for i in node.json("status")[0]["interfaces"] if i["name"] == link["interface"])
                        self.assertEqual(link["link"].rsplit(".", 1)[0], here.rsplit(".", 1)[0], (node.name, peer))
                        self.assertIn(here.rsplit(".", 1)[0], near)
                failed = sum(i.get("tx_failed", 0) for i in node.json("status")[0]["interfaces"])
                self.assertEqual(failed, 0, node.name)
            wait_for(lambda: a.ctl("ping", c.id, "-c", "1", check=False).returncode == 0, "a to reach c")


if __name__ == "__main__":
    unittest.main()
