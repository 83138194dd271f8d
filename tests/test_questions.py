"""The recorded questions keep their promises: days on both sides of what is contested, and a row for each."""

import csv
import io
import re
from collections import defaultdict

import pytest

from almaty_graph.names import DCTERMS, DEF, ID, SCHEMA
from almaty_graph.questions import Question
from almaty_graph.sources import Sources
from almaty_graph.terms import Term, iri, text_of

DAYS = re.compile(r"VALUES \?asOf \{([^}]*)\}")


def days(question: Question) -> list[str]:
    found = DAYS.search(question.text)
    return re.findall(r'"([^"]+)"', found[1]) if found else []


def recorded(sources: Sources, slug: str) -> list[dict[str, str]]:
    question = next(q for q in sources.questions if q.slug == slug)
    return list(csv.DictReader(io.StringIO(question.answer or "")))


def test_forty_pairs_of_question_and_day_are_recorded(sources: Sources) -> None:
    pairs = {(q.slug, day) for q in sources.questions for day in days(q)}
    assert len(pairs) >= 40
    answered = {
        (slug, row["asOf"]) for slug in {slug for slug, _ in pairs} for row in recorded(sources, slug)
    }
    assert pairs - answered == set()


def contested_boundaries(sources: Sources) -> dict[str, tuple[str, str]]:
    """The first and the last day on which a boundary of a chair that sources contest may lie."""
    values: dict[Term, dict[Term, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for quad in sources.dataset:
        values[quad.subject][quad.predicate].append(quad.object)
    shift = iri(f"{ID}disagreement-class/boundary-shift")
    found = {}
    for name, facts in values.items():
        [boundary] = facts.get(iri(DEF + "property"), [""]) if shift in facts[iri(DCTERMS + "type")] else [""]
        side = {iri(SCHEMA + "startDate"): "Start", iri(SCHEMA + "endDate"): "End"}.get(boundary)
        bounds = [
            text_of(day)
            for claim in facts[iri(DEF + "involves")]
            for which in ("earliest", "latest")
            for day in values[claim].get(iri(f"{DEF}{which}{side}"), [])
        ]
        if bounds and "-chair-" in name:
            found[text_of(name)] = (min(bounds), max(bounds))
    return found


@pytest.mark.parametrize("slug", ["chair-on-a-day", "chair-on-a-day-by-source"])
def test_the_days_lie_on_both_sides_of_each_contested_boundary(sources: Sources, slug: str) -> None:
    asked = days(next(q for q in sources.questions if q.slug == slug))
    boundaries = contested_boundaries(sources)
    assert len(boundaries) >= 5
    one_sided = {
        name: span
        for name, span in boundaries.items()
        if not (any(day < span[1] for day in asked) and any(day >= span[1] for day in asked))
        or not any(span[0] <= day <= span[1] for day in asked)
    }
    assert one_sided == {}


def test_each_day_has_an_answer_for_each_state_that_ever_chaired(sources: Sources) -> None:
    rows = recorded(sources, "chair-on-a-day")
    states = {row["chair"] for row in rows}
    assert len(rows) == len(states) * len({row["asOf"] for row in rows})
    assert {row["answer"] for row in rows} == {"certainly", "possibly", "not"}


def test_a_day_in_may_2018_has_one_certain_chair(sources: Sources) -> None:
    rows = [row for row in recorded(sources, "chair-on-a-day") if row["asOf"] == "2018-05-01"]
    assert [row["chair"] for row in rows if row["answer"] == "certainly"] == ["Kyrgyzstan"]
    assert {row["answer"] for row in rows if row["chair"] != "Kyrgyzstan"} == {"not"}


def test_the_table_of_sources_counts_what_the_graph_has(sources: Sources) -> None:
    rows = recorded(sources, "sources")
    assert {row["source"].rpartition("/")[2] for row in rows} == {file.slug for file in sources.of("sources")}
    claims = {q.subject for q in sources.dataset if q.predicate.endswith("#wasDerivedFrom>")}
    assert sum(int(row["claims"]) for row in rows) == len(claims)
