"""Decides how the SPARQL endpoint describes itself: SPARQL 1.1 Service Description, with its limits."""

from collections.abc import Iterable, Iterator
from typing import Final

from almaty_graph.contents import number
from almaty_graph.engine import federation
from almaty_graph.engine.language.lexical import NESTING, PATTERNS
from almaty_graph.engine.language.query import QUERY_BYTES
from almaty_graph.engine.language.services import SERVICES
from almaty_graph.engine.wire import Limits
from almaty_graph.formats import GRAPHS, TABLES, Format
from almaty_graph.names import DATASET, DCTERMS, DEF, GRAPH, VOID, XSD
from almaty_graph.terms import TYPE, Term, Triple, iri, literal

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
# The names that the W3C has given to formats ("Unique URIs for File Formats").
_NAMES: Final = {
    "JSON": "SPARQL_Results_JSON",
    "XML": "SPARQL_Results_XML",
    "CSV": "SPARQL_Results_CSV",
    "TSV": "SPARQL_Results_TSV",
    "Turtle": "Turtle",
    "N-Triples": "N-Triples",
    "N-Quads": "N-Quads",
    "TriG": "TriG",
    "RDF/XML": "RDF_XML",
    "JSON-LD": "JSON-LD",
}


def describe_service(endpoint: str, description: Iterable[Triple], limits: Limits) -> list[Triple]:
    """The description of the service at an endpoint, by the description of its dataset, sorted."""
    described = list(description)
    service, dataset, default = (iri(endpoint + part) for part in ("#service", "#dataset", "#default"))
    triples = {
        Triple(service, TYPE, iri(SD + "Service")),
        Triple(service, iri(SD + "endpoint"), iri(endpoint)),
        Triple(service, iri(SD + "supportedLanguage"), iri(SD + "SPARQL11Query")),
        Triple(service, iri(SD + "feature"), iri(SD + "UnionDefaultGraph")),
        Triple(service, iri(SD + "defaultDataset"), dataset),
        *(Triple(service, iri(SD + "resultFormat"), _format(form)) for form in (*TABLES, *GRAPHS)),
        *_limits(service, limits),
        *(_federation(service) if limits.service_endpoints else ()),
        Triple(dataset, TYPE, iri(SD + "Dataset")),
        Triple(dataset, iri(DCTERMS + "source"), iri(DATASET)),
        Triple(dataset, iri(SD + "defaultGraph"), default),
        Triple(default, TYPE, iri(SD + "Graph")),
        *_named_graphs(dataset, described),
        *(
            Triple(each, predicate, obj)
            for subject, predicate, obj in described
            if subject == iri(DATASET)
            for each in _who_has(predicate, dataset, default)
        ),
    }
    return sorted(triples)


def _who_has(predicate: Term, dataset: Term, default: Term) -> tuple[Term, ...]:
    """The default graph has the counts of the dataset, whose merge it is; both have its date."""
    if predicate == iri(DCTERMS + "issued"):
        return (dataset, default)
    counts = {iri(VOID + name) for name in ("triples", "distinctSubjects", "distinctObjects")}
    parts = {iri(VOID + name) for name in ("classPartition", "propertyPartition", "classes", "properties")}
    return (default,) if predicate in counts | parts else ()


def _named_graphs(dataset: Term, described: list[Triple]) -> Iterator[Triple]:
    sizes = {
        triple.subject: triple.object for triple in described if triple.predicate == iri(VOID + "triples")
    }
    for name, size in sizes.items():
        if not name.startswith(f"<{GRAPH}"):
            continue
        named = iri(f"{name[1:-1]}#named")
        yield Triple(dataset, iri(SD + "namedGraph"), named)
        yield Triple(named, TYPE, iri(SD + "NamedGraph"))
        yield Triple(named, iri(SD + "name"), name)
        yield Triple(named, iri(SD + "graph"), name)
        yield Triple(name, TYPE, iri(SD + "Graph"))
        yield Triple(name, iri(VOID + "triples"), size)


def _format(form: Format) -> Term:
    return iri(_FORMATS + _NAMES[form.name])


def _limits(service: Term, limits: Limits) -> Iterator[Triple]:
    yield Triple(service, iri(DEF + "queryTimeLimit"), literal(f"{limits.seconds:g}", XSD + "decimal"))
    for name, count in {
        "queryMemoryLimit": limits.memory_bytes,
        "answerRowLimit": limits.rows,
        "answerByteLimit": limits.answer_bytes,
        "queryByteLimit": QUERY_BYTES,
        "queryNestingLimit": NESTING,
        "queryPatternLimit": PATTERNS,
    }.items():
        yield Triple(service, iri(DEF + name), number(count))


def _federation(service: Term) -> Iterator[Triple]:
    yield Triple(service, iri(SD + "feature"), iri(SD + "BasicFederatedQuery"))
    for name, count in {
        "serviceCallLimit": SERVICES,
        "serviceCharacterLimit": federation.CHARACTERS,
        "serviceRowLimit": federation.ROWS,
    }.items():
        yield Triple(service, iri(DEF + name), number(count))
