"""Decides whether a repository may become a release: shapes, rules about files and recorded answers."""

from collections.abc import Callable, Iterator

from almaty_graph.check import shacl
from almaty_graph.check.answers import check_answers
from almaty_graph.check.report import Finding, Report, Severity
from almaty_graph.check.rules import RULES
from almaty_graph.names import GRAPH
from almaty_graph.places import Place
from almaty_graph.sources import Sources
from almaty_graph.terms import Triple, iri, is_iri, text_of
from almaty_graph.validation.report import Result
from almaty_graph.validation.shapes import ShapesError

Progress = Callable[[str], None]
_VIEW = iri(GRAPH + "view")


def check(sources: Sources, progress: Progress = lambda _: None) -> Report:
    """Everything that the shapes, the rules and the recorded answers find, ordered by place.

    Progress is told the name of each step before it begins.
    """
    findings: list[Finding] = []
    for rule in RULES:
        progress(rule.__name__.replace("_", " "))
        findings += rule(sources)
    progress("shapes")
    findings += check_shapes(sources)
    progress("recorded answers")
    findings += check_answers(sources)
    return Report(tuple(sorted(set(findings), key=_order)))


def check_shapes(sources: Sources) -> Iterator[Finding]:
    """What the shapes find in the published triples, each result at the place of the offending statement."""
    # The view says of things in plain words what the register must not say of them: that is its purpose.
    things = {quad.subject for quad in sources.asserted}
    judged = (quad for quad in sources.dataset if quad.graph != _VIEW or quad.subject not in things)
    triples: list[Triple] = [quad.triple for quad in judged]
    try:
        results = shacl.validate(triples, sources.shapes)
    except ShapesError as error:
        yield Finding("shapes", Severity.VIOLATION, None, "", str(error))
        return
    for result in results:
        yield Finding(
            rule=shacl.rule_of(result).strip("<>").rpartition("#")[2],
            severity=Severity(result.severity.value),
            place=_place(sources, result),
            focus=text_of(result.focus),
            message=result.messages[0],
            path=result.path and text_of(result.path),
            value=result.value and text_of(result.value),
        )


def _place(sources: Sources, result: Result) -> Place | None:
    # A rule about a source or a process as a whole names the culprit as the value.
    culprit = result.value if result.path is None and result.value and is_iri(result.value) else None
    place = sources.locate(culprit) if culprit else None
    return place or sources.locate(result.focus, result.path, result.value)


def _order(finding: Finding) -> tuple[str, int, str, str, str]:
    path, line, _ = finding.place or Place("")
    return path, line or 0, finding.rule, finding.focus, finding.message
