"""Decides what the made data say: people, organizations, memberships, chairs and meetings, in our vocabulary.

All follows from the number of people: what exists, by number; and what is said of it, by random numbers
from a fixed seed. So a benchmark can name any thing without having read the data.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from almaty_graph.names import DCTERMS, DEF, GRAPH, ID, ORG, SCHEMA, SKOS, XSD
from almaty_graph.terms import TYPE

TRIPLES_PER_PERSON: Final = 19.35  # with the person's share of all else
FIRST_DAY: Final = date(1990, 1, 1)
DAYS: Final = tuple((FIRST_DAY + timedelta(days)).isoformat() for days in range(36 * 365))
PLACES, STATES, TOPICS = 40, 30, 40
ROLES: Final = ("member", "observer", "partner", "secretariat", "expert", "guest", "host", "chair")
_CHAIR: Final = len(ROLES) - 1
_BRANCHES: Final = 8  # organizations directly under one
_CHAIRS: Final = 3  # of an organization, one after the other
_ATTENDEES: Final = 8
# fmt: off
SYLLABLES: Final = (
    "al", "ba", "da", "er", "ga", "il", "ka", "le", "mu", "na",
    "or", "pa", "ra", "sa", "ta", "ul", "va", "ya", "za", "zhu",
)
_GIVEN: Final = (
    "Aida", "Bolat", "Dana", "Erlan", "Farida", "Gulnara",
    "Ilyas", "Kamila", "Leyla", "Marat", "Nigora", "Rustam",
)
# fmt: on
_CYRILLIC: Final = str.maketrans("abdegiklmnoprstuvyz", "абдегиклмнопрстувыз")

_LABEL = f"<{SKOS}prefLabel>"
_START, _END = f"<{SCHEMA}startDate>", f"<{SCHEMA}endDate>"
_DATE = f"^^<{XSD}date>"


@dataclass(frozen=True)
class Population:
    """How many there are of each kind; things of a kind are numbered from 0."""

    people: int

    @classmethod
    def of(cls, triples: int) -> "Population":
        """The population of which about so many triples tell."""
        return cls(round(triples / TRIPLES_PER_PERSON))

    @property
    def organizations(self) -> int:
        """One for every twenty people."""
        return self.people // 20 + 1

    @property
    def meetings(self) -> int:
        """One for every ten people."""
        return self.people // 10 + 1

    @property
    def sources(self) -> int:
        """Each is a named graph: 20 at ten thousand triples, 102 at ten million."""
        return 20 + self.people // 6250

    def n_quads(self) -> Iterator[str]:
        """The lines of the data set, in no order; a triple stands in one graph only."""
        chance = random.Random(4)
        yield from _reference()
        for number in range(self.organizations):
            yield from self._organization(number, chance)
        for number in range(self.people):
            yield from self._person(number, chance)
        for number in range(self.meetings):
            yield from self._meeting(number, chance)

    def _graph(self, number: int) -> str:
        return f"<{GRAPH}source-{number % self.sources}>"

    def _organization(self, number: int, chance: random.Random) -> Iterator[str]:
        this, graph = thing("organization", number), self._graph(number)
        name = SYLLABLES[number % 20].capitalize() + SYLLABLES[number // 20 % 20]
        yield f"{this} {TYPE} <{ORG}Organization> {graph} .\n"
        yield f'{this} {_LABEL} "{name} Organization {number}"@en {graph} .\n'
        yield f'{this} {_LABEL} "Организация {name.lower().translate(_CYRILLIC)} {number}"@ru {graph} .\n'
        yield f'{this} <{DCTERMS}identifier> "O-{number}" {graph} .\n'
        yield f"{this} <{SCHEMA}location> {thing('place', chance.randrange(PLACES))} {graph} .\n"
        if number:
            above = thing("organization", (number - 1) // _BRANCHES)
            yield f"{this} <{ORG}subOrganizationOf> {above} {graph} .\n"
        first = chance.randrange(4000)
        for term in range(_CHAIRS):
            chair = chance.randrange(self.people)
            days = DAYS[first + 730 * term], DAYS[first + 730 * term + 729]
            yield from _membership(f"{number}-chair-{term}", (chair, number, _CHAIR), days, graph)

    def _person(self, number: int, chance: random.Random) -> Iterator[str]:
        this, graph = thing("person", number), self._graph(number)
        draw = chance.random
        given = _GIVEN[int(12 * draw())]
        family = "".join(SYLLABLES[int(20 * draw())] for _ in range(3)).capitalize() + "ov"
        name = f"{given} {family}"
        yield f"{this} {TYPE} <{SCHEMA}Person> {graph} .\n"
        yield f'{this} {_LABEL} "{name}"@en {graph} .\n'
        yield f'{this} {_LABEL} "{name.lower().translate(_CYRILLIC)}"@ru {graph} .\n'
        yield f'{this} <{SCHEMA}givenName> "{given}" {graph} .\n'
        yield f'{this} <{SCHEMA}familyName> "{family}" {graph} .\n'
        yield f'{this} <{DCTERMS}identifier> "P-{number}" {graph} .\n'
        yield f"{this} <{SCHEMA}nationality> {thing('state', int(STATES * draw()))} {graph} .\n"
        yield f'{this} <{SCHEMA}birthDate> "{DAYS[int(4000 * draw())]}"{_DATE} {graph} .\n'
        yield f'{this} <{DCTERMS}modified> "{DAYS[12000 + int(1000 * draw())]}"{_DATE} {graph} .\n'
        # One in twenty has never belonged to anything.
        for term in range(0 if draw() < 0.05 else 1 if draw() < 0.6 else 2):
            belongs = number, int(self.organizations * draw()), int(_CHAIR * draw())
            start = int(9000 * draw())
            end = DAYS[start + 100 + int(3000 * draw())] if draw() < 0.65 else ""
            yield from _membership(f"{number}-{term}", belongs, (DAYS[start], end), graph)

    def _meeting(self, number: int, chance: random.Random) -> Iterator[str]:
        this, graph = thing("meeting", number), self._graph(number)
        organizer = chance.randrange(self.organizations)
        yield f"{this} {TYPE} <{SCHEMA}Event> {graph} .\n"
        yield f'{this} {_LABEL} "Meeting {number} of organization {organizer}"@en {graph} .\n'
        yield f'{this} {_START} "{chance.choice(DAYS)}"{_DATE} {graph} .\n'
        yield f"{this} <{SCHEMA}location> {thing('place', chance.randrange(PLACES))} {graph} .\n"
        yield f"{this} <{DEF}meetingOf> {thing('organization', organizer)} {graph} .\n"
        for topic in chance.sample(range(TOPICS), 2):
            yield f"{this} <{SCHEMA}about> {thing('topic', topic)} {graph} .\n"
        for _ in range(_ATTENDEES):
            yield f"{this} <{SCHEMA}attendee> {thing('person', chance.randrange(self.people))} {graph} .\n"


def thing(kind: str, name: int | str) -> str:
    """The term of the thing of that kind and number, or name."""
    return f"<{ID}{kind}/{name}>"


def _membership(name: str, belongs: tuple[int, int, int], days: tuple[str, str], graph: str) -> Iterator[str]:
    this = thing("membership", name)
    person, organization, role = belongs
    yield f"{this} {TYPE} <{ORG}Membership> {graph} .\n"
    yield f"{this} <{ORG}member> {thing('person', person)} {graph} .\n"
    yield f"{this} <{ORG}organization> {thing('organization', organization)} {graph} .\n"
    yield f"{this} <{ORG}role> {thing('role', ROLES[role])} {graph} .\n"
    yield f'{this} {_START} "{days[0]}"{_DATE} {graph} .\n'
    if days[1]:
        yield f'{this} {_END} "{days[1]}"{_DATE} {graph} .\n'


def _reference() -> Iterator[str]:
    """What the sources share: states, places, topics and roles."""
    graph = f"<{GRAPH}register>"
    for kind, number in (("state", STATES), ("place", PLACES), ("topic", TOPICS)):
        for each in range(number):
            yield f"{thing(kind, each)} {TYPE} <{SKOS}Concept> {graph} .\n"
            yield f'{thing(kind, each)} {_LABEL} "{kind.capitalize()} {each}"@en {graph} .\n'
    for role in ROLES:
        yield f"{thing('role', role)} {TYPE} <{ORG}Role> {graph} .\n"
        yield f'{thing("role", role)} {_LABEL} "{role}"@en {graph} .\n'
