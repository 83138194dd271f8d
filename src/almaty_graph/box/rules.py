"""Decides by how few rules each file is told its headers: by folder and suffix, and what differs by name."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

# Where the name of a file stands in a value that differs by name.
NAME: Final = "\0"


@dataclass(frozen=True)
class File:
    """A file of a site: where it lies (`/doc/state/iran.ru.html`), and its language if it has one."""

    path: str
    language: str = ""

    @property
    def suffix(self) -> str:
        """Its suffix, with the dot."""
        return PurePosixPath(self.path).suffix

    @property
    def ending(self) -> str:
        """Its suffix, with the language before it if it has one."""
        return f".{self.language}{self.suffix}" if self.language else self.suffix

    @property
    def unspoken(self) -> "File":
        """The same without a language."""
        return File(self.path.removesuffix(self.ending) + self.suffix)

    @property
    def top(self) -> str:
        """The first folder, with slashes; of a file that lies in none it is `/`."""
        first, slash, _ = self.path[1:].partition("/")
        return f"/{first}/" if slash else "/"

    @cached_property
    def name(self) -> str:
        """What is left of the path without the first folder, language and suffix."""
        rest = self.path.removeprefix(self.top).removesuffix(self.suffix)
        return rest.removesuffix(f".{self.language}") if self.language else rest


@dataclass(frozen=True)
class Rule:
    """Files below a folder (`/doc/state/`; `` is all) with a suffix, or language and suffix, have a value."""

    folder: str
    suffix: str
    value: str

    def pattern(self, languages: Iterable[str]) -> str:
        """A regular expression for the paths, whose one group is the name."""
        ending = self.suffix.replace(".", "[.]")
        if not self.folder:
            return f"(){ending}$"
        top, _, rest = self.folder[1:].partition("/")
        language = f"(?:[.](?:{'|'.join(languages)}))?" if self.suffix == ".html" and languages else ""
        return f"^/{re.escape(top)}/({re.escape(rest)}.+?){language}{ending}$"


@dataclass(frozen=True)
class Folded:
    """The values of a header: one that all files have, or else by rules, the narrowest first, and by path."""

    everywhere: str | None
    rules: list[Rule]
    exact: dict[str, str]


def fold(told: Mapping[File, str]) -> Folded:
    """The fewest rules by folder and suffix that say of each file what it is told to have."""
    if len(set(told.values())) == 1:
        return Folded(next(iter(told.values())), [], {})
    differs = any(told.get(file.unspoken, value) != value for file, value in told.items())
    suffixes = {file: file.ending if differs else file.suffix for file in told}
    by_suffix: dict[str, dict[File, str]] = defaultdict(dict)
    for file, value in told.items():
        by_suffix[suffixes[file]][file] = _template(file, value)
    rules = [rule for suffix, values in by_suffix.items() if suffix for rule in _rules(suffix, values)]
    rules.sort(key=lambda rule: (-rule.suffix.count("."), -rule.folder.count("/")))
    found = {(rule.folder, rule.suffix): rule.value for rule in rules}
    exact = {
        file.path: value for file, value in told.items() if _by_rules(file, suffixes[file], found) != value
    }
    return Folded(None, rules, exact)


def _rules(suffix: str, values: Mapping[File, str]) -> Iterable[Rule]:
    """The rules for one suffix: a folder has one where most in it differ from most around it."""
    below: dict[str, Counter[str]] = defaultdict(Counter)
    for file, value in values.items():
        for folder in _folders(file):
            below[folder][value] += 1
    chosen: dict[str, str] = {}
    for folder in sorted(below, key=lambda folder: folder.count("/")):
        around = next((chosen[each] for each in _above(folder) if each in chosen), "")
        value, number = below[folder].most_common(1)[0]
        if value != around and number > 1 and (folder or NAME not in value):
            chosen[folder] = value
            yield Rule(folder, suffix, value)


def _by_rules(file: File, suffix: str, rules: Mapping[tuple[str, str], str]) -> str:
    found = (rules[each, suffix] for each in reversed(_folders(file)) if (each, suffix) in rules)
    return next(found, "").replace(NAME, file.name)


def _folders(file: File) -> list[str]:
    """The folders that a file lies in, the widest first."""
    parts = file.path.split("/")[1:-1]
    return ["", *(f"/{'/'.join(parts[: n + 1])}/" for n in range(len(parts)))]


def _above(folder: str) -> Iterable[str]:
    while folder:
        parent = folder.rstrip("/").rpartition("/")[0]
        folder = f"{parent}/" if parent else ""
        yield folder


def _template(file: File, value: str) -> str:
    """A value with a mark for the name of the file, where it is a part of an address."""
    if file.top == "/":
        return value
    return re.sub(rf"(?<=[/#]){re.escape(file.name)}(?=[.>]|$)", NAME, value)
