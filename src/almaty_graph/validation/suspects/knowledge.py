"""Decides how a condition is told of many nodes: of which it is surely met, and of which it surely is not."""

from collections.abc import Callable
from functools import cached_property
from typing import Final

import numpy as np

from almaty_graph.validation.columns import Bools, Numbers


class Known:
    """Two masks over nodes, each made when it is asked for: what is not in either is not known."""

    def __init__(self, yes: Callable[[], Bools], no: Callable[[], Bools]) -> None:
        self._yes, self._no = yes, no

    @cached_property
    def yes(self) -> Bools:
        """Of which nodes it is surely met; one word may stand for all."""
        return self._yes()

    @cached_property
    def no(self) -> Bools:
        """Of which it surely is not."""
        return self._no()

    def surely(self, nodes: Numbers) -> Bools:
        """Of which of these nodes, those that it was told of, it is surely met."""
        return np.broadcast_to(self.yes, nodes.shape)

    def __invert__(self) -> "Known":
        return Known(lambda: self.no, lambda: self.yes)

    def __and__(self, other: "Known") -> "Known":
        return Known(lambda: self.yes & other.yes, lambda: self.no | other.no)

    def __or__(self, other: "Known") -> "Known":
        return ~(~self & ~other)


def exactly(told: Callable[[], Bools]) -> Known:
    """The condition of which a mask tells both."""
    known = Known(told, lambda: ~known.yes)
    return known


_ALL, _NONE = np.array(True), np.array(False)
ALWAYS: Final = Known(lambda: _ALL, lambda: _NONE)
UNSURE: Final = Known(lambda: _NONE, lambda: _NONE)
