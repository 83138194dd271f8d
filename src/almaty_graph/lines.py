"""Decides how it is known where a parser is: it gets one line a call, so it has read no further than that."""

import io
from typing import IO


class Lines(io.RawIOBase, IO[bytes]):
    """A reader that hands out one line of a stream a call: `number` of them so far, the last is `line`."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.number, self.line = stream, 0, b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - the parser asks for a size; a line is the answer
        """The next line, or nothing at the end."""
        line = self.stream.readline()
        if line:
            self.number, self.line = self.number + 1, line
        return line
