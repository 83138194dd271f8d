"""Decides what is remembered of when each release was published: a log that only grows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from almaty_graph.files import flush

LOG: Final = "releases.jsonl"
_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Publication:
    """That a release became the current one; `at` is in UTC, to the second."""

    release: str
    at: datetime

    @property
    def moment(self) -> str:
        """When that was, as an xsd:dateTime."""
        return self.at.strftime(_MOMENT)


def note(target: Path, name: str, at: datetime | None = None) -> None:
    """Add to the log that a release is now the current one, unless that is the last it says.

    The log only grows: a line that a killed writer left half-written is ended, and passed over by readers.
    """
    log = target / LOG
    text = log.read_bytes() if log.exists() else b""
    said = list(read_log(target))
    if said and said[-1].release == name:
        return
    moment = Publication(name, (at or datetime.now(UTC)).astimezone(UTC)).moment
    ended = b"" if text.endswith(b"\n") or not text else b"\n"
    with log.open("ab") as file:
        file.write(ended + json.dumps({"release": name, "published": moment}).encode() + b"\n")
    flush(log)
    flush(target)


def read_log(target: Path) -> Iterator[Publication]:
    """What a folder of releases says was published, in that order."""
    log = target / LOG
    for line in log.read_bytes().split(b"\n") if log.exists() else ():
        try:
            entry = json.loads(line)
            at = datetime.strptime(entry["published"], _MOMENT).replace(tzinfo=UTC)
            yield Publication(str(entry["release"]), at)
        except (ValueError, KeyError, TypeError):
            continue
