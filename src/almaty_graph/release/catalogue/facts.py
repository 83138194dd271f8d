"""Decides what a dataset is called where one language, and no RDF, is wanted."""

from collections.abc import Iterable
from dataclasses import dataclass

from almaty_graph.names import DATASET, DCAT, DCTERMS, OWL, SKOS
from almaty_graph.terms import Quad, Term, iri, literal_parts, text_of


@dataclass(frozen=True)
class Facts:
    """Title, description, version, day of issue, licence, keywords and publisher of a dataset, in English."""

    title: str
    description: str
    version: str
    issued: str
    license: str
    publisher: str
    keywords: tuple[str, ...]

    @classmethod
    def of(cls, dataset: Iterable[Quad]) -> "Facts":
        """What the dataset says of itself; nothing where it says nothing."""
        said: dict[Term, list[Term]] = {}
        names: dict[Term, list[Term]] = {}
        for quad in dataset:
            if quad.subject == iri(DATASET):
                said.setdefault(quad.predicate, []).append(quad.object)
            elif quad.predicate == iri(SKOS + "prefLabel"):
                names.setdefault(quad.subject, []).append(quad.object)
        publisher = next(iter(said.get(iri(DCTERMS + "publisher"), ())), "")
        return cls(
            title=_english(said.get(iri(DCTERMS + "title"), ())),
            description=_english(said.get(iri(DCTERMS + "description"), ())),
            version=_english(said.get(iri(OWL + "versionInfo"), ())),
            issued=_english(said.get(iri(DCTERMS + "issued"), ())),
            license=next(map(text_of, said.get(iri(DCTERMS + "license"), ())), ""),
            publisher=_english(names.get(publisher, ())) or "almaty-graph",
            keywords=tuple(sorted(map(text_of, said.get(iri(DCAT + "keyword"), ())))),
        )


def _english(values: Iterable[Term]) -> str:
    parts = map(literal_parts, values)
    return next((part.value for part in parts if part.language in ("en", None)), "")
