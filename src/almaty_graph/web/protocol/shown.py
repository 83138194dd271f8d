"""Decides what the endpoint hands on to be shown to readers: a query, its answer, and how it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from almaty_graph.formats import JSON, Format
from almaty_graph.web.protocol.bodies import Parameters, write_address


@dataclass(frozen=True)
class Page:
    """What a reader is shown: a query and its answer as data in a format, or nothing yet."""

    query: str | None = None
    data: bytes = b""
    form: Format = JSON
    is_kept: bool = True
    empty: Mapping[str, Any] | None = None  # why there are no rows, and what would have some
    parameters: Parameters = field(default_factory=list)

    def address(self, **changed: object) -> str:
        """The address of this page with some parameters changed, or left out where there is None instead."""
        return write_address("/sparql", self.parameters, changed)
