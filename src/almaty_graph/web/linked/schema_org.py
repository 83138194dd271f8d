"""Decides how a page tells search engines what it is about: schema.org, as JSON-LD inside of the page."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final

from almaty_graph.names import BASE, DATASET, DCAT, DCTERMS, DEF, FOAF, ORG, OWL, PROV, RDFS, SCHEMA, SH, SKOS
from almaty_graph.release import Release
from almaty_graph.release.media import DUMPS
from almaty_graph.terms import TYPE, Term, iri, iri_value, is_iri, literal_parts

SCHEMA_ORG: Final = "https://schema.org/"
# What a thing is to schema.org where its class is below none of schema.org's.
_KINDS: Final = {
    iri(DEF + "Claim"): "Claim",
    iri(DEF + "Conclusion"): "Claim",
    iri(DEF + "Passage"): "Quotation",
    iri(DEF + "Link"): "Claim",
    iri(DEF + "Rule"): "SoftwareSourceCode",
    iri(SH + "SPARQLExecutable"): "SoftwareSourceCode",
    iri(ORG + "Organization"): "Organization",
    iri(ORG + "OrganizationalUnit"): "Organization",
    iri(ORG + "OrganizationalCollaboration"): "Organization",
    iri(FOAF + "Agent"): "Organization",
    iri(SKOS + "Concept"): "DefinedTerm",
    iri(SKOS + "ConceptScheme"): "DefinedTermSet",
    iri(OWL + "Ontology"): "DefinedTermSet",
    iri(OWL + "Class"): "DefinedTerm",
    iri(OWL + "ObjectProperty"): "DefinedTerm",
    iri(OWL + "DatatypeProperty"): "DefinedTerm",
    iri(RDFS + "Datatype"): "DefinedTerm",
    iri(DCAT + "Dataset"): "Dataset",
    iri(DEF + "Disagreement"): "CreativeWork",
}
_SAID: Final = {
    iri(SKOS + "prefLabel"): "name",
    iri(RDFS + "label"): "name",
    iri(DCTERMS + "title"): "name",
    iri(SKOS + "altLabel"): "alternateName",
    iri(SKOS + "definition"): "description",
    iri(DCTERMS + "description"): "description",
    iri(DCTERMS + "issued"): "datePublished",
    iri(DCTERMS + "modified"): "dateModified",
    iri(DCTERMS + "language"): "inLanguage",
    iri(DCTERMS + "license"): "license",
    iri(DCTERMS + "publisher"): "publisher",
    iri(DCAT + "keyword"): "keywords",
    iri(OWL + "versionInfo"): "version",
    iri(OWL + "sameAs"): "sameAs",
    iri(SKOS + "exactMatch"): "sameAs",
    iri(SH + "select"): "text",
    iri(SH + "construct"): "text",
}
_SUBCLASS: Final = iri(RDFS + "subClassOf")
_EVIDENCE: Final = (iri(PROV + "wasDerivedFrom"), iri(PROV + "wasQuotedFrom"))

Node = dict[str, Any]


class SchemaOrg:
    """What schema.org has words for, of a release."""

    def __init__(self, release: Release) -> None:
        self.release, self.record = release, release.record

    def page(self, path: str, title: str, language: str, term: Term | None = None) -> str:
        """The text of a script element: the page at a path, in a language, and the thing it is about."""
        address = BASE + path.removeprefix("/")
        node: Node = {
            "@context": SCHEMA_ORG,
            "@type": "WebPage" if term is None else "AboutPage",
            "@id": address,
            "url": address,
            "name": title,
            "inLanguage": language,
            "isPartOf": self.dataset if path == "/" else {"@type": "Dataset", "@id": DATASET},
        }
        if term is not None:
            node["mainEntity"] = self.dataset if term == iri(DATASET) else self.thing(term)
        # A reader of HTML looks for the end of the script before any reader of JSON sees it.
        return json.dumps(node, ensure_ascii=False).replace("<", "\\u003c")

    @cached_property
    def dataset(self) -> Node:
        """The dataset with its dumps, as search engines for data sets read it."""
        files = (self.release.files[f"dataset.{form.suffix}"] for form in DUMPS)
        return self.thing(iri(DATASET)) | {
            "url": DATASET,
            "isAccessibleForFree": True,
            "distribution": [
                {
                    "@type": "DataDownload",
                    "@id": f"{BASE}dump/{file.name}",
                    "contentUrl": f"{BASE}dump/{file.name}",
                    "encodingFormat": file.media_type,
                    "contentSize": f"{file.size} B",
                    "sha256": file.sha256,
                }
                for file in files
            ],
        }

    def thing(self, term: Term) -> Node:
        """A thing with its types and whatever schema.org has a word for."""
        said: dict[str, list[object]] = defaultdict(list)
        for quad in self.record.of(term):
            name = _SAID.get(quad.predicate) or quad.predicate[1:-1].removeprefix(SCHEMA)
            if quad.predicate in _SAID or quad.predicate.startswith(f"<{SCHEMA}"):
                said[name].append(self._value(quad.object))
        passages = self.record.values(term, _EVIDENCE[0])
        sources = {source for passage in passages for source in self.record.values(passage, _EVIDENCE[1])}
        if sources:
            said["appearance"] = [self._value(source) for source in sorted(sources)]
        types = self.types(term)
        node: Node = {"@type": types[0] if len(types) == 1 else types, "@id": iri_value(term)}
        return node | {name: found[0] if len(found) == 1 else found for name, found in sorted(said.items())}

    def types(self, term: Term) -> list[str]:
        """What a thing is to schema.org: the nearest classes that have a name there, at least Thing."""
        level, known = self.record.values(term, TYPE), set[Term]()
        while level:
            if found := sorted(set(_named(level))):
                return found
            known.update(level)
            level = [c for each in level for c in self.record.values(each, _SUBCLASS) if c not in known]
        return ["Thing"]

    def _value(self, term: Term) -> object:
        if is_iri(term):
            names = (literal_parts(name) for name in self.record.values(term, *list(_SAID)[:3]))
            name = next((part.value for part in names if part.language in ("en", None)), None)
            return {"@id": iri_value(term)} | ({"name": name} if name else {})
        value, _, language = literal_parts(term)
        return {"@value": value, "@language": language} if language else value


def _named(classes: Iterable[Term]) -> Iterator[str]:
    for each in classes:
        if each.startswith(f"<{SCHEMA}"):
            yield each[1:-1].removeprefix(SCHEMA)
        elif each in _KINDS:
            yield _KINDS[each]
