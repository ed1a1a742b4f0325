# SPDX-License-Identifier: ISC
"""Real mpnode processes on loopback, laid out at will: who hears whom is a list of neighbours per node.

    with Mesh() as mesh:
        a, b = mesh.add("a"), mesh.add("b")
        mesh.link(a, b)
        mesh.start()
        a.ctl("ping", b.id)

Everything lives in one temporary directory; on leaving the `with` every process has ended (by its pid) and the
directory is gone, whatever happened. Programs are taken from MP_BIN, or build/release/bin.
"""
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

from ports import free_ports  # noqa: E402

BIN = os.environ.get("MP_BIN") or os.path.join(ROOT, "build", "release", "bin")
PATIENCE_S = 30.0  # for things that take milliseconds on an idle machine

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class MeshError(Exception):
    pass


def die_with_parent():
    """In a new child: it ends with us, even when we are killed and cannot tidy up (Linux)."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def program(name):
    path = os.path.join(BIN, name)
    if not os.access(path, os.X_OK):
        raise MeshError(f"{path} is not there: build it (`make build`), or set MP_BIN to the directory of the programs")
    return path


def wait_for(condition, what, patience_s=PATIENCE_S):
    """The first true value of condition(), which is asked again and again."""
    end = time.monotonic() + patience_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise MeshError(f"waited {patience_s:g} s in vain for {what}")
        time.sleep(0.02)


def carry(case, source, target, data):
    """Sends data from one node to another by id, and asserts (in the TestCase) that it arrives as it was."""
    out = os.path.join(target.directory, "received")
    listener = target.listen("--count", "1", "--out", out)
    last = source.json("send", target.id, "-", input=data, check=False)[-1]
    case.assertEqual(last["state"], "delivered", last)
    case.assertEqual(listener.next()["from"]["node"], source.id)
    listener.wait()
    with open(out, "rb") as file:
        case.assertEqual(file.read(), data)


def toml(value):
    return json.dumps(value)  # for strings, numbers and lists of them the two agree


class Node:
    """One mpnode: its directory, its configuration, its process while it runs."""

    def __init__(self, mesh, name, port, address=None, beacon=None):
        self.mesh, self.name, self.port, self.address = mesh, name, port, address
        self.directory = os.path.join(mesh.directory, name)
        self.socket = os.path.join(self.directory, "control.sock")
        self.log = os.path.join(self.directory, "log")
        self.link = f"127.0.0.1:{port}"
        self.neighbours = []  # "a.b.c.d:port" that it sends to and hears
        self.network = None   # instead of neighbours: a name to meet under by multicast
        self.machine = None   # of namespaces.py: where it runs; it then meets whoever is at its cables by multicast
        self.routes = []      # dictionaries for [[route]]
        self.beacon = beacon or {}
        self.owners = []      # node ids: who may tell it what to do
        self.limits = {}
        self.interop = {}     # what [interop] says
        self.trees = {}       # what [trees] says
        self.closed = {}      # what [network] says; empty: an open node
        self.process = None
        self._id = None
        os.mkdir(self.directory)

    @property
    def id(self):
        """Its node id; the identity is made if there is none yet."""
        if self._id is None:
            done = subprocess.run([program("mpnode"), "--config", self.write_config(), "--print-id"],
                                  capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False)
            if done.returncode != 0:
                raise MeshError(f"node {self.name} has no id: {done.stderr.decode(errors='replace')}")
            self._id = done.stdout.decode().strip()
        return self._id

    def take_id(self, node_id):
        """It has changed its key."""
        self._id = node_id

    def reach(self):
        if self.network:
            return {"network": self.network, "multicast_interface": "127.0.0.1"}
        return {"peers": self.neighbours or [self.link], "hears_only": self.neighbours or [self.link]}

    def write_config(self):
        udp = [("[udp]", {"bind": "127.0.0.1", "port": self.port, **self.reach()})]
        if self.machine:
            udp = [("[[udp]]", {"bind": own, "port": self.port}) for own, _, _ in self.machine.cables]
        sections = [("[node]", {"state_dir": os.path.join(self.directory, "state"), "address": self.address or ""}),
                    ("[control]", {"socket": self.socket}), *udp]
        if self.beacon:
            sections.append(("[beacon]", self.beacon))
        if self.trees or self.address:
            sections.append(("[trees]", self.trees or {"count": 0}))  # with an address by static routes alone
        if self.interop:
            sections.append(("[interop]", self.interop))
        if self.closed:
            sections.append(("[network]", self.closed))
        if self.owners:
            sections.append(("[authority]", {"owners": self.owners}))
        if self.limits:
            sections.append(("[limits]", self.limits))
        sections += [("[[route]]", route) for route in self.routes]
        path = os.path.join(self.directory, "mpnode.toml")
        with open(path, "w", encoding="utf-8") as file:
            for heading, members in sections:
                file.write(heading + "\n")
                file.writelines(f"{key} = {toml(value)}\n" for key, value in members.items())
        return path

    def start(self):
        """Starts the process and waits until its control socket answers."""
        config = self.write_config()
        with open(self.log, "ab") as log:
            self.process = self.mesh.spawn([program("mpnode"), "--config", config], self.machine, stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log)
        wait_for(self._answers, f"node {self.name} to answer")
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise MeshError(f"node {self.name} ended with status {self.process.returncode}:\n{self.read_log()}")
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            s.connect(self.socket)
            return bool(s.recv(1))
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError):
            return False
        finally:
            s.close()

    def read_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def end(self, number=signal.SIGTERM):
        """Sends a signal and waits for the end; returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    # --- mpctl ---------------------------------------------------------------------------------------
    def command(self, *words):
        return [program("mpctl"), "--socket", self.socket, *words]

    def ctl(self, *words, input=None, check=True, patience_s=4 * PATIENCE_S):
        """Runs mpctl to its end. Bytes in, bytes out; a status other than 0 is an error unless check is off."""
        done = subprocess.run(self.command(*words), input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=patience_s, **({} if input is not None else {"stdin": subprocess.DEVNULL}))
        if check and done.returncode != 0:
            raise MeshError(f"{self.name}: mpctl {' '.join(words)} ended with status {done.returncode}:\n"
                            f"{done.stdout.decode(errors='replace')}{done.stderr.decode(errors='replace')}")
        return done

    def json(self, *words, **options):
        """The records that `mpctl --json` prints."""
        return records(self.ctl("--json", *words, **options).stdout)

    def open(self, *words, json_lines=True):
        """Starts a mpctl that goes on (recv, monitor, ping)."""
        return Follower(self, words, json_lines)

    def listen(self, *words):
        """A `mpctl recv` that is ready: what is sent from now on, it gets."""
        follower = self.open("recv", *words)
        if follower.next().get("event") != "listening":
            raise MeshError(f"{self.name}: recv did not begin with `listening`")
        return follower

    def connected(self):
        """Node ids of the neighbours it is connected to."""
        return {peer["node"] for peer in self.json("peers") if peer["connected"]}


def records(output):
    return [json.loads(line) for line in output.decode().splitlines()]


class Follower:
    """A mpctl that prints JSON lines as things happen."""

    def __init__(self, node, words, json_lines):
        self.words = words
        flags = ["--json"] if json_lines else []
        self.process = node.mesh.spawn(node.command(*flags, *words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
        self._lines = []
        self._more = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._more:
                self._lines.append(line)
                self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()

    def next_line(self, patience_s=4 * PATIENCE_S):
        """The next line of output; None when the program has ended."""
        with self._more:
            if not self._more.wait_for(lambda: self._lines or self._ended, patience_s):
                raise MeshError(f"mpctl {' '.join(self.words)} said nothing more for {patience_s:g} s")
            return self._lines.pop(0) if self._lines else None

    def poll(self):
        """The next record if there is one already."""
        with self._more:
            return json.loads(self._lines.pop(0)) if self._lines else None

    def next(self, patience_s=4 * PATIENCE_S):
        line = self.next_line(patience_s)
        if line is None:
            raise MeshError(f"mpctl {' '.join(self.words)} ended with status {self.process.wait()}:\n"
                            f"{self.process.stderr.read().decode(errors='replace')}")
        return json.loads(line)

    def find(self, condition, patience_s=4 * PATIENCE_S):
        """The next record that fits; those before it are dropped."""
        while True:
            record = self.next(patience_s)
            if condition(record):
                return record

    def rest(self):
        """All lines up to the end of the program."""
        lines = []
        while (line := self.next_line()) is not None:
            lines.append(line)
        return lines

    def wait(self, patience_s=4 * PATIENCE_S):
        return self.process.wait(patience_s)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.wait()


class Mesh:
    def __init__(self, detached=False):
        self.detached = detached  # processes may outlive us, if `keep` is set in the end
        self.keep = False         # close() leaves the nodes running
        self.directory = tempfile.mkdtemp(prefix="mp-mesh-")
        self.nodes = []
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None and not issubclass(kind, (KeyboardInterrupt, SystemExit, BrokenPipeError)):
            for node in self.nodes:
                if os.path.exists(node.log) and (log := node.read_log().strip()):
                    print(f"--- the end of the log of node {node.name} ---", *log.splitlines()[-10:], sep="\n")
        try:
            self.close()
        except MeshError as complaint:
            if kind is None:
                raise
            print(complaint)  # the first error is the one to show

    def spawn(self, command, machine=None, **options):
        if machine:
            process = machine.spawn(command, **options)
            self.processes.append(process)
            return process
        if self.detached:
            options["start_new_session"] = True
        else:
            options["preexec_fn"] = die_with_parent
        process = subprocess.Popen(command, **options)
        self.processes.append(process)
        return process

    def add(self, name, address=None, beacon=None):
        node = Node(self, name, free_ports(1)[0], address, beacon)
        while any(node.port == other.port for other in self.nodes):
            node.port = free_ports(1)[0]
        node.link = f"127.0.0.1:{node.port}"
        self.nodes.append(node)
        return node

    def link(self, *chain):
        """Each hears the next one in the chain, and the other way round."""
        for one, other in zip(chain, chain[1:]):
            one.neighbours.append(other.link)
            other.neighbours.append(one.link)

    def route(self, *way):
        """Static routes along a chain of nodes, so that its ends reach each other over those between."""
        for path in (way, way[::-1]):
            for here, following in zip(path, path[1:]):
                route = {"to": path[-1].address, "via": following.id, "node": path[-1].id}
                if route not in here.routes:
                    here.routes.append(route)

    def start(self):
        for node in self.nodes:
            node.start()
        return self

    def discovered(self):
        """Waits until everyone is connected to the neighbours laid out for it, and returns the nodes."""
        by_link = {node.link: node for node in self.nodes}
        for node in self.nodes:
            expected = {by_link[link].id for link in node.neighbours if link in by_link}
            wait_for(lambda: node.connected() == expected,
                     f"node {node.name} to be connected to {len(expected)} neighbours")
        return self.nodes

    def close(self):
        """Ends everything. A node that was still running must take a SIGTERM as the wish to end in good order."""
        if self.keep:
            return
        running = [node for node in self.nodes if node.process and node.process.poll() is None]
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + PATIENCE_S
        for process in self.processes:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
        bad = [f"node {node.name} ended with status {node.process.returncode}:\n{node.read_log()[-4000:]}"
               for node in running if node.process.returncode != 0]
        shutil.rmtree(self.directory, ignore_errors=True)
        if bad:
            raise MeshError("\n".join(bad))
