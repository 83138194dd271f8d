"""Decides which releases are kept: folders beside one another, in the order of their log."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from almaty_graph.errors import NotFound, ReleaseError
from almaty_graph.release import MANIFEST, Release, name_of
from almaty_graph.release.hashes import ENTITIES
from almaty_graph.release.log import Publication, read_log

_NAME: Final = re.compile(r"[0-9A-Za-z.+-]+-[0-9a-f]{12}")
_OPENED: Final = 8


class Archive:
    """The releases kept beside one, up to that one, `newest`, although later ones may have been built.

    `kept` has the last publication of each, the oldest first.
    """

    def __init__(self, newest: Release) -> None:
        self.newest, self._target = newest, newest.folder.parent
        self._opened = lru_cache(_OPENED)(Release.open)
        self.kept = self._kept()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the kept releases are, the oldest first."""
        return tuple(self._target / publication.release for publication in self.kept)

    def release(self, name: str) -> Release:
        """A kept release; NotFound if there is none of that name, ReleaseError if it is damaged."""
        if name == self.newest.name:
            return self.newest
        self.publication(name)
        try:
            return self._opened(self._target / name)
        except ReleaseError:  # whose text has a path of this machine
            raise ReleaseError(f"release {name} is damaged here") from None

    def publication(self, name: str) -> Publication:
        """When a release was last published; NotFound if there is none of that name."""
        found = next((each for each in self.kept if each.release == name), None)
        if found is None:
            raise NotFound(f"no release {name} is kept: /release lists those that are")
        return found

    def before(self, name: str) -> str | None:
        """The release that was published before that of a name."""
        names = [publication.release for publication in self.kept]
        return names[names.index(name) - 1] if name in names[1:] else None

    def facts(self, name: str) -> Mapping[str, Any]:
        """What the manifest of a release says; nothing if there is none, or it is not that of the name."""
        try:
            text = (self._target / name / MANIFEST).read_bytes()
            said: dict[str, Any] = json.loads(text)
            return said if name_of(said["version"], text) == name else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def names(self, name: str, thing: str) -> bool:
        """Whether a kept release says anything of an IRI; one that is older than its table of things may."""
        table = self._target / name / ENTITIES
        return not table.is_file() or f"\n{thing},".encode() in table.read_bytes()

    def _kept(self) -> tuple[Publication, ...]:
        last: dict[str, Publication] = {}
        for each in read_log(self._target):
            if _NAME.fullmatch(each.release) and self.facts(each.release):
                last.pop(each.release, None)
                last[each.release] = each
        made = datetime.fromtimestamp(int(self.newest.folder.stat().st_mtime), UTC)
        newest = last.get(self.newest.name, Publication(self.newest.name, made))
        return (*(each for each in last.values() if each.at <= newest.at and each != newest), newest)
