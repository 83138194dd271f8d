"""Decides which replies are kept, and for which requests: those that ask for the same in the same way."""

import threading
from collections import OrderedDict
from typing import Any

from almaty_graph.web.protocol.languages import rank_languages

Environ = dict[str, Any]
# Path, query string, headers that make another reply, and the languages that its client likes.
Key = tuple[str | tuple[str, ...] | None, ...]
Fixed = tuple[tuple[str, str], ...]
# A reply ready to be sent again: entity tag, headers, headers of its 304, body. Tuples of strings, since the
# collector does not look into those again and again: a full cache made it stop for 28 ms at a time.
Kept = tuple[str, Fixed, Fixed, bytes]


class Cache:
    """Replies by request, up to a number of bytes; the one not asked for the longest goes first."""

    def __init__(self, limit: int, languages: tuple[str, ...] = ()) -> None:
        self.limit, self.size, self.languages = limit, 0, languages
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def key(self, environ: Environ) -> Key:
        """What a request is known by."""
        return (
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            environ.get("HTTP_ACCEPT"),
            environ.get("HTTP_ACCEPT_ENCODING"),
            environ.get("HTTP_HOST"),
            rank_languages(environ.get("HTTP_ACCEPT_LANGUAGE"), self.languages),
        )

    def get(self, key: Key) -> Kept | None:
        """What is kept for a request."""
        kept = self._kept.get(key)
        if kept is not None and self.size > self.limit // 2:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
        return kept

    def put(self, key: Key, kept: Kept) -> None:
        """Keep a reply."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = kept
                self.size += _size(key, kept)
            while self.size > self.limit:
                self.size -= _size(*self._kept.popitem(last=False))


def _size(key: Key, kept: Kept) -> int:
    return 2_000 + len(key[1] or "") + len(kept[-1])
