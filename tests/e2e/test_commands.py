# SPDX-License-Identifier: ISC
"""Every command of mpctl: what it prints for people, what as JSON, and its exit status."""
import json
import os
import subprocess
import unittest

from mesh import Mesh, program, records

TEXT = "2f40189b3d73e70eafc17f15c6afb1f0"


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh()
        cls.addClassCleanup(cls.mesh.close)
        cls.a, cls.b = cls.mesh.add("a"), cls.mesh.add("b")
        cls.mesh.link(cls.a, cls.b)
        cls.mesh.start().discovered()

    def mpctl(self, *words, **options):
        return subprocess.run([program("mpctl"), *words], capture_output=True, timeout=60, **options)

    def test_status(self):
        status, = self.a.json("status")
        self.assertEqual(status["node_id"], self.a.id)
        self.assertEqual(status["pid"], self.a.process.pid)
        self.assertEqual(status["peers"], 1)
        self.assertEqual(status["interfaces"][0]["local"], self.a.link)
        received = sum(value for name, value in status["counters"].items() if name.startswith("rx_"))
        self.assertEqual(received, status["totals"]["rx_datagrams"])
        shown = self.a.ctl("status").stdout.decode()
        for part in (self.a.id, self.a.link, "rx_", "memory"):
            self.assertIn(part, shown)
        self.assertNotIn("\x1b", shown)  # no terminal, no colour

    def test_peers(self):
        peer, = self.a.json("peers")
        self.assertEqual(peer["node"], self.b.id)
        shown = self.a.ctl("peers").stdout.decode()
        self.assertIn(self.b.id[:16], shown)
        self.assertIn(self.b.link, shown)

    def test_apps(self):
        apps = {app["name"]: app for app in self.a.json("apps")}
        self.assertEqual(apps["Text"]["app"], TEXT)
        self.assertTrue(apps["Beacon"]["builtin"])
        listener = self.a.listen()
        self.assertEqual({app["name"]: app["listeners"] for app in self.a.json("apps")}["Text"], 1)
        listener.interrupt()
        self.assertIn("Text", self.a.ctl("apps").stdout.decode())

    def test_id(self):
        self.assertEqual(self.a.ctl("id").stdout.decode().strip(), self.a.id)
        self.assertEqual(self.a.json("id"), [{"node_id": self.a.id}])

    def test_id_show_export_rotate(self):
        shown = self.a.json("id", "show")[0]
        self.assertEqual((shown["node_id"], shown["next_id"]), (self.a.id, None))
        self.assertIn("start      number", self.a.ctl("id", "show").stdout.decode())
        self.assertEqual(self.a.ctl("id", "export").stdout.decode(), "node %s\n" % self.a.id)
        rotated = self.a.json("id", "rotate")[0]
        lines = self.a.ctl("id", "export").stdout.decode().splitlines()
        self.assertEqual(lines[0], "node " + rotated["next_id"])
        self.assertRegex(lines[1], "^handover [0-9a-f]{392}$")
        self.assertEqual(self.a.ctl("id").stdout.decode().strip(), self.a.id, "until it is started again")

    def test_trust(self):
        self.a.ctl("trust", "name", self.b.id[:12], "bob")
        self.a.ctl("trust", "pin", "bob")
        self.assertIn("pinned", self.a.ctl("trust").stdout.decode())
        entry = [n for n in self.a.json("trust", "list") if n["name"] == "bob"][0]
        self.assertEqual((entry["node"], entry["pinned"]), (self.b.id, True))
        self.a.ctl("ping", "bob", "-c", "1")
        self.assertEqual(self.mpctl("--socket", self.a.socket, "trust", "name", "ab" * 32, "bob").returncode, 4)
        self.a.ctl("trust", "unpin", "bob")
        self.assertEqual(self.a.json("trust", "forget", "bob"), [{"trust": "forget", "node": "bob"}])

    def test_trust_import(self):
        mesh = Mesh()
        self.addCleanup(mesh.close)
        here, there = mesh.add("here"), mesh.add("there")
        mesh.link(here, there)
        mesh.start().discovered()
        there.ctl("id", "rotate")
        for n, form in enumerate((["id", "export"], ["--json", "id", "export"])):
            here.ctl("trust", "name", there.id, f"bob{n}")
            export = there.ctl(*form).stdout
            if n == 0:
                path = os.path.join(mesh.directory, "bob.txt")
                with open(path, "wb") as f:
                    f.write(export)
                shown = here.ctl("trust", "import", path).stdout.decode()
                self.assertEqual(shown, "1 hand-over followed\n")
                new = there.json("id", "show")[0]["next_id"]
                self.assertEqual([e["node"] for e in here.json("trust", "list") if e["name"] == "bob0"], [new])
                here.ctl("trust", "forget", new)
                here.ctl("trust", "forget", there.id, check=False)
            else:
                self.assertEqual(here.json("trust", "import", "-", input=export), [{"trust": "import", "followed": 1}])
        # Again: there is nothing left to follow.
        self.assertEqual(here.ctl("trust", "import", "-", input=export, check=False).returncode, 4)
        for bad in (b"node " + b"ab" * 32, b"[]", b"{}", b""):
            failed = here.ctl("trust", "import", "-", input=bad, check=False)
            self.assertEqual(failed.returncode, 1)
            self.assertIn("mpctl id export", failed.stderr.decode())
        self.assertNotEqual(here.ctl("trust", "import", "/nonexistent", check=False).returncode, 0)

    def test_ping(self):
        said = self.a.json("ping", self.b.id[:8], "-c", "5", "-i", "0.02")
        self.assertEqual([record["event"] for record in said], ["ping_reply"] * 5 + ["ping_end"])
        self.assertEqual([record["seq"] for record in said[:5]], list(range(5)))
        end = said[-1]
        self.assertEqual((end["sent"], end["received"], end["loss_percent"]), (5, 5, 0.0))
        times = [record["rtt_ms"] for record in said[:5]]
        self.assertAlmostEqual(end["min_ms"], min(times), places=2)
        self.assertAlmostEqual(end["max_ms"], max(times), places=2)
        self.assertAlmostEqual(end["avg_ms"], sum(times) / 5, places=2)
        shown = self.a.ctl("ping", self.b.id, "-c", "2", "-i", "0.02").stdout.decode()
        self.assertIn("2 sent, 2 answered, 0.0 % lost", shown)

    def test_ping_ended_by_ctrl_c_still_counts(self):
        ping = self.a.open("ping", self.b.id, "-c", "1000", "-i", "0.02")
        ping.find(lambda record: record["event"] == "ping_reply" and record["seq"] >= 3)
        self.assertEqual(ping.interrupt(), 130)
        end = json.loads(ping.rest()[-1])
        self.assertEqual(end["event"], "ping_end")
        self.assertGreaterEqual(end["received"], 4)
        self.assertLess(end["sent"], 1000)

    def test_monitor(self):
        monitor = self.a.open("monitor", "--levels", "peer,package,packet", "--history")
        first = monitor.find(lambda record: record["trace"] == "add_peer")
        self.assertEqual(first["peer"], self.b.id)
        self.a.ctl("ping", self.b.id, "-c", "1")
        seen = [monitor.next() for _ in range(2)]
        while not {"send_packet", "receive"} <= {record["trace"] for record in seen}:
            seen.append(monitor.next())
        numbers = [record["n"] for record in seen]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        self.assertEqual(monitor.interrupt(), 130)

    def test_monitor_whose_reader_leaves_ends_quietly(self):
        monitor = subprocess.Popen(self.a.command("monitor", "--history", "--levels", "peer,packet"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertTrue(monitor.stdout.readline())
        monitor.stdout.close()
        self.assertEqual(monitor.wait(60), 0)
        self.assertEqual(monitor.stderr.read(), b"")
        monitor.stderr.close()

    def test_output_that_cannot_be_written(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        with open("/dev/full", "wb") as full:
            done = subprocess.run(self.a.command("status"), stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left", done.stderr)

    def test_codec_needs_no_daemon_and_answers_line_by_line(self):
        codec = subprocess.Popen([program("mpctl"), "--socket", "/nonexistent", "codec"], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        self.addCleanup(codec.wait)
        with codec.stdin, codec.stdout:
            for _ in range(3):  # each answer comes before the next question is asked
                codec.stdin.write(b'{"op":"app_id","name":"Text","description":"mpctl send and recv","version":1}\n')
                codec.stdin.flush()
                self.assertEqual(json.loads(codec.stdout.readline()), {"id": TEXT})
            codec.stdin.write(b"nonsense\n")
            codec.stdin.flush()
            self.assertIn("error", json.loads(codec.stdout.readline()))
        self.assertEqual(codec.wait(60), 0)

    def test_help_shows_examples_and_exit_codes(self):
        done = self.mpctl("--help")
        self.assertEqual(done.returncode, 0)
        for part in (b"Exit status", b"130", b"send", b"recv", b"codec"):
            self.assertIn(part, done.stdout)
        for command in ("status", "peers", "apps", "id", "trust", "send", "recv", "ping", "monitor", "routes", "ban", "unban",
                        "stop", "codec", "network"):
            done = self.mpctl(command, "--help")
            self.assertEqual(done.returncode, 0, command)
            self.assertIn(b"Examples:", done.stdout, command)
        self.assertIn(b"mpctl", self.mpctl("--version").stdout)

    def test_wrong_command_lines(self):
        for words in ([], ["nonsense"], ["send"], ["send", "a", "b", "c"], ["send", "--text"], ["ping"],
                      ["ping", "x", "-c", "0"], ["monitor", "--levels", "all"], ["recv", "--timeout", "soon"],
                      ["routes", "add", "7-24::"], ["peers", "--nonsense"], ["network"], ["network", "new"],
                      ["send", "--broadcast", "--sealed", "--text", "x"],
                      ["send", "aabbccdd", "--app", "{", "--text", "x"]):
            done = self.mpctl(*words, env={**os.environ, "MPNODE_SOCKET": self.a.socket})
            self.assertEqual(done.returncode, 2, words)
            self.assertEqual(done.stdout, b"", words)
            self.assertNotEqual(done.stderr, b"", words)

    def test_refusals(self):
        for words, code in ((["ping", "00000000"], "not_found"),
                            (["ping", "0"], "bad_request"),
                            (["send", self.b.id, "--text", "x", "--app", "No such"], "not_found"),
                            (["recv", "--app", "Beacon"], "exists"),
                            (["routes", "add", "nonsense", self.b.id], "bad_request"),
                            (["routes", "del", "7-24::"], "not_found"),
                            (["unban", self.b.id], "not_found")):
            done = self.a.ctl("--json", *words, check=False)
            self.assertEqual(done.returncode, 4, words)
            error = records(done.stdout)[-1]["error"]
            self.assertEqual(error["code"], code, (words, error))
            self.assertTrue(done.stderr.startswith(b"mpctl: "), words)

    def test_the_socket_may_be_named_by_the_environment(self):
        done = self.mpctl("id", env={**os.environ, "MPNODE_SOCKET": self.b.socket})
        self.assertEqual(done.stdout.decode().strip(), self.b.id)

    def test_files_that_are_not_there(self):
        done = self.a.ctl("send", self.b.id, "/nonexistent/file", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"/nonexistent/file: No such file", done.stderr)
        done = self.a.ctl("recv", "--out", "/nonexistent/directory/", check=False)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
