# SPDX-License-Identifier: ISC
"""The control protocol (docs/specification/control-protocol.md) against a running daemon: the requests that stay open
(send, broadcast, recv, ping, monitor), and clients that are slow or gone."""
import hashlib
import json
import os
import random
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import CHUNK, NOBODY, Node, TEXT, TestCase, b64, udp_config  # noqa: E402

SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))


class Sending(TestCase):
    def setUp(self):
        super().setUp()
        self.a, self.ca, self.ia, self.b, self.cb, self.ib = self.pair()
        self.recv = self.cb.post("recv")
        self.assertTrue(self.cb.reply(self.recv)["ok"])

    def test_every_size_arrives_whole(self):
        rng = random.Random(SEED)
        for number, size in enumerate((0, 1, 205, 206, 209, 210, 213, 214, 1000, 60000, CHUNK)):
            blob = rng.randbytes(size)
            end = self.ca.send(self.ib, blob)
            self.assertEqual(end["state"], "delivered", "size %d, seed %d" % (size, SEED))
            self.assertGreaterEqual(end["elapsed_ms"], 0)
            head, got = self.cb.package(self.recv)
            self.assertEqual((got, head["size"], head["package"]), (blob, size, number))
            self.assertEqual(head["half_sha256"], hashlib.sha256(blob).hexdigest()[:32])
            self.assertEqual((head["from"]["node"], head["from"]["interface"], head["app"]), (self.ia, "udp0", TEXT))

    def test_upload_in_chunks(self):
        blob = random.Random(SEED).randbytes(2 * CHUNK + 1000)
        request = self.ca.post("send", to=self.ib, size=len(blob))
        result = self.ca.reply(request)["result"]
        self.assertEqual((result["state"], result["size"]), ("uploading", len(blob)))
        for offset in range(0, len(blob), CHUNK):
            chunk = blob[offset:offset + CHUNK]
            part = self.ca.ok("send_data", transfer=result["transfer"], data=b64(chunk))
            done = offset + len(chunk)
            self.assertEqual(part, {"transfer": result["transfer"], "received": done,
                                    "state": "queued" if done == len(blob) else "uploading"})
        self.assertEqual(self.ca.final(request)["state"], "delivered", "seed %d" % SEED)
        self.assertEqual(self.cb.package(self.recv)[1], blob)
        progress = [e for e in self.ca.events if e.get("id") == request]
        self.assertTrue(all(e["state"] == "progress" for e in progress))
        self.assertEqual([e["stage"] for e in progress if "stage" in e], ["sent"])
        self.assertTrue(all(0 < e["parts_done"] <= e["parts_total"] for e in progress if "stage" not in e))

    def test_nobody_wants_it_after_it_has_expired(self):
        self.assertEqual(self.ca.error("send", to=self.ib, data="", expires_ms=0)["code"], "bad_request")
        self.assertEqual(self.ca.error("send", to=self.ib, data="", priority="control")["code"], "bad_request")
        request = self.ca.post("send", to=self.ib, data=b64(b"now or never"), expires_ms=60000, priority="bulk")
        self.assertTrue(self.ca.reply(request)["ok"])
        self.assertEqual(self.ca.final(request)["state"], "delivered")
        # Held back by a stopped receiver, it ends at its time and not later.
        os.kill(self.b.process.pid, signal.SIGSTOP)
        try:
            request = self.ca.post("send", to=self.ib, data=b64(b"too late"), expires_ms=300)
            self.assertTrue(self.ca.reply(request)["ok"])
            end = self.ca.final(request)
        finally:
            os.kill(self.b.process.pid, signal.SIGCONT)
        self.assertEqual((end["state"], end["reason"]), ("failed", "expired"))

    def test_upload_errors(self):
        request = self.ca.post("send", to=self.ib, size=5)
        transfer = self.ca.reply(request)["result"]["transfer"]
        other = self.a.connect()
        self.assertEqual(other.error("send_data", transfer=transfer, data="")["code"], "not_found", "of another client")
        self.assertEqual(self.ca.error("send_data", transfer=transfer, data="!")["code"], "bad_request")
        self.ca.ok("send_data", transfer=transfer, data=b64(b"1234"))
        self.assertEqual(self.ca.error("send_data", transfer=transfer, data=b64(b"56"))["code"], "too_large")
        end = self.ca.final(request)
        self.assertEqual((end["state"], end["reason"]), ("failed", "too_large"))
        self.assertIn("elapsed_ms", end)
        self.assertEqual(self.ca.error("send_data", transfer=transfer, data=b64(b"5"))["code"], "not_found")

    def test_time_of_an_upload_counts_from_its_send(self):
        # The daemon has run for longer than the upload: that must not be what is told.
        before = self.ca.ok("status")["uptime_ms"]
        request = self.ca.post("send", to=self.ib, size=5)
        self.assertTrue(self.ca.reply(request)["ok"])
        self.ca.ok("cancel", target=request)
        end = self.ca.final(request)
        after = self.ca.ok("status")["uptime_ms"]
        self.assertEqual(end["reason"], "cancelled")
        self.assertLessEqual(end["elapsed_ms"], after - before)

    def test_upload_refused_when_complete(self):
        request = self.ca.post("send", to=self.ib, size=3)
        transfer = self.ca.reply(request)["result"]["transfer"]
        self.ca.ok("ban", node=self.ib)
        self.assertEqual(self.ca.error("send_data", transfer=transfer, data=b64(b"abc"))["code"], "banned")
        end = self.ca.final(request)
        self.assertEqual((end["state"], end["reason"]), ("failed", "banned"))

    def test_bad_sends(self):
        big = self.ca.ok("status")["blob_max"] + 1
        for fields, code in (({"to": self.ib}, "bad_request"), ({"to": self.ib, "data": "", "size": 1}, "bad_request"),
                             ({"data": ""}, "bad_request"), ({"to": self.ib, "data": "a"}, "bad_request"),
                             ({"to": self.ib, "data": 7}, "bad_request"), ({"to": self.ib, "size": -1}, "bad_request"),
                             ({"to": self.ib, "size": 1.5}, "bad_request"), ({"to": self.ib, "data": "", "ask": 1}, "bad_request"),
                             ({"to": self.ib, "data": "", "mode": "x"}, "bad_request"), ({"to": "7-", "data": ""}, "bad_request"),
                             ({"to": "7-24::", "data": ""}, "unreachable"), ({"to": NOBODY, "data": ""}, "unreachable"),
                             ({"to": self.ib, "size": big}, "too_large"), ({"to": self.ib, "size": 2 ** 63 - 1}, "too_large"),
                             ({"to": self.ib, "size": 2 ** 63}, "bad_request"),
                             ({"to": self.ib, "data": b64(bytes(CHUNK + 1))}, "bad_request")):
            self.assertEqual(self.ca.error("send", **fields)["code"], code, str(fields)[:80])
        self.assertEqual(self.ca.error("send", to=self.ib, size=big)["max"], big - 1)

    def test_memory_for_uploads_is_bounded(self):
        most = self.ca.ok("status")["blob_max"]
        fits = (64 << 20) // most
        requests = []
        for _ in range(fits):
            requests.append(self.ca.post("send", to=self.ib, size=most))
            self.assertTrue(self.ca.reply(requests[-1])["ok"])
        self.assertEqual(self.ca.error("send", to=self.ib, size=most)["code"], "no_room")
        self.ca.ok("cancel", target=requests[0])
        self.assertEqual(self.ca.final(requests[0])["reason"], "cancelled")
        self.ca.ok("send", to=self.ib, size=most)

    def test_nobody_listens(self):
        end = self.ca.send(self.ib, b"x", app="12" * 16)
        self.assertEqual((end["state"], end["reason"]), ("failed", "not_wanted"))
        end = self.ca.send(self.ib, bytes(5000), app="12" * 16)
        self.assertEqual((end["state"], end["reason"]), ("failed", "not_wanted"))
        self.cb.ok("cancel", target=self.recv)
        end = self.ca.send(self.ib, b"x")
        self.assertEqual((end["state"], end["reason"]), ("failed", "not_wanted"))

    def test_without_asking(self):
        self.assertEqual(self.ca.send(self.ib, b"x", ask=False)["state"], "sent")
        self.assertEqual(self.cb.package(self.recv)[1], b"x")

    def test_broadcast(self):
        request = self.ca.post("broadcast", data=b64(b"all"))
        self.assertEqual(self.ca.reply(request)["result"]["state"], "queued")
        self.assertEqual(self.ca.final(request)["state"], "sent")
        head, blob = self.cb.package(self.recv)
        self.assertEqual((blob, head["from"]["node"]), (b"all", self.ia))
        error = self.ca.error("broadcast", data=b64(bytes(230)))
        self.assertEqual(error["code"], "too_large")
        self.ca.ok("broadcast", data=b64(bytes(error["max"])))
        self.assertEqual(self.ca.error("broadcast")["code"], "bad_request")

    def test_cancel(self):
        request = self.ca.post("send", to=self.ib, size=10)
        self.ca.reply(request)
        self.assertEqual(self.ca.error("routes", id=request)["code"], "exists", "the id of an open request")
        self.assertEqual(self.ca.ok("cancel", target=request), {})
        end = self.ca.final(request)
        self.assertEqual((end["state"], end["reason"]), ("failed", "cancelled"))
        self.assertEqual(self.ca.error("cancel", target=request)["code"], "not_found")
        self.ca.ok("routes", id=request)
        self.assertEqual(self.ca.error("cancel")["code"], "bad_request")
        # One that the node is sending, to somebody who has gone.
        self.b.process.kill()
        self.b.process.wait()
        request = self.ca.post("send", to=self.ib, data=b64(bytes(CHUNK)))
        self.assertEqual(self.ca.reply(request)["result"]["state"], "queued")
        self.ca.ok("cancel", target=request)
        self.assertEqual(self.ca.final(request)["reason"], "cancelled")

    def test_to_itself(self):
        recv = self.ca.post("recv")
        self.ca.reply(recv)
        for blob in (b"me", bytes(100000)):
            self.assertEqual(self.ca.send(self.ia, blob)["state"], "delivered")
            head, got = self.ca.package(recv)
            self.assertEqual((got, head["from"]["node"], head["from"]["interface"]), (blob, self.ia, "loopback"))

    def test_client_gone_while_uploading_frees_the_memory(self):
        most = self.ca.ok("status")["blob_max"]
        other = self.a.connect()
        for _ in range((64 << 20) // most):
            other.ok("send", to=self.ib, size=most)
        self.assertEqual(self.ca.error("send", to=self.ib, size=most)["code"], "no_room")
        other.close()
        while True:
            reply = self.ca.call("send", to=self.ib, size=most)
            if reply["ok"]:
                break
            self.assertEqual(reply["error"]["code"], "no_room")

    def test_client_gone_after_queueing_is_sent_all_the_same(self):
        other = self.a.connect()
        blob = random.Random(SEED).randbytes(100000)
        other.ok("send", to=self.ib, data=b64(blob))
        other.close()
        self.assertEqual(self.cb.package(self.recv)[1], blob)


class Listening(TestCase):
    def test_every_listener_gets_every_package(self):
        _, ca, _, b, cb, ib = self.pair()
        clients = [cb, b.connect(), b.connect()]
        recvs = [c.post("recv", app={"name": "Chat"}) for c in clients]
        for c, r in zip(clients, recvs):
            self.assertTrue(c.reply(r)["ok"])
        for i in range(20):
            self.assertEqual(ca.send(ib, b"%d" % i, app={"name": "Chat"})["state"], "delivered")
        for c, r in zip(clients, recvs):
            for i in range(20):
                head, blob = c.package(r)
                self.assertEqual((blob, head["package"]), (b"%d" % i, i))

    def test_cancelled_listener_gets_nothing_more(self):
        _, ca, _, b, cb, ib = self.pair()
        other = b.connect()
        keep, gone = other.post("recv"), cb.post("recv")
        other.reply(keep)
        cb.reply(gone)
        self.assertEqual(cb.ok("cancel", target=gone), {"final": True})
        ca.send(ib, b"x")
        self.assertEqual(other.package(keep)[1], b"x")
        cb.ok("status")
        self.assertEqual(cb.events, [])

    def test_half_closed_client_is_answered_and_let_go(self):
        _, ca, _, b, _, ib = self.pair()
        client = b.connect()
        client.write(b'{"id":1,"cmd":"recv"}\n{"id":2,"cmd":"status"}\n{"id":3,"cmd":"half')
        client.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(client.read_line()["id"], 1)
        self.assertEqual(client.read_line()["id"], 2)
        self.assertIsNone(client.read_line())
        self.assertEqual(ca.send(ib, b"x")["reason"], "not_wanted")


class Pinging(TestCase):
    def test_statistics(self):
        _, ca, _, b, _, ib = self.pair()
        request = ca.post("ping", to=ib[:8], count=5, interval_ms=10)
        self.assertEqual(ca.reply(request)["result"], {"node": ib})
        end = ca.final(request)
        self.assertEqual((end["sent"], end["received"], end["loss_percent"]), (5, 5, 0))
        replies = [e for e in ca.events if e["event"] == "ping_reply"]
        self.assertEqual(sorted(e["seq"] for e in replies), list(range(5)))
        rtts = [e["rtt_ms"] for e in replies]
        self.assertEqual((end["min_ms"], end["max_ms"]), (min(rtts), max(rtts)))
        self.assertAlmostEqual(end["avg_ms"], sum(rtts) / 5, delta=0.01)
        b.process.kill()
        b.process.wait()
        request = ca.post("ping", to=ib, count=2, interval_ms=10, timeout_ms=50)
        self.assertTrue(ca.reply(request)["ok"])
        end = ca.final(request)
        self.assertEqual((end["sent"], end["received"], end["loss_percent"], end["min_ms"]), (2, 0, 100, None))

    def test_cancelled_still_ends(self):
        _, ca, _, _, _, ib = self.pair()
        request = ca.post("ping", to=ib, count=10000, interval_ms=10)
        ca.reply(request)
        ca.event(lambda e: e["event"] == "ping_reply")
        ca.ok("cancel", target=request)
        end = ca.final(request)
        self.assertLess(end["sent"], 10000)
        self.assertGreaterEqual(end["received"], 1)

    def test_bad_fields(self):
        _, ca, _, _, _, ib = self.pair()
        for field, values in (("count", (0, 10001, "1")), ("interval_ms", (9, 60001)), ("timeout_ms", (0, -5, 1.5))):
            for value in values:
                self.assertEqual(ca.error("ping", to=ib, **{field: value})["code"], "bad_request", (field, value))


class Monitoring(TestCase):
    def test_levels_and_history(self):
        _, ca, ia, b, cb, ib = self.pair()
        recv = cb.post("recv")
        cb.reply(recv)
        watcher = b.connect()
        package = watcher.post("monitor", levels=["package"])
        watcher.reply(package)
        everything = watcher.post("monitor", levels=["peer", "package", "packet"], history=True)
        watcher.reply(everything)
        first = watcher.event(lambda e: e["id"] == everything)
        self.assertEqual((first["trace"], first["peer"], first["n"]), ("add_peer", ia, 0))
        ca.send(ib, b"hello")
        deliver = watcher.event(lambda e: e["id"] == package and e["trace"] == "deliver")
        self.assertEqual((deliver["peer"], deliver["app"], deliver["size"]), (ia, TEXT, 5))
        receive = watcher.event(lambda e: e["id"] == everything and e["trace"] == "receive")
        self.assertEqual((receive["interface"], receive["peer"]), ("udp0", ia))
        self.assertNotIn("aGVsbG8", json.dumps(watcher.events))
        seen = {e["trace"] for e in watcher.events if e["id"] == package}
        self.assertLessEqual(seen, {"send", "broadcast", "deliver", "sent"})

        numbers = [first["n"]]
        ca.send(ib, b"again")
        while len(numbers) < 4:
            numbers.append(watcher.event(lambda e: e["id"] == everything)["n"])
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual(watcher.ok("cancel", target=everything), {"final": True})

    def test_drops_name_their_reason(self):
        node = Node(self, "n", udp_config(0, [9]))
        client = node.connect()
        monitor = client.post("monitor", levels=["packet"])
        client.reply(monitor)
        local = client.ok("status")["interfaces"][0]["local"].split(":")
        raw = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(raw.close)
        for datagram, reason in ((b"", "rx_too_short"), (b"\x01\x00\x00\x00", "rx_bad_version"),
                                 (b"\x00\x00\xff\x00", "rx_unknown_schema"), (b"\x00" * 251, "rx_too_large"),
                                 (b"\x00" * 4000, "rx_too_large"),
                                 (b"\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01", "rx_bad_checksum")):
            raw.sendto(datagram, (local[0], int(local[1])))
            drop = client.event(lambda e: e.get("trace") == "drop")
            self.assertEqual((drop["reason"], drop["interface"]), (reason, "udp0"), len(datagram))
        status = client.ok("status")
        self.assertEqual(status["interfaces"][0]["rx_datagrams"], 6)
        self.assertEqual(status["totals"]["rx_datagrams"], 6)

    def test_bad_levels(self):
        client = Node(self, "n", udp_config(0, [9])).connect()
        for levels in ("peer", [], ["x"], [1], {}):
            self.assertEqual(client.error("monitor", levels=levels)["code"], "bad_request", levels)


class Bounds(TestCase):
    def test_open_requests_of_one_client(self):
        node = Node(self, "n", udp_config(0, [9]))
        client, other = node.connect(), node.connect()
        requests = []
        for _ in range(256):
            requests.append(client.post("recv"))
        for request in requests:
            self.assertTrue(client.reply(request)["ok"])
        for cmd, fields in (("recv", {}), ("monitor", {}), ("send", {"to": client.hello["node_id"], "data": ""}),
                            ("broadcast", {"data": ""}), ("ping", {"to": client.hello["node_id"]})):
            self.assertEqual(client.error(cmd, **fields)["code"], "no_room", cmd)
        client.ok("status")
        other.ok("recv")
        client.ok("cancel", target=requests[0])
        client.ok("recv")

    def test_client_beyond_the_last_is_told_why(self):
        node = Node(self, "n", udp_config(0, [9]))
        clients = [node.connect() for _ in range(256)]
        for _ in range(3):
            line = node.connect()
            self.assertEqual((line.hello["id"], line.hello["ok"], line.hello["error"]["code"]), (None, False, "no_room"))
            self.assertIsNone(line.read_line())
        self.assertEqual(node.log_text().count("turned away"), 1)
        clients[0].ok("status")

    def test_limit_of_peers_is_shown_as_configured(self):
        node = Node(self, "n", udp_config(0, [9]) + "[limits]\npeers = 1\n")
        client = node.connect()
        self.assertEqual(client.ok("status")["limits"]["peers"], 1)
        # The node itself is not one of them.
        self.assertEqual(client.send(client.hello["node_id"], b"x")["reason"], "not_wanted")
        client.ok("ban", node="5a" * 32)
        self.assertEqual(client.error("ban", node="5b" * 32)["code"], "no_room")


class SlowClients(TestCase):
    def test_client_that_asks_without_reading_slows_only_itself(self):
        node = Node(self, "n", udp_config(0, [9]))
        lazy, brisk = node.connect(), node.connect()
        lazy.sock.settimeout(0.5)
        asked = 0
        request = b"".join(b'{"id":%d,"cmd":"status"}\n' % i for i in range(100))
        before = brisk.ok("status")["memory"]["process_bytes"]
        try:
            while asked < 200000:
                lazy.sock.sendall(request)
                asked += 100
        except socket.timeout:
            pass  # it is not read any more: that is the point
        self.assertLess(asked, 200000)
        self.assert_grown_less(brisk, before, 16 << 20)
        brisk.ok("stop")

    def test_packages_wait_within_bounds_and_the_senders_are_told(self):
        """A listener that does not read gets 32 MiB queued, then its senders are refused."""
        _, ca, _, b, cb, ib = self.pair()
        lazy = b.connect()
        lazy_recv = lazy.post("recv", app="12" * 16)
        lazy.reply(lazy_recv)
        blob = bytes(4 << 20)
        delivered = 0
        while True:
            request = ca.post("send", to=ib, size=len(blob), app="12" * 16)
            transfer = ca.reply(request)["result"]["transfer"]
            for offset in range(0, len(blob), CHUNK):
                ca.ok("send_data", transfer=transfer, data=b64(blob[offset:offset + CHUNK]))
            end = ca.final(request)
            if end["state"] != "delivered":
                break
            delivered += 1
            self.assertLessEqual(delivered, 9)
            # A sign of life: who takes nothing at all for 30 s is disconnected.
            taken = len(lazy.buffer)
            while len(lazy.buffer) < taken + 300000:
                lazy.buffer += lazy.sock.recv(1 << 16)
        self.assertEqual((end["state"], end["reason"]), ("failed", "no_room"))
        self.assertGreaterEqual(delivered, 7)
        self.assert_grown_less(cb, 0, 160 << 20)
        for i in range(delivered):
            head, got = lazy.package(lazy_recv)
            self.assertEqual((head["package"], got), (i, blob))
        self.assertFalse([e for e in lazy.events if e["event"] == "lost"], "its sender was told: that is no loss")

    def test_monitor_that_does_not_read_loses_events_and_is_told(self):
        _, ca, _, b, cb, ib = self.pair()
        lazy = b.connect()
        monitor = lazy.post("monitor", levels=["packet"])
        lazy.reply(monitor)
        recv = cb.post("recv")
        cb.reply(recv)
        # Each part is at least one event; the socket's own buffer and 256 KiB hold a few thousand.
        for _ in range(12):
            self.assertEqual(ca.send(ib, bytes(CHUNK))["state"], "delivered")
            cb.package(recv)
        expected, lost = 0, 0
        while lost == 0:
            event = lazy.event(lambda e: True)
            if event["event"] == "lost":
                lost = event["count"]
                self.assertEqual(lazy.event(lambda e: True)["n"], expected + lost)
            else:
                self.assertEqual(event["n"], expected)
                expected += 1
            if expected % 1000 == 0:
                ca.send(ib, b"more events, so that the loss is told")


if __name__ == "__main__":
    print("seed %d" % SEED, file=sys.stderr)
    harness.main()
