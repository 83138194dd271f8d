"""Decides by which connection a request may have come, and from that, whether its caller has hung up.

The server tells an application the address of its caller, not the port. But the kernel tells of each
connection when bytes last came and went, so most requests have one that they can have come by; where there
are more, each counts until it was seen to answer something else.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import product
from types import TracebackType
from typing import Any, Final

from almaty_graph.web.operations.clients import plain
from almaty_graph.web.operations.connections import Connection, Identity

LATE: Final = 0.25  # seconds; what takes less is not looked at
_NEAR: Final = 0.05  # seconds between the last data of a request and when we get it
_QUEUE: Final = 2.0  # ... if all threads were at work
_IDLE: Final = 1.0
_CONTINUE: Final = 1.0  # ... and our invitation to send the body (RFC 9110, 10.1.1)


class Caller(AbstractContextManager[None]):
    """Who waits for the answer to one request, for as long as the `with` block lasts.

    `open` are the connections that it may have come by, None before the first look; one that it may have come
    by may be `gone`. A caller with a deadline is sending a body until then.
    """

    __slots__ = ("_known", "cancel", "deadline", "expects", "gone", "open", "peer", "since")

    def __init__(
        self,
        known: "set[Caller]",
        environ: Mapping[str, Any],
        cancel: Callable[[], None] | None,
        deadline: float | None,
    ) -> None:
        self._known, self.cancel, self.deadline = known, cancel, deadline
        self.peer: str = environ.get("REMOTE_ADDR", "")
        self.expects = "HTTP_EXPECT" in environ
        self.since = time.monotonic()
        self.open: set[Identity] | None = None
        self.gone = False

    def __enter__(self) -> None:
        self._known.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._known.discard(self)

    def bind(self, connections: Iterable[Connection]) -> None:
        """Find the connections that it may have come by."""
        peer = plain(self.peer)
        self.open = {each.identity for each in connections if each.peer == peer and self._may_be(each)}

    def was_quick(self, others: Iterable[Connection]) -> bool:
        """Whether it has gone before it was looked at: what is left by others is idle."""
        peer = plain(self.peer)
        return not self.expects and not any(each.peer == peer and self._might_be(each) for each in others)

    def narrow(self, known: Mapping[Identity, Connection]) -> None:
        """Set aside what is gone, and what has answered something else since."""
        for identity in list(self.open or ()):
            connection = known.get(identity)
            if connection is None or connection.has_hung_up:
                self.gone = self.deadline is None  # the end of its connection ends a body, and its caller
            elif connection.sent <= self.since + (_CONTINUE if self.expects else _NEAR):
                continue
            self.leave({identity})

    def leave(self, others: "set[Identity] | frozenset[Identity]") -> None:
        """Set aside connections by which it has not come."""
        self.open = (self.open or set()) - others

    def _may_be(self, connection: Connection) -> bool:
        if not connection.received_bytes or (connection.sent > connection.received and not self.expects):
            return False
        if self.deadline is not None:  # a body: more may have come, at any time
            return connection.received > self.since - _NEAR
        # One that sent and received within a step of the clock may be idle, or busy with the next request.
        early = _QUEUE if connection.sent < connection.received else _NEAR
        return self.since - early < connection.received < self.since + _NEAR

    def _might_be(self, connection: Connection) -> bool:
        """Whether a connection is not certainly idle: also if it has sent the next request already."""
        idle = connection.sent > connection.received or connection.received < self.since - _QUEUE
        return bool(connection.received_bytes) and not idle


@dataclass(frozen=True)
class Findings:
    """Who has hung up, and the connections of those whose body is overdue."""

    gone: list[Caller]
    overdue: list[Connection]


class Callers:
    """The callers of this process."""

    def __init__(self) -> None:
        self._known: set[Caller] = set()

    def waiting(
        self,
        environ: Mapping[str, Any],
        cancel: Callable[[], None] | None = None,
        deadline: float | None = None,
    ) -> Caller:
        """One more, known within its `with` block."""
        return Caller(self._known, environ, cancel, deadline)

    def late(self, now: float) -> list[Caller]:
        """Those that have been waiting for a while, the first first."""
        return sorted((each for each in list(self._known) if now - each.since > LATE), key=lambda c: c.since)

    def follow(self, callers: list[Caller], connections: Iterable[Connection], now: float) -> Findings:
        """What has become of those, by the connections that there are now."""
        known = {each.identity: each for each in connections}
        new = [each for each in callers if each.open is None]
        for caller in new:
            caller.bind(known.values())
        unfound = [each for each in new if not each.open]
        for caller in callers:
            caller.narrow(known)
        owned = _owned(callers)
        for caller, group in product(callers, owned):
            if group < (caller.open or set()):
                caller.leave(group)
        others = [each for each in known.values() if not any(each.identity in group for group in owned)]
        for caller in unfound:
            caller.gone = caller.was_quick(others)
        gone = [each for each in callers if each.gone and not each.open]
        return Findings(gone, _overdue(callers, known, now))


def _owned(callers: Iterable[Caller]) -> list[frozenset[Identity]]:
    """The sets of connections for which there are as many callers as connections: they are no other's."""
    groups = Counter(frozenset(each.open) for each in callers if each.open and not each.gone)
    return [group for group, size in groups.items() if size >= len(group)]


def _overdue(callers: Iterable[Caller], known: Mapping[Identity, Connection], now: float) -> list[Connection]:
    """The connections of bodies that are overdue; idle ones among them, if they may be those, are no loss."""
    late = [each for each in callers if each.deadline is not None and now > each.deadline]
    spared = {identity for each in callers if each not in late for identity in each.open or ()}
    owned, found = _owned(late), set[Identity]()
    for caller in late:
        theirs = (caller.open or set()) - spared
        is_certain = frozenset(caller.open or ()) in owned
        found |= {each for each in theirs if is_certain or known[each].received < now - _IDLE}
    return [known[each] for each in found]
