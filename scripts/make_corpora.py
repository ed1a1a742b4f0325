#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Seed corpora for the fuzz targets, made from the golden vectors.

usage: make_corpora.py <folder>     e.g. build/fuzz/corpora

Writes <folder>/<target>/<digest> for each target of core/micropycelium/crypto, packet and messages, some of node,
and for codec_fuzz.
"""
import hashlib
import json
import pathlib
import sys

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "tests" / "vectors" / "public.json"


def seeds(vectors):
    """Yields (fuzz target, bytes)."""
    for category in ("packets", "packets_new", "reject"):
        for v in vectors[category]:
            yield "packet_fuzz", bytes.fromhex(v["packet"])
    for v in vectors["packages"]:
        if "package" in v:
            yield "package_fuzz", bytes.fromhex(v["package"])
    for v in vectors["addresses"]:
        yield "address_fuzz", bytes(v["coords"])
        if "address" in v:
            yield "address_fuzz", v["text"].encode()
            yield "address_fuzz", bytes([v["tree_state"]]) + 2 * bytes.fromhex(v["address"])
    for category, target in (("beacons", "beacon_fuzz"), ("new_beacons", "beacon_fuzz"), ("ping_messages", "ping_fuzz"),
                             ("gossip_messages", "gossip_fuzz"), ("tree_messages", "tree_v0_fuzz"),
                             ("debug_messages", "debug_fuzz")):
        for v in vectors[category]:
            yield target, bytes.fromhex(v["message"])
    for n in (0, 1, 4, 12, 58, 59):  # room, then so many fingerprints; the last are too many
        yield "hop_ack_fuzz", bytes([n % 5]) + b"".join(hashlib.sha256(bytes([n, i])).digest()[:4] for i in range(n))
    yield "hop_ack_fuzz", bytes(7)  # cut
    for kind, size in ((1, 45), (2, 89), (3, 89)):  # admissions of closed networks
        yield "hello_fuzz", bytes([kind]) + bytes(size - 1)
    signed_id = hashlib.sha256(b"Beacon" + b"Signed Beacon App" + (1).to_bytes(4, "big")).digest()[:16]
    for size in (113, 161):
        yield "signed_beacon_fuzz", bytes(size)
        yield "signed_beacon_fuzz", signed_id + bytes(16) + bytes(size)
    for v in json.loads((VECTORS.parent / "identity.json").read_text())["handovers"]:
        yield "handover_fuzz", b"\1" + bytes.fromhex(v["record"])
    for v in json.loads((VECTORS.parent / "identity.json").read_text())["commands"]:
        yield "command_fuzz", bytes.fromhex(v["message"])
    for op, size in enumerate((1, 18, 115, 28)):  # query, state, command, verdict
        yield "owners_fuzz", (bytes([op]) + bytes(7) + b"\1" + bytes(7) + b"\1" + bytes(128))[:size]
    yield "owners_fuzz", b"\1\2" + bytes(32)
    for flags, keys in ((1, 1), (2, 1), (3, 2)):
        yield "network_record_fuzz", bytes(8) + bytes([1, flags]) + bytes(32 * keys)
    yield from wake_seeds(vectors)
    yield from codec_seeds(vectors)
    yield from crypto_seeds()
    yield from seal_seeds()
    yield from closed_seeds()


def closed_seeds():
    """A node that has admitted one member or two, and what follows: each operation alone, then all of them mixed."""
    for n in range(64):
        chance = hashlib.sha512(b"closed" + bytes([n])).digest() + hashlib.sha512(bytes([n])).digest()
        script = bytearray((n, 6, 0)) + (bytearray((6, 1)) if n % 2 else bytearray())
        for i in range(0, len(chance), 8):
            operation = n % 16 if n < 32 else chance[i]
            script += bytes((operation,)) + chance[i + 1:i + 8 - n % 3]
        yield "closed_ingress_fuzz", bytes(script)


def seal_seeds():
    """A message of each kind; and conversations in which what is said arrives, with some of it lost, repeated or changed."""
    for kind, size in enumerate((37, 137, 101, 137, 58, 161, 60, 80), 1):
        yield "seal_fuzz", bytes([kind]) + (hashlib.sha256(bytes([kind])).digest() * 5)[:size - 1]
    for n in range(24):
        chance = hashlib.sha512(bytes([n])).digest()
        script = bytearray((5, 8 * n, 0x85, 8 * n + 1, 6, 0))
        for a, b in zip(chance[::2], chance[1::2]):
            operation = (0, 1, 0, 1, 2, 3, 4, 5, 7, 1)[a % 10 if n % 2 else a % 4]
            script += bytes((operation | (a & 0x80), b)) + (bytes((b, 1 << a % 8)) if operation == 4 else b"")
        yield "seal_exchange_fuzz", bytes(script)


def crypto_seeds():
    """Published signatures; and handshake messages, each as it is and as zeros laid over the true one."""
    for v in json.loads((VECTORS.parent / "crypto.json").read_text())["ed25519"]:
        yield "ed25519_fuzz", b"".join(bytes.fromhex(v[key]) for key in ("public", "signature", "message"))
    for v in json.loads((VECTORS.parent / "noise.json").read_text())["vectors"]:
        first, count = {"XX": (0, 3), "IK": (3, 2), "X": (5, 1)}[v["protocol_name"].split("_")[1]]
        for n, message in enumerate(v["messages"][:count]):
            yield "noise_fuzz", bytes([first + n, 0]) + bytes.fromhex(message["ciphertext"])
    for n in range(6):
        yield "noise_fuzz", bytes([n, 1]) + bytes(106)  # e, s, two tags, a payload of 10: of the longest


def wake_seeds(vectors):
    """Times of waking, alone and as an entry of a Beacon in its Package."""
    prefix = hashlib.sha256(b"Micropycelium" + b"Wake phase" + (1).to_bytes(4, "big")).digest()[:10]
    for period, wake, opens in ((0, 0, 0), (130, 40, 77), (1047, 322, 1047), (65535, 1, 0), (130, 130, 1), (0, 0, 1)):
        body = b"".join(n.to_bytes(2, "big") for n in (period, wake, opens))
        yield "wake_fuzz", body
        for v in vectors["beacons"][:2]:
            package = bytes.fromhex(v["package"])
            yield "wake_fuzz", package + prefix + body
            yield "beacon_fuzz", package[32:] + prefix + body


def codec_seeds(vectors):
    """Lines for `mpctl codec`, and bytes behind the letter that says what codec_fuzz takes them for."""
    for v in vectors["packets"][::40] + vectors["reject"][::10]:
        yield "codec_fuzz", b"p" + bytes.fromhex(v["packet"])
    for letter, category in ((b"b", "beacons"), (b"g", "gossip_messages"), (b"t", "tree_messages"),
                             (b"i", "ping_messages"), (b"d", "debug_messages")):
        for v in vectors[category][:4]:
            yield "codec_fuzz", letter + bytes.fromhex(v["message"])
    root = pathlib.Path(__file__).resolve().parent.parent
    letters = {"advert": b"a", "probe": b"o", "seek": b"s", "seek_answer": b"S", "introduction": b"I", "route": b"r",
               "route_error": b"e", "trace_request": b"T", "trace_answer": b"A"}
    for page in ("tree.md", "routing.md", "trace.md"):
        for line in (root / "docs" / "specification" / page).read_text().splitlines():
            request = json.loads(line) if line.startswith('{"op":"message"') else {}
            if request.get("kind") in letters:
                yield "codec_fuzz", letters[request["kind"]] + bytes.fromhex(request["hex"])
    guide = root / "programs" / "mpctl" / "CODEC.md"
    for line in guide.read_text().splitlines():
        if line.startswith('{"op"'):
            yield "codec_fuzz", line.encode()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    counts = {}
    for target, data in seeds(json.loads(VECTORS.read_text())):
        folder = root / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        counts[target] = counts.get(target, 0) + 1
    for target, n in sorted(counts.items()):
        print(f"{root / target}: {n}")


if __name__ == "__main__":
    main()
