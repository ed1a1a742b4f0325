# SPDX-License-Identifier: ISC
"""mpsim sweep under the real mpirun of Open MPI, where it is installed (Debian: openmpi-bin)."""
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import BROKEN, MPSIM, OK, TestCase  # noqa: E402

MPIRUN = shutil.which("mpirun")
SWEEP = ("sweep", "village.toml", "--seeds", "1-6", "--vary", "topology.nodes=4,9")


def is_open_mpi():
    if MPIRUN is None:
        return False
    version = subprocess.run([MPIRUN, "--version"], capture_output=True, text=True, timeout=harness.HANG_S, check=False)
    return "Open MPI" in version.stdout


class Mpirun(TestCase):
    def mpirun(self, count, *args):
        return subprocess.run([MPIRUN, "--allow-run-as-root", "--oversubscribe", "-np", str(count), MPSIM, *args],
                              cwd=self.folder, capture_output=True, text=True, timeout=harness.HANG_S,
                              env=harness.environment(), stdin=subprocess.DEVNULL, check=False)

    def test_each_rank_is_a_shard(self):
        self.run_mpsim(*SWEEP, "--out", "whole.jsonl")
        for count in (2, 3):
            result = self.mpirun(count, *SWEEP, "--out", "rows.jsonl")
            self.assertEqual(result.returncode, OK, result.stderr)
            names = ["rows.%d-of-%d.jsonl" % (i, count) for i in range(count)]
            for i, name in enumerate(names):
                self.assertIn("shard %d/%d (by OMPI_COMM_WORLD_RANK" % (i, count), result.stderr)
                self.assertEqual(len(self.rows(name)), 1 + 12 // count)
            self.run_mpsim("merge", *names, "--out", "all.jsonl")
            self.assertEqual(self.read("all.jsonl"), self.read("whole.jsonl"))

    def test_one_rank_is_the_whole(self):
        self.run_mpsim(*SWEEP, "--out", "whole.jsonl")
        result = self.mpirun(1, *SWEEP, "--out", "rows.jsonl")
        self.assertEqual(result.returncode, OK, result.stderr)
        self.assertEqual(self.read("rows.jsonl"), self.read("whole.jsonl"))

    def test_failed_run_is_the_status_of_mpirun(self):
        self.write("broken.toml", harness.BROKEN_VILLAGE)
        result = self.mpirun(2, "sweep", "broken.toml", "--seeds", "1-2", "--duration", "300", "--quiet")
        self.assertEqual(result.returncode, BROKEN, result.stderr)


if __name__ == "__main__":
    if not is_open_mpi():
        print("skipped: there is no mpirun of Open MPI here (Debian: apt-get install openmpi-bin)")
        sys.exit(77)
    unittest.main(verbosity=2)
