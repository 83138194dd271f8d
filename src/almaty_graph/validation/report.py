"""Decides what a validation says: each result with what is broken, by what, where, and in which words."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF as RDFLIB_RDF
from rdflib.namespace import SH as RDFLIB_SH
from rdflib.term import Node as RDFLibNode

from almaty_graph.bridge import from_rdflib, term_of
from almaty_graph.names import SH
from almaty_graph.places import Place
from almaty_graph.terms import Term


class Severity(Enum):
    """How bad a result is, in SHACL's words (2.1.4), the worst first; a word of one's own counts as that."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Result:
    """One validation result (SHACL 3.6.2).

    `shape` is the shape that is broken and `component` the local name of the constraint component; `path` is
    written as SPARQL writes it. `place` is where the offending triple stands, or the focus node if it is one
    that is missing; `shape_place` is where the shape does.
    """

    focus: Term
    shape: Term
    component: str
    severity: Severity
    path: str | None
    value: Term | None
    messages: tuple[str, ...]
    constraint: Term | None = None
    details: tuple["Result", ...] = ()
    place: Place | None = None
    shape_place: Place | None = None

    @property
    def identity(self) -> str:
        """What stays the same when lines shift and blank nodes get other names."""
        parts = (self.focus, self.constraint or self.shape, self.component, self.path, self.value)
        told = ["_:" if part and part.startswith("_:") else part or "" for part in parts]
        return sha256("\0".join(told).encode(errors="replace")).hexdigest()[:32]

    @property
    def message(self) -> str:
        """What is said of it, in one line."""
        return "; ".join(" ".join(each.split()) for each in self.messages) or self.component


@dataclass(frozen=True)
class Validation:
    """The results, the worst first and then by place.

    `notes` say what a reader has to know of how they were found; `graph` is the report as RDF.
    """

    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    graph: Graph = field(default_factory=Graph, repr=False)

    @property
    def conforms(self) -> bool:
        """Whether there is no result."""
        return not self.results

    def count(self, severity: Severity) -> int:
        """How many results are of that severity."""
        return Counter(each.severity for each in self.results)[severity]

    def only(self, counts: Callable[[Result], bool]) -> "Validation":
        """The validation without the results that do not count, which a note tells the number of."""
        kept = tuple(each for each in self.results if counts(each))
        left_out = len(self.results) - len(kept)
        note = [f"{left_out:,} results are left out: known before, or less severe"] if left_out else []
        return replace(self, results=kept, notes=(*self.notes, *note))

    def grouped(self) -> list[list[Result]]:
        """The results by shape and component, the most frequent group of the worst severity first."""
        groups: dict[tuple[Term, str], list[Result]] = {}
        for each in self.results:
            groups.setdefault((each.constraint or each.shape, each.component), []).append(each)
        return sorted(groups.values(), key=lambda group: (group[0].severity.rank, -len(group)))


def read_results(report: Graph) -> list[Result]:
    """The results of a report of pySHACL's."""
    tops = report.objects(report.value(None, RDFLIB_RDF.type, RDFLIB_SH.ValidationReport), RDFLIB_SH.result)
    return [_result(report, node) for node in tops]


def _result(report: Graph, node: RDFLibNode) -> Result:
    def value(name: str) -> RDFLibNode | None:
        return report.value(node, URIRef(SH + name))

    def term(name: str) -> Term | None:
        found = value(name)
        return None if found is None else term_of(from_rdflib(found))

    messages = sorted(report.objects(node, RDFLIB_SH.resultMessage), key=str)
    english = [m for m in messages if isinstance(m, Literal) and m.language in (None, "en")]
    path = value("resultPath")
    severity = str(value("resultSeverity")).removeprefix(SH)
    return Result(
        focus=term("focusNode") or "",
        shape=term("sourceShape") or "",
        component=str(value("sourceConstraintComponent")).removeprefix(SH),
        severity=Severity(severity) if severity in {each.value for each in Severity} else Severity.VIOLATION,
        path=None if path is None else _path_text(report, path),
        value=term("value"),
        messages=tuple(str(m) for m in english or messages),
        constraint=term("sourceConstraint"),
        details=tuple(
            sorted((_result(report, each) for each in report.objects(node, RDFLIB_SH.detail)), key=repr)
        ),
    )


def _path_text(report: Graph, path: RDFLibNode) -> str:
    if not isinstance(path, BNode):
        return term_of(from_rdflib(path))
    for name, form in _FORMS.items():
        inner = report.value(path, URIRef(SH + name))
        if inner is not None and name == "alternativePath":
            return "(" + "|".join(_path_text(report, each) for each in report.items(inner)) + ")"
        if inner is not None:
            return form.format(_path_text(report, inner))
    return "/".join(_path_text(report, each) for each in report.items(path))


_FORMS = {
    "inversePath": "^({})",
    "alternativePath": "{}",
    "zeroOrMorePath": "({})*",
    "oneOrMorePath": "({})+",
    "zeroOrOnePath": "({})?",
}
