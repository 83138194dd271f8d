"""Decides how the release is catalogued: DCAT 3 in the profile of European data portals (DCAT-AP 3.0.1)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from almaty_graph.names import BASE, DATASET, DCAT, DCTERMS, FOAF, PREFIXES, RDFS, SKOS, VOID, XSD
from almaty_graph.release.description import DumpFile
from almaty_graph.terms import TYPE, Quad, Term, Triple, iri, literal, text_of

_SPDX: Final = PREFIXES["spdx"]
_DATASET, _CATALOGUE, _SERVICE = iri(DATASET), iri(f"{DATASET}#catalogue"), iri(f"{DATASET}#service")
_PUBLISHER: Final = iri(f"{DATASET}#publisher")
_ENDPOINT: Final = iri(BASE + "sparql")
_LANGUAGES: Final = "http://id.loc.gov/vocabulary/iso639-1/"
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
# What is said of the dataset holds for its catalogue, which has nothing else in it.
_SHARED: Final = tuple(
    iri(DCTERMS + name) for name in ("title", "description", "issued", "modified", "license")
)
_RDF: Final = (
    "text/turtle",
    "application/n-",
    "application/trig",
    "application/rdf+xml",
    "application/ld+json",
)


def catalogue(dataset: Sequence[Quad], files: Iterable[DumpFile]) -> Iterator[Triple]:
    """The catalogue, its dataset with the files that it comes as, the endpoint, and who publishes them."""
    said = [quad for quad in dataset if quad.subject == _DATASET]
    licenses = [quad.object for quad in said if quad.predicate == iri(DCTERMS + "license")]
    publisher = next((q.object for q in said if q.predicate == iri(DCTERMS + "publisher")), _PUBLISHER)
    yield from (Triple(_CATALOGUE, q.predicate, q.object) for q in said if q.predicate in _SHARED)
    yield Triple(_CATALOGUE, TYPE, iri(DCAT + "Catalog"))
    yield Triple(_CATALOGUE, iri(DCAT + "dataset"), _DATASET)
    yield Triple(_CATALOGUE, iri(DCAT + "service"), _SERVICE)
    yield Triple(_CATALOGUE, iri(FOAF + "homepage"), iri(BASE))
    yield Triple(iri(BASE), TYPE, iri(FOAF + "Document"))
    yield from _publisher(publisher, dataset)
    for thing in (_DATASET, _CATALOGUE, _SERVICE):
        yield Triple(thing, iri(DCTERMS + "publisher"), publisher)
    yield from _languages(said)
    yield from _service(said)
    for license_ in licenses:
        yield Triple(license_, TYPE, iri(DCTERMS + "LicenseDocument"))
        yield Triple(_SERVICE, iri(DCTERMS + "license"), license_)
    by_name = {file.name: file for file in files}
    for name, file in by_name.items():
        inner = by_name.get(name.rpartition(".")[0], file)
        yield from _distribution(file, inner.media_type, licenses)


def _publisher(publisher: Term, dataset: Sequence[Quad]) -> Iterator[Triple]:
    names = [q.object for q in dataset if q.subject == publisher and q.predicate == iri(SKOS + "prefLabel")]
    yield Triple(publisher, TYPE, iri(FOAF + "Agent"))
    for name in names or [literal("almaty-graph")]:
        yield Triple(publisher, iri(FOAF + "name"), name)


def _languages(said: Iterable[Quad]) -> Iterator[Triple]:
    for quad in said:
        if quad.predicate == iri(DCTERMS + "language"):
            language = iri(_LANGUAGES + text_of(quad.object).partition("-")[0])
            yield Triple(language, TYPE, iri(DCTERMS + "LinguisticSystem"))
            for thing in (_DATASET, _CATALOGUE):
                yield Triple(thing, iri(DCTERMS + "language"), language)


def _service(said: Iterable[Quad]) -> Iterator[Triple]:
    yield Triple(_SERVICE, TYPE, iri(DCAT + "DataService"))
    for quad in said:
        if quad.predicate == iri(DCTERMS + "title"):
            yield Triple(_SERVICE, quad.predicate, quad.object)
    for name in ("endpointURL", "endpointDescription"):
        yield Triple(_SERVICE, iri(DCAT + name), _ENDPOINT)
    yield Triple(_ENDPOINT, TYPE, iri(RDFS + "Resource"))
    yield Triple(_SERVICE, iri(DCAT + "servesDataset"), _DATASET)


def _distribution(file: DumpFile, media_type: str, licenses: Iterable[Term]) -> Iterator[Triple]:
    """A file as it can be had; one that is compressed has the media type of what is in it."""
    url, checksum = iri(f"{BASE}dump/{file.name}"), iri(f"{BASE}dump/{file.name}#sha256")
    yield Triple(_DATASET, iri(DCAT + "distribution"), url)
    if file.media_type.startswith(_RDF):
        yield Triple(_DATASET, iri(VOID + "dataDump"), url)
    yield Triple(url, TYPE, iri(DCAT + "Distribution"))
    yield Triple(url, iri(DCTERMS + "title"), literal(file.name))
    yield Triple(url, iri(DCAT + "accessURL"), url)
    yield Triple(url, iri(DCAT + "downloadURL"), url)
    yield Triple(url, iri(DCAT + "byteSize"), literal(str(file.size), XSD + "nonNegativeInteger"))
    yield from _typed(url, "mediaType", media_type)
    if file.media_type != media_type:
        yield from _typed(url, "compressFormat", file.media_type)
    for license_ in licenses:
        yield Triple(url, iri(DCTERMS + "license"), license_)
    yield Triple(url, iri(_SPDX + "checksum"), checksum)
    yield Triple(checksum, TYPE, iri(_SPDX + "Checksum"))
    yield Triple(checksum, iri(_SPDX + "algorithm"), iri(_SPDX + "checksumAlgorithm_sha256"))
    yield Triple(checksum, iri(_SPDX + "checksumValue"), literal(file.sha256, XSD + "hexBinary"))


def _typed(url: Term, name: str, media_type: str) -> Iterator[Triple]:
    media = iri(_MEDIA_TYPES + media_type)
    yield Triple(url, iri(DCAT + name), media)
    yield Triple(media, TYPE, iri(DCTERMS + "MediaType"))
