"""Decides how many validations one client may have at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from almaty_graph.errors import TooManyQueries

_EACH: Final = 2  # in one process of the web


class Turns:
    """So many validations of each client at once."""

    def __init__(self) -> None:
        self._at_work: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def taken(self, client: str) -> Iterator[None]:
        """Hold a turn; raises TooManyQueries if the client has no more of them."""
        with self._lock:
            if self._at_work[client] >= _EACH:
                raise TooManyQueries("too many validations at once from where you are; ask again later")
            self._at_work[client] += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= Counter([client])  # forgets who has none
