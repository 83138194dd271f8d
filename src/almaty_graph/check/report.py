"""Decides what a check says: findings, each with rule, place, focus and sentence, and whether all is well."""

from dataclasses import dataclass
from enum import Enum

from almaty_graph.names import BASE, DCTERMS, SH, XSD
from almaty_graph.places import Place
from almaty_graph.terms import TYPE, Triple, iri, literal


class Severity(Enum):
    """How bad a finding is, in SHACL's words (2.1.4); only a violation stands in the way of a release."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"


@dataclass(frozen=True)
class Finding:
    """One thing that a rule found: the rule's name, how bad, where, about what, and what would be right."""

    rule: str
    severity: Severity
    place: Place | None
    focus: str
    message: str
    path: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        focus = f"{self.focus}: " if self.focus else ""
        return f"{place}{self.severity.value.lower()}: {self.rule}: {focus}{self.message}"


@dataclass(frozen=True)
class Report:
    """The findings of all checks over one repository, in the order of their places."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing stands in the way of a release."""
        return not self.count(Severity.VIOLATION)

    def count(self, severity: Severity) -> int:
        """How many findings are of that severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def summary(self) -> str:
        """The counts in one line."""
        counts = (self.count(s) for s in Severity)
        return "{} errors, {} warnings, {} notes".format(*counts)


def report_triples(report: Report) -> list[Triple]:
    """The report as a SHACL validation report (3.6) whose results have names: `report#1` and so on."""
    name = iri(BASE + "report")
    conforms = literal("false" if report.findings else "true", XSD + "boolean")
    triples = [Triple(name, TYPE, iri(SH + "ValidationReport")), Triple(name, iri(SH + "conforms"), conforms)]
    for number, finding in enumerate(report.findings, start=1):
        result = iri(f"{BASE}report#{number}")
        triples += [
            Triple(name, iri(SH + "result"), result),
            Triple(result, TYPE, iri(SH + "ValidationResult")),
            Triple(result, iri(SH + "resultSeverity"), iri(SH + finding.severity.value)),
            Triple(result, iri(SH + "resultMessage"), literal(finding.message)),
            Triple(result, iri(DCTERMS + "source"), literal(str(finding.place or ""))),
            Triple(result, iri(DCTERMS + "identifier"), literal(finding.rule)),
        ]
        if ":" in finding.focus:
            triples.append(Triple(result, iri(SH + "focusNode"), iri(finding.focus)))
    return triples
