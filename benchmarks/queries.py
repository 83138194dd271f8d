"""Decides what is asked: the queries of the mix, with constants that make each another one every time."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Final

from almaty_graph.names import XSD
from benchmarks.population import DAYS, SYLLABLES, Population, thing

LOOKUP, JOIN = "02-lookup", "03-join"
_MIX: Final = Path(__file__).with_name("mix")
_PLACEHOLDER: Final = re.compile(r"\{\{([\w-]+)\}\}")
_MANY: Final = 20_000  # constants of a kind at most


@dataclass(frozen=True)
class Template:
    """A query with placeholders, `{{person}}` say; equal ones get equal constants."""

    name: str
    text: str
    rows_only: bool = False  # any rows will do, so answers are compared by their number

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """Their names, each once."""
        return tuple(dict.fromkeys(_PLACEHOLDER.findall(self.text)))

    @cached_property
    def pieces(self) -> list[str]:
        """The text around the placeholders."""
        return _PLACEHOLDER.split(self.text)[::2]

    @property
    def is_graph(self) -> bool:
        """Whether it asks for triples."""
        return "CONSTRUCT" in self.text or "DESCRIBE" in self.text


@cache
def read_mix() -> tuple[Template, ...]:
    """The seventeen templates in order of their names."""
    return tuple(_read(path) for path in sorted(_MIX.glob("*.rq")))


def template(name: str) -> Template:
    """The template of that name."""
    return next(each for each in read_mix() if each.name == name)


def _read(path: Path) -> Template:
    text = path.read_text("utf-8")
    query = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#")).strip()
    return Template(path.stem, query, "# compare: rows" in text)


@dataclass
class Asked:
    """The queries that a template makes over a population, in an order in which none comes twice."""

    template: Template
    population: Population
    next: int = 0
    values: Sequence[Sequence[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.values = [constants(name, self.population) for name in self.template.placeholders]

    def query(self, number: int) -> str:
        """The query of that number."""
        chosen = {}
        for name, values in zip(self.template.placeholders, self.values, strict=True):
            number, index = divmod(number, len(values))
            chosen[name] = values[index]
        assert not number, f"{self.template.name} has no more queries that were not asked before"
        return _PLACEHOLDER.sub(lambda found: chosen[found[1]], self.template.text)

    def take(self, number: int = 1) -> int:
        """The number of the first of some queries that have not been asked before, and are from now on."""
        self.next += number
        return self.next - number

    def new(self) -> str:
        """A query that has not been asked before."""
        return self.query(self.take())


@cache
def constants(kind: str, population: Population) -> Sequence[str]:
    """What may stand for a placeholder of that name, as SPARQL, in an order of chance but always the same."""
    chance = random.Random(kind)
    numbers = {
        "person": population.people,
        "organization": population.organizations,
        "meeting": population.meetings,
    }
    if kind in numbers:
        many = min(_MANY, numbers[kind])
        return [thing(kind, number) for number in chance.sample(range(numbers[kind]), many)]
    everything = {
        "branch": [thing("organization", number) for number in (1, 2)],
        "day": _dates(DAYS[1000:12_000]),
        "early-day": _dates(DAYS[:12_000]),
        "late-day": _dates([(date(2030, 1, 1) + timedelta(number)).isoformat() for number in range(4000)]),
        "birthday": _dates(DAYS[2000:4000]),
        "month": [f"{1995 + number // 12}-{1 + number % 12:02}" for number in range(25 * 12)],
        "offset": [str(number) for number in range(100, 400)],
        "beginning": [f'"^{first}{second}"' for first, second in product(SYLLABLES, repeat=2)],
        "identifier": [f'"P-{number}"' for number in range(min(_MANY, population.people))],
        "organization-identifier": [f'"O-{number}"' for number in range(population.organizations)],
    }[kind]
    return chance.sample(everything, len(everything))


def _dates(days: Sequence[str]) -> list[str]:
    return [f'"{day}"^^<{XSD}date>' for day in days]
