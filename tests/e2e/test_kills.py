#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""One of two nodes is killed in the middle of a large transfer over a wire that loses one datagram in twenty. The one
that is left says truthfully what became of it and holds on to nothing, and the next transfer arrives.

    python3 tests/e2e/test_kills.py                       a few times, as in the other tests
    KILLS=50 SEED=9 python3 tests/e2e/test_kills.py       what `make kills` does

When, whom, and whether it comes back at once or only when the other has given up follows from SEED; the moment is
the number of a datagram on the wire. JOBS of them run side by side, since most of the time is spent in waiting for
someone who will never answer.
"""
import concurrent.futures
import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
import unittest

from mesh import ROOT, Mesh, MeshError, wait_for

KILLS = int(os.environ.get("KILLS", "3"))
SEED = int(os.environ.get("SEED") or "4")
JOBS = int(os.environ.get("JOBS", "4"))
SIZE = 10 << 20
NEXT_SIZE = 1 << 20
LOSS = 50            # of 1,000
PART = 235           # about so many bytes of a large blob are in one datagram
PATIENCE_S = 90.0    # to give up takes some ten seconds
TRANSFER_S = 500.0   # a few seconds, but not on a machine with ten times more to do than it can
SLACK = 4 << 20      # bytes that a process may have grown by, well below SIZE

starting = threading.Lock()  # a port is chosen and taken by one round at a time


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Wire:
    """tests/support/wire.py between two nodes."""

    def __init__(self, mesh, seed):
        self.process = mesh.spawn([sys.executable, os.path.join(ROOT, "tests", "support", "wire.py"), "--loss",
                                   str(LOSS), "--seed", str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ports = self.answer()["ports"]

    def connect(self, one, other):
        one.neighbours.append(f"127.0.0.1:{self.ports[0]}")
        other.neighbours.append(f"127.0.0.1:{self.ports[1]}")
        self.say(ends=[one.port, other.port])

    def say(self, **members):
        self.process.stdin.write(json.dumps(members).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Round:
    def __init__(self, number):
        self.number = number
        self.random = random.Random(f"{SEED}/{number}")
        parts = SIZE // PART
        self.after = self.random.randrange(1, parts * 106 // 100)
        self.victim_is = self.random.choice(("sender", "receiver"))
        self.at_once = self.random.random() < 0.5
        self.story = (f"round {number} of seed {SEED}: the {self.victim_is} is killed at datagram {self.after:,} and comes "
                      f"back {'at once' if self.at_once else 'later'}")

    def expect(self, condition, what):
        if not condition:
            raise MeshError(f"{self.story}: {what}")

    def received(self):
        """Digests of what the listeners have kept; a Package is kept only when it is whole."""
        found = []
        for name in os.listdir(self.inbox):
            with open(os.path.join(self.inbox, name), "rb") as file:
                found.append(digest(file.read()))
        return found

    def idle(self, node, resident):
        """Whether it holds nothing any more. The exchange of Beacons takes a datagram now and then."""
        status = node.json("status")[0]
        usage, transfers = status["usage"], status["transfers"]
        return (usage["sequences_out"] == usage["sequences_in"] == usage["datagrams"] == 0 and
                transfers == {"count": 0, "bytes": 0} and status["memory"]["process_bytes"] < resident + SLACK)

    def start(self, mesh):
        quick = {"interval_s": 0.5, "timeout_s": 30.0}
        with starting:
            self.a, self.b = mesh.add("sender", beacon=quick), mesh.add("receiver", beacon=quick)
            self.wire = Wire(mesh, self.random.getrandbits(32))
            self.wire.connect(self.a, self.b)
            mesh.start()
        self.meet()

    def meet(self):
        for node, other in ((self.a, self.b), (self.b, self.a)):
            wait_for(lambda: node.connected() == {other.id}, f"{node.name} to find {other.name}")

    def run(self):
        began = time.monotonic()
        with Mesh() as mesh:
            self.inbox = os.path.join(mesh.directory, "inbox")
            self.start(mesh)
            data = self.random.randbytes(SIZE)
            path = os.path.join(mesh.directory, "big")
            with open(path, "wb") as file:
                file.write(data)
            survivor = self.b if self.victim_is == "sender" else self.a
            before = survivor.json("status")[0]
            outcome = self.kill(path, survivor, before, digest(data))
            self.next_one(survivor)
            self.wire.close()
        print(f"{self.story}: {outcome}, and the next one arrived ({time.monotonic() - began:.0f} s)", flush=True)

    def kill(self, path, survivor, before, sum_of_it):
        victim = self.a if self.victim_is == "sender" else self.b
        listener = self.b.listen("--out", self.inbox + "/")
        self.wire.say(kill=victim.process.pid, after=self.after)
        sender = self.a.open("send", self.b.id, path)
        wait_for(lambda: victim.process.poll() is not None or sender.process.poll() is not None,
                 f"the transfer to end: {self.story}", TRANSFER_S)
        # Lost datagrams vary: now and then it is over before its moment comes.
        if victim.process.poll() is None and not self.killed():
            self.wire.say(kill=victim.process.pid, after=1)
            self.wire.answer()
        self.expect(victim.process.wait(PATIENCE_S) == -9, "the victim did not die of it")
        if self.at_once:
            victim.start()
        records = [json.loads(line) for line in sender.rest()]
        last = next((record for record in records if record.get("final")), None)
        outcome = self.truth(last, sender, listener, survivor, before, sum_of_it)
        resident = before["memory"]["process_bytes"]
        wait_for(lambda: self.idle(survivor, resident), f"the {survivor.name} to be free of it: {self.story}", PATIENCE_S)
        if not self.at_once:
            victim.start()
        return outcome

    def killed(self):
        """Whether the moment has come. The wire does one thing after the other, so its counts come after that."""
        self.wire.say(counts=True)
        answer = self.wire.answer()
        if "killed" not in answer:
            return False
        self.wire.answer()
        return True

    def truth(self, last, sender, listener, survivor, before, sum_of_it):
        if survivor is self.a:
            self.expect(listener.wait() == 3, "mpctl recv did not say that its daemon is gone")
            self.expect(last is not None, f"mpctl send told no end: {sender.words}")
            if last["state"] == "delivered":
                self.expect(sender.wait() == 0, "delivered, but mpctl send failed")
                return "delivered before"
            self.expect((last["state"], sender.wait()) == ("failed", 1), f"it ended as {last}")
            self.expect(last["reason"] in ("no_answer", "peer_lost", "unreachable"), f"failed, but why: {last}")
            self.expect(not self.received(), "failed, yet it was kept")
            return f"failed, {last['reason']}"
        self.listener = listener
        # On such a machine it may also have failed before its moment came.
        expected = {"delivered": 0, "failed": 1}[last["state"]] if last else 3
        self.expect(sender.wait() == expected, f"mpctl send ended with {sender.wait()}, told {last}")

        def ended():
            after = survivor.json("status")[0]["counters"]
            return sum_of_it in self.received() or \
                after["sequences_abandoned"] > before["counters"]["sequences_abandoned"]

        wait_for(ended, f"the receiver to give up: {self.story}", PATIENCE_S)
        if sum_of_it in self.received():
            return "delivered before"
        self.expect(not self.received(), "given up, yet something was kept")
        return "given up"

    def next_one(self, survivor):
        self.meet()
        if survivor is self.a:
            self.listener = self.b.listen("--out", self.inbox + "/")
        data = self.random.randbytes(NEXT_SIZE)
        last = self.a.json("send", self.b.id, "-", input=data)[-1]
        self.expect(last["state"] == "delivered", f"the next one: {last}")
        wait_for(lambda: digest(data) in self.received(), f"the next one to be kept: {self.story}")
        # What was told as received is what was sent, and nothing else.
        self.expect(len(self.received()) <= 2, f"more was received than was sent: {os.listdir(self.inbox)}")


class Kills(unittest.TestCase):
    def test_whoever_is_left_tells_the_truth_and_goes_on(self):
        failures = []
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            rounds = {pool.submit(Round(number).run): number for number in range(KILLS)}
            for done in concurrent.futures.as_completed(rounds):
                error = done.exception()
                if error is not None:
                    failures.append(f"round {rounds[done]} of seed {SEED}: {error}")
                    print(failures[-1], flush=True)
        self.assertFalse(failures, f"{len(failures)} of {KILLS} rounds")


if __name__ == "__main__":
    unittest.main()
