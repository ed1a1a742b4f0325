# SPDX-License-Identifier: ISC
"""Frames of closed networks (docs/specification/closed-networks.md and beacon.md, "Signed Beacons"), made from the text
of these chapters: nothing here knows the code they are to be compared with. Other ciphers than libsodium's: Python's
cryptography, and HChaCha20 as it is written down in draft-irtf-cfrg-xchacha, section 2.2.

    python3 tests/vectors/closed_networks.py > tests/vectors/closed_networks.json
    python3 tests/vectors/closed_networks.py --check tests/vectors/closed_networks.json
"""
import hashlib
import hmac
import json
import struct
import sys
import zlib

try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError as missing:
    print("needs python3-cryptography (Debian):", missing, file=sys.stderr)
    sys.exit(77)  # skipped

P = 2**255 - 19


def u16(n):
    return struct.pack(">H", n)


def u32(n):
    return struct.pack(">I", n)


def raw(public_key):
    return public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)


# --- cryptography --------------------------------------------------------------------------------------


def hmac_sha256(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def extract(salt, secret):
    return hmac_sha256(salt, secret)


def expand(key, info):
    return hmac_sha256(key, info + b"\1")


def rotated(x, n):
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


def hchacha20(key, nonce16):
    s = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce16))

    def quarter(a, b, c, d):
        for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xFFFFFFFF
            s[z] = rotated(s[z] ^ s[x], n)

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *s[:4], *s[12:])


def xchacha20_poly1305(key, nonce24, text, head):
    return ChaCha20Poly1305(hchacha20(key, nonce24[:16])).encrypt(bytes(4) + nonce24[16:], text, head)


class Member:
    """A node: its seed, and the salt of one of its starts."""

    def __init__(self, name, seed, salt):
        self.name, self.seed, self.salt = name, seed, salt
        self.ed25519 = Ed25519PrivateKey.from_private_bytes(seed)
        self.id = raw(self.ed25519.public_key())
        # RFC 7748, 4.1: the private key is the first half of SHA-512 of the seed, u = (1 + y) / (1 - y).
        self.x25519 = X25519PrivateKey.from_private_bytes(hashlib.sha512(seed).digest()[:32])

    def shared(self, other_id):
        y = int.from_bytes(other_id, "little") & (2**255 - 1)
        u = (1 + y) * pow(1 - y, -1, P) % P
        return self.x25519.exchange(X25519PublicKey.from_public_bytes(u.to_bytes(32, "little")))


# --- keys ----------------------------------------------------------------------------------------------


class Network:
    def __init__(self, key, generation):
        self.key, self.generation = key, generation
        self.secret = extract(b"Micropycelium closed network 1", key)
        self.opening = expand(self.secret, b"opening")
        self.fingerprint = hashlib.sha256(b"Micropycelium configured key 1" + bytes([generation]) + key).digest()[:8]

    def group_key(self, member):
        return expand(self.secret, b"group" + member.id + member.salt)

    def pair(self, a, b):
        return extract(self.secret, a.shared(b.id))

    def hello_key(self, a, b):
        return expand(self.pair(a, b), b"hello")

    def frame_key(self, a, b):
        return expand(self.pair(a, b), b"frames" + a.id + b.id + a.salt + b.salt)

    def seal_byte(self, group, number):
        return bytes([self.generation << 6 | group << 5 | number])


# --- frames --------------------------------------------------------------------------------------------


# Bytes of the head of a few schemas, from the table of packet.md.
HEADS = {0: 5, 1: 9, 4: 13, 5: 39, 10: 47, 20: 5, 26: 43, 51: 5}


def sealed_frame(key, seal_byte, number, counter, packet):
    """`packet`: the open one, with the sealed schema number and 0 in byte 1."""
    size = HEADS[packet[2] - 64]
    head = packet[:1] + seal_byte + packet[2:size] + u32(counter)
    nonce = bytes([number]) + bytes(7) + u32(counter)
    return head + ChaCha20Poly1305(key).encrypt(nonce, packet[size:], head)[:-8]


def opening_frame(network, schema, number, nonce, text):
    head = bytes([0]) + network.seal_byte(0, number) + bytes([schema, 0])
    return head + nonce + xchacha20_poly1305(network.opening, nonce, text, head)


def package(app_id, blob):
    return app_id + hashlib.sha256(blob).digest()[:16] + blob


def app_id(name, description, version):
    return hashlib.sha256(name + description + u32(version)).digest()[:16]


# --- messages ------------------------------------------------------------------------------------------


def challenge(sender, nonce, heard):
    return bytes([1]) + sender.id + nonce + u32(heard)


def signed_hello(network, kind, sender, receiver, nonce, cookie, boot, counter, number, address):
    """An answer (2) or a proof (3). `address`: the sender's, as the receiver sees it; empty where it is not known."""
    text = bytes([kind]) + sender.id + nonce + cookie + sender.salt + u32(boot) + u32(counter)
    covered = text + receiver.id + network.seal_byte(0, number) + bytes([len(address)]) + address
    if kind == 3:
        covered += receiver.salt
    return text + hmac_sha256(network.hello_key(sender, receiver), covered)[:16]


def signed_beacon(sender, op, boot, count, interval_s, prefixes, wake):
    text = bytes([op]) + sender.id + u32(boot) + u32(count) + u16(interval_s) + b"".join(prefixes)
    return text + sender.ed25519.sign(b"Micropycelium Beacon 2" + sender.salt + text) + wake


# --- what is put down ----------------------------------------------------------------------------------


def rule(n, add):
    """Bytes that are no secret: i * 7 + add."""
    return bytes((i * 7 + add) & 255 for i in range(n))


A = Member("a", bytes(range(32)), rule(16, 1))
B = Member("b", bytes(range(100, 132)), rule(16, 2))
NETWORKS = (Network(rule(32, 3), 0), Network(rule(32, 4), 3))
BEACON = app_id(b"Beacon", b"Signed Beacon App", 1)
APPS = [app_id(name, b"", 1)[:8] for name in (b"one", b"two", b"three", b"four", b"five", b"six")]


def described(network, sender, receiver, **more):
    return {
        "network_key": network.key,
        "generation": network.generation,
        "from_seed": sender.seed,
        "from_salt": sender.salt,
        "to_seed": receiver.seed,
        "to_salt": receiver.salt,
        **more,
    }


def keys():
    for network in NETWORKS:
        yield described(
            network,
            A,
            B,
            from_id=A.id,
            to_id=B.id,
            fingerprint=network.fingerprint,
            opening=network.opening,
            group=network.group_key(A),
            pair=network.pair(A, B),
            hello=network.hello_key(A, B),
            there=network.frame_key(A, B),
            back=network.frame_key(B, A),
        )


def beacons():
    for op, boot, count, interval_s, apps, wake in (
        (0, 1, 1, 60, 6, (0, 0, 0)),
        (0, 0x01020304, 0xFFFFFFFF, 65535, 3, (130, 40, 129)),
        (1, 7, 8, 2, 1, (30000, 300, 0)),
        (255, 7, 9, 60, 0, (0, 0, 0)),
    ):
        message = signed_beacon(A, op, boot, count, interval_s, APPS[:apps], b"".join(u16(w) for w in wake))
        yield {
            "seed": A.seed,
            "salt": A.salt,
            "op": op,
            "boot": boot,
            "count": count,
            "interval_s": interval_s,
            "prefixes": b"".join(APPS[:apps]),
            "wake": list(wake),
            "message": message,
        }


def hellos():
    for network in NETWORKS:
        for number, address in ((0, b""), (5, b"\x02"), (7, bytes.fromhex("02a1b2c3d4e5"))):
            for kind in (2, 3):
                boot, counter = (1, 1) if number == 0 else (0x01020304, 0xFE000001)
                yield described(
                    network,
                    A,
                    B,
                    kind=kind,
                    number=number,
                    address=address,
                    nonce=rule(8, 5),
                    cookie=rule(8, 6),
                    boot=boot,
                    counter=counter,
                    message=signed_hello(network, kind, A, B, rule(8, 5), rule(8, 6), boot, counter, number, address),
                )


def openings():
    texts = [challenge(A, rule(8, 7), 0), challenge(A, rule(8, 8), 0x01020304)]
    texts += [h["message"] for h in hellos() if h["generation"] == 0]
    texts += [bytes([0]) + package(BEACON, b["message"]) for b in beacons()]
    for i, text in enumerate(texts):
        for network in NETWORKS:
            schema = (50, 62)[i % 2]
            nonce = rule(24, 9 + i)
            yield {
                "network_key": network.key,
                "generation": network.generation,
                "schema": schema,
                "number": i % 8,
                "nonce": nonce,
                "text": text,
                "frame": opening_frame(network, schema, i % 8, nonce, text),
            }


def sealed():
    response = package(BEACON, signed_beacon(A, 1, 7, 8, 60, APPS[:2], bytes(6)))
    for i, (schema, flags, body, group) in enumerate((
        (0, 0, response, False),
        (0, 0, response, True),
        (20, 0x08, b"", False),
        (1, 0x10, rule(5, 10), False),
        (4, 0x0C, rule(225, 11), False),
        (5, 0x08, rule(100, 12), False),
        (10, 0x41, rule(191, 13), False),
        (26, 0, rule(185, 14), False),
        (51, 0, rule(9, 15), False),
        (0, 0, rule(233, 16), True),
    )):
        network, number, counter = NETWORKS[i % 2], (0, 5, 7)[i % 3], (1, 2, 0x01020304, 0xFEFFFFFF)[i % 4]
        packet = bytes([0, 0, 64 + schema, flags]) + rule(HEADS[schema] - 4, 17 + i) + body
        if schema in (1, 4, 10, 26):  # those with a checksum, right in front of the body or of the addresses
            at = {1: 5, 4: 9, 10: 10, 26: 6}[schema]
            packet = packet[:at] + u32(zlib.crc32(body)) + packet[at + 4 :]
        key = network.group_key(A) if group else network.frame_key(A, B)
        yield described(
            network,
            A,
            B,
            group=group,
            number=number,
            counter=counter,
            packet=packet,
            frame=sealed_frame(key, network.seal_byte(group, number), number, counter, packet),
        )


def hexed(value):
    return value.hex() if isinstance(value, bytes) else value


def vectors():
    made = {"note": "Frames of closed networks, made by closed_networks.py from the text of the specification."}
    for part in (keys, beacons, hellos, openings, sealed):
        made[part.__name__] = [{k: hexed(v) for k, v in one.items()} for one in part()]
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        with open(sys.argv[2], encoding="utf-8") as f:
            sys.exit(0 if f.read() == vectors() else sys.argv[2] + " is not what closed_networks.py makes")
    sys.stdout.write(vectors())
