"""Decides the names: the base IRI, its parts, and the prefixes under which IRIs are written."""

from types import MappingProxyType
from typing import Final

BASE: Final = "https://w3id.org/almaty-process/"
ID: Final = BASE + "id/"
DOC: Final = BASE + "doc/"
DEF: Final = BASE + "def#"
SHAPES: Final = BASE + "shapes#"
SOURCE: Final = BASE + "source/"
GRAPH: Final = BASE + "graph/"
RELEASES: Final = BASE + "release"
CLAIM: Final = ID + "claim/"
DATASET: Final = BASE + "dataset"

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCTERMS: Final = "http://purl.org/dc/terms/"
PROV: Final = "http://www.w3.org/ns/prov#"
OA: Final = "http://www.w3.org/ns/oa#"
ORG: Final = "http://www.w3.org/ns/org#"
SCHEMA: Final = "http://schema.org/"
SH: Final = "http://www.w3.org/ns/shacl#"
VOID: Final = "http://rdfs.org/ns/void#"
VOID_EXT: Final = "http://ldf.fi/void-ext#"
DCAT: Final = "http://www.w3.org/ns/dcat#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
TIME: Final = "http://www.w3.org/2006/time#"
DQV: Final = "http://www.w3.org/ns/dqv#"
EARL: Final = "http://www.w3.org/ns/earl#"
AS: Final = "https://www.w3.org/ns/activitystreams#"
LDES: Final = "https://w3id.org/ldes#"
TREE: Final = "https://w3id.org/tree#"
QUALITY: Final = BASE + "quality#"

PREFIXES: Final = MappingProxyType(
    {
        "almaty": BASE,
        "dcat": DCAT,
        "dcterms": DCTERMS,
        "def": DEF,
        "dqv": DQV,
        "earl": EARL,
        "foaf": FOAF,
        "graph": GRAPH,
        "oa": OA,
        "org": ORG,
        "owl": OWL,
        "prov": PROV,
        "quality": QUALITY,
        "rdf": RDF,
        "rdfs": RDFS,
        "schema": SCHEMA,
        "sh": SH,
        "shapes": SHAPES,
        "skos": SKOS,
        "source": SOURCE,
        "spdx": "http://spdx.org/rdf/terms#",
        "time": TIME,
        "vann": "http://purl.org/vocab/vann/",
        "void": VOID,
        "void-ext": VOID_EXT,
        "xsd": XSD,
    }
    | {
        # One prefix a kind of thing, so that `state:iran` needs no escaped slash.
        kind: f"{ID}{kind}/"
        for kind in (
            "conclusion",
            "disagreement",
            "disagreement-class",
            "document",
            "document-type",
            "link",
            "meeting",
            "modality",
            "office",
            "organization",
            "place",
            "post",
            "process",
            "programme",
            "reference",
            "role",
            "rule",
            "scheme",
            "source-kind",
            "state",
            "topic",
            "working-group",
        )
    }
)


def prefixes_for(slug: str | None = None) -> dict[str, str]:
    """The prefix table, with `claim:` and `passage:` bound for the source of that slug if one is given."""
    table = dict(PREFIXES)
    if slug is not None:
        table |= {"claim": f"{CLAIM}{slug}/", "passage": f"{SOURCE}{slug}#"}
    return table


def path_of(iri: str) -> str | None:
    """The path under which a server answers for an IRI of ours, `/` first; None for anybody else's."""
    path = "/" + iri.removeprefix(BASE)
    # A path that begins with two slashes would lead a browser to another host.
    return path if iri.startswith(BASE) and path[1:2] not in ("/", "\\") else None


def document_path(iri: str) -> str | None:
    """The path of the page that describes an IRI of ours: `/id/…` is described at `/doc/…`."""
    path = path_of(iri)
    return path.replace("/id/", "/doc/", 1) if path and path.startswith("/id/") else path
