"""Decides which things a reconciliation query finds, how sure that is, and what it rests on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from almaty_graph.search.index import Found
from almaty_graph.search.spellings import Evidence, Spelling
from almaty_graph.terms import Term
from almaty_graph.web.services.properties import Properties, Property, Wanted, compare
from almaty_graph.web.services.things import Things

_LEAST: Final = 30.0  # of 100: what is less alike is no candidate
_CERTAIN: Final = 85.0  # measured: of 134 names that sources write, none wrong with this lead
_LEAD: Final = 5.0
_LOOKED_AT: Final = 5_000  # things, where nothing but values of properties is known
_OTHER_TYPE: Final = 15.0  # taken off where a type should fit, and does not
_NAME_WEIGHT: Final = 2.0  # of the name, against 1 for each property


@dataclass(frozen=True)
class Query:
    """One query: a text, if any, the classes that are wished for, and the values that properties should have.

    `strictness` says whether `any` of the classes must fit, `all` of them, or any `should`.
    """

    text: str | None = None
    kinds: tuple[Term, ...] = ()
    strictness: str = "any"
    wanted: tuple[tuple[Property, tuple[Wanted, ...]], ...] = ()
    limit: int = 10


@dataclass(frozen=True)
class Candidate:
    """A thing that may be meant, its score from 0 to 100, by which spelling, and what else speaks for it."""

    thing: Term
    score: float
    spelling: Spelling | None
    features: dict[str, float | bool] = field(default_factory=dict)
    match: bool = False


class Matcher:
    """Finds candidates among things."""

    def __init__(self, things: Things, properties: Properties) -> None:
        self.things, self.properties = things, properties

    def candidates(self, query: Query) -> list[Candidate]:
        """The candidates for a query, the best first; the first is marked if it is certain."""
        judged = [self._judge(found, query) for found in self._named(query)]
        judged = [each for each in judged if each.score >= _LEAST]
        judged.sort(key=lambda each: (-each.score, _rank(each), each.thing))
        if judged and _is_certain(judged):
            judged[0] = Candidate(**vars(judged[0]) | {"match": True})
        return judged[: query.limit]

    def _named(self, query: Query) -> Iterable[tuple[Term, Found | None]]:
        def accept(thing: Term) -> bool:
            return self.things.is_one(thing) and (query.strictness == "should" or self._fits(thing, query))

        if query.text is None:
            return ((thing, None) for thing in self._with_values(query) if accept(thing))
        return ((found.thing, found) for found in self.things.index.find(query.text, accept, _LEAST))

    def _fits(self, thing: Term, query: Query) -> bool:
        fitting = self.things.kinds(thing) & set(query.kinds)
        return (
            len(fitting) == len(set(query.kinds))
            if query.strictness == "all" or not query.kinds
            else bool(fitting)
        )

    def _with_values(self, query: Query) -> Iterator[Term]:
        """The things to look at where there is no text: those with an identifier that is given, or all."""
        given = [key for _, values in query.wanted for value in values for key in sorted(value.exact)]
        identified = [each.thing for key in given for each in self.things.index.identified.get(key, ())]
        yield from sorted(set(identified)) or self.things.all[:_LOOKED_AT]

    def _judge(self, named: tuple[Term, Found | None], query: Query) -> Candidate:
        thing, found = named
        features: dict[str, float | bool] = {}
        parts: list[tuple[float, float]] = []
        if found:
            features["name_likeness"] = round(100 * found.likeness, 1)
            features["evidence_weight"] = round(100 * found.spelling.evidence.weight, 1)
            features["is_identifier"] = found.spelling.evidence is Evidence.IDENTIFIER
            parts.append((found.score, _NAME_WEIGHT))
        for wanted, values in query.wanted:
            forms = self.properties.forms(wanted, thing)
            alike = max((compare(value, forms) for value in values), default=0.0)
            features[f"property_{wanted.id}"] = round(100 * alike, 1)
            parts.append((100 * alike, 1.0))
        score = sum(score * weight for score, weight in parts) / (sum(weight for _, weight in parts) or 1.0)
        if query.kinds:
            features["type_fits"] = self._fits(thing, query)
            score -= 0.0 if features["type_fits"] else _OTHER_TYPE
        return Candidate(thing, round(max(score, 0.0), 1), found.spelling if found else None, features)

    def tell(self, candidate: Candidate) -> dict[str, Any]:
        """A candidate as the protocol has it, with what it was found by in its description."""
        description = self.things.describe(candidate.thing)
        if candidate.spelling:
            spelling = candidate.spelling
            description += f"; found by {spelling.evidence.words} “{spelling.text}”"
        return {
            **self.things.tell(candidate.thing),
            "description": description,
            "score": candidate.score,
            "match": candidate.match,
            "features": [{"id": name, "value": value} for name, value in candidate.features.items()],
            "type": [self.things.tell(each) for each in self.things.own_kinds(candidate.thing)],
        }


def _rank(candidate: Candidate) -> int:
    return candidate.spelling.evidence.rank if candidate.spelling else 0


def _is_certain(judged: list[Candidate]) -> bool:
    best, lead = judged[0], judged[0].score - (judged[1].score if len(judged) > 1 else 0.0)
    return best.score >= _CERTAIN and lead >= _LEAD and best.features.get("type_fits", True) is True
