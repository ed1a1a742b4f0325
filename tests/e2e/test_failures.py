# SPDX-License-Identifier: ISC
"""When it goes wrong, mpctl says how: nobody listens, nobody is there, the other end dies, the disk is full."""
import os
import random
import signal
import unittest

from mesh import Mesh, records, wait_for

SEED = 3
NOBODY = "c0ffee" + 58 * "0"


class Failures(unittest.TestCase):
    def setUp(self):
        self.mesh = Mesh()
        self.addCleanup(self.mesh.close)
        self.a, self.b = self.mesh.add("a"), self.mesh.add("b")
        self.mesh.link(self.a, self.b)
        self.mesh.start().discovered()

    def path(self, name):
        return os.path.join(self.mesh.directory, name)

    def send(self, *words, **options):
        done = self.a.ctl("--json", "send", *words, check=False, **options)
        return done.returncode, records(done.stdout)[-1]

    def test_nobody_listens(self):
        for size in (5, 5000):
            status, last = self.send(self.b.id, "-", input=bytes(size))
            self.assertEqual((status, last["state"], last["reason"]), (1, "failed", "not_wanted"), size)

    def test_unknown_nodes(self):
        status, last = self.send("c0ffee00", "--text", "x")
        self.assertEqual((status, last["error"]["code"]), (4, "not_found"))
        status, last = self.send(NOBODY, "--text", "x")  # looked for, in vain
        self.assertEqual((status, last["state"]), (1, "failed"))
        status, last = self.send("--to", "7-24::", "--text", "x")
        self.assertEqual((status, last["error"]["code"]), (4, "unreachable"))
        status, last = self.send("xyz", "--text", "x")
        self.assertEqual(status, 4)

    def test_receiver_killed_in_the_middle(self):
        with open(self.path("big"), "wb") as file:
            file.write(random.Random(SEED).randbytes(self.a.json("status")[0]["blob_max"] // 2))
        self.b.listen("--out", self.path("received"))
        sender = self.a.open("send", self.b.id, self.path("big"))
        sender.find(lambda record: record["state"] == "progress")
        self.b.end(signal.SIGKILL)
        last = sender.find(lambda record: record.get("final"))
        self.assertEqual(last["state"], "failed")
        self.assertIn(last["reason"], ("no_answer", "peer_lost"))
        self.assertEqual(sender.wait(), 1)
        self.assertFalse([name for name in os.listdir(self.mesh.directory) if "received" in name])

    def test_receiver_killed_before_a_small_one(self):
        self.b.end(signal.SIGKILL)
        status, last = self.send(self.b.id, "--text", "x")
        self.assertEqual((status, last["state"]), (1, "failed"))
        self.assertIn(last["reason"], ("no_answer", "peer_lost"))

    def test_ctrl_c_cancels_the_send(self):
        with open(self.path("big"), "wb") as file:
            file.write(random.Random(SEED).randbytes(self.a.json("status")[0]["blob_max"] // 2))
        self.b.listen("--out", self.path("received"))
        sender = self.a.open("send", self.b.id, self.path("big"))
        sender.find(lambda record: record["state"] == "progress")
        sender.process.send_signal(signal.SIGINT)
        last = sender.find(lambda record: record.get("final"))
        self.assertEqual((last["state"], last["reason"]), ("failed", "cancelled"))
        self.assertEqual(sender.wait(), 130)

    def test_time_limit_of_a_send(self):
        self.b.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.b.process.send_signal, signal.SIGCONT)
        status, last = self.send(self.b.id, "--text", "x", "--timeout", "0.3")
        self.assertEqual((status, last["error"]["code"]), (5, "timed_out"))

    def test_ctrl_c_leaves_no_partial_file(self):
        receiver = self.b.listen("--out", self.path("inbox") + "/")
        self.assertEqual(receiver.interrupt(), 130)
        self.assertEqual(os.listdir(self.path("inbox")), [])
        wait_for(lambda: all(app["listeners"] == 0 for app in self.b.json("apps")), "the listener to be gone")

    def test_other_signals_leave_no_partial_file_either(self):
        for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
            with self.subTest(signal=number):
                inbox = self.path(f"inbox{number.value}")
                receiver = self.b.listen("--out", inbox + "/")
                receiver.process.send_signal(number)
                self.assertEqual(receiver.wait(), 130)
                self.assertEqual(os.listdir(inbox), [])

    def test_time_limit_of_recv(self):
        done = self.b.ctl("recv", "--timeout", "0.2", check=False)
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"no Package came", done.stderr)

    def test_full_disk_at_the_receiver(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        receiver = self.b.listen("--out", "/dev/full")
        self.a.ctl("send", self.b.id, "--text", "x")
        self.assertEqual(receiver.wait(), 1)
        self.assertIn(b"/dev/full: No space left", receiver.process.stderr.read())

    def test_banned_both_ways(self):
        self.a.ctl("ban", self.b.id)
        self.assertTrue(self.a.json("peers")[0]["banned"])
        status, last = self.send(self.b.id, "--text", "x")
        self.assertEqual((status, last["error"]["code"]), (4, "banned"))
        done = self.b.ctl("ping", self.a.id, "-c", "1", "-W", "0.3", check=False)
        self.assertIn(done.returncode, (1, 4))
        self.a.ctl("unban", self.b.id)
        self.assertEqual(self.a.ctl("unban", self.b.id, check=False).returncode, 4)
        self.assertEqual(self.a.ctl("ban", self.a.id, check=False).returncode, 4)

    def test_the_daemon_goes_while_clients_wait(self):
        listener, monitor = self.b.listen(), self.b.open("monitor")
        wait_for(lambda: self.b.json("status")[0]["clients"] >= 3, "both clients to be connected")
        self.b.ctl("stop")
        self.assertEqual(self.b.process.wait(30), 0)
        self.assertFalse(os.path.exists(self.b.socket))
        for follower in (listener, monitor):
            self.assertEqual(follower.wait(), 3)
        done = self.b.ctl("status", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(f"no daemon at {self.b.socket}: start one with `mpnode`".encode(), done.stderr)


if __name__ == "__main__":
    unittest.main()
