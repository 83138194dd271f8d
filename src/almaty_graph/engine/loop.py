"""Decides how one thread waits for many descriptors: a table of handlers, called when something happens."""

import select
from collections.abc import Callable


class Loop:
    """Calls whoever watches a descriptor when something happens there."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._handlers: dict[int, Callable[[], None]] = {}

    def watch(self, descriptor: int, events: int, handler: Callable[[], None]) -> None:
        """Call the handler on these events, and on a hang-up always."""
        self._poll.register(descriptor, events)
        self._handlers[descriptor] = handler

    def forget(self, descriptor: int) -> None:
        """Watch a descriptor no longer; before it is closed."""
        if self._handlers.pop(descriptor, None):
            self._poll.unregister(descriptor)

    def turn(self, milliseconds: int | None) -> None:
        """Wait for events, at most so long, and handle them."""
        ready = [(each, self._handlers[each]) for each, _ in self._poll.poll(milliseconds)]
        for descriptor, handler in ready:
            # An earlier handler may have closed it, and a new connection may have got the same number.
            if self._handlers.get(descriptor) is handler:
                handler()
