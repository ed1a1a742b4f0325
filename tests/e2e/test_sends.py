# SPDX-License-Identifier: ISC
"""Blobs of every awkward size arrive as they were sent, and `delivered` is said of nothing else."""
import hashlib
import os
import random
import unittest

from mesh import Mesh, records

SEED = 7
# 0 and 1; around what one packet carries with and without addresses; sequences of few and of many parts.
SIZES = [0, 1, 178, 179, 180, 200, 211, 212, 213, 214, 454, 455, 1000, 10 * 1024, 1024 * 1024]


class Sends(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh()
        cls.addClassCleanup(cls.mesh.close)
        cls.a, cls.b = cls.mesh.add("a"), cls.mesh.add("b")
        cls.mesh.link(cls.a, cls.b)
        cls.mesh.start().discovered()

    def path(self, name):
        return os.path.join(self.mesh.directory, name)

    def carry(self, source, target, data, *words):
        """Sends bytes from standard input to a file; returns the sender's records."""
        path = self.path("received")
        listener = target.listen("--out", path)
        said = source.json("send", target.id, *words, input=data)
        package = listener.next()
        self.assertEqual(listener.wait(), 0)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), data)
        self.assertEqual(package["size"], len(data))
        self.assertEqual(package["half_sha256"], hashlib.sha256(data).hexdigest()[:32])
        self.assertEqual(package["from"]["node"], source.id)
        return said

    def test_every_size_arrives_as_it_was_sent(self):
        rng = random.Random(SEED)
        for size in SIZES:
            with self.subTest(size=size, seed=SEED):
                said = self.carry(self.a, self.b, rng.randbytes(size))
                self.assertEqual(said[-1]["state"], "delivered")
                self.assertTrue(said[-1]["final"])
                self.assertEqual([record for record in said if record.get("final")], [said[-1]])

    def test_progress_of_a_long_blob_grows_and_never_exceeds_the_whole(self):
        said = self.carry(self.a, self.b, random.Random(SEED).randbytes(1024 * 1024))
        uploaded = [record["received"] for record in said if "received" in record]
        self.assertEqual(uploaded, sorted(uploaded))
        self.assertEqual(uploaded[-1], 1024 * 1024)
        done = [(record["parts_done"], record["parts_total"]) for record in said if "parts_done" in record]
        self.assertEqual(done, sorted(done))
        for parts_done, parts_total in done:
            self.assertLessEqual(parts_done, parts_total)

    def test_the_largest_blob(self):
        blob_max = self.a.json("status")[0]["blob_max"]
        self.assertEqual(self.carry(self.a, self.b, random.Random(SEED).randbytes(blob_max))[-1]["state"], "delivered")

    def test_both_ways_at_once(self):
        rng = random.Random(SEED)
        blobs = {"a": rng.randbytes(1024 * 1024), "b": rng.randbytes(1024 * 1024)}
        for name, data in blobs.items():
            with open(self.path("from_" + name), "wb") as file:
                file.write(data)
        listeners = {"a": self.b.listen("--out", self.path("at_b")), "b": self.a.listen("--out", self.path("at_a"))}
        senders = {"a": self.a.open("send", self.b.id, self.path("from_a")),
                   "b": self.b.open("send", self.a.id, self.path("from_b"))}
        for name, sender in senders.items():
            self.assertEqual(sender.find(lambda record: record.get("final"))["state"], "delivered")
            self.assertEqual(sender.wait(), 0)
            package = listeners[name].next()
            with open(package["file"], "rb") as file:
                self.assertEqual(file.read(), blobs[name])

    def test_several_at_once_from_one_sender_keep_apart(self):
        rng = random.Random(SEED)
        blobs = [rng.randbytes(size) for size in (5000, 20000, 40, 60000, 0)]
        inbox = self.path("inbox")
        listener = self.b.listen("--out", inbox + "/", "--count", str(len(blobs)))
        senders = []
        for number, data in enumerate(blobs):
            with open(self.path(f"blob{number}"), "wb") as file:
                file.write(data)
            senders.append(self.a.open("send", self.b.id, self.path(f"blob{number}")))
        for sender in senders:
            self.assertEqual(sender.wait(), 0, sender.rest())
        self.assertEqual(listener.wait(), 0)
        kept = []
        for name in os.listdir(inbox):
            with open(os.path.join(inbox, name), "rb") as file:
                kept.append(file.read())
        self.assertEqual(sorted(kept), sorted(blobs))

    def test_all_byte_values_through_standard_input_and_output(self):
        data = bytes(range(256)) * 40
        receiver = self.b.open("recv", "--out", "-", json_lines=False)
        self.b.ctl("apps")  # by now the listener has asked; make sure of it by what the daemon lists
        while next(app for app in self.b.json("apps") if app["name"] == "Text")["listeners"] < 1:
            pass
        self.a.ctl("send", self.b.id, "-", input=data)
        self.assertEqual(b"".join(receiver.rest()), data)
        self.assertEqual(receiver.wait(), 0)

    def test_text_is_shown_and_its_control_characters_are_not(self):
        listener = self.b.listen("--count", "1")
        self.a.ctl("send", self.b.id, "--text", "gr\u00fc\u00dfe")
        self.assertEqual(listener.next()["data"], "Z3LDvMOfZQ==")
        receiver = self.b.open("recv", "--count", "1", json_lines=False)
        while next(app for app in self.b.json("apps") if app["name"] == "Text")["listeners"] < 1:
            pass
        self.a.ctl("send", self.b.id, "-", input=b"\x1b[2Jboo")
        shown = b"".join(receiver.rest())
        self.assertNotIn(b"\x1b", shown)
        self.assertIn(self.a.id[:16].encode(), shown)

    def test_another_application_is_kept_apart_from_text(self):
        chat = '{"name":"Chat","description":"between people","version":3}'
        text, other = self.b.listen("--count", "1"), self.b.listen("--app", chat, "--count", "1")
        self.a.ctl("send", self.b.id, "--app", chat, "--text", "for chat")
        package = other.next()
        expected = hashlib.sha256(b"Chat" + b"between people" + (3).to_bytes(4, "big")).hexdigest()[:32]
        self.assertEqual(package["app"], expected)
        self.a.ctl("send", self.b.id, "--text", "for text")
        self.assertEqual(text.next()["data"], "Zm9yIHRleHQ=")

    def test_two_listeners_each_get_every_package(self):
        listeners = [self.b.listen("--count", "2") for _ in range(2)]
        self.a.ctl("send", self.b.id, "--text", "one")
        self.a.ctl("send", self.b.id, "--text", "two")
        for listener in listeners:
            self.assertEqual([listener.next()["data"] for _ in range(2)], ["b25l", "dHdv"])
            self.assertEqual(listener.wait(), 0)

    def test_without_asking_and_broadcast_are_sent_not_delivered(self):
        listener = self.b.listen("--count", "2")
        said = self.a.json("send", self.b.id, "--no-ask", "--text", "unasked")
        self.assertEqual(said[-1]["state"], "sent")
        self.assertFalse(listener.next()["from"]["broadcast"])
        self.assertIn(b"sent, unconfirmed", self.a.ctl("send", "--broadcast", "--text", "all").stdout)
        package = listener.next()  # neighbours that are listed get a copy each, which looks like any other
        self.assertEqual((package["from"]["node"], package["data"]), (self.a.id, "YWxs"))

    def test_a_broadcast_that_does_not_fit_one_packet_is_refused(self):
        done = self.a.ctl("--json", "send", "--broadcast", "--text", "x" * 1000, check=False)
        self.assertEqual(done.returncode, 4)
        error = records(done.stdout)[-1]["error"]
        self.assertEqual(error["code"], "too_large")
        self.assertGreater(error["max"], 100)

    def test_a_node_can_send_to_itself(self):
        self.assertEqual(self.carry(self.a, self.a, b"to myself")[-1]["state"], "delivered")

    def test_a_blob_over_the_limit_is_refused_before_it_is_uploaded(self):
        blob_max = self.a.json("status")[0]["blob_max"]
        path = self.path("huge")
        with open(path, "wb") as file:
            file.truncate(blob_max + 1)
        done = self.a.ctl("--json", "send", self.b.id, path, check=False)
        self.assertEqual(done.returncode, 4)
        self.assertEqual([record["error"]["code"] for record in records(done.stdout)], ["too_large"])


if __name__ == "__main__":
    unittest.main()
