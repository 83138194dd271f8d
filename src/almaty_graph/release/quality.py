"""Decides how the quality of a release is told: figures (DQV), and the outcome of each rule (EARL).

The report of a release has every result; this has how many there are, and what is good besides.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from almaty_graph import __version__, turtle
from almaty_graph.check.report import Report
from almaty_graph.names import (
    BASE,
    DATASET,
    DCTERMS,
    DQV,
    EARL,
    PREFIXES,
    PROV,
    QUALITY,
    RDFS,
    SHAPES,
    SKOS,
    XSD,
)
from almaty_graph.release.figures import Figure
from almaty_graph.terms import TYPE, Term, Triple, iri, literal, literal_parts
from almaty_graph.validation.sentences import tell_shapes
from almaty_graph.validation.shapes import Shapes

FILE: Final = "quality.ttl"
_DATASET, _CHECKER = iri(DATASET), iri(QUALITY + "checker")
_VALUE, _METRIC = iri(DQV + "value"), iri(DQV + "isMeasurementOf")
_DIMENSION, _TITLE = iri(DQV + "inDimension"), iri(SKOS + "prefLabel")


@dataclass(frozen=True)
class Measured:
    """A figure of a release as it is read again: its name, its title, its dimension and its value."""

    name: str
    title: str
    dimension: str
    value: str
    is_share: bool

    @property
    def shown(self) -> str:
        """The value as people write it."""
        return f"{float(self.value):.1%}" if self.is_share else f"{int(self.value):,}"


def quality_triples(figures: Sequence[Figure], shapes: Sequence[Triple], report: Report) -> list[Triple]:
    """The quality of the dataset: a measurement for each figure, an assertion for each rule."""
    return [
        *(triple for figure in figures for triple in _measurement(figure)),
        *_assertions(shapes, report),
    ]


def _measurement(figure: Figure) -> Iterator[Triple]:
    metric, measured = iri(QUALITY + figure.name), iri(f"{QUALITY}measured-{figure.name}")
    dimension, datatype = (
        iri(QUALITY + figure.dimension),
        XSD + ("integer" if figure.of is None else "decimal"),
    )
    yield Triple(_DATASET, iri(DQV + "hasQualityMeasurement"), measured)
    yield Triple(measured, TYPE, iri(DQV + "QualityMeasurement"))
    yield Triple(measured, iri(DQV + "computedOn"), _DATASET)
    yield Triple(measured, _METRIC, metric)
    yield Triple(measured, _VALUE, literal(figure.value, datatype))
    if figure.of is not None:
        yield Triple(
            measured, iri(RDFS + "comment"), literal(f"{figure.number:,} of {figure.of:,}", language="en")
        )
    yield Triple(metric, TYPE, iri(DQV + "Metric"))
    yield Triple(metric, _TITLE, literal(figure.title, language="en"))
    yield Triple(metric, _DIMENSION, dimension)
    yield Triple(metric, iri(DQV + "expectedDataType"), iri(datatype))
    yield Triple(dimension, TYPE, iri(DQV + "Dimension"))
    yield Triple(dimension, _TITLE, literal(figure.dimension, language="en"))


def _assertions(shapes: Sequence[Triple], report: Report) -> Iterator[Triple]:
    found = Counter(finding.rule for finding in report.findings)
    rules = {rule.name for shape in tell_shapes(Shapes(shapes), PREFIXES) for rule in shape.rules}
    yield Triple(_CHECKER, TYPE, iri(EARL + "Software"))
    yield Triple(_CHECKER, iri(DCTERMS + "title"), literal(f"almaty-graph {__version__}"))
    for rule in sorted(name for name in rules if name.startswith(f"<{SHAPES}")):
        name = rule[1:-1].removeprefix(SHAPES)
        assertion, result = iri(f"{QUALITY}assertion-{name}"), iri(f"{QUALITY}result-{name}")
        outcome = "failed" if found[name] else "passed"
        yield Triple(assertion, TYPE, iri(EARL + "Assertion"))
        yield Triple(assertion, iri(EARL + "assertedBy"), _CHECKER)
        yield Triple(assertion, iri(EARL + "subject"), _DATASET)
        yield Triple(assertion, iri(EARL + "test"), rule)
        yield Triple(assertion, iri(EARL + "mode"), iri(EARL + "automatic"))
        yield Triple(assertion, iri(EARL + "result"), result)
        yield Triple(result, TYPE, iri(EARL + "TestResult"))
        yield Triple(result, iri(EARL + "outcome"), iri(EARL + outcome))
        if found[name]:
            yield Triple(result, iri(EARL + "info"), literal(f"{found[name]:,} results", language="en"))
            yield Triple(result, iri(PROV + "wasDerivedFrom"), iri(BASE + "report"))


def read_quality(text: bytes) -> list[Measured]:
    """The figures in a file of quality, in the order of dimensions and names."""
    rows: dict[Term, dict[Term, Term]] = {}
    for triple, _ in turtle.parse(text, FILE):
        rows.setdefault(triple.subject, {})[triple.predicate] = triple.object
    found = []
    for row in rows.values():
        if _METRIC in row:
            metric, value = rows[row[_METRIC]], literal_parts(row[_VALUE])
            found.append(
                Measured(
                    row[_METRIC][1:-1].removeprefix(QUALITY),
                    literal_parts(metric[_TITLE]).value,
                    metric[_DIMENSION][1:-1].removeprefix(QUALITY),
                    value.value,
                    value.datatype != XSD + "integer",
                )
            )
    return sorted(found, key=lambda each: (each.dimension, each.name))


def history(folders: Iterable[Path]) -> list[tuple[str, dict[str, Measured]]]:
    """The figures of the releases in some folders, but of those that are older than figures."""
    files = (folder / FILE for folder in folders)
    kept = ((file.parent.name, file.read_bytes()) for file in files if file.is_file())
    return [(name, {each.name: each for each in read_quality(text)}) for name, text in kept]
