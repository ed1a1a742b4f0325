# SPDX-License-Identifier: ISC
"""The script behind `make run`: it succeeds, and leaves no process and no file behind, even when it is ended early."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

from mesh import ROOT, wait_for

DEMO = os.path.join(ROOT, "scripts", "demo")


def processes_of(directory):
    """Processes whose command line names something in the directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if directory.encode() in file.read():
                    found.append(int(pid))
        except OSError:  # it has ended meanwhile
            pass
    return found


class Demo(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="mp-demo-test-")
        self.addCleanup(self.temporary.cleanup)
        self.environment = {**os.environ, "TMPDIR": self.temporary.name}
        self.environment.pop("KEEP", None)

    def left_behind(self):
        return os.listdir(self.temporary.name), processes_of(self.temporary.name)

    def test_it_succeeds_from_any_directory_and_leaves_nothing(self):
        done = subprocess.run([sys.executable, DEMO], cwd="/", env=self.environment, capture_output=True, timeout=240)
        shown = done.stdout.decode()
        self.assertEqual(done.returncode, 0, shown + done.stderr.decode())
        self.assertEqual(shown.count(" has found "), 28)
        for size in ("1 byte", "10,240 bytes", "1,048,576 bytes"):
            self.assertRegex(shown, re.escape(size) + r" +delivered +[0-9.]+ ms +same")
        self.assertRegex(shown, r"A +G +A(-[A-L])+-G +150 bytes +delivered")
        self.assertRegex(shown, r"[B-L] is killed")
        self.assertRegex(shown, r"delivered, the digest is the same; now the way is A(-[A-L])+-G")
        self.assertEqual(self.left_behind(), ([], []))

    def test_ended_early_it_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            demo = subprocess.Popen([sys.executable, DEMO], env=self.environment, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE)
            with demo.stdout, demo.stderr:
                for line in demo.stdout:
                    if b" is up" in line:
                        break
                demo.send_signal(number)
                demo.stdout.read()
                self.assertNotEqual(demo.wait(60), 0)
            self.assertEqual(self.left_behind(), ([], []), number)

    def test_killed_it_leaves_no_process(self):
        demo = subprocess.Popen([sys.executable, DEMO], env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)
        with demo.stdout:
            for line in demo.stdout:
                if b" is up" in line:
                    break
            demo.kill()
            demo.wait(60)
        wait_for(lambda: not processes_of(self.temporary.name), "the nodes to end")

    def test_kept_it_can_be_talked_to_and_ended(self):
        done = subprocess.run([sys.executable, DEMO], env={**self.environment, "KEEP": "1"}, stdout=subprocess.PIPE,
                              timeout=240)
        shown = done.stdout.decode()
        self.assertEqual(done.returncode, 0, shown)
        directory = re.search(r"--end (\S+)", shown).group(1)
        try:
            self.assertEqual(len(processes_of(self.temporary.name)), 12)
        finally:
            ended = subprocess.run([sys.executable, DEMO, "--end", directory], env=self.environment, timeout=60)
        self.assertEqual(ended.returncode, 0)
        wait_for(lambda: not processes_of(self.temporary.name), "the nodes to end")
        self.assertEqual(os.listdir(self.temporary.name), [])

    def test_programs_that_are_not_there(self):
        done = subprocess.run([sys.executable, DEMO], env={**self.environment, "MP_BIN": "/nonexistent"},
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"make build", done.stderr)
        self.assertEqual(self.left_behind(), ([], []))


if __name__ == "__main__":
    unittest.main()
