# SPDX-License-Identifier: ISC
"""Clients of mpnode's control socket that cost little: one that sends, one that keeps what arrives.

Nothing here goes by way of mpctl, whose start would be a part of each transfer; the clock runs from before the first
byte of contents is encoded until the last word of the daemon is read.
"""
import base64
import json
import socket
import threading
import time

CHUNK = 256 * 1024  # the most that one line may bring


class Control:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rb", 1 << 20)
        self.last_id = 0
        self.greeting = self.read()

    def read(self):
        line = self.lines.readline()
        if not line:
            raise ConnectionError("the daemon closed the connection")
        return json.loads(line)

    def write(self, members, data=None):
        """One request; `data` is its member of that name. Returns its id."""
        self.last_id += 1
        text = json.dumps({"id": self.last_id, **members}).encode()
        if data is not None:
            text = text[:-1] + b',"data":"' + base64.b64encode(data) + b'"}'
        self.socket.sendall(text + b"\n")
        return self.last_id

    def reply(self, number):
        """The reply to that request; events before it are dropped."""
        while True:
            message = self.read()
            if "event" not in message and message["id"] == number:
                return message

    def request(self, **members):
        message = self.reply(self.write(members))
        if not message["ok"]:
            raise RuntimeError(f"{members.get('cmd')}: {message['error']['message']}")
        return message["result"]

    def send(self, to, data):
        """Sends `data` and returns (milliseconds, final event)."""
        began = time.perf_counter()
        if len(data) <= CHUNK:
            number = self.write({"cmd": "send", "to": to}, data)
        else:
            number = self.write({"cmd": "send", "to": to, "size": len(data)})
            transfer = self.reply(number)["result"]["transfer"]
            for at in range(0, len(data), CHUNK):
                self.write({"cmd": "send_data", "transfer": transfer}, data[at:at + CHUNK])
        while True:
            message = self.read()
            if message.get("final") and message["id"] == number:
                return (time.perf_counter() - began) * 1000, message
            if message.get("ok") is False:
                raise RuntimeError(message["error"]["message"])

    def close(self):
        self.lines.close()
        self.socket.close()


class Sink:
    """Listens to Text at a node, as fast as the daemon gives, and looks at what came only when it is asked."""

    def __init__(self, path):
        self.control = Control(path)
        self.control.request(cmd="recv")
        self.pieces = []
        self.size = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while piece := self.control.socket.recv(1 << 20):
                self.pieces.append(piece)
                self.size += len(piece)
        except OSError:
            pass  # closed

    def quiet(self, pause_s=0.2):
        """Waits until nothing more comes."""
        size = -1
        while size != self.size:
            size = self.size
            time.sleep(pause_s)

    def packages(self):
        """What has come since the last time, each as its contents."""
        text, self.pieces = b"".join(self.pieces), []
        whole, lost = [], 0
        for line in text.splitlines():
            message = json.loads(line)
            if message["event"] == "package":
                whole.append(bytearray(base64.b64decode(message.get("data", ""))))
            elif message["event"] == "package_data":
                whole[-1] += base64.b64decode(message["data"])
            elif message["event"] == "lost":
                lost += message["count"]
        if lost:
            raise RuntimeError(f"{lost} Packages passed by this program, which did not read fast enough")
        return whole

    def close(self):
        self.control.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.control.close()
