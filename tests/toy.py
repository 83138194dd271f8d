"""A server that does what it is told, however wrong."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

GOOD = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"1"}}]}}'
JSON = b"Content-Type: application/sparql-results+json\r\n"
ROW = b'{"n":{"type":"literal","value":"' + b"x" * 1000 + b'"}}'
Behaviour = Callable[[socket.socket], None]


def reply(body: bytes, head: bytes = JSON, status: bytes = b"200 OK") -> Behaviour:
    length = b"Content-Length: %d\r\n" % len(body)
    return lambda caller: caller.sendall(b"HTTP/1.1 " + status + b"\r\n" + head + length + b"\r\n" + body)


def raw(*parts: bytes, pause: float = 0) -> Behaviour:
    """Sends the parts and hangs up."""

    def send(caller: socket.socket) -> None:
        for part in parts:
            caller.sendall(part)
            time.sleep(pause)
        caller.shutdown(socket.SHUT_RDWR)

    return send


def endless(head: bytes, part: bytes, number: int = 1 << 40) -> Behaviour:
    def send(caller: socket.socket) -> None:
        caller.sendall(head)
        for _ in range(number):
            caller.sendall(part)

    return send


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


CHUNKED = b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
TABLE = b'{"head":{"vars":["n"]},"results":{"bindings":['
ROWS = b",".join([ROW] * 1000)


class Toy:
    """A server that does to every caller what its behaviour says; it counts and has the last request."""

    def __init__(self, port: int = 0) -> None:
        self.listener = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/sparql"
        self.behaviour: Behaviour = reply(GOOD)
        self.connections, self.request = 0, b""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self._answer, args=(caller,), daemon=True).start()

    def _answer(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            data = b""
            while more := caller.recv(65536):
                data += more
                head, end, body = data.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                if end and len(body) >= length:
                    self.request, data = data, b""
                    self.behaviour(caller)
