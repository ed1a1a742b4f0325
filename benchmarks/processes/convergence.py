#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""How long it takes until all reach all: mpnode processes, each on a machine of its own (a network namespace), joined
by cables. A line of ten, and a grid of two by five.

  start    all processes at once; until the last pair has had its first answer
  relay    the one in the middle goes silent (SIGSTOP), as if it had lost its power: nothing tells that it is gone. Until the
           last pair that is still connected has answers again, and keeps having them
  memory   Pss and private memory of a process, the most of all ten, before the relay dies

Each pair is asked ten times a second, as a user would: by `ping` of the control socket, node id to node id; nobody has a
route or an address. With --yggdrasil the same beside Yggdrasil (yggdrasil of Debian), round by round in turns: UDP from
address to address over its tun, the same cables, peers configured on both ends. Both clocks start before the first
process does. A pause shorter than half a second counts for nothing.

  benchmarks/processes/convergence.py                       the table, and whether the bars are met
  benchmarks/processes/convergence.py --yggdrasil --rounds 9
  benchmarks/processes/convergence.py --only line --json    one JSON object
  benchmarks/processes/convergence.py --kill                the relay is killed: the system closes its connections for it

It needs root, for the namespaces: sudo, or unshare --user --map-root-user --net.
Exit status: 0 every bar is met, 1 one is not, 2 wrong command line, 77 it cannot be measured here.
"""
import argparse
import errno
import json
import os
import platform
import selectors
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "support")]
import namespaces  # noqa: E402
from process import memory  # noqa: E402

MIB = 1 << 20
EVERY_S = 0.1        # a pair is asked
PAUSE_S = 0.5        # shorter ones are none
STEADY_S = 5.0       # so long without a pause: it is over
WATCHED_S = 12.0     # at least, after the relay died
PATIENCE_S = 60.0
# Yggdrasil 0.4.7 was whole after 4.6 s (line) and 3.4 s (grid), and paused for 7 to 8 s when a relay died.
START_MAX_S = {"line": 2.3, "grid": 1.7}
RELAY_MAX_S = 3.5
PSS_MAX, PRIVATE_MAX = 6_000_000, 3 * MIB // 2
PORT = 7777

SHAPES = {
    "line": {"title": "line of 10", "nodes": 10, "links": [(i, i + 1) for i in range(9)], "relay": 4},
    "grid": {"title": "grid of 2x5", "nodes": 10, "relay": 2,
             "links": [(r * 5 + c, r * 5 + c + 1) for r in range(2) for c in range(4)] + [(c, c + 5) for c in range(5)]},
}


class Trouble(Exception):
    pass


def connected_pairs(shape, dead=None):
    """Pairs (a, b), a < b, with a way between them that does not lead over `dead`."""
    part = list(range(shape["nodes"]))
    for _ in part:
        for a, b in shape["links"]:
            if dead not in (a, b):
                part[a] = part[b] = min(part[a], part[b])
    return [(a, b) for b in range(shape["nodes"]) for a in range(b) if part[a] == part[b] and dead not in (a, b)]


class Answers:
    """When each pair was answered."""

    def __init__(self):
        self.at = {}

    def note(self, pair):
        self.at.setdefault(pair, []).append(time.monotonic())

    def first(self, pair):
        return self.at.get(pair, [None])[0]

    def restored(self, pair, since, now):
        """When the last pause of this pair ended that was not over at `since`; None: it goes on."""
        last, end = since, since
        for at in self.at.get(pair, []):
            if at <= since:
                continue
            if at - last > PAUSE_S:
                end = at
            last = at
        return end if now - last <= PAUSE_S else None


class Ours:
    """mpnode on each machine; a client of each control socket asks."""

    name = "mpnode"

    def __init__(self, machines, directory, options):
        self.machines, self.directory, self.peers = machines, directory, options.peers
        self.program = os.path.join(options.bin, "mpnode")
        self.ids = [self.configure(machine) for machine in machines]
        self.processes, self.clients, self.waiting = [], {}, set(range(len(machines)))

    def path(self, machine, name):
        return os.path.join(self.directory, f"{machine.number}-{name}")

    def configure(self, machine):
        config = self.path(machine, "mpnode.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[node]\nstate_dir = \"{self.path(machine, 'state')}\"\n[control]\nsocket = \"{self.path(machine, 's')}\"\n")
            for own, _, far in machine.cables:
                met = f"peers = [\"{far}:{PORT}\"]" if self.peers else f"multicast_interface = \"{own}\""
                file.write(f"[[udp]]\nbind = \"{own}\"\nport = {PORT}\n{met}\n")
        done = subprocess.run([self.program, "--config", config, "--print-id"], capture_output=True, check=False)
        if done.returncode != 0:
            raise Trouble(f"mpnode --print-id: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode().strip()

    def start(self):
        for machine in self.machines:
            with open(self.path(machine, "log"), "ab") as log:
                self.processes.append(machine.spawn([self.program, "--config", self.path(machine, "mpnode.toml")], stdout=log,
                                                    stderr=log))

    def meet(self, selector, pairs):
        """Connects to those that listen by now, and has them ask."""
        for number in sorted(self.waiting):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                s.connect(self.path(self.machines[number], "s"))
            except (FileNotFoundError, ConnectionRefusedError):
                s.close()
                continue
            self.waiting.discard(number)
            targets = {b: {"cmd": "ping", "to": self.ids[b], "count": 10000, "interval_ms": int(EVERY_S * 1000),
                           "timeout_ms": 1000} for a, b in pairs if a == number}
            self.clients[number] = [s, b"", targets]
            for b, request in targets.items():
                self.ask(number, b, request)
            s.setblocking(False)
            selector.register(s, selectors.EVENT_READ, number)

    def ask(self, number, b, request):
        self.clients[number][0].sendall(json.dumps({"id": b, **request}).encode() + b"\n")

    def take(self, number, answers):
        client = self.clients[number]
        data = client[0].recv(1 << 20)
        if not data:
            raise Trouble(f"mpnode {number} closed the connection: {self.log(number)}")
        *lines, client[1] = (client[1] + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if message.get("event") == "ping_reply":
                answers.note((number, message["id"]))
            elif message.get("ok") is False:
                self.ask(number, message["id"], client[2][message["id"]])

    def log(self, number):
        with open(self.path(self.machines[number], "log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    def tick(self, now, pairs):
        pass  # they ask by themselves

    def forget(self, number, selector):
        client = self.clients.pop(number)
        selector.unregister(client[0])
        client[0].close()

    def close(self):
        for client in self.clients.values():
            client[0].close()


class Theirs:
    """Yggdrasil on each machine; datagrams between the addresses that it gives them."""

    name = "Yggdrasil"
    program = "yggdrasil"

    def __init__(self, machines, directory, options):
        self.machines, self.directory, self.peers = machines, directory, options.peers
        self.addresses = [self.configure(machine) for machine in machines]
        self.processes, self.sockets, self.waiting, self.due = [], {}, set(range(len(machines))), 0.0

    def configure(self, machine):
        config = json.loads(subprocess.run([self.program, "-genconf", "-json"], capture_output=True, check=True).stdout)
        config.update(AdminListen="none", IfName="ygg0")  # else as it comes: neighbours are found by multicast
        if self.peers:
            config.update(Peers=[f"tcp://{far}:{PORT}" for _, _, far in machine.cables], MulticastInterfaces=[],
                          Listen=[f"tcp://{own}:{PORT}" for own, _, _ in machine.cables])
        path = os.path.join(self.directory, f"{machine.number}.conf")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return subprocess.run([self.program, "-useconffile", path, "-address"], capture_output=True,
                              check=True).stdout.decode().strip()

    def start(self):
        for machine in self.machines:
            with open(os.path.join(self.directory, f"{machine.number}.log"), "ab") as log:
                self.processes.append(machine.spawn(
                    [self.program, "-useconffile", os.path.join(self.directory, f"{machine.number}.conf")], stdout=log, stderr=log))

    def meet(self, selector, pairs):
        for number in sorted(self.waiting):
            with self.machines[number].inside():
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            try:
                s.bind((self.addresses[number], PORT))
            except OSError as error:
                s.close()
                if error.errno != errno.EADDRNOTAVAIL:
                    raise
                continue
            self.waiting.discard(number)
            s.setblocking(False)
            self.sockets[number] = s
            selector.register(s, selectors.EVENT_READ, number)

    def take(self, number, answers):
        """A question goes back as it is; an answer begins with the number of who asked."""
        s = self.sockets[number]
        while True:
            try:
                data, sender = s.recvfrom(64)
            except (BlockingIOError, ConnectionRefusedError):
                return
            except OSError:
                return  # what the kernel says of an earlier datagram
            a, b = struct.unpack("!BB", data[:2])
            if a == number:
                answers.note((a, b))
            else:
                self.send(s, data, sender)

    @staticmethod
    def send(s, data, to):
        try:
            s.sendto(data, to)
        except OSError:
            pass  # no way yet

    def tick(self, now, pairs):
        if now < self.due:
            return
        self.due = now + EVERY_S
        for a, b in pairs:
            if a in self.sockets:
                self.send(self.sockets[a], struct.pack("!BB", a, b) + bytes(30), (self.addresses[b], PORT))

    def forget(self, number, selector):
        s = self.sockets.pop(number)
        selector.unregister(s)
        s.close()

    def close(self):
        for s in self.sockets.values():
            s.close()


class Run:
    """One start of ten processes, and the death of one."""

    def __init__(self, kind, shape, options):
        self.kind, self.shape, self.options = kind, shape, options
        self.answers, self.selector = Answers(), selectors.DefaultSelector()

    def step(self, side, pairs, until):
        """Goes on until `until`(now) is true; what it returned."""
        end = time.monotonic() + PATIENCE_S
        while True:
            if side.waiting:
                side.meet(self.selector, pairs)
            side.tick(time.monotonic(), pairs)
            for key, _ in self.selector.select(0.005):
                side.take(key.data, self.answers)
            now = time.monotonic()
            if value := until(now):
                return value
            if now > end:
                return None

    def measure(self):
        directory = tempfile.mkdtemp(prefix="mp-convergence-")
        machines = side = None
        try:
            machines = namespaces.Machines(self.shape["nodes"], self.shape["links"])
            side = self.kind(machines.all, directory, self.options)
            return self.phases(side)
        finally:
            if side:
                end_all(side.processes)
                side.close()
            if machines:
                machines.close()
            shutil.rmtree(directory, ignore_errors=True)

    def phases(self, side):
        pairs = connected_pairs(self.shape)
        began = time.monotonic()
        side.start()
        whole = self.step(side, pairs, lambda now: all(self.answers.first(pair) for pair in pairs))
        result = {"start_s": max(self.answers.first(pair) for pair in pairs) - began if whole else None}
        if not whole:
            return result
        settle = time.monotonic() + self.options.settle_s
        self.step(side, pairs, lambda now: now > settle)
        result["memory"] = [memory(process.pid) for process in side.processes]

        relay = self.shape["relay"]
        left = connected_pairs(self.shape, relay)
        side.forget(relay, self.selector)
        died = time.monotonic()
        side.processes[relay].send_signal(signal.SIGKILL if self.options.kill else signal.SIGSTOP)

        def over(now):
            if now - died < WATCHED_S:
                return None
            ends = [self.answers.restored(pair, died, now) for pair in left]
            return ends if all(e is not None for e in ends) and now - max(ends) > STEADY_S else None

        ends = self.step(side, left, over)
        result["relay_s"] = max(ends) - died if ends else None
        result["pairs_that_paused"] = sum(e > died for e in ends) if ends else None
        return result


def end_all(processes):
    for process in processes:
        process.kill()  # a stopped one, too
    for process in processes:
        process.wait()


def summary(values):
    known = [v for v in values if v is not None]
    return {"median": statistics.median(known) if known else None, "min": min(known, default=None), "max": max(known, default=None),
            "n": len(values), "in_vain": len(values) - len(known)}


def of_rounds(rounds):
    each = [node for r in rounds for node in r.get("memory", [])]
    return {"start_s": summary([r["start_s"] for r in rounds]), "relay_s": summary([r.get("relay_s") for r in rounds]),
            "pss": max((m["pss"] for m in each), default=0), "private": max((m["private"] for m in each), default=0),
            "rounds": [{k: v for k, v in r.items() if k != "memory"} for r in rounds]}


def measure(name, options):
    kinds = [Ours] + ([Theirs] if options.yggdrasil else [])
    rounds = {kind: [] for kind in kinds}
    for number in range(options.rounds):
        for kind in kinds:
            if sys.stderr.isatty():
                print(f"\r{SHAPES[name]['title']}, round {number + 1} of {options.rounds}: {kind.name}     ", end="", file=sys.stderr)
            rounds[kind].append(Run(kind, SHAPES[name], options).measure())
    if sys.stderr.isatty():
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    return {"shape": name, **{kind.name: of_rounds(done) for kind, done in rounds.items()}}


def bars(results):
    found = []

    def bar(what, figure, limit):
        found.append({"what": what, "figure": figure, "limit": limit, "met": figure is not None and figure <= limit})

    for r in results:
        title, ours, theirs = SHAPES[r["shape"]]["title"], r["mpnode"], r.get("Yggdrasil")
        for key, what, limit in (("start_s", "all reach all", START_MAX_S[r["shape"]]), ("relay_s", "again, a relay died", RELAY_MAX_S)):
            bar(f"{title}: {what}, s", ours[key]["median"], limit)
            if theirs and theirs[key]["median"]:  # in a line nobody need pause
                bar(f"{title}: {what}, s, half of Yggdrasil's here", ours[key]["median"], theirs[key]["median"] / 2)
            bar(f"{title}: {what}, rounds in vain", ours[key]["in_vain"], 0)
        bar(f"{title}: Pss, bytes", ours["pss"], PSS_MAX)
        bar(f"{title}: private memory, bytes", ours["private"], PRIVATE_MAX)
    return found


def seconds(figures):
    if figures["median"] is None:
        return f"{'never':>24}"
    text = f"{figures['median']:.2f} ({figures['min']:.2f}..{figures['max']:.2f})"
    return f"{text:>24}" + (f", {figures['in_vain']} in vain" if figures["in_vain"] else "")


def show(report):
    print(f"{'':<12} {'':<10} {'all reach all, s':>24} {'a relay died, s':>24} {'Pss, MB':>8} {'private, MiB':>13}")
    for r in report["results"]:
        for name in ("mpnode", "Yggdrasil"):
            if name in r:
                side = r[name]
                print(f"{SHAPES[r['shape']]['title']:<12} {name:<10} {seconds(side['start_s'])} {seconds(side['relay_s'])}"
                      f" {side['pss'] / 1e6:8.2f} {side['private'] / MIB:13.2f}")
    print()
    for b in report["bars"]:
        figure, limit = (f"{v:.2f}" if isinstance(v, float) else "never" if v is None else f"{v:,}" for v in (b["figure"], b["limit"]))
        print(f"{'met    ' if b['met'] else 'NOT MET'}  {b['what']}: {figure}, at most {limit}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", metavar="DIR", default=os.environ.get("MP_BIN") or os.path.join(ROOT, "build", "release", "bin"),
                        help="where mpnode is (build/release/bin)")
    parser.add_argument("--only", choices=sorted(SHAPES), action="append", metavar="SHAPE", help="line or grid (both)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="starts and deaths of each (5)")
    parser.add_argument("--settle", dest="settle_s", type=float, default=3.0, metavar="S", help="seconds from the last pair to the death (3)")
    parser.add_argument("--peers", action="store_true", help="neighbours are configured on both ends, not found by multicast")
    parser.add_argument("--kill", action="store_true", help="the relay is killed in place of stopped")
    parser.add_argument("--yggdrasil", action="store_true", help="the same with Yggdrasil, in turns")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    if options.settle_s < 0:
        parser.error("--settle: seconds, not below 0")
    options.bin = os.path.abspath(options.bin)
    return options


def cannot(why):
    print(f"convergence.py: {why}", file=sys.stderr)
    return 77


def main():
    options = parse()
    if not os.access(os.path.join(options.bin, "mpnode"), os.X_OK):
        return cannot(f"{options.bin}/mpnode is not there: build it (`make build`), or name its folder with --bin")
    if options.yggdrasil and not shutil.which("yggdrasil"):
        return cannot("there is no yggdrasil to measure beside: apt-get install yggdrasil")
    if problem := namespaces.needed():
        return cannot(problem)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    report = {"machine": platform.machine(), "kernel": platform.release(), "cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    if not options.json:
        print(f"{options.rounds} rounds, {os.cpu_count()} cores, load {report['load_before']:.1f} before")
    try:
        report["results"] = [measure(name, options) for name in options.only or ("line", "grid")]
    except namespaces.CannotError as error:
        return cannot(error)
    except Trouble as error:
        print(f"convergence.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    report["load_after"] = os.getloadavg()[0]
    report["bars"] = bars(report["results"])
    if options.json:
        print(json.dumps(report))
    else:
        show(report)
    return 0 if all(bar["met"] for bar in report["bars"]) else 1


if __name__ == "__main__":
    sys.exit(main())
