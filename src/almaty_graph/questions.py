"""Decides what a question is: a `.rq` file that says what it asks, the answer beside it, and its day."""

import re
from dataclasses import dataclass
from pathlib import Path

from almaty_graph.dates import parse_day
from almaty_graph.errors import QueryError, SourceError

# The line by which a question asks of days: `VALUES ?asOf { "2018-05-01"^^xsd:date }`.
_DAYS = re.compile(
    r'^(?![ \t]*#)(.*?\bVALUES\s+\?asOf\s*\{)\s*"[^"{}]*"\^\^(xsd:date|<[^<>\s]*#date>)[^{}]*\}',
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(r"#\s*(title|description|keywords):\s*(\S.*)")


@dataclass(frozen=True)
class Question:
    """A recorded question: SPARQL SELECT text, what it is about, and its answer as CSV if there is one."""

    slug: str
    title: str
    description: str
    keywords: tuple[str, ...]
    text: str
    answer: str | None


def read_question(path: Path, name: str) -> Question:
    """The question in a `.rq` file, with the `.csv` beside it; SourceError names a missing header field."""
    try:
        text = path.read_bytes().decode()
        recorded = path.with_suffix(".csv")
        answer = recorded.read_bytes().decode() if recorded.exists() else None
    except UnicodeDecodeError as error:
        raise SourceError(name, None, f"the question or its answer is not UTF-8: {error.reason}") from error
    fields = {m[1]: m[2] for line in text.splitlines() if (m := _FIELD.fullmatch(line))}
    for field in ("title", "description", "keywords"):
        if field not in fields:
            raise SourceError(name, 1, f"says no {field}: begin the file with a line '# {field}: ...'")
    return Question(
        slug=path.stem,
        title=fields["title"],
        description=fields["description"],
        keywords=tuple(word.strip() for word in fields["keywords"].split(",")),
        text=text,
        answer=answer,
    )


def takes_day(text: str) -> bool:
    """Whether a query asks of days, so that `as_of` can put another into it."""
    return _DAYS.search(text) is not None


def as_of(text: str, day: str) -> str:
    """The query asked of one day, instead of the days in its line `VALUES ?asOf { ... }`.

    QueryError if it has no such line, or if the day is none.
    """
    day = parse_day(day)
    if not takes_day(text):
        line = 'VALUES ?asOf { "2018-05-01"^^xsd:date }'
        raise QueryError(f"the query asks of no day: to ask it as of {day}, give it a line {line}")
    return _DAYS.sub(rf'\1 "{day}"^^\2 }}', text)
