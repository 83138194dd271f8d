"""Decides whether the recorded questions still have the answers recorded beside them."""

from collections.abc import Iterator

import pyoxigraph as ox

from almaty_graph.check.report import Finding, Severity
from almaty_graph.engine.query import Query
from almaty_graph.errors import QueryError
from almaty_graph.questions import Question
from almaty_graph.sources import Place, Sources
from almaty_graph.terms import n_quads


def answer_all(sources: Sources) -> Iterator[tuple[Question, str]]:
    """Each question with its answer now, as SPARQL 1.1 CSV; QueryError for one that is not a query.

    In this process and without limits: the questions are our own.
    """
    store = ox.Store()
    store.load(n_quads(sources.dataset).encode(), format=ox.RdfFormat.N_QUADS)
    for question in sources.questions:
        text = Query.parse(question.text).text
        try:
            solutions = store.query(text, use_default_graph_as_union=True)
        except SyntaxError as error:
            raise QueryError(f"queries/{question.slug}.rq: {error.args[0]}") from error
        if not isinstance(solutions, ox.QuerySolutions):
            raise QueryError(f"queries/{question.slug}.rq: a recorded question is a SELECT")
        yield question, (solutions.serialize(format=ox.QueryResultsFormat.CSV) or b"").decode()


def check_answers(sources: Sources) -> Iterator[Finding]:
    """A finding for each question whose answer is not recorded, or is another now."""
    try:
        for question, answer in answer_all(sources):
            message = _difference(question.answer, answer)
            if message:
                place = Place(f"queries/{question.slug}.csv")
                yield Finding("recorded-answers", Severity.VIOLATION, place, "", message)
    except QueryError as error:
        yield Finding("recorded-answers", Severity.VIOLATION, None, "", str(error))


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
