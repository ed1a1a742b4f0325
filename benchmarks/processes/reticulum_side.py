# SPDX-License-Identifier: ISC
"""A chain of Reticulum instances on 127.0.0.1, one process each (reticulum_node.py), measured as the chain of mpnodes."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from mesh_side import HERE, m
from process import cpu_ms, memory, peak

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "tests", "support"))
from ports import free_ports  # noqa: E402

PATIENCE_S = 90


class Instance:
    def __init__(self, path, directory, role, links):
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        self.log = open(directory + ".log", "wb")  # closed with the process
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "reticulum_node.py"), directory, role, *links],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=environment,
                                        preexec_fn=m.die_with_parent)
        self.log_path = directory + ".log"

    def ask(self, **members):
        self.tell(**members)
        return self.read()

    def tell(self, **members):
        self.process.stdin.write(json.dumps(members).encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        """The next of its lines; what the library itself prints is none."""
        for line in self.process.stdout:
            if line.startswith(b"{"):
                return json.loads(line)
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            raise RuntimeError("Reticulum ended: " + file.read()[-2000:])

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


class Chain:
    name = "Reticulum"

    def __init__(self, path, nodes, kind):
        self.directory = tempfile.mkdtemp(prefix="mp-reticulum-")
        self.instances = []
        try:
            self.start(path, nodes, kind)
        except BaseException:
            self.close()
            raise

    def links(self, nodes, kind):
        links = [[] for _ in range(nodes)]
        for i in range(nodes - 1):
            one, other = free_ports(2)
            if kind == "udp":
                links[i].append(f"udp:{one}:{other}")
                links[i + 1].append(f"udp:{other}:{one}")
            else:
                links[i].append(f"tcp:{one}")
                links[i + 1].append(f"tcp-listen:{one}")
        return links

    def start(self, path, nodes, kind):
        links = self.links(nodes, kind)
        # Who listens first, so that those who connect need not wait.
        for i in reversed(range(nodes)):
            role = "sender" if i == 0 else "receiver" if i == nodes - 1 else "relay"
            instance = Instance(path, os.path.join(self.directory, str(i)), role, links[i])
            self.instances.insert(0, instance)
            if role == "receiver":
                target = instance.read()["destination"]
            while not instance.read().get("ready"):
                pass
        end = time.monotonic() + PATIENCE_S
        while True:
            self.instances[-1].tell(announce=True)
            time.sleep(1)
            answer = self.instances[0].ask(link=target)
            if answer["linked"]:
                break
            if time.monotonic() > end:
                raise RuntimeError("Reticulum found no way from end to end")
        self.mtu = answer["mtu"]

    def close(self):
        for instance in self.instances:
            instance.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def pids(self):
        return [instance.process.pid for instance in self.instances]

    def send(self, data):
        answer = self.instances[0].ask(send=len(data))
        if not answer["delivered"]:
            raise RuntimeError("Reticulum did not deliver")
        return answer["ms"]

    def cpu_ms(self):
        return [cpu_ms(pid) for pid in self.pids()]

    def memory(self):
        return [memory(pid) for pid in self.pids()]

    def peak(self):
        return [peak(pid) for pid in self.pids()]

    def burst(self, count, size):
        before = self.instances[-1].ask(count=True)["packets"]
        answer = self.instances[0].ask(burst=count, size=size)
        last = -1
        while (now := self.instances[-1].ask(count=True)["packets"]) != last:
            last = now
            time.sleep(0.5)
        return {"sent": count, "ms": answer["ms"], "arrived": now - before, "lost": count - (now - before)}
