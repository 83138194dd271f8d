"""Decides whether anybody was called: a listener on loopback that no query may ever reach."""

import socket
import threading
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

# The ways to write the host of a loopback address; a port follows each.
SPELLINGS = (
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "127.1",
    "0.0.0.0",  # noqa: S104 - an address to be called at, not to listen on
    "0",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "user:password@127.0.0.1",
)
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\nContent-Length: 40\r\n\r\n"
    b'{"head":{"vars":[]},"results":{"bindings'
)


class Canary:
    """Listens on one port of both loopback addresses while the `with` block lasts, and counts its callers."""

    def __enter__(self) -> Self:
        self.calls: list[bytes] = []
        self._sockets = ExitStack()
        first = self._sockets.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port = int(first.getsockname()[1])
        assert self.port > 9_999
        listeners = [first]
        with suppress(OSError):  # a machine without IPv6
            listeners.append(
                self._sockets.enter_context(socket.create_server(("::1", self.port), family=socket.AF_INET6))
            )
        for listener in listeners:
            threading.Thread(target=self._listen, args=(listener,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sockets.close()

    def _listen(self, listener: socket.socket) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = listener.accept()
                self.calls.append(b"")
                with connection, suppress(OSError):
                    connection.settimeout(1)
                    self.calls[-1] = connection.recv(4096)
                    connection.sendall(_ANSWER)
