#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""One Reticulum instance of the benchmark, driven by JSON lines. PYTHONPATH names the checkout.

    reticulum_node.py DIRECTORY {relay|receiver|sender} LINK...      LINK: udp:LISTEN:FORWARD, tcp-listen:PORT, tcp:PORT

It stays at an MTU of 500 bytes, and does not try to compress contents that are random. Says {"ready":true}; a receiver
says its {"destination":..} and announces itself when told to.
"""
import json
import os
import sys
import threading
import time

import RNS

RNS.Reticulum.LINK_MTU_DISCOVERY = False

LINKS = {
    "udp": "type = UDPInterface\n    listen_ip = 127.0.0.1\n    listen_port = {0}\n    forward_ip = 127.0.0.1\n"
           "    forward_port = {1}",
    "tcp-listen": "type = TCPServerInterface\n    listen_ip = 127.0.0.1\n    listen_port = {0}",
    "tcp": "type = TCPClientInterface\n    target_host = 127.0.0.1\n    target_port = {0}",
}


def say(**members):
    print(json.dumps(members), flush=True)


def write_config(directory, links):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "config"), "w", encoding="utf-8") as file:
        file.write("[reticulum]\n  enable_transport = yes\n  share_instance = no\n  respond_to_probes = no\n"
                   "[logging]\n  loglevel = 0\n[interfaces]\n")
        for number, link in enumerate(links):
            kind, *ports = link.split(":")
            file.write(f"  [[link {number}]]\n    enabled = yes\n    " + LINKS[kind].format(*ports) + "\n")


class Receiver:
    def __init__(self):
        self.packets = 0
        self.destination = RNS.Destination(RNS.Identity(), RNS.Destination.IN, RNS.Destination.SINGLE, "bench", "sink")
        self.destination.set_link_established_callback(self.linked)
        say(destination=self.destination.hash.hex())

    def linked(self, link):
        link.set_resource_strategy(RNS.Link.ACCEPT_ALL)
        link.set_packet_callback(self.packet)

    def packet(self, message, packet):
        self.packets += 1

    def command(self, words):
        if "announce" in words:
            self.destination.announce()
        if "count" in words:
            say(packets=self.packets)


class Sender:
    def __init__(self):
        self.link = None

    def command(self, words):
        if "link" in words:
            self.open(bytes.fromhex(words["link"]))
        if "send" in words:
            self.send(words["send"])
        if "burst" in words:
            self.burst(words["burst"], words["size"])

    def open(self, target):
        if not RNS.Transport.has_path(target):
            RNS.Transport.request_path(target)
            return say(linked=False)
        established = threading.Event()
        destination = RNS.Destination(RNS.Identity.recall(target), RNS.Destination.OUT, RNS.Destination.SINGLE, "bench",
                                      "sink")
        self.link = RNS.Link(destination, established_callback=lambda link: established.set())
        say(linked=established.wait(15), mtu=self.link.mtu, mdu=self.link.mdu)

    def send(self, size):
        data = os.urandom(size)
        concluded = threading.Event()
        began = time.perf_counter()
        resource = RNS.Resource(data, self.link, auto_compress=False, callback=lambda r: concluded.set())
        done = concluded.wait(120) and resource.status == RNS.Resource.COMPLETE
        say(ms=(time.perf_counter() - began) * 1000, delivered=done)

    def burst(self, count, size):
        data = os.urandom(size)
        began = time.perf_counter()
        for _ in range(count):
            RNS.Packet(self.link, data, create_receipt=False).send()
        say(ms=(time.perf_counter() - began) * 1000)


def main():
    directory, role, *links = sys.argv[1:]
    write_config(directory, links)
    RNS.Reticulum(directory)
    part = {"receiver": Receiver, "sender": Sender, "relay": lambda: None}[role]()
    say(ready=True)
    for line in sys.stdin:
        part.command(json.loads(line))
    os._exit(0)  # its threads do not end by themselves


if __name__ == "__main__":
    main()
