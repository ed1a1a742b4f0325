# SPDX-License-Identifier: ISC
"""Starts mpnode processes and talks to their control sockets. For the tests in this folder; standard library only."""
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from ports import free_ports  # noqa: E402

MPNODE = os.environ.get("MPNODE", "")
SANITIZED = bool(os.environ.get("MP_SANITIZE", ""))  # then memory cannot be measured
HANG_S = 60  # only a guard: nothing here waits for the clock
CHUNK = 262144  # the most bytes of one `data`
TEXT = "2f40189b3d73e70eafc17f15c6afb1f0"  # the app id of Text
NOBODY = "5a" * 32


def b64(data):
    return base64.b64encode(data).decode()


class Client:
    """One connection to a control socket. Events are kept until somebody asks for them."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(HANG_S)
        try:
            self.sock.connect(path)
        except OSError:
            self.sock.close()
            raise
        self.buffer = b""
        self.events = []
        self.next_id = 1
        self.hello = self.read_line()

    def read_line(self):
        while b"\n" not in self.buffer:
            data = self.sock.recv(1 << 16)
            if not data:
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def write(self, data):
        self.sock.sendall(data)

    def post(self, cmd, **fields):
        request_id = fields.pop("id", None)
        if request_id is None:
            request_id, self.next_id = self.next_id, self.next_id + 1
        self.write(json.dumps({"id": request_id, "cmd": cmd, **fields}).encode() + b"\n")
        return request_id

    def reply(self, request_id):
        while True:
            line = self.read_line()
            if line is None:
                raise AssertionError("the connection was closed before the reply to %r" % (request_id,))
            if "event" in line:
                self.events.append(line)
                continue
            assert line["id"] == request_id, line
            return line

    def call(self, cmd, **fields):
        return self.reply(self.post(cmd, **fields))

    def ok(self, cmd, **fields):
        reply = self.call(cmd, **fields)
        if not reply["ok"]:
            raise AssertionError("%s was refused: %r" % (cmd, reply))
        return reply["result"]

    def error(self, cmd, **fields):
        reply = self.call(cmd, **fields)
        if reply["ok"]:
            raise AssertionError("%s was not refused: %r" % (cmd, reply))
        return reply["error"]

    def event(self, want):
        """The next event that `want` (a function) accepts; others are kept."""
        for i, event in enumerate(self.events):
            if want(event):
                return self.events.pop(i)
        while True:
            line = self.read_line()
            if line is None:
                raise AssertionError("the connection was closed before the event; kept: %r" % self.events[-5:])
            assert "event" in line, line
            if want(line):
                return line
            self.events.append(line)

    def final(self, request_id):
        return self.event(lambda e: e.get("id") == request_id and e.get("final"))

    def send(self, to, data, **fields):
        """Sends a blob and returns the final event."""
        request_id = self.post("send", to=to, data=b64(data), **fields)
        reply = self.reply(request_id)
        if not reply["ok"]:
            raise AssertionError("send was refused: %r" % reply)
        return self.final(request_id)

    def package(self, request_id):
        """The next whole Package of a subscription: (head, contents)."""
        head = self.event(lambda e: e.get("id") == request_id and e["event"] == "package")
        if "data" in head:
            return head, base64.b64decode(head["data"])
        blob = b""
        while len(blob) < head["size"]:
            part = self.event(lambda e: e.get("id") == request_id and e["event"] == "package_data")
            assert part["package"] == head["package"] and part["offset"] == len(blob)
            blob += base64.b64decode(part["data"])
        return head, blob

    def close(self):
        self.sock.close()


class Node:
    """An mpnode process with its own folder. It talks over loopback only."""

    def __init__(self, test, name="node", config="", args=(), folder=None, start=True):
        self.folder = folder or os.path.join(test.folder, name)
        os.makedirs(self.folder, exist_ok=True)
        self.config = os.path.join(self.folder, "mpnode.toml")
        self.state = os.path.join(self.folder, "state")
        self.socket = os.path.join(self.folder, "sock")
        self.log = os.path.join(self.folder, "log")
        self.args = list(args)
        self.test = test
        self.process = None
        with open(self.config, "w", encoding="utf-8") as f:
            # Whoever is not known is not looked for, unless a test says so.
            f.write(config if "[trees]" in config else config + "\n[trees]\ncount = 0\n")
        test.addCleanup(self.kill)
        if start:
            self.start()

    def command(self):
        return [MPNODE, "--config", self.config, "--state", self.state, "--socket", self.socket] + self.args

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stderr=log, stdout=log)
        guard = time.monotonic() + HANG_S
        while time.monotonic() < guard:
            if self.process.poll() is not None:
                raise AssertionError("mpnode ended with %d: %s" % (self.process.returncode, self.log_text()))
            try:
                self.connect().close()
                return
            except OSError:
                time.sleep(0.01)
        raise AssertionError("mpnode does not answer")

    def connect(self):
        client = Client(self.socket)
        self.test.addCleanup(client.close)
        return client

    def log_text(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        return self.process.wait(timeout=HANG_S)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class TestCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mpnode-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def assert_grown_less(self, client, before, limit):
        if not SANITIZED:
            self.assertLess(client.ok("status")["memory"]["process_bytes"] - before, limit)

    def run_mpnode(self, *args, **kwargs):
        return subprocess.run([MPNODE, *args], capture_output=True, text=True, timeout=HANG_S, check=False, **kwargs)

    def pair(self, extra=""):
        """Two nodes that know each other: (a, client of a, id of a, b, client of b, id of b)."""
        ports = free_ports(2)
        nodes = [
            Node(self, "ab"[i], udp_config(ports[i], [ports[1 - i]]) + extra) for i in range(2)
        ]
        clients = [n.connect() for n in nodes]
        ids = [c.hello["node_id"] for c in clients]
        for i in range(2):
            wait_for_peer(clients[i], ids[1 - i])
        return nodes[0], clients[0], ids[0], nodes[1], clients[1], ids[1]


def udp_config(port, peers, more=""):
    return '[udp]\nbind = "127.0.0.1"\nport = %d\npeers = [%s]\n%s\n' % (
        port, ", ".join('"127.0.0.1:%d"' % p for p in peers), more)


def wait_for_peer(client, node_id):
    """Returns when the node has this peer and knows that it is an equal."""
    guard = time.monotonic() + HANG_S
    while time.monotonic() < guard:
        for peer in client.ok("peers")["peers"]:
            if peer["node"] == node_id and peer["connected"] and peer["equal"]:
                return peer
        time.sleep(0.02)
    raise AssertionError("peer %s was not found" % node_id)


def main():
    if not MPNODE or not os.access(MPNODE, os.X_OK):
        sys.exit("set MPNODE to the mpnode program")
    unittest.main()
