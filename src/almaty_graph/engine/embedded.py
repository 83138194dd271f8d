"""Decides what the engine process is, to its owner: the process that answers queries from an index."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final, Self

from almaty_graph.engine.client import Answer, EmbeddedEngine, Engine, Wish, line_to
from almaty_graph.engine.wire import Limits
from almaty_graph.owned import OwnedProcess

__all__ = ["Answer", "EmbeddedEngine", "Engine", "EngineProcess", "Limits", "Wish"]

# Has glibc keep what is freed at hand for what comes next, other than the few pieces of a size by default: a
# lookup takes a sixth less. Other C libraries ignore it.
_ALLOCATOR: Final = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=60000"}


class EngineProcess(OwnedProcess):
    """Runs the engine process for an index as long as the `with` block lasts: see OwnedProcess.

    The index is an N-Quads file to hold in memory, or what `open_index` takes.
    """

    def __init__(self, index: Path | str, limits: Limits | None = None) -> None:
        self.index = f"memory:{index}" if isinstance(index, Path) else index
        self.limits = limits or Limits()
        super().__init__(
            "almaty_graph.engine.supervisor",
            (self.index, json.dumps(asdict(self.limits))),
            f"the engine did not load {self.index.removeprefix('memory:')}",
            _ALLOCATOR,
        )

    def __enter__(self) -> Self:
        super().__enter__()
        self.engine = EmbeddedEngine(self.address, self.limits.seconds)
        return self

    def _end(self) -> None:
        line_to(self.address).close()
        super()._end()
