"""Decides whether the recorded questions still have the answers recorded beside them."""

from collections.abc import Iterator
from typing import cast

import pyoxigraph as ox

from almaty_graph.check.report import Finding, Severity
from almaty_graph.engine.index.merge import MergedStore, fill
from almaty_graph.engine.language.lexical import Form
from almaty_graph.engine.language.query import Query
from almaty_graph.engine.language.syntax import explain
from almaty_graph.engine.wire import Request
from almaty_graph.errors import QueryError
from almaty_graph.formats import CSV
from almaty_graph.places import Place
from almaty_graph.questions import Question
from almaty_graph.sources import Sources
from almaty_graph.terms import n_quads


def answer_all(sources: Sources) -> Iterator[tuple[Question, str | QueryError]]:
    """Each question with its answer now, as SPARQL 1.1 CSV, or with what is wrong with it.

    In this process and without limits: the questions are our own.
    """
    store = ox.Store()
    fill(store, n_quads(sources.dataset).encode())
    merged = MergedStore(store)
    for question in sources.questions:
        try:
            yield question, _answer(merged, question)
        except QueryError as error:
            yield question, error


def _answer(store: MergedStore, question: Question) -> str:
    query = Query.parse(question.text)
    if query.form is not Form.SELECT:
        raise QueryError("a recorded question is a SELECT", 1, 1)
    try:
        solutions = store.query(Request(query.text, query.form.name, CSV.media_type))
    except SyntaxError as error:
        raise QueryError(*explain(question.text, str(error))) from error
    return (cast("ox.QuerySolutions", solutions).serialize(format=ox.QueryResultsFormat.CSV) or b"").decode()


def check_answers(sources: Sources) -> Iterator[Finding]:
    """A finding for each question that is none, whose answer is not recorded, or is another now."""
    for question, answer in answer_all(sources):
        if isinstance(answer, QueryError):
            place = Place(f"queries/{question.slug}.rq", answer.line)
            yield Finding("recorded-answers", Severity.VIOLATION, place, "", str(answer))
        elif message := _difference(question.answer, answer):
            place = Place(f"queries/{question.slug}.csv")
            yield Finding("recorded-answers", Severity.VIOLATION, place, "", message)


def _difference(recorded: str | None, now: str) -> str | None:
    if recorded == now:
        return None
    if recorded is None:
        return "no answer is recorded: run 'almaty-graph check --record' and read what it writes"
    before, after = recorded.splitlines(), now.splitlines()
    gone, new = set(before) - set(after), set(after) - set(before)
    said = [f"{len(gone)} recorded rows are gone"] * bool(gone) + [f"{len(new)} rows are new"] * bool(new)
    example = f", such as {min(new or gone)!r}" if new or gone else "the order of rows differs"
    return " and ".join(said) + example
