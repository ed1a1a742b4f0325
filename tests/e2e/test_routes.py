# SPDX-License-Identifier: ISC
"""Several hops by static routes: there and back over relays, and the truth when a way ends."""
import random
import signal
import unittest

from mesh import Mesh

SEED = 11


def line_of(mesh, names):
    nodes = [mesh.add(name, address=f"7-{number + 1}0::") for number, name in enumerate(names)]
    mesh.link(*nodes)
    return nodes


class Routes(unittest.TestCase):
    def test_three_nodes_in_a_line(self):
        with Mesh() as mesh:
            a, b, c = line_of(mesh, "abc")
            mesh.route(a, b, c)
            mesh.start().discovered()
            self.assertEqual(a.connected(), {b.id})
            rng = random.Random(SEED)
            for size in (1, 100, 10_000, 100_000):
                with self.subTest(size=size, seed=SEED):
                    data = rng.randbytes(size)
                    listener = c.listen("--out", mesh.directory + "/received")
                    self.assertEqual(a.json("send", c.id, "-", input=data)[-1]["state"], "delivered")
                    self.assertEqual(listener.next()["from"]["address"], a.address)
                    with open(mesh.directory + "/received", "rb") as file:
                        self.assertEqual(file.read(), data)
            listener = c.listen("--count", "1")
            a.ctl("send", "--to", c.address, "--text", "by address")
            self.assertEqual(listener.next()["data"], "YnkgYWRkcmVzcw==")
            ping = a.json("ping", c.id, "-c", "5", "-i", "0.02")[-1]
            self.assertEqual((ping["sent"], ping["received"]), (5, 5))
            self.assertGreater(b.json("status")[0]["counters"]["rx_forwarded"], 0)

    def test_a_route_that_ends_at_a_relay_is_unreachable(self):
        with Mesh() as mesh:
            a, b, c = line_of(mesh, "abc")
            mesh.route(a, b)
            a.routes.append({"to": c.address, "via": b.id, "node": c.id})  # b knows no way on
            mesh.start().discovered()
            done = a.ctl("--json", "send", c.id, "--text", "lost", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b'"reason":"unreachable"', done.stdout)

    def test_routes_in_a_circle_end_by_ttl(self):
        with Mesh() as mesh:
            a, b, c = line_of(mesh, "abc")
            mesh.route(a, b)
            for node, via in ((a, b), (b, a)):
                node.routes.append({"to": "7-70::", "via": via.id})
            mesh.start().discovered()
            done = a.ctl("--json", "send", "--to", "7-70::", "--text", "round and round", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b'"reason":"unreachable"', done.stdout)

    def test_routes_come_and_go_while_the_daemon_runs(self):
        with Mesh() as mesh:
            a, b, c = line_of(mesh, "abc")
            mesh.start().discovered()
            self.assertEqual(a.json("routes"), [])
            a.ctl("routes", "add", c.address, b.id, "--node", c.id)
            b.ctl("routes", "add", c.address, c.id)
            c.ctl("routes", "add", a.address, b.id[:16])
            b.ctl("routes", "add", a.address, a.id)
            route = a.json("routes")[0]
            self.assertEqual((route["to"], route["via"], route["node"]), (c.address, b.id, c.id))
            listener = c.listen("--count", "1")
            self.assertEqual(a.json("send", c.id, "--text", "now")[-1]["state"], "delivered")
            listener.next()
            a.ctl("routes", "del", c.address)
            self.assertEqual(a.ctl("send", c.id, "--text", "no longer", check=False).returncode, 4)
            self.assertEqual(a.ctl("routes", "del", c.address, check=False).returncode, 4)

    def test_a_relay_that_dies_is_noticed(self):
        with Mesh() as mesh:
            a, b, c = line_of(mesh, "abc")
            mesh.route(a, b, c)
            mesh.start().discovered()
            b.end(signal.SIGKILL)
            done = a.ctl("send", c.id, "--text", "x", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"not delivered", done.stderr)


if __name__ == "__main__":
    unittest.main()
