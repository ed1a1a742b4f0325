# SPDX-License-Identifier: ISC
"""Runs mpsim in a folder of its own. For the tests in this folder; standard library only."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

MPSIM = os.environ.get("MPSIM", "")
HANG_S = 120  # only a guard: nothing here waits for the clock
OK, USAGE, OUTPUT, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130

# What launchers say; a test that wants none of it runs without.
LAUNCHERS = ("OMPI_", "SLURM_", "PMI", "PRTE_")

VILLAGE = """\
name = "village"
duration_s = 30
[topology]
kind = "grid"
nodes = 9
[[medium]]
name = "air"
kind = "espnow"
[[traffic]]
name = "talk"
from = "all"
to = "neighbour"
every_s = 5
"""

# A planted bug that the checkers must see.
BROKEN_VILLAGE = VILLAGE + """
[[group]]
name = "bad"
nodes = "0-3"
misbehaviour = "duplicate_delivery"
"""

# So long that it cannot end while a test looks.
ENDLESS = VILLAGE.replace("duration_s = 30", "duration_s = 300000000")


def environment(**more):
    env = {name: value for name, value in os.environ.items() if not name.startswith(LAUNCHERS)}
    env.update(more)
    return env


class TestCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mpsim-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.write("village.toml", VILLAGE)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return name

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def files(self):
        return sorted(os.listdir(self.folder))

    def rows(self, name):
        return [json.loads(line) for line in self.read(name).splitlines()]

    def run_mpsim(self, *args, expect=OK, env=None, **more):
        result = subprocess.run([MPSIM, *args], cwd=self.folder, capture_output=True, text=True, timeout=HANG_S,
                                env=environment() if env is None else env, stdin=subprocess.DEVNULL, check=False,
                                **more)
        if expect is not None:
            self.assertEqual(result.returncode, expect, (args, result.stdout[:2000], result.stderr[:2000]))
        return result

    def start(self, *args, **more):
        process = subprocess.Popen([MPSIM, *args], cwd=self.folder, text=True, env=environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=HANG_S)
