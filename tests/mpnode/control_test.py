# SPDX-License-Identifier: ISC
"""The control protocol (docs/specification/control-protocol.md) against a running daemon: lines, names, and the commands
that are done with their reply. Those with events to come are in open_requests_test.py."""
import hashlib
import json
import os
import random
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import Client, NOBODY, Node, TEXT, TestCase, udp_config  # noqa: E402

LINE_MAX = 1 << 20
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))


def app_id(name, description, version):
    return hashlib.sha256(name.encode() + description.encode() + version.to_bytes(4, "big")).hexdigest()[:32]


class OneNode(TestCase):
    def setUp(self):
        super().setUp()
        self.node = Node(self, "n", udp_config(0, [9]) + '[[application]]\nname = "Chat"\ndescription = "talk"\nversion = 2\n')
        self.client = self.node.connect()
        self.me = self.client.hello["node_id"]


class Lines(OneNode):
    def test_greeting(self):
        hello = self.client.hello
        self.assertEqual((hello["hello"], hello["protocol"]), ("mpnode", 1))
        self.assertRegex(hello["node_id"], "^[0-9a-f]{64}$")
        self.assertRegex(hello["version"], r"^\d+\.\d+\.\d+$")
        self.assertEqual(self.client.ok("hello", protocol=1)["node_id"], hello["node_id"])
        error = self.client.error("hello", protocol=2)
        self.assertEqual((error["code"], error["protocols"]), ("unsupported_protocol", [1]))

    def test_bad_lines_get_a_reply_and_the_connection_lives(self):
        for line, code in ((b"nonsense", "bad_json"), (b"[1,2]", "bad_json"), (b"7", "bad_json"), (b'"x"', "bad_json"),
                           (b'{"id":1,"cmd":"status"', "bad_json"), (b"\xff\xfe", "bad_json"),
                           (b'{"cmd":"status"}', "bad_request"), (b'{"id":null,"cmd":"status"}', "bad_request"),
                           (b'{"id":1.5,"cmd":"status"}', "bad_request"), (b'{"id":[],"cmd":"status"}', "bad_request"),
                           (b'{"id":"' + b"x" * 65 + b'","cmd":"status"}', "bad_request"), (b"[" * 100000, "bad_json"),
                           (b'{"a":' * 50000 + b"1" + b"}" * 50000, "bad_request")):
            self.client.write(line + b"\n")
            reply = self.client.read_line()
            self.assertEqual((reply["id"], reply["ok"], reply["error"]["code"]), (None, False, code), line[:60])
        for line, code in ((b'{"id":1}', "bad_request"), (b'{"id":1,"cmd":7}', "bad_request"),
                           (b'{"id":1,"cmd":"nonsense"}', "unknown_command"), (b'{"id":1,"cmd":""}', "unknown_command")):
            self.client.write(line + b"\n")
            reply = self.client.read_line()
            self.assertEqual((reply["id"], reply["error"]["code"]), (1, code), line)
        self.assertEqual(self.client.call("routes", id="a text \"id\" \u20ac")["id"], "a text \"id\" \u20ac")

    def test_empty_lines_and_carriage_returns_are_ignored(self):
        self.client.write(b"\n\r\n\n" + b'{"id":5,"cmd":"routes"}\r\n')
        self.assertEqual(self.client.read_line(), {"id": 5, "ok": True, "result": {"routes": [], "targets": []}})

    def test_replies_come_in_the_order_of_the_requests(self):
        rng = random.Random(SEED)
        commands = [rng.choice(["status", "routes", "peers", "apps", "nonsense"]) for _ in range(300)]
        self.client.write(b"".join(b'{"id":%d,"cmd":"%s"}\n' % (i, c.encode()) for i, c in enumerate(commands)))
        for i, command in enumerate(commands):
            reply = self.client.read_line()
            self.assertEqual((reply["id"], reply["ok"]), (i, command != "nonsense"), "seed %d" % SEED)

    def test_line_in_pieces(self):
        for byte in b'{"id":5,"cmd":"routes"}\n':
            self.client.write(bytes([byte]))
        self.assertEqual(self.client.read_line()["id"], 5)

    def test_longest_line_is_taken(self):
        start = b'{"id":5,"cmd":"routes","more":"'
        self.client.write(start + b"x" * (LINE_MAX - len(start) - 3) + b'"}\n')
        self.assertEqual(self.client.read_line()["id"], 5)

    def test_longer_line_is_refused_and_the_connection_closed(self):
        start = b'{"id":5,"cmd":"routes","more":"'
        for line in (start + b"x" * (LINE_MAX - len(start) - 2) + b'"}\n', b"x" * (LINE_MAX + 70000)):
            client = self.node.connect()
            try:
                client.write(line)
            except BrokenPipeError:
                pass
            reply = client.read_line()
            self.assertEqual((reply["id"], reply["error"]["code"]), (None, "line_too_long"))
            try:
                self.assertIsNone(client.read_line())
            except ConnectionResetError:
                pass
        self.assertTrue(self.client.ok("status"))

    def test_random_lines_never_break_it(self):
        rng = random.Random(SEED)
        words = ["send", "recv", "ping", "monitor", "cancel", "route_add", "ban", "send_data", "broadcast", "hello", "unban"]
        values = [None, True, -1, 0, 1, 2 ** 63, 2 ** 64, 1e308, "", "x", "7-24::", self.me, self.me[:8], NOBODY, [], {},
                  [1], ["peer"], {"name": "n"}, "aGk=", "aGk", "Text", "Beacon"]
        fields = ["to", "app", "data", "size", "ask", "mode", "via", "node", "frame_max", "target", "transfer", "levels",
                  "history", "count", "interval_ms", "timeout_ms", "protocol"]
        client = self.node.connect()
        for i in range(1500):
            body = {"id": i, "cmd": rng.choice(words)}
            for field in rng.sample(fields, rng.randrange(5)):
                body[field] = rng.choice(values)
            line = json.dumps(body).encode()
            if rng.randrange(4) == 0:
                at = rng.randrange(len(line))
                line = line[:at] + bytes([rng.randrange(256)]) + line[at + 1:]
            client.write(line.replace(b"\n", b" ") + b"\n")
            while True:
                reply = client.read_line()
                self.assertIsNotNone(reply, "seed %d, line %r" % (SEED, line))
                if "event" not in reply:
                    break
            self.assertIn("ok", reply)
            if not reply["ok"]:
                self.assertNotEqual(reply["error"]["code"], "internal", "seed %d, line %r" % (SEED, line))
        self.assertTrue(self.client.ok("status"))


class Naming(OneNode):
    def test_node(self):
        self.assertEqual(self.client.ok("ping", to=self.me[:8], count=1)["node"], self.me)
        self.assertEqual(self.client.ok("ping", to=self.me[:9].upper(), count=1)["node"], self.me)
        for to, code in ((self.me[:7], "bad_request"), ("xyzxyzxyz", "bad_request"), ("", "bad_request"),
                         (self.me + "00", "bad_request"), ("00000000", "not_found"), (NOBODY, "unreachable"),
                         (7, "bad_request"), (None, "bad_request")):
            self.assertEqual(self.client.error("ping", to=to)["code"], code, to)

    def test_ambiguous_node(self):
        a, b = "ab" * 4 + "0" * 56, "ab" * 4 + "1" * 56
        for i, via in enumerate((a, b)):
            self.client.ok("route_add", to="7-%d0::" % (i + 1), via=via)
        error = self.client.error("send", to="abababab", data="")
        self.assertEqual((error["code"], error["matches"]), ("ambiguous", [a, b]))
        self.assertEqual(self.client.error("send", to="abababab0", data="")["code"], "unreachable")

    def test_app(self):
        chat = app_id("Chat", "talk", 2)
        self.assertEqual(self.client.ok("recv")["app"], TEXT)
        self.assertEqual(self.client.ok("recv", app="Chat")["app"], chat)
        self.assertEqual(self.client.ok("recv", app=chat.upper())["app"], chat)
        self.assertEqual(self.client.ok("recv", app={"name": "New", "description": "d", "version": 3})["app"],
                         app_id("New", "d", 3))
        self.assertEqual(self.client.ok("recv", app="New")["app"], app_id("New", "d", 3), "listed while somebody listens")
        unknown = "12" * 16
        self.assertEqual(self.client.ok("recv", app=unknown)["app"], unknown)
        for app, code in (("Nope", "not_found"), ("Beacon", "exists"), ("Ping", "exists"), ("Seal", "exists"), (7, "bad_request"),
                          ({"name": 7}, "bad_request"), ({}, "bad_request"),
                          ({"name": "n", "version": -1}, "bad_request"), ({"name": "n", "version": 2 ** 32}, "bad_request"),
                          (app_id("Beacon", "Dev Beacon App", 0), "exists")):
            self.assertEqual(self.client.error("recv", app=app)["code"], code, app)
        self.client.ok("recv", app={"name": "Chat", "version": 9})
        error = self.client.error("recv", app="Chat")
        self.assertEqual(error["code"], "ambiguous")
        self.assertEqual(sorted(error["matches"]), sorted([chat, app_id("Chat", "", 9)]))
        listed = {a["app"]: a for a in self.client.ok("apps")["apps"]}
        self.assertEqual(listed[chat]["listeners"], 2)
        self.assertIsNone(listed[unknown]["name"])
        self.assertIs(listed[app_id("Beacon", "Dev Beacon App", 0)]["builtin"], True)

    def test_unneeded_app_is_forgotten(self):
        other = self.node.connect()
        other.ok("recv", app="12" * 16)
        other.close()
        while any(a["app"] == "12" * 16 for a in self.client.ok("apps")["apps"]):
            pass
        self.assertIn(app_id("Chat", "talk", 2), [a["app"] for a in self.client.ok("apps")["apps"]])


class Status(OneNode):
    def test_status_is_complete_and_adds_up(self):
        self.client.send(self.me, b"x")
        status = self.client.ok("status")
        for member in ("node_id", "version", "protocol", "pid", "uptime_ms", "interfaces", "totals", "counters", "peers",
                       "routes", "clients", "memory", "limits", "blob_max"):
            self.assertIn(member, status)
        self.assertIsNone(status["address"])
        self.assertEqual(status["pid"], self.node.process.pid)
        rx = sum(n for name, n in status["counters"].items() if name.startswith("rx_"))
        self.assertEqual(rx, status["totals"]["rx_datagrams"])
        udp = status["interfaces"][0]
        self.assertEqual((udp["name"], udp["kind"], udp["frame_max"]), ("udp0", "udp", 250))
        self.assertRegex(udp["local"], r"^127\.0\.0\.1:\d+$")
        self.assertGreater(status["memory"]["process_bytes"], status["memory"]["node_bytes"])
        self.assertGreater(status["blob_max"], 15 << 20 >> 1)

    def test_socket_is_for_the_owner_alone(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.node.socket).st_mode), 0o600)

    def test_stop_by_another_user_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become somebody else")
        os.chmod(self.node.socket, 0o666)
        for folder in (self.node.folder, self.folder):
            os.chmod(folder, 0o755)
        pid = os.fork()
        if pid == 0:
            try:
                os.setgid(65534)
                os.setuid(65534)
                other = Client(self.node.socket)
                good = other.error("stop")["code"] == "not_allowed" and bool(other.ok("status"))
                os._exit(0 if good else 1)
            except BaseException:  # the child must never return into the tests
                os._exit(2)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        self.assertTrue(self.client.ok("status"))


class Routes(OneNode):
    def test_add_list_delete(self):
        via, node = "01" * 32, "02" * 32
        self.client.ok("route_add", to="7-24::", via=via, node=node, frame_max=240)
        self.client.ok("route_add", to="7-25::", via=via)
        want = [{"to": "7-24::", "via": via, "node": node, "frame_max": 240},
                {"to": "7-25::", "via": via, "node": None, "frame_max": 0}]
        self.assertEqual(self.client.ok("routes")["routes"], want)
        self.client.ok("route_add", to="7-24::", via=via)
        self.assertEqual(len(self.client.ok("routes")["routes"]), 2)
        self.client.ok("route_del", to="7-24::")
        self.assertEqual(self.client.error("route_del", to="7-24::")["code"], "not_found")
        self.assertEqual([r["to"] for r in self.client.ok("routes")["routes"]], ["7-25::"])

    def test_bad_fields(self):
        via = "01" * 32
        for fields, code in (({"via": via}, "bad_request"), ({"to": "7-24::"}, "bad_request"),
                             ({"to": "x", "via": via}, "bad_request"), ({"to": "7-24::", "via": self.me}, "bad_request"),
                             ({"to": "7-24::", "via": "01" * 16}, "not_found"),
                             ({"to": "7-24::", "via": via, "node": "12"}, "bad_request"),
                             ({"to": "7-24::", "via": via, "frame_max": 100}, "bad_request"),
                             ({"to": "7-24::", "via": via, "frame_max": 251}, "bad_request")):
            self.assertEqual(self.client.error("route_add", **fields)["code"], code, fields)

    def test_bans(self):
        self.client.ok("ban", node=NOBODY)
        peers = self.client.ok("peers")["peers"]
        self.assertEqual([(p["node"], p["banned"], p["connected"], p["links"]) for p in peers], [(NOBODY, True, False, [])])
        self.assertEqual(self.client.error("send", to=NOBODY, data="")["code"], "banned")
        self.client.ok("unban", node=NOBODY)
        self.assertEqual(self.client.error("unban", node=NOBODY)["code"], "not_found")
        self.assertEqual(self.client.error("ban", node=self.me)["code"], "bad_request")
        self.assertEqual(self.client.error("ban", node="12345678")["code"], "not_found")


if __name__ == "__main__":
    print("seed %d" % SEED, file=sys.stderr)
    harness.main()
