# SPDX-License-Identifier: ISC
"""mpsim run, check, keys and map: command line, files, signals."""
import json
import os
import re
import shlex
import signal
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import BROKEN, INTERRUPTED, MPSIM, OK, OUTPUT, USAGE, TestCase  # noqa: E402


class CommandLine(TestCase):
    def test_help_everywhere_has_examples(self):
        self.assertIn("Exit status", self.run_mpsim("--help").stdout)
        for command in ("run", "sweep", "merge", "check", "keys", "map"):
            self.assertIn("Examples:\n  mpsim " + command, self.run_mpsim(command, "--help").stdout)
        self.assertRegex(self.run_mpsim("--version").stdout, r"^mpsim \d+\.\d+\.\d+\n$")

    def test_wrong_usage_says_why(self):
        for args in ([], ["walk"], ["run"], ["run", "--json"], ["run", "village.toml", "--nonsense"],
                     ["run", "village.toml", "--seed", "x"], ["run", "village.toml", "--full"],
                     ["run", "village.toml", "--set", "nothing"], ["sweep"], ["merge"], ["check"],
                     ["sweep", "village.toml", "--seeds", "5-1"], ["sweep", "village.toml", "--shard", "2/2"],
                     ["sweep", "village.toml", "--vary", "topology.nodes="], ["keys", "nothing"],
                     ["sweep", "village.toml", "--json", "--out", "-"], ["map", "village.toml", "what.csv"],
                     ["run", "village.toml", "--seed", "-1"], ["run", "village.toml", "--seed", "0x10"],
                     ["run", "village.toml", "--seed", "9223372036854775808"],
                     ["sweep", "village.toml", "--seeds", "9223372036854775808"],
                     ["sweep", "village.toml", "--vary", "seed=1,2"],
                     ["run", "village.toml", "--report", ""], ["sweep", "village.toml", "--shard", ""],
                     ["run", "village.toml", "--report", "-"],
                     ["run", "village.toml", "--json", "x", "--report", "x"]):
            result = self.run_mpsim(*args, expect=USAGE)
            self.assertTrue(result.stderr.strip(), args)
            self.assertEqual(result.stdout, "", args)

    def test_scenario_that_is_wrong_names_file_line_and_fix(self):
        self.write("bad.toml", harness.VILLAGE.replace("nodes = 9", "nodse = 9"))
        for command in ("run", "check", "map", "sweep"):
            error = self.run_mpsim(command, "bad.toml", expect=USAGE).stderr
            self.assertRegex(error, r"^mpsim: bad\.toml:5: topology\.nodse: .*did you mean nodes\?", error)
        self.assertIn("cannot be read: No such file", self.run_mpsim("run", "none.toml", expect=USAGE).stderr)
        error = self.run_mpsim("run", "village.toml", "--set", "topology.nodes=0", expect=USAGE).stderr
        self.assertIn("--set topology.nodes=0: ", error)
        error = self.run_mpsim("sweep", "village.toml", "--vary", "topology.nodes=4,0", expect=USAGE).stderr
        self.assertIn("topology.nodes=0: ", error)

    def test_keys(self):
        whole = self.run_mpsim("keys").stdout
        for table in ("topology", "medium", "traffic", "fault", "expect"):
            part = self.run_mpsim("keys", table).stdout
            self.assertIn(part.splitlines()[2], whole)
            self.assertLess(len(part), len(whole))
        self.assertIn("`nodes`", self.run_mpsim("keys", "topology").stdout)
        self.assertIn("medium", self.run_mpsim("keys", "nothing", expect=USAGE).stderr)


class Run(TestCase):
    def test_json_is_all_there_is_on_stdout(self):
        for args in (["run", "village.toml", "--json"], ["run", "--json", "village.toml"],
                     ["run", "village.toml", "--json", "-"]):
            result = self.run_mpsim(*args)
            data = json.loads(result.stdout)
            self.assertEqual(result.stderr, "")
            self.assertEqual((data["seed"], data["nodes"], data["virtual_s"], data["ok"]), (1, 9, 30, True))
            self.assertNotIn("node_list", data)
        full = json.loads(self.run_mpsim("run", "village.toml", "--json", "--full").stdout)
        self.assertEqual(len(full["node_list"]), 9)
        self.assertEqual(self.files(), ["village.toml"])

    def test_same_seed_same_trace_and_replay_does_it_again(self):
        first = json.loads(self.run_mpsim("run", "village.toml", "--seed", "7", "--set", "topology.nodes=12",
                                          "--set", "traffic.0.from=every 2", "--duration", "20", "--json").stdout)
        words = shlex.split(first["replay"])
        self.assertEqual(words[:3], ["mpsim", "run", "village.toml"])
        again = json.loads(self.run_mpsim(*words[1:], "--json").stdout)
        self.assertEqual(again["trace_hash"], first["trace_hash"])
        self.assertEqual((again["seed"], again["nodes"], again["virtual_s"]), (7, 12, 20))
        other = json.loads(self.run_mpsim(*words[1:], "--seed", "8", "--json", expect=None).stdout or "{}")
        self.assertNotEqual(other.get("trace_hash"), first["trace_hash"])

    def test_a_trace_or_report_changes_nothing(self):
        plain = json.loads(self.run_mpsim("run", "village.toml", "--json").stdout)
        watched = json.loads(self.run_mpsim("run", "village.toml", "--json", "--pcap", "a.pcapng", "--report",
                                            "a.html").stdout)
        self.assertEqual(plain["trace_hash"], watched["trace_hash"])

    def test_files_are_whole_and_nothing_else_is_left(self):
        result = self.run_mpsim("run", "village.toml", "--json", "out.json", "--report", "out.html", "--pcap",
                                "out.pcapng")
        self.assertIn("Delivery", result.stdout)
        self.assertEqual(self.files(), ["out.html", "out.json", "out.pcapng", "village.toml"])
        data = json.loads(self.read("out.json"))
        self.assertIn(data["trace_hash"], result.stdout)
        html = self.read("out.html").decode()
        self.assertTrue(html.lower().startswith("<!doctype html>") and html.rstrip().endswith("</html>"))
        self.assertEqual(self.frames_in(self.read("out.pcapng")),
                         sum(medium["frames"]["sent"] for medium in data["media"]))

    @staticmethod
    def frames_in(data):
        frames, at = 0, 0
        while at < len(data):
            kind, size = struct.unpack_from("<II", data, at)
            assert struct.unpack_from("<I", data, at + size - 4)[0] == size
            frames += kind == 6
            at += size
        return frames

    def test_quiet_says_nothing(self):
        result = self.run_mpsim("run", "village.toml", "--quiet", "--report", "a.html")
        self.assertEqual((result.stdout, result.stderr), ("", ""))
        self.assertIn("a.html", self.files())

    def test_broken_checker_or_expectation_is_status_3(self):
        self.write("broken.toml", harness.BROKEN_VILLAGE)
        result = self.run_mpsim("run", "broken.toml", "--duration", "300", expect=BROKEN)
        self.assertIn("VIOLATIONS", result.stdout)
        self.write("lossy.toml", harness.VILLAGE + "[[fault]]\nkind = \"loss\"\nshare = 1\nat_s = 3\n[expect]\ndelivered = 0.9\n")
        data = json.loads(self.run_mpsim("run", "lossy.toml", "--json", expect=BROKEN).stdout)
        self.assertEqual(data["ok"], False)
        self.assertTrue(data["unmet"])

    def test_what_cannot_be_written_is_status_2_and_leaves_nothing(self):
        for option in ("--json", "--report", "--pcap"):
            error = self.run_mpsim("run", "village.toml", option, "no/folder/x", expect=OUTPUT).stderr
            self.assertIn("cannot create no/folder/x: No such file or directory", error)
            if os.path.exists("/dev/full"):
                error = self.run_mpsim("run", "village.toml", option, "/dev/full", expect=OUTPUT).stderr
                self.assertIn("/dev/full", error)
        self.assertEqual(self.files(), ["village.toml"])
        if os.path.exists("/dev/full"):
            with open("/dev/full", "w", encoding="utf-8") as full:
                result = subprocess.run([MPSIM, "run", "village.toml", "--report", "a.html"], cwd=self.folder,
                                        stdout=full, stderr=subprocess.PIPE, timeout=harness.HANG_S, check=False)
            self.assertEqual(result.returncode, OUTPUT)
            self.assertIn("a.html", self.files())

    def test_a_scenario_is_never_written_over(self):
        for option in ("--json", "--report", "--pcap"):
            self.run_mpsim("run", "village.toml", option, "village.toml", expect=USAGE)
            self.run_mpsim("run", "village.toml", option, "other.toml", expect=USAGE)
        self.run_mpsim("sweep", "village.toml", "--out", "other.toml", expect=USAGE)
        self.run_mpsim("map", "village.toml", "links.toml", expect=USAGE)
        self.assertEqual(self.read("village.toml").decode(), harness.VILLAGE)
        self.assertEqual(self.files(), ["village.toml"])

    def test_what_is_read_is_never_written_over(self):
        self.write("village.scn", harness.VILLAGE)
        os.symlink("village.scn", self.path("links.csv"))
        for command in (["run", "village.scn", "--json", "village.scn"], ["sweep", "village.scn", "--out", "./village.scn"],
                        ["map", "village.scn", "links.csv"]):
            self.assertIn("it is read", self.run_mpsim(*command, expect=USAGE).stderr, command)
        self.assertEqual(self.read("village.scn").decode(), harness.VILLAGE)
        self.run_mpsim("sweep", "village.toml", "--quiet", "--out", "rows.jsonl")
        rows = self.read("rows.jsonl")
        self.run_mpsim("merge", "rows.jsonl", "--out", "rows.jsonl", expect=USAGE)
        self.assertEqual(self.read("rows.jsonl"), rows)

    def test_leading_zeros_are_decimal(self):
        seeds = [json.loads(self.run_mpsim("run", "village.toml", "--json", "--seed", seed).stdout)["seed"]
                 for seed in ("010", "10")]
        self.assertEqual(seeds, [10, 10])

    def test_reader_that_goes_away_is_no_error(self):
        process = self.start("run", "village.toml", "--json", "--full")
        process.stdout.close()
        self.assertEqual(process.wait(timeout=harness.HANG_S), OK)
        process.stdout = None


class Interrupted(TestCase):
    def setUp(self):
        super().setUp()
        self.write("endless.toml", harness.ENDLESS)

    def wait_for_frames(self, process):
        """Until the run is under way: its trace grows."""
        deadline = time.monotonic() + harness.HANG_S
        while time.monotonic() < deadline and process.poll() is None:
            parts = [f for f in self.files() if f.endswith(".part") and os.path.getsize(self.path(f)) > 10_000]
            if parts:
                return
            time.sleep(0.01)
        self.fail("the run did not begin")

    def test_signal_stops_it_and_writes_what_is_done(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = self.start("run", "endless.toml", "--json", "out.json", "--report", "out.html", "--pcap",
                                 "out.pcapng")
            self.wait_for_frames(process)
            process.send_signal(number)
            stdout, _ = process.communicate(timeout=harness.HANG_S)
            self.assertEqual(process.returncode, INTERRUPTED)
            self.assertIn("INTERRUPTED", stdout)
            data = json.loads(self.read("out.json"))
            self.assertEqual(data["interrupted"], True)
            self.assertTrue(0 < data["virtual_s"] < 300000000)
            self.assertGreater(Run.frames_in(self.read("out.pcapng")), 0)
            self.assertEqual(self.files(), ["endless.toml", "out.html", "out.json", "out.pcapng", "village.toml"])

    def test_disk_that_fills_up_ends_the_run(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        error = self.run_mpsim("run", "endless.toml", "--pcap", "/dev/full", expect=OUTPUT).stderr
        self.assertIn("/dev/full", error)

    def test_progress_on_request_where_there_is_no_terminal(self):
        process = self.start("run", "endless.toml", "--progress")
        line = process.stderr.readline()
        self.assertRegex(line, r"^mpsim: .* of .*, \d+ %, .* times as fast as real time")

    def test_progress_on_a_terminal_is_one_line_that_is_rewritten(self):
        control, terminal = os.openpty()
        process = subprocess.Popen([MPSIM, "run", "endless.toml", "--json"], cwd=self.folder, stdout=subprocess.PIPE,
                                   stderr=terminal, env=harness.environment(TERM="xterm"))
        self.addCleanup(self.end, process)
        os.close(terminal)
        seen = b""
        while seen.count(b"\r\x1b[K") < 3:
            seen += os.read(control, 1000)
        self.assertNotIn(b"\n", seen)
        self.assertRegex(seen.decode(), r"\d+ %, .*as fast as real time")
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=harness.HANG_S)
        os.close(control)
        self.assertEqual(json.loads(stdout)["interrupted"], True)


class Check(TestCase):
    def test_says_what_is_there(self):
        page = self.run_mpsim("check", "village.toml").stdout
        for words in ("Nodes        9 (grid)", "\"air\" (espnow): 9 radios", "9 nodes send to a neighbour",
                      "on average"):
            self.assertIn(words, page)
        self.assertNotIn("Warning", page)

    def test_warns_of_crowds_islands_and_the_law(self):
        page = self.run_mpsim("check", "village.toml", "--set", "topology.spacing_m=1", "--set",
                              "nodes.limits.peers=3").stdout
        self.assertRegex(page, r"Warning: 9 nodes have more neighbours than limits.peers allows: node 0 8 of 3")
        page = self.run_mpsim("check", "village.toml", "--set", "topology.spacing_m=100000").stdout
        self.assertIn("Warning: 9 nodes have no neighbour", page)
        self.write("lora.toml", harness.VILLAGE.replace("espnow", "lora"))
        page = self.run_mpsim("check", "lora.toml", "--set", "medium.0.duty=0.01").stdout
        self.assertRegex(page, r"Warning: 9 nodes on \"air\" would send more than the law's 1 %: node \d at least \d+")

    def test_whole_scenario_as_a_file_makes_the_same_run(self):
        self.write("whole.toml", self.run_mpsim("check", "village.toml", "--print").stdout)
        hashes = [json.loads(self.run_mpsim("run", name, "--json").stdout)["trace_hash"]
                  for name in ("village.toml", "whole.toml")]
        self.assertEqual(hashes[0], hashes[1])


class Map(TestCase):
    def test_files(self):
        self.run_mpsim("map", "village.toml", "positions.csv", "links.csv", "map.html")
        positions = self.read("positions.csv").decode().splitlines()
        self.assertEqual((positions[0], len(positions)), ("name,x,y", 10))
        links = self.read("links.csv").decode().splitlines()
        self.assertEqual(links[0], "a,b,loss_db")
        self.assertTrue(all(re.fullmatch(r"\d,\d,[\d.]+", line) for line in links[1:]), links)
        self.assertIn(b"<svg", self.read("map.html"))

    def test_links_become_a_topology_with_the_same_neighbours(self):
        self.run_mpsim("map", "village.toml", "links.csv")
        self.write("again.toml", harness.VILLAGE.replace("kind = \"grid\"\nnodes = 9",
                                                         "kind = \"file\"\nlinks = \"links.csv\""))
        first, again = (re.search(r"(\d+) links", self.run_mpsim("check", name).stdout).group(1)
                        for name in ("village.toml", "again.toml"))
        self.assertEqual(first, again)


if __name__ == "__main__":
    unittest.main(verbosity=2)
