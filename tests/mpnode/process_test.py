# SPDX-License-Identifier: ISC
"""The daemon as a process: command line, configuration, identity, locks, full disks, signals, crashes."""
import json
import os
import resource
import signal
import socket
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import MPNODE, Node, TestCase, free_ports, udp_config  # noqa: E402

OK, FAILED, USAGE, BAD_CONFIG, ALREADY_RUNNING, STORAGE = range(6)


def tree(folder):
    return sorted(os.path.relpath(os.path.join(base, name), folder)
                  for base, _, names in os.walk(folder) for name in names)


class CommandLine(TestCase):
    def test_help_and_version(self):
        result = self.run_mpnode("--help")
        self.assertEqual(result.returncode, OK)
        self.assertIn("Examples", result.stdout)
        self.assertIn("Exit status", result.stdout)
        self.assertRegex(self.run_mpnode("--version").stdout, r"^mpnode \d+\.\d+\.\d+\n$")

    def test_wrong_usage(self):
        for args in (["--nonsense"], ["--config"], ["--check", "--print-config"], ["--log-level", "loud"], ["extra"]):
            result = self.run_mpnode(*args)
            self.assertEqual(result.returncode, USAGE, args)
            self.assertTrue(result.stderr, args)

    def test_printed_config_is_good(self):
        printed = self.run_mpnode("--print-config")
        self.assertEqual(printed.returncode, OK)
        path = os.path.join(self.folder, "printed.toml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(printed.stdout)
        checked = self.run_mpnode("--check", "--config", path)
        self.assertEqual((checked.returncode, checked.stdout), (OK, path + ": good\n"))

    def test_bad_config_names_file_line_key_and_fix(self):
        path = os.path.join(self.folder, "bad.toml")
        with open(path, "w", encoding="utf-8") as f:
            f.write("[udp]\nprot = 1\nbind = \"here\"\n")
        for args in (["--check"], []):  # run as well: it must not start
            result = self.run_mpnode("--config", path, "--state", os.path.join(self.folder, "s"), *args)
            self.assertEqual(result.returncode, BAD_CONFIG)
            self.assertIn(path + ":2:1: udp.prot: there is no such key; did you mean port?", result.stderr)
            self.assertIn(path + ":3:8: udp.bind: \"here\" is not an IPv4 address; write one like", result.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "s")))
        answer = json.loads(self.run_mpnode("--check", "--json", "--config", path).stdout)
        self.assertEqual([(e["line"], e["column"]) for e in answer["errors"]], [(2, 1), (3, 8)])
        self.assertIs(answer["ok"], False)

    def test_missing_config(self):
        result = self.run_mpnode("--config", "/nonexistent.toml")
        self.assertEqual(result.returncode, BAD_CONFIG)
        self.assertIn("/nonexistent.toml: cannot be read: No such file", result.stderr)


class Defaults(TestCase):
    """Without any configuration, in a home folder and a network of its own."""

    def environment(self):
        run = os.path.join(self.folder, "run")
        os.makedirs(run, mode=0o700, exist_ok=True)
        return {"HOME": self.folder, "XDG_RUNTIME_DIR": run, "PATH": os.environ["PATH"],
                "MPNODE_SOCKET": os.path.join(run, "mpnode.sock"), "XDG_STATE_HOME": os.path.join(self.folder, "state")}

    def test_runs_in_an_empty_network(self):
        state = [] if os.geteuid() != 0 else ["--state", os.path.join(self.folder, "state", "mpnode")]
        command = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--net"]
        if subprocess.run(command + ["ip", "link", "set", "lo", "up"], check=False, capture_output=True).returncode != 0:
            self.skipTest("no network namespaces here")
        shell = "ip link set lo up && exec \"$@\""
        env = self.environment()
        process = subprocess.Popen(command + ["sh", "-c", shell, "sh", MPNODE] + state, env=env, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = ""
        for line in process.stderr:
            if "control socket" in line:
                break
        self.assertIn("control socket", line)
        client = harness.Client(env["MPNODE_SOCKET"])
        self.addCleanup(client.close)
        self.assertEqual(client.ok("status")["interfaces"][0]["kind"], "udp")
        self.assertEqual(stat.S_IMODE(os.stat(env["MPNODE_SOCKET"]).st_mode), 0o600)
        self.assertEqual(client.ok("send", to=client.hello["node_id"], data="aGk=")["state"], "queued")
        client.ok("stop")
        self.assertEqual(process.wait(timeout=harness.HANG_S), OK)


class Identity(TestCase):
    def node(self, **kwargs):
        return Node(self, "n", udp_config(0, [9]), **kwargs)

    def test_made_once_and_kept(self):
        node = self.node()
        first = node.connect().hello["node_id"]
        self.assertRegex(first, "^[0-9a-f]{64}$")
        path = os.path.join(node.state, "identity")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(node.state).st_mode), 0o700)
        with open(path, "rb") as f:
            record = f.read()
        self.assertEqual((len(record), record[:4]), (40, b"MPK1"))
        self.assertNotIn(record[4:36].hex(), node.log_text())
        node.connect().ok("stop")
        self.assertEqual(node.wait(), OK)
        self.assertFalse(os.path.exists(node.socket))
        node.start()
        self.assertEqual(node.connect().hello["node_id"], first)

    def test_killed_and_started_again(self):
        node = self.node()
        first = node.connect().hello["node_id"]
        node.process.kill()
        node.process.wait()
        self.assertTrue(os.path.exists(node.socket), "left by the crash")
        node.start()
        self.assertEqual(node.connect().hello["node_id"], first)
        self.assertIn("that nobody answers on", node.log_text())

    def test_print_id(self):
        state = os.path.join(self.folder, "s")
        first = self.run_mpnode("--print-id", "--state", state)
        self.assertEqual(first.returncode, OK)
        self.assertRegex(first.stdout, "^[0-9a-f]{64}\n$")
        again = self.run_mpnode("--print-id", "--json", "--state", state)
        self.assertEqual(json.loads(again.stdout), {"node_id": first.stdout.strip()})

    def test_print_id_beside_a_running_daemon(self):
        node = self.node()
        result = self.run_mpnode("--print-id", "--state", node.state)
        self.assertEqual((result.returncode, result.stdout.strip()), (OK, node.connect().hello["node_id"]))

    def test_print_id_while_the_daemon_starts(self):
        """On a fresh folder: both make sure that there is an identity, and it must be one and the same."""
        for turn in range(20):
            node = Node(self, "race%d" % turn, udp_config(0, [9]), start=False)
            os.makedirs(node.state, mode=0o700)
            printing = subprocess.Popen([MPNODE, "--print-id", "--state", node.state], stdout=subprocess.PIPE, text=True)
            node.start()
            printed = printing.communicate(timeout=harness.HANG_S)[0].strip()
            self.assertEqual(printing.returncode, OK)
            running = node.connect().hello["node_id"]
            node.kill()
            kept = self.run_mpnode("--print-id", "--state", node.state).stdout.strip()
            self.assertEqual((printed, running), (kept, kept), "turn %d" % turn)
            self.assertEqual(tree(node.state), ["boot", "identity", "identity.lock", "lock"])

    def test_print_id_writes_nothing_where_there_is_one(self):
        state = os.path.join(self.folder, "s")
        first = self.run_mpnode("--print-id", "--state", state)
        self.assertEqual(first.returncode, OK)
        os.remove(os.path.join(state, "identity.lock"))
        os.chmod(state, 0o500)
        again = self.run_mpnode("--print-id", "--state", state)
        os.chmod(state, 0o700)
        self.assertEqual((again.returncode, again.stdout), (OK, first.stdout))
        self.assertEqual(tree(state), ["boot", "identity"])

    def test_pipe_in_its_place_is_refused(self):
        node = self.node(start=False)
        os.makedirs(node.state, mode=0o700)
        path = os.path.join(node.state, "identity")
        os.mkfifo(path, 0o600)
        result = subprocess.run(node.command(), capture_output=True, text=True, timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, STORAGE)
        self.assertIn(path + " is not a regular file", result.stderr)

    def test_damaged_is_left_alone(self):
        node = self.node(start=False)
        for content in (b"", b"MPK1", b"MPK1" + bytes(36), b"x" * 40, b"x" * 4000):
            os.makedirs(node.state, exist_ok=True)
            path = os.path.join(node.state, "identity")
            with open(path, "wb") as f:
                f.write(content)
            os.chmod(path, 0o600)
            result = subprocess.run(node.command(), capture_output=True, text=True, timeout=harness.HANG_S, check=False)
            self.assertEqual(result.returncode, STORAGE, content)
            self.assertIn(path, result.stderr)
            self.assertIn("damaged", result.stderr)
            with open(path, "rb") as f:
                self.assertEqual(f.read(), content)
        self.assertFalse(os.path.exists(node.socket))

    def test_open_to_others_is_refused(self):
        node = self.node()
        node.connect().ok("stop")
        node.wait()
        path = os.path.join(node.state, "identity")
        os.chmod(path, 0o644)
        result = subprocess.run(node.command(), capture_output=True, text=True, timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, STORAGE)
        self.assertIn("chmod 600 " + path, result.stderr)

    def test_no_space_for_the_key(self):
        """The write of the key fails half way: a limit on file sizes stands for the full disk."""
        node = self.node(start=False)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))

        result = subprocess.run(node.command(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                preexec_fn=limit, timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, STORAGE, result.stderr)
        self.assertIn("identity", result.stderr)
        self.assertEqual(tree(node.state), ["boot", "identity.lock", "lock"])
        self.assertFalse(os.path.exists(node.socket))
        node.start()  # with room again
        self.assertEqual(tree(node.state), ["boot", "identity", "identity.lock", "lock"])

    def test_full_disk(self):
        """A real one: a file system of 4 KiB, filled."""
        node = self.node(start=False)
        disk = os.path.join(self.folder, "disk")
        os.makedirs(disk)
        script = ("mount -t tmpfs -o size=4k,nr_inodes=20 none %s && mkdir -m 700 %s/state && "
                  "head -c 4096 /dev/zero > %s/ballast; shift; \"$@\"; code=$?; "
                  "ls -A %s/state; exit $code") % (disk, disk, disk, disk)
        command = node.command()
        command[command.index("--state") + 1] = disk + "/state"
        unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
        probe = subprocess.run(unshare + ["mount", "-t", "tmpfs", "none", disk], capture_output=True, check=False)
        if probe.returncode != 0:
            self.skipTest("no mount namespaces here")
        result = subprocess.run(unshare + ["sh", "-c", script, "sh", "-"] + command, capture_output=True, text=True,
                                timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, STORAGE, result.stderr)
        self.assertIn("boot: No space left on device", result.stderr)
        self.assertEqual(result.stdout.split(), ["identity.lock", "lock"])

    def test_folder_that_cannot_be_made(self):
        blocker = os.path.join(self.folder, "file")
        with open(blocker, "w", encoding="utf-8"):
            pass
        result = self.run_mpnode("--state", blocker + "/state", "--socket", os.path.join(self.folder, "sock"))
        self.assertEqual(result.returncode, STORAGE)
        self.assertIn(blocker, result.stderr)


class SecondDaemon(TestCase):
    def test_same_state_folder(self):
        node = Node(self, "n", udp_config(0, [9]))
        result = self.run_mpnode("--config", node.config, "--state", node.state, "--socket", node.socket + "2")
        self.assertEqual(result.returncode, ALREADY_RUNNING)
        self.assertIn("in use by process %d" % node.process.pid, result.stderr)
        self.assertTrue(node.connect().ok("status"))

    def test_same_socket(self):
        node = Node(self, "n", udp_config(0, [9]))
        result = self.run_mpnode("--config", node.config, "--state", node.state + "2", "--socket", node.socket)
        self.assertEqual(result.returncode, ALREADY_RUNNING)
        self.assertIn("another mpnode answers there", result.stderr)
        self.assertTrue(node.connect().ok("status"), "the first one still answers")

    def test_same_port(self):
        port = free_ports(1)[0]
        Node(self, "a", udp_config(port, [9]))
        second = Node(self, "b", udp_config(port, [9]), start=False)
        result = subprocess.run(second.command(), capture_output=True, text=True, timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("udp.bind, udp.port: cannot bind UDP 127.0.0.1:%d: Address already in use" % port, result.stderr)
        self.assertFalse(os.path.exists(second.socket))

    def test_path_that_is_no_socket(self):
        node = Node(self, "n", udp_config(0, [9]), start=False)
        with open(node.socket, "w", encoding="utf-8") as f:
            f.write("precious")
        result = subprocess.run(node.command(), capture_output=True, text=True, timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("not a socket", result.stderr)
        with open(node.socket, encoding="utf-8") as f:
            self.assertEqual(f.read(), "precious")

    def test_path_that_is_too_long(self):
        node = Node(self, "n", udp_config(0, [9]), start=False)
        node.socket = os.path.join(node.folder, "x" * 120)
        result = subprocess.run(node.command(), capture_output=True, text=True, timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("too long", result.stderr)

    def test_group_that_does_not_exist(self):
        node = Node(self, "n", udp_config(0, [9]) + '[control]\ngroup = "no-such-group"\n', start=False)
        result = subprocess.run(node.command(), capture_output=True, text=True, timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("no-such-group", result.stderr)


class Goodbye(TestCase):
    def test_signals_end_it_cleanly(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            a, client_a, _, b, client_b, id_b = self.pair()
            b.signal(number)
            self.assertEqual(client_b.read_line(), {"event": "bye", "reason": "signal"})
            self.assertIsNone(client_b.read_line())
            self.assertEqual(b.wait(), OK)
            self.assertFalse(os.path.exists(b.socket))
            # It told its peers, who need not wait until it is missed.
            monitor = client_a.post("monitor", levels=["peer"])
            client_a.reply(monitor)
            peers = client_a.ok("peers")["peers"]
            if any(p["node"] == id_b and p["connected"] for p in peers):
                client_a.event(lambda e: e.get("trace") == "remove_peer" and e["peer"] == id_b)
            a.connect().ok("stop")
            a.wait()

    def test_stop_ends_what_is_under_way(self):
        node = Node(self, "n", udp_config(0, [9]))
        one, two = node.connect(), node.connect()
        transfer = one.post("send", to=one.hello["node_id"], size=10)
        self.assertTrue(one.reply(transfer)["ok"])
        two.ok("stop")
        end = one.final(transfer)
        self.assertEqual((end["state"], end["reason"]), ("failed", "cancelled"))
        for client in (one, two):
            self.assertEqual(client.read_line(), {"event": "bye", "reason": "stop"})
            self.assertIsNone(client.read_line())
        self.assertEqual(node.wait(), OK)

    def test_log_file(self):
        log = os.path.join(self.folder, "the.log")
        node = Node(self, "n", udp_config(0, [9]) + '[log]\nfile = "%s"\nlevel = "debug"\n' % log)
        node_id = node.connect().hello["node_id"]
        node.connect().ok("stop")
        node.wait()
        with open(log, encoding="utf-8") as f:
            text = f.read()
        self.assertIn(node_id, text)
        self.assertIn("stopped", text)
        self.assertEqual(node.log_text(), "")

    def test_log_file_that_cannot_be_opened(self):
        node = Node(self, "n", udp_config(0, [9]) + '[log]\nfile = "/dev/null/log"\n', start=False)
        result = subprocess.run(node.command(), capture_output=True, text=True, timeout=harness.HANG_S, check=False)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("log.file", result.stderr)


if __name__ == "__main__":
    harness.main()
