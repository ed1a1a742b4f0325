# SPDX-License-Identifier: ISC
"""A second, tiny implementation of protocol version 0, written from docs/specification/ alone and sharing nothing
with the C++ code: what it and mpnode agree on, the specification says. Knows Beacons, single Packages with ask and
ack, and sequences; one UDP datagram is one packet. Everything unexpected is recorded, not repaired.
"""
import hashlib
import socket
import struct
import time
import zlib

ASK, ACK, RTX, RNS, NIA = 0x08, 0x10, 0x18, 0x20, 0x28
CONTROL = 0x38
ERROR = 0x80

# schema: (fields before the body, most bytes of body); i packet_id, s seq_id, z seq_size, t ttl, c checksum,
# e tree_state, T to_addr, F from_addr, each with its size.
SCHEMAS = {0: ("i1", 245), 1: ("i1 c4", 241), 2: ("i1 s1 z1", 243), 3: ("i1 s1 z1 c4", 239), 4: ("i2 s1 z2 c4", 237),
           5: ("i1 t1 e1 T16 F16", 211), 6: ("i1 t1 c4 e1 T16 F16", 207), 7: ("i1 s1 z1 t1 e1 T16 F16", 209),
           8: ("i1 s1 z1 t1 c4 e1 T16 F16", 205), 9: ("i2 s1 z2 t1 e1 T16 F16", 207),
           10: ("i2 s1 z2 t1 c4 e1 T16 F16", 203),
           11: ("i1 e1 T16 F16", 212), 12: ("i1 s1 z1 e1 T16 F16", 210), 13: ("i2 s1 z2 e1 T16 F16", 208)}
SCHEMAS.update({number + 20: (fields, most - 10) for number, (fields, most) in list(SCHEMAS.items())})


def app_id(name, description, version):
    return hashlib.sha256(name.encode() + description.encode() + struct.pack("!I", version)).digest()[:16]


BEACON = app_id("Beacon", "Dev Beacon App", 0)
TEXT = app_id("Text", "mpctl send and recv", 1)
BEACON_OP, RESPOND_OP, DISCONNECT_OP = 0x00, 0x01, 0xFF


def pack(schema, flags, body, **fields):
    layout, most = SCHEMAS[schema]
    if len(body) > most:
        raise ValueError(f"{len(body)} bytes do not fit schema {schema}")
    out = struct.pack("!BBBB", 0, 0, schema, flags)
    for field in layout.split():
        key, size = field[0], int(field[1:])
        value = zlib.crc32(body) if key == "c" else fields[key]
        out += value if isinstance(value, bytes) else value.to_bytes(size, "big")
    return out + body


def unpack(datagram):
    """(schema, flags, fields, body); ValueError for what no sender may put on the air."""
    version, reserved, schema, flags = struct.unpack_from("!BBBB", datagram)
    if version != 0 or reserved != 0 or schema not in SCHEMAS:
        raise ValueError(f"version {version}, reserved {reserved}, schema {schema}")
    layout, most = SCHEMAS[schema]
    at, fields = 4, {}
    for field in layout.split():
        key, size = field[0], int(field[1:])
        if len(datagram) < at + size:
            raise ValueError("the header is cut off")
        raw = datagram[at:at + size]
        fields[key] = raw if key in "TF" else int.from_bytes(raw, "big")
        at += size
    body = datagram[at:]
    if len(body) > most:
        raise ValueError(f"{len(body)} bytes of body in schema {schema}")
    if "c" in fields and zlib.crc32(body) != fields["c"]:
        raise ValueError("the checksum is wrong")
    return schema, flags, fields, body


def package(app, blob):
    return app + hashlib.sha256(blob).digest()[:16] + blob


class V0Peer:
    """Answers Beacons and asks while it waits for something; collects Packages in `packages`."""

    def __init__(self, port, node_id, apps=(BEACON, TEXT), schemas=range(0, 11)):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.node_id, self.apps, self.schemas = node_id, list(apps), set(schemas)
        self.packages = []   # (app id, blob, link)
        self.beacons = []    # (op, node id, app ids, link)
        self.acks = []       # (schema, flags, fields, body)
        self.faults = []     # what the other side should not have sent
        self.parts = {}      # (link, seq_id): [seq_size, schema, {packet_id: body}]
        self.seen_parts = []  # (schema, packet_id, seq_size field, bytes of body)
        self.repeated_parts = 0
        self.answer_asks = True
        self.next_id = 0
        self.next_sequence = 0

    def close(self):
        self.socket.close()

    # --- sending ------------------------------------------------------------------------------------
    def put(self, link, datagram):
        self.socket.sendto(datagram, link)

    def send_single(self, link, app, blob, flags=0, schema=0, packet_id=None):
        """One packet; returns its packet_id."""
        if packet_id is None:
            packet_id, self.next_id = self.next_id, (self.next_id + 1) % 256
        self.put(link, pack(schema, flags, package(app, blob), i=packet_id))
        return packet_id

    def send_sequence(self, link, app, blob, schema=2, leave_out=(), order=None):
        """A Package in parts; returns (seq_id, number of parts)."""
        data, most = package(app, blob), SCHEMAS[schema][1]
        parts = [data[at:at + most] for at in range(0, len(data), most)]
        sequence, self.next_sequence = self.next_sequence, (self.next_sequence + 1) % 256
        for number in order or range(len(parts)):
            if number not in leave_out:
                self.put(link, pack(schema, 0, parts[number], i=number, s=sequence, z=len(parts) - 1))
        return sequence, len(parts)

    def beacon(self, link, op=BEACON_OP):
        self.send_single(link, BEACON, bytes([op]) + self.node_id + b"".join(self.apps))

    # --- receiving ----------------------------------------------------------------------------------
    def wait(self, condition, patience_s=30.0):
        """Handles datagrams until condition() is true; its value, or the last false one when time is up."""
        end = time.monotonic() + patience_s
        while not (value := condition()) and (left := end - time.monotonic()) > 0:
            self.socket.settimeout(min(left, 0.1))
            try:
                datagram, link = self.socket.recvfrom(65536)
            except TimeoutError:
                continue
            self.take(datagram, link)
        return value

    def take(self, datagram, link):
        try:
            schema, flags, fields, body = unpack(datagram)
        except (ValueError, struct.error) as error:
            self.faults.append(f"{error}: {datagram.hex()}")
            return
        control = flags & CONTROL
        if schema not in self.schemas:
            self.faults.append(f"schema {schema}, which this peer does not know")
        elif control in (ACK, RTX, RNS, NIA):
            self.acks.append((schema, flags, fields, body))
        elif "s" in fields:
            self.take_part(schema, fields, body, link)
        else:
            if control == ASK and self.answer_asks:
                self.put(link, pack(schema, ACK, b"", **{k: v for k, v in fields.items() if k != "c"}))
            self.deliver(body, link)

    def take_part(self, schema, fields, body, link):
        self.seen_parts.append((schema, fields["i"], fields["z"], len(body)))
        key = (link, fields["s"])
        size, _, parts = self.parts.setdefault(key, [fields["z"] + 1, schema, {}])
        self.repeated_parts += fields["i"] in parts
        parts[fields["i"]] = body
        if len(parts) == size:
            del self.parts[key]
            self.deliver(b"".join(parts[number] for number in range(size)), link)

    def deliver(self, data, link):
        app, digest, blob = data[:16], data[16:32], data[32:]
        if len(data) < 32 or hashlib.sha256(blob).digest()[:16] != digest:
            self.faults.append(f"a Package whose digest is wrong, {len(data)} bytes")
        elif app == BEACON:
            ids = [blob[at:at + 16] for at in range(33, len(blob), 16)]
            self.beacons.append((blob[0], blob[1:33], ids, link))
            if blob[0] == BEACON_OP:
                self.beacon(link, RESPOND_OP)
        else:
            self.packages.append((app, blob, link))
