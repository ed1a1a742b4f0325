# SPDX-License-Identifier: ISC
"""UDP as the daemon uses it: discovery by multicast and by peer lists, several Interfaces, who hears whom, routes from
the configuration, hostile datagrams."""
import os
import random
import socket
import subprocess
import sys
import time
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import Node, TestCase, free_ports, udp_config, wait_for_peer  # noqa: E402

SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))


def multicast_config(network, more=""):
    return '[udp]\nbind = "127.0.0.1"\nnetwork = "%s"\n%s\n' % (network, more)


class Discovery(TestCase):
    def test_multicast_finds_all_on_this_machine(self):
        network = uuid.uuid4().hex
        nodes = [Node(self, "n%d" % i, multicast_config(network)) for i in range(4)]
        clients = [n.connect() for n in nodes]
        ids = [c.hello["node_id"] for c in clients]
        for client in clients:
            for other in ids:
                if other != client.hello["node_id"]:
                    peer = wait_for_peer(client, other)
                    self.assertIn("2f40189b3d73e70eafc17f15c6afb1f0", peer["apps"], "it has told its Applications")
        status = clients[0].ok("status")
        self.assertEqual(status["peers"], 3)
        self.assertGreater(status["interfaces"][0]["rx_own"], 0, "its own multicast came back and was dropped")

    def test_another_network_is_not_found(self):
        a = Node(self, "a", multicast_config(uuid.uuid4().hex)).connect()
        name = uuid.uuid4().hex
        b, c = (Node(self, n, multicast_config(name)).connect() for n in "bc")
        wait_for_peer(b, c.hello["node_id"])
        wait_for_peer(c, b.hello["node_id"])
        self.assertEqual(a.ok("peers")["peers"], [])

    def test_hears_only(self):
        network = uuid.uuid4().hex
        ports = free_ports(3)
        a = Node(self, "a", multicast_config(network, "port = %d\nhears_only = [\"127.0.0.1:%d\"]" % (ports[0], ports[1])))
        b = Node(self, "b", multicast_config(network, "port = %d" % ports[1]))
        c = Node(self, "c", multicast_config(network, "port = %d" % ports[2]))
        ca, cb, cc = (n.connect() for n in (a, b, c))
        wait_for_peer(cb, cc.hello["node_id"])
        wait_for_peer(ca, cb.hello["node_id"])
        self.assertEqual([p["node"] for p in ca.ok("peers")["peers"]], [cb.hello["node_id"]])
        self.assertGreater(ca.ok("status")["interfaces"][0]["rx_not_heard"], 0)

    def test_restarted_peer_is_the_same_peer_elsewhere(self):
        network = uuid.uuid4().hex
        a = Node(self, "a", multicast_config(network))
        b = Node(self, "b", multicast_config(network))
        ca, cb = a.connect(), b.connect()
        id_b = cb.hello["node_id"]
        before = wait_for_peer(ca, id_b)["links"]
        recv = ca.post("recv")
        ca.reply(recv)
        wait_for_peer(cb, ca.hello["node_id"])
        self.assertEqual(cb.send(ca.hello["node_id"], b"one")["state"], "delivered")
        b.process.kill()
        b.process.wait()
        b.start()
        cb = b.connect()
        wait_for_peer(cb, ca.hello["node_id"])
        guard = time.monotonic() + harness.HANG_S
        while time.monotonic() < guard:
            links = wait_for_peer(ca, id_b)["links"]
            if any(link["link"] not in [l["link"] for l in before] for link in links):
                break
        self.assertEqual(cb.send(ca.hello["node_id"], b"two")["state"], "delivered")
        self.assertEqual([ca.package(recv)[1], ca.package(recv)[1]], [b"one", b"two"])


class TwoMachines(TestCase):
    """Two network namespaces joined by a cable, without any route but to each other: as two boards on a desk."""

    def test_defaults_find_each_other_over_the_cable(self):
        script = """
            set -e
            ip link set lo up
            mount -t tmpfs none /run
            mkdir -p /run/netns
            ip netns add one && ip netns add two
            ip link add cable1 type veth peer name cable2
            ip link set cable1 netns one && ip link set cable2 netns two
            ip -n one addr add 10.99.0.1/24 dev cable1 && ip -n one link set cable1 up && ip -n one link set lo up
            ip -n two addr add 10.99.0.2/24 dev cable2 && ip -n two link set cable2 up && ip -n two link set lo up
            echo ready
            exec "$@"
        """
        namespaces = ["--net", "--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--net", "--mount"]
        inner = os.path.join(self.folder, "inner.py")
        with open(inner, "w", encoding="utf-8") as f:
            f.write(INNER)
        result = subprocess.run(["unshare", *namespaces, "sh", "-c", script, "sh", sys.executable, inner,
                                 os.path.dirname(os.path.abspath(harness.__file__)), self.folder],
                                capture_output=True, text=True, timeout=3 * harness.HANG_S, check=False)
        if "ready" not in result.stdout:
            self.skipTest("no network namespaces here: " + result.stderr.strip()[-200:])
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


# What runs inside: two daemons without any configuration but their folders.
INNER = """
import os, subprocess, sys, time
sys.path.insert(0, sys.argv[1])
import harness
processes, clients = [], []
try:
    for name in ("one", "two"):
        path = os.path.join(sys.argv[2], name)
        processes.append(subprocess.Popen(["ip", "netns", "exec", name, harness.MPNODE, "--state", path, "--socket", path + ".sock"]))
    for name in ("one", "two"):
        guard = time.monotonic() + harness.HANG_S
        while True:
            try:
                clients.append(harness.Client(os.path.join(sys.argv[2], name + ".sock")))
                break
            except OSError:
                assert time.monotonic() < guard
                time.sleep(0.02)
    one, two = clients
    peer = harness.wait_for_peer(one, two.hello["node_id"])
    assert peer["links"][0]["link"].startswith("10.99.0.2:"), peer
    harness.wait_for_peer(two, one.hello["node_id"])
    recv = two.post("recv")
    two.reply(recv)
    assert one.send(two.hello["node_id"], b"over the cable")["state"] == "delivered"
    head, blob = two.package(recv)
    assert blob == b"over the cable" and head["from"]["link"].startswith("10.99.0.1:"), head
    for client in clients:
        client.ok("stop")
    assert [p.wait() for p in processes] == [0, 0]
finally:
    for p in processes:
        p.kill()
        p.wait()
"""


class SeveralInterfaces(TestCase):
    def test_a_peer_is_reached_over_both_the_faster_first(self):
        p = free_ports(4)

        def config(own, other):
            return "".join('[[udp]]\nbind = "127.0.0.1"\nport = %d\npeers = ["127.0.0.1:%d"]\nbit_rate = %d\n' % each
                           for each in ((own[0], other[0], 1000000), (own[1], other[1], 2000000)))

        a = Node(self, "a", config(p[:2], p[2:])).connect()
        b_node = Node(self, "b", config(p[2:], p[:2]))
        b = b_node.connect()
        id_b = b.hello["node_id"]
        guard = time.monotonic() + harness.HANG_S
        links = []
        while len(links) < 2 and time.monotonic() < guard:
            links = wait_for_peer(a, id_b)["links"]
        self.assertEqual({(link["interface"], link["link"]) for link in links},
                         {("udp0", "127.0.0.1:%d" % p[2]), ("udp1", "127.0.0.1:%d" % p[3])})
        recv = b.post("recv")
        b.reply(recv)
        wait_for_peer(b, a.hello["node_id"])
        self.assertEqual(a.send(id_b, b"x")["state"], "delivered")
        self.assertEqual(b.package(recv)[0]["from"]["interface"], "udp1")


class Routes(TestCase):
    def test_configured_routes_carry_across_a_relay(self):
        """a - m - b: a and b do not hear each other."""
        pa, pm, pb = free_ports(3)
        ids = {}
        for name in "amb":
            state = os.path.join(self.folder, name, "state")
            ids[name] = self.run_mpnode("--print-id", "--state", state).stdout.strip()

        def config(port, peers, address, routes):
            text = '[node]\naddress = "%s"\n' % address + udp_config(port, peers)
            for to, via, node in routes:
                text += '[[route]]\nto = "%s"\nvia = "%s"\nnode = "%s"\n' % (to, ids[via], ids[node])
            return text

        a = Node(self, "a", config(pa, [pm], "7-10::", [("7-30::", "m", "b")]))
        m = Node(self, "m", config(pm, [pa, pb], "7-20::", [("7-10::", "a", "a"), ("7-30::", "b", "b")]))
        b = Node(self, "b", config(pb, [pm], "7-30::", [("7-10::", "m", "a")]))
        ca, cm, cb = (n.connect() for n in (a, m, b))
        self.assertEqual(ca.ok("status")["address"], "7-10::")
        wait_for_peer(cm, ids["a"])
        wait_for_peer(cm, ids["b"])
        wait_for_peer(ca, ids["m"])
        wait_for_peer(cb, ids["m"])
        recv = cb.post("recv")
        cb.reply(recv)
        rng = random.Random(SEED)
        for to in (ids["b"], ids["b"][:8], "7-30::"):
            for size in (10, 20000):
                blob = rng.randbytes(size)
                self.assertEqual(ca.send(to, blob)["state"], "delivered", "to %s, %d bytes, seed %d" % (to, size, SEED))
                head, got = cb.package(recv)
                self.assertEqual((got, head["from"]["address"], head["from"]["node"]), (blob, "7-10::", ids["a"]))
        self.assertGreater(cm.ok("status")["counters"]["rx_forwarded"], 0)
        # The relay is gone: that is told too.
        m.process.kill()
        m.process.wait()
        end = ca.send(ids["b"], b"anyone?")
        self.assertEqual(end["state"], "failed")


class Hostile(TestCase):
    def test_random_datagrams_are_all_counted(self):
        node = Node(self, "n", udp_config(0, [9]))
        client = node.connect()
        address, port = client.ok("status")["interfaces"][0]["local"].split(":")
        raw = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(raw.close)
        rng = random.Random(SEED)
        before = client.ok("status")["memory"]["process_bytes"]
        sent = 0
        for _ in range(200):
            for _ in range(50):
                size = rng.choice([0, 1, 4, 5, 37, 60, 249, 250, 251, 1000])
                head = bytes([0, 0, rng.randrange(40), rng.randrange(256)]) if rng.randrange(4) else b""
                raw.sendto((head + rng.randbytes(size))[:max(size, 4)], (address, int(port)))
                sent += 1
            client.ok("status")  # so that the socket's buffer does not overflow
        guard = time.monotonic() + harness.HANG_S
        status = client.ok("status")
        while status["interfaces"][0]["rx_datagrams"] < sent and time.monotonic() < guard:
            status = client.ok("status")
        self.assertEqual(status["interfaces"][0]["rx_datagrams"], sent, "seed %d" % SEED)
        self.assertEqual(sum(n for name, n in status["counters"].items() if name.startswith("rx_")), sent)
        self.assert_grown_less(client, before, 4 << 20)
        self.assertEqual(client.send(client.hello["node_id"], b"")["state"], "failed", "nobody listens, and it still answers")


if __name__ == "__main__":
    print("seed %d" % SEED, file=sys.stderr)
    harness.main()
