# SPDX-License-Identifier: ISC
"""Machines of one kernel: network namespaces, each held by a process that ends with this one, and cables between them.

Nothing has a name outside, so nothing stays behind: when the holders end, whatever ended them, their namespaces and the
cables in them are gone.
"""
import contextlib
import ctypes
import os
import signal
import subprocess
import sys

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class CannotError(Exception):
    """What is measured here cannot be measured on this system."""


def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


class Machine:
    """One namespace. `cables` is its links: (own address, the other machine, its address)."""

    def __init__(self, number):
        self.number = number
        self.cables = []
        ready, said = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self.hold(said)
        os.close(said)
        with os.fdopen(ready, "rb") as pipe:
            problem = pipe.read().decode()
        if problem:
            os.waitpid(self.pid, 0)
            raise CannotError(problem)
        self.namespace = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    @staticmethod
    def hold(said):
        """In the child: a namespace of its own, until the parent ends."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends us when it has tidied up
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            call("prctl", PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            call("unshare", CLONE_NEWNET)
        except OSError as error:
            os.write(said, f"{error} (network namespaces need root: sudo, or unshare --user --map-root-user --net)".encode())
            os._exit(1)
        os.close(said)
        while True:
            signal.pause()

    @contextlib.contextmanager
    def inside(self):
        """What is opened meanwhile belongs to this machine. Of the whole process: only with one thread."""
        before = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            call("setns", self.namespace, CLONE_NEWNET)
            yield
        finally:
            call("setns", before, CLONE_NEWNET)
            os.close(before)

    def ip(self, *words):
        done = subprocess.run(["nsenter", f"--net=/proc/{self.pid}/ns/net", "ip", *words], stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise CannotError(f"ip {' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")

    def spawn(self, command, **options):
        """A process on this machine, which ends with us."""

        def enter():
            call("setns", self.namespace, CLONE_NEWNET)
            call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

        return subprocess.Popen(command, preexec_fn=enter, start_new_session=True, **{"stdin": subprocess.DEVNULL, **options})

    def close(self):
        os.close(self.namespace)
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)


class Machines:
    """`count` of them with a cable for each of `links`: pairs of numbers."""

    def __init__(self, count, links):
        self.all = []
        try:
            for number in range(count):
                self.all.append(Machine(number))
                self.all[-1].ip("link", "set", "lo", "up")
            for number, (a, b) in enumerate(links):
                self.cable(number, self.all[a], self.all[b])
        except BaseException:
            self.close()
            raise

    @staticmethod
    def cable(number, a, b):
        addresses = [f"10.77.{number}.{end}" for end in (1, 2)]
        names = [f"to{b.number}", f"to{a.number}"]
        a.ip("link", "add", names[0], "type", "veth", "peer", "name", names[1], "netns", str(b.pid))
        for machine, other, name, address, far in ((a, b, names[0], addresses[0], addresses[1]),
                                                   (b, a, names[1], addresses[1], addresses[0])):
            machine.ip("addr", "add", address + "/30", "dev", name)
            machine.ip("link", "set", name, "up")
            machine.cables.append((address, other.number, far))

    def close(self):
        for machine in self.all:
            machine.close()
        self.all = []


def needed():
    """Why it can not be done here, or None."""
    if not sys.platform.startswith("linux"):
        return "network namespaces are Linux's"
    for tool in ("ip", "nsenter"):
        if not any(os.access(os.path.join(d, tool), os.X_OK) for d in os.environ.get("PATH", "").split(":") + ["/usr/sbin"]):
            return f"there is no `{tool}`: apt-get install iproute2 util-linux"
    return None
