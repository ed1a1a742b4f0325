# SPDX-License-Identifier: ISC
"""mpsim sweep and merge: rows, shards, launchers' environment, interruption."""
import json
import os
import shlex
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import BROKEN, INTERRUPTED, OK, OUTPUT, USAGE, TestCase  # noqa: E402

SWEEP = ("sweep", "village.toml", "--seeds", "1-5", "--vary", "topology.nodes=4,9", "--vary", "traffic.0.every_s=5,10")


class Sweep(TestCase):
    def test_rows_are_the_same_whatever_the_jobs(self):
        for jobs in ("1", "3", "16"):
            self.run_mpsim(*SWEEP, "--jobs", jobs, "--out", jobs)
        self.assertEqual(self.read("1"), self.read("3"))
        self.assertEqual(self.read("1"), self.read("16"))
        rows = self.rows("1")
        self.assertEqual(rows[0]["runs"], 20)
        self.assertEqual([row["run"] for row in rows[1:]], list(range(20)))
        self.assertEqual([row["seed"] for row in rows[1:7]], [1, 2, 3, 4, 5, 1])
        self.assertEqual(rows[6]["parameters"], {"topology.nodes": 4, "traffic.0.every_s": 10})
        self.assertEqual(len({row["trace_hash"] for row in rows[1:]}), 20)

    def test_a_row_is_what_run_gives(self):
        self.run_mpsim(*SWEEP, "--out", "rows.jsonl")
        row = self.rows("rows.jsonl")[-1]
        run = json.loads(self.run_mpsim("run", "village.toml", "--seed", "5", "--set", "topology.nodes=9", "--set",
                                        "traffic.0.every_s=10", "--json").stdout)
        for key in ("trace_hash", "nodes", "events", "virtual_s", "ok"):
            self.assertEqual(row[key], run[key])
        for key, value in row["figures"].items():
            self.assertEqual(value, run["figures"][key], key)

    def test_table_and_json(self):
        result = self.run_mpsim(*SWEEP)
        self.assertIn("topology.nodes=9 traffic.0.every_s=10: 5 runs, all held", result.stdout)
        self.assertIn("20 runs, all held", result.stdout)
        self.assertEqual(result.stderr, "")
        table = json.loads(self.run_mpsim(*SWEEP, "--json").stdout)
        self.assertEqual((table["runs"], table["done"], table["failed"], len(table["combinations"])), (20, 20, 0, 4))
        spread = table["combinations"][3]["figures"]["delivered_share"]
        self.assertTrue(spread["min"] <= spread["p5"] <= spread["mean"] <= spread["max"] <= 1, spread)
        self.assertEqual(self.files(), ["village.toml"])

    def test_rows_to_standard_output(self):
        result = self.run_mpsim(*SWEEP, "--out", "-")
        self.assertEqual(len([json.loads(line) for line in result.stdout.splitlines()]), 21)
        self.assertIn("all held", result.stderr)

    def test_seed_is_the_scenarios_by_default(self):
        self.run_mpsim("sweep", "village.toml", "--set", "seed=77", "--out", "rows.jsonl")
        self.assertEqual([row["seed"] for row in self.rows("rows.jsonl")[1:]], [77])

    def test_failed_runs_are_status_3_with_a_command_that_replays_them(self):
        self.write("broken.toml", harness.BROKEN_VILLAGE)
        result = self.run_mpsim("sweep", "broken.toml", "--seeds", "1-3", "--duration", "300", "--out", "rows.jsonl",
                                expect=BROKEN)
        command = result.stdout.split("failed: ")[1].splitlines()[0]
        again = self.run_mpsim(*shlex.split(command)[1:], "--json", expect=BROKEN)
        row = next(row for row in self.rows("rows.jsonl")[1:] if not row["ok"])
        self.assertEqual(json.loads(again.stdout)["trace_hash"], row["trace_hash"])
        self.assertTrue(row["violations"])

    def test_scenario_that_cannot_be_made_is_a_failed_row(self):
        self.write("nobody.toml", harness.VILLAGE.replace("from = \"all\"", "from = \"50\""))
        result = self.run_mpsim("sweep", "nobody.toml", "--vary", "topology.nodes=9,60", "--out", "rows.jsonl",
                                expect=None)
        if result.returncode == USAGE:  # the reader itself saw it
            self.assertIn("50", result.stderr)
            return
        self.assertEqual(result.returncode, BROKEN)
        rows = self.rows("rows.jsonl")[1:]
        self.assertIn("error", rows[0])
        self.assertTrue(rows[1]["ok"])

    def test_timings_on_request(self):
        self.run_mpsim(*SWEEP, "--timings", "--out", "rows.jsonl")
        self.assertGreater(self.rows("rows.jsonl")[1]["wall_s"], 0)

    def test_what_cannot_be_written_is_status_2(self):
        self.assertIn("no/where", self.run_mpsim(*SWEEP, "--out", "no/where", expect=OUTPUT).stderr)
        if os.path.exists("/dev/full"):
            self.run_mpsim(*SWEEP, "--out", "/dev/full", expect=OUTPUT)

    def test_interrupted_keeps_the_rows_that_are_done(self):
        process = self.start("sweep", "village.toml", "--vary", "duration_s=30,31,300000000", "--jobs", "2", "--out",
                             "rows.jsonl")
        deadline = time.monotonic() + harness.HANG_S
        while time.monotonic() < deadline:
            if os.path.exists(self.path("rows.jsonl")) and self.read("rows.jsonl").count(b"\n") == 3:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=harness.HANG_S)
        self.assertEqual(process.returncode, INTERRUPTED, stderr)
        self.assertIn("interrupted after 2 runs", stderr)
        self.assertEqual([row["run"] for row in self.rows("rows.jsonl")[1:]], [0, 1])
        self.assertIn("2 runs, all held", stdout)


class Shards(TestCase):
    def setUp(self):
        super().setUp()
        self.run_mpsim(*SWEEP, "--out", "whole.jsonl")

    def shards(self, count, **more):
        names = []
        for i in range(count):
            self.run_mpsim(*SWEEP, "--out", "rows.jsonl", "--shard", "%d/%d" % (i, count), **more)
            names.append("rows.%d-of-%d.jsonl" % (i, count))
        return names

    def test_merged_is_byte_equal_to_the_whole(self):
        for count in (2, 3, 25):
            names = self.shards(count)
            merged = self.run_mpsim("merge", *reversed(names), "--out", "all.jsonl")
            self.assertEqual(self.read("all.jsonl"), self.read("whole.jsonl"))
            self.assertEqual(merged.stdout, self.run_mpsim(*SWEEP).stdout)
        self.assertEqual(self.run_mpsim("merge", *names, "--out", "-").stdout.encode(), self.read("whole.jsonl"))
        self.assertEqual(self.run_mpsim("merge", "whole.jsonl", "--json").stdout, self.run_mpsim(*SWEEP, "--json").stdout)
        self.assertFalse([name for name in self.files() if name.endswith(".part")])

    def test_missing_shard_or_run_is_said(self):
        names = self.shards(3)
        error = self.run_mpsim("merge", names[0], names[2], "--out", "all.jsonl", expect=USAGE).stderr
        self.assertIn("7 runs of 20 are missing: 1,4,7,10,13,16,19 (of the shards 1/3)", error)
        self.assertNotIn("all.jsonl", self.files())
        result = self.run_mpsim("merge", names[0], names[2], "--partial", "--out", "all.jsonl")
        self.assertIn("7 runs of 20 are missing", result.stderr)
        self.assertEqual(len(self.rows("all.jsonl")), 14)

    def test_twice_or_of_another_sweep_is_refused(self):
        names = self.shards(2)
        self.assertIn("is there already", self.run_mpsim("merge", names[0], names[0], names[1], expect=USAGE).stderr)
        self.write("village.toml", harness.VILLAGE + "# changed\n")
        self.run_mpsim(*SWEEP, "--out", "other.jsonl", "--shard", "1/2")
        error = self.run_mpsim("merge", names[0], "other.1-of-2.jsonl", expect=USAGE).stderr
        self.assertIn("the scenario file", error)
        self.assertIn("cannot be read", self.run_mpsim("merge", "none.jsonl", expect=USAGE).stderr)
        self.assertIn("village.toml:1: ", self.run_mpsim("merge", "village.toml", expect=USAGE).stderr)

    def test_launchers_say_which_shard(self):
        whole = self.read("whole.jsonl")
        for names in (("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS")):
            for rank in "01":
                env = harness.environment(**{names[0]: rank, names[1]: "2"})
                error = self.run_mpsim(*SWEEP, "--out", "rows.jsonl", env=env).stderr
                self.assertIn("shard %s/2 (by %s and %s): 10 of 20 runs" % (rank, *names), error)
            self.run_mpsim("merge", "rows.0-of-2.jsonl", "rows.1-of-2.jsonl", "--out", "all.jsonl")
            self.assertEqual(self.read("all.jsonl"), whole)
            for rank in "01":
                os.unlink(self.path("rows.%s-of-2.jsonl" % rank))

    def test_option_wins_and_one_task_is_the_whole(self):
        env = harness.environment(OMPI_COMM_WORLD_RANK="0", OMPI_COMM_WORLD_SIZE="2")
        self.run_mpsim(*SWEEP, "--out", "rows.jsonl", "--shard", "2/3", env=env)
        self.assertIn("rows.2-of-3.jsonl", self.files())
        env = harness.environment(SLURM_PROCID="0", SLURM_NTASKS="1")
        self.run_mpsim(*SWEEP, "--out", "one.jsonl", env=env)
        self.assertEqual(self.read("one.jsonl"), self.read("whole.jsonl"))
        env = harness.environment(SLURM_PROCID="x", SLURM_NTASKS="4")
        self.assertIn("SLURM_PROCID=x is no number", self.run_mpsim(*SWEEP, env=env, expect=USAGE).stderr)
        self.assertEqual(self.run_mpsim("check", "village.toml", env=env).returncode, OK)


if __name__ == "__main__":
    unittest.main(verbosity=2)
