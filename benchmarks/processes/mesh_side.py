# SPDX-License-Identifier: ISC
"""A chain of mpnode processes on 127.0.0.1, as the benchmark uses it."""
import collections
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "tests", "e2e"))

import mesh as m  # noqa: E402
from control import Control, Sink  # noqa: E402
from process import cpu_ms, memory, peak  # noqa: E402

OPEN_MAX = 200  # requests of one client that are open at once; the daemon takes 256


class Chain:
    """`nodes` of them in a line, each hearing only its neighbours, with static routes between the ends."""

    name = "mpnode"

    def __init__(self, nodes):
        self.mesh = m.Mesh()
        try:
            self.nodes = [self.mesh.add(f"n{i}", address=f"7-{i + 1}0::" if nodes > 2 else None) for i in range(nodes)]
            self.mesh.link(*self.nodes)
            if nodes > 2:
                self.mesh.route(*self.nodes)
            self.mesh.start().discovered()
            self.target = self.nodes[-1].id
            self.sink = Sink(self.nodes[-1].socket)
            self.client = Control(self.nodes[0].socket)
            self.bursts = 0
        except BaseException:
            self.mesh.close()
            raise

    def close(self):
        self.client.close()
        self.sink.close()
        self.mesh.close()

    def pids(self):
        return [node.process.pid for node in self.nodes]

    def send(self, data):
        """Milliseconds from the contents in the client's hand to the word that they were delivered."""
        ms, end = self.client.send(self.target, data)
        if end["state"] != "delivered":
            raise RuntimeError(f"not delivered: {end}")
        self.sink.quiet(0.05)
        came = self.sink.packages()
        if came != [data]:
            raise RuntimeError(f"what arrived is not what was sent: {[len(c) for c in came]} bytes")
        return ms

    def cpu_ms(self):
        return [cpu_ms(pid) for pid in self.pids()]

    def memory(self):
        return [memory(pid) for pid in self.pids()]

    def peak(self):
        return [peak(pid) for pid in self.pids()]

    def datagrams(self):
        """Those handed to the system by all nodes, less those it handed over: what was lost on the way."""
        sent = received = 0
        for node in self.nodes:
            for interface in node.json("status")[0]["interfaces"]:
                sent += interface.get("tx_datagrams", 0)
                received += interface.get("rx_datagrams", 0)
        return sent, received

    def lost_datagrams(self):
        """Asked until two answers agree: Beacons are always on their way."""
        last = None
        for _ in range(50):
            sent, received = self.datagrams()
            if last == sent - received:
                break
            last = sent - received
            time.sleep(0.1)
        return sent - received

    def burst(self, count, size, ask):
        """`count` Packages of `size` bytes as fast as the daemon takes them; what it refuses is put again."""
        # No two alike, in any burst: the same contents under an id that has come round again are a repeat by the protocol.
        self.bursts += 1
        contents = [(self.bursts << 32 | i).to_bytes(8, "big") * (size // 8) for i in range(count)]
        to_send = collections.deque(range(count))
        open_ids, ends, refused = {}, collections.Counter(), 0
        began = time.perf_counter()
        while to_send or open_ids:
            while to_send and len(open_ids) < OPEN_MAX:
                i = to_send.popleft()
                open_ids[self.client.write({"cmd": "send", "to": self.target, "ask": ask}, contents[i])] = i
            message = self.client.read()
            if message.get("ok") is False or (message.get("final") and message.get("reason") in ("no_room", "displaced")):
                to_send.append(open_ids.pop(message["id"]))  # told at once: nothing is lost by it
                refused += 1
            elif message.get("final"):
                open_ids.pop(message["id"])
                ends[message["state"]] += 1
        took_ms = (time.perf_counter() - began) * 1000
        self.sink.quiet()
        came = collections.Counter(bytes(c) for c in self.sink.packages())
        arrived = sum(1 for c in contents if came[c] > 0)
        return {"sent": count, "ms": took_ms, "refused_and_sent_again": refused, "ends": dict(ends), "arrived": arrived,
                "twice": sum(n - 1 for n in came.values()), "lost": count - arrived}

    def at_once(self, count, data):
        """`count` blobs at the same time, each of another content."""
        contents = [bytes([i]) + data[1:] for i in range(count)]
        ids = {self.client.write({"cmd": "send", "to": self.target}, c) for c in contents}
        ends = collections.Counter()
        while ids:
            message = self.client.read()
            if message.get("ok") is False:
                raise RuntimeError(message["error"]["message"])
            if message.get("final"):
                ids.discard(message["id"])
                ends[message["state"]] += 1
        self.sink.quiet()
        came = [bytes(c) for c in self.sink.packages()]
        return {"sent": count, "ends": dict(ends), "arrived": sum(1 for c in contents if c in came),
                "lost": sum(1 for c in contents if c not in came)}

    def by_mpctl(self, data):
        """Milliseconds of a whole `mpctl send`: its start, the file and the transfer."""
        path = os.path.join(self.mesh.directory, "contents")
        with open(path, "wb") as file:
            file.write(data)
        command = self.nodes[0].command("send", self.target, path)
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        ms = (time.perf_counter() - began) * 1000
        self.sink.quiet(0.05)
        self.sink.packages()
        return ms
