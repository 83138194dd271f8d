"""Decides what is measured of a dataset: evidence, links, languages, agreement, precision, results."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from almaty_graph.check.report import Report, Severity
from almaty_graph.names import DEF, GRAPH, OA, PROV, RDF, RDFS, SCHEMA, SKOS, XSD
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Quad, Term, iri, literal_parts

_REGISTER, _SOURCE = iri(GRAPH + "register"), iri(DEF + "Source")
_DATES: Final = (iri(SCHEMA + "startDate"), iri(SCHEMA + "endDate"))
_LINKED: Final = (
    "State", "IntergovernmentalOrganization", "NonGovernmentalOrganization", "NationalAgency", "Place",
    "Topic",
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A figure: what it is called, what it says, of which dimension; so many, of so many for a share."""

    name: str
    title: str
    dimension: str
    number: int
    of: int | None = None

    @property
    def value(self) -> str:
        """The value as it is written: a whole number, or a share of 1 with four digits."""
        return str(self.number) if self.of is None else f"{self.number / self.of if self.of else 1:.4f}"


def measure(dataset: Sequence[Quad], report: Report) -> list[Figure]:
    """The figures of a dataset and of its check, dimension by dimension."""
    measured = _Measured(Record.of_quads(dataset))
    results = [(each.value.lower(), report.count(each)) for each in Severity]
    return [
        *measured.completeness(), *measured.evidence(), *measured.links(), *measured.languages(),
        *measured.agreement(), *measured.precision(),
        *(Figure(f"{name}s", f"Results that are {name}s", "consistency", number) for name, number in results),
    ]  # fmt: skip


class _Measured:
    """A dataset, measured in one dimension after the other."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def completeness(self) -> Iterator[Figure]:
        """How much there is."""
        counted = (
            ("claims", "Claims", self.claims),
            ("sources", "Sources", self.of_class("Source")),
            ("things", "Things of the register", self.things),
        )
        for name, title, found in counted:
            yield Figure(name, title, "completeness", len(found))

    def evidence(self) -> Iterator[Figure]:
        """How far what is said can be looked up."""
        passages, sources = self.of_class("Passage"), self.of_class("Source")
        rows = (
            ("cited", "Claims that cite a passage", self.claims, (PROV + "wasDerivedFrom",)),
            ("quoted", "Passages in the words of their source", passages, (OA + "exact",)),
            (
                "placed",
                "Passages with their lines or section",
                passages,
                (DEF + "firstLine", DEF + "section"),
            ),
            ("archived", "Sources of which an archived copy is known", sources, (SCHEMA + "archivedAt",)),
        )
        for name, title, nodes, predicates in rows:
            yield Figure(name, title, "evidence", self.having(nodes, *map(iri, predicates)), len(nodes))
        attested = sum(len(self.sources_of(each)) > 1 for each in self.conclusions)
        title = "Conclusions that rest on two sources or more"
        yield Figure("attested", title, "evidence", attested, len(self.conclusions))

    def links(self) -> Iterator[Figure]:
        """How many things can be found elsewhere by a link that was verified."""
        links = self.of_class("Link")
        linked = {subject for link in links for subject in self.record.values(link, iri(RDF + "subject"))}
        yield Figure(
            "linked", "Things with a link", "links", len(linked & self.things.keys()), len(self.things)
        )
        for kind in _LINKED:
            things = {thing for thing, known in self.things.items() if known == iri(DEF + kind)}
            title = f"Things of the class {kind} with a link"
            yield Figure(f"linked-{kind.lower()}", title, "links", len(linked & things), len(things))

    def languages(self) -> Iterator[Figure]:
        """How many things have a name in a language."""
        for code, language in (("en", "English"), ("ru", "Russian")):
            named = sum(code in self.languages_of(thing) for thing in self.things)
            title = f"Things with a preferred name in {language}"
            yield Figure(f"in-{language.lower()}", title, "languages", named, len(self.things))

    def agreement(self) -> Iterator[Figure]:
        """How far sources agree."""
        number = len(self.of_class("Disagreement"))
        yield Figure("disagreements", "Disagreements between sources", "agreement", number)
        for name, title, predicate in (
            ("undisputed", "Conclusions that no claim contradicts", "contradictedBy"),
            ("settled", "Conclusions that leave nothing open", "leavesOpen"),
        ):
            having = self.having(self.conclusions, iri(DEF + predicate))
            yield Figure(name, title, "agreement", len(self.conclusions) - having, len(self.conclusions))

    def precision(self) -> Iterator[Figure]:
        """How exactly sources date what they say."""
        dates = [date for claim in self.claims for date in self.record.values(claim, *_DATES)]
        datatypes = [literal_parts(date).datatype for date in dates]
        for unit, datatype in (("day", "date"), ("month", "gYearMonth"), ("year", "gYear")):
            number = datatypes.count(XSD + datatype)
            yield Figure(f"to-the-{unit}", f"Dates of claims to the {unit}", "precision", number, len(dates))

    @cached_property
    def claims(self) -> list[Term]:
        """Every claim: what is of a class below def:Claim."""
        kinds = self.record.subjects(iri(RDFS + "subClassOf"), iri(DEF + "Claim"))
        return sorted({claim for kind in kinds for claim in self.record.subjects(TYPE, kind)})

    @cached_property
    def conclusions(self) -> list[Term]:
        """What the view concludes."""
        return self.of_class("Conclusion")

    @cached_property
    def things(self) -> dict[Term, Term]:
        """What the register says that there is, each with its class; sources are no things."""
        said = (quad for quad in self.record if quad.graph == _REGISTER and quad.predicate == TYPE)
        return {
            quad.subject: quad.object
            for quad in said
            if quad.object.startswith(f"<{DEF}") and quad.object != _SOURCE
        }

    def of_class(self, name: str) -> list[Term]:
        """What is of a class of ours."""
        return self.record.subjects(TYPE, iri(DEF + name))

    def having(self, nodes: Iterable[Term], *predicates: Term) -> int:
        """How many of these nodes have one of these properties."""
        return sum(bool(self.record.values(node, *predicates)) for node in nodes)

    def languages_of(self, thing: Term) -> set[str | None]:
        """The languages in which a thing has a preferred name."""
        return {literal_parts(name).language for name in self.record.values(thing, iri(SKOS + "prefLabel"))}

    def sources_of(self, conclusion: Term) -> set[Term]:
        """The graphs of the sources whose claims support a conclusion."""
        claims = self.record.values(conclusion, iri(DEF + "supportedBy"))
        return {quad.graph for claim in claims for quad in self.record.of(claim) if quad.predicate == TYPE}
