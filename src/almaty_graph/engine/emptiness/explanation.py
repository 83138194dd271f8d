"""Decides what is said of a query without rows: the part that matches nothing, and what would.

Everything that is said was asked of the index that answered the query, and no change is offered untried.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from almaty_graph.engine.emptiness.diagnosis import Blame, Diagnosis
from almaty_graph.engine.emptiness.outline import take_apart
from almaty_graph.engine.emptiness.patterns import Unreadable
from almaty_graph.engine.emptiness.probe import QUESTIONS, Ask, Find, Probe, Spent
from almaty_graph.engine.emptiness.suggestions import Suggestion, suggest
from almaty_graph.engine.emptiness.writing import Prefixes
from almaty_graph.engine.language.tokens import position
from almaty_graph.names import BASE

TYPE: Final = BASE + "sparql#no-rows"
HEADER_CHARACTERS: Final = 500
_SHOWN: Final = 300
_BRANCHES: Final = 5


@dataclass(frozen=True)
class Explanation:
    """Why a query has no rows: a sentence; the part of the query, and its line and column, counted from 1.

    `suggestions` stand best first. `unseen` says what there was no question left for, and is empty if all was
    looked at.
    """

    reason: str
    pattern: str | None = None
    line: int | None = None
    column: int | None = None
    suggestions: tuple[Suggestion, ...] = ()
    unseen: str = ""

    def as_json(self) -> dict[str, Any]:
        """The members of a problem (RFC 9457, 3.1), though none: the query was answered, with 200."""
        told = {"type": TYPE, "title": "No rows", "status": 200, "detail": self.reason}
        rest = {name: value for name, value in asdict(self).items() if value and name != "reason"}
        return told | rest | {"suggestions": [asdict(suggestion) for suggestion in self.suggestions]}

    def as_header(self) -> str:
        r"""The same in a line of ASCII, at most HEADER_CHARACTERS long; other characters as `\\u0436`."""
        place = f" (line {self.line}, column {self.column})" if self.line else ""
        pattern = f": {self.pattern}" if self.pattern else ""
        offer = f"; try {self.suggestions[0].replacement}" if self.suggestions else ""
        line = "".join(c if c.isprintable() else " " for c in f"{self.reason}{pattern}{place}{offer}")
        escaped = [character.encode("ascii", "backslashreplace").decode() for character in line]
        while sum(map(len, escaped)) > HEADER_CHARACTERS:
            escaped[-4:] = ["..."]
        return "".join(escaped)


def explain(text: str, ask: Ask, find: Find) -> Explanation:
    """Why a SELECT has no rows, by at most QUESTIONS questions about the dataset that it was asked of.

    `ask` and `find` answer SPARQL 1.1 text; `find` gives rows of N-Triples terms, "" for what is unbound.
    They raise SyntaxError, ValueError or QueryError for text that the engine does not read, and TimeoutError
    when there is no time left; anything else that they raise is passed on.
    """
    try:
        query = take_apart(text)
        probe, prefixes = Probe(query, ask, find), Prefixes.of(query)
        diagnosis = Diagnosis(probe, prefixes)
        blames = diagnosis.of_query()
        if not blames:
            return Explanation("nothing in the query is to blame: asked again, it has rows")
        suggestions = [each for blame in blames[:_BRANCHES] for each in suggest(blame, probe, prefixes)]
    except (Unreadable, RecursionError):
        return Explanation("this query could not be taken apart, so nothing is said of why it has no rows")
    except Spent:
        return Explanation("no part is known to be at fault", unseen=_unseen(("the rest of the query",)))
    unseen = [*diagnosis.unseen, *([] if probe.left else ["more changes"])]
    return _explanation(text, blames, suggestions, _unseen(unseen))


def _unseen(parts: Iterable[str]) -> str:
    listed = " and ".join(parts)
    return f"not looked at, after {QUESTIONS} questions or the time for them: {listed}" if listed else ""


def _explanation(text: str, blames: list[Blame], found: list[Suggestion], unseen: str) -> Explanation:
    first = blames[0]
    reason = first.reason
    if len(blames) > 1:
        listed = (f"{blame.shown[:_SHOWN]}: {blame.reason}" for blame in blames[:_BRANCHES])
        more = f"; and {len(blames) - _BRANCHES} more" if len(blames) > _BRANCHES else ""
        reason = f"no branch of UNION has a solution: {'; '.join(listed)}{more}"
    line, column = position(text, first.offset)
    best = sorted({each.replacement: each for each in found}.values(), key=lambda each: not each.answers)
    return Explanation(reason, first.shown[:_SHOWN], line, column, tuple(best[:_BRANCHES]), unseen)
