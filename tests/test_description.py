"""What the dataset and the endpoint say of themselves, held against what the endpoint answers."""

import csv
import io
import json
import urllib.request
from collections import Counter
from collections.abc import Sequence

import pyshacl
import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib import RDF, RDFS, Graph, URIRef

from almaty_graph.contents import describe_contents
from almaty_graph.engine.language.lexical import NESTING, PATTERNS
from almaty_graph.engine.language.query import QUERY_BYTES, Query
from almaty_graph.engine.wire import Limits
from almaty_graph.errors import SourceError
from almaty_graph.formats import GRAPHS, TABLES
from almaty_graph.names import DATASET, DEF, GRAPH, OWL, PREFIXES, VOID, XSD
from almaty_graph.release import Release
from almaty_graph.sources import Sources
from almaty_graph.terms import TYPE, Quad, Triple, iri, literal
from conftest import READ_BY_RDFLIB, shared

pytestmark = READ_BY_RDFLIB

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
MANIFEST = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())

# What SIB's sparql-editor, which is Zazuko's Yasgui with completion, sends to any endpoint when it opens.
EDITOR_PREFIXES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
      SELECT DISTINCT ?prefix ?namespace
      WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix}
      ORDER BY ?prefix"""
EDITOR_EXAMPLES = """PREFIX sh: <http://www.w3.org/ns/shacl#>
      PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
      SELECT DISTINCT ?sq ?comment ?query
      WHERE {
        ?sq a sh:SPARQLExecutable ;
          rdfs:comment ?comment ;
          sh:select|sh:ask|sh:construct|sh:describe ?query .
      } ORDER BY ?sq"""
EDITOR_VOID = """PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sh:<http://www.w3.org/ns/shacl#>
PREFIX sd:<http://www.w3.org/ns/sparql-service-description#>
PREFIX void:<http://rdfs.org/ns/void#>
PREFIX void-ext:<http://ldf.fi/void-ext#>
SELECT DISTINCT ?graph ?graphLabel ?subjectClass ?prop ?objectClass ?objectDatatype
?triples ?subjectClassLabel ?objectClassLabel ?subjectClassComment ?objectClassComment ?propLabel ?propComment
WHERE {
      {
        OPTIONAL {
          ?graph sd:graph ?graphDesc .
          OPTIONAL { ?graph rdfs:label ?graphLabel }
          ?graphDesc void:classPartition ?cp .
        }
        ?cp void:class ?subjectClass ;
          void:propertyPartition ?pp .
        OPTIONAL { ?subjectClass rdfs:label ?subjectClassLabel }
        OPTIONAL { ?subjectClass rdfs:comment ?subjectClassComment }

        ?pp void:property ?prop .
        OPTIONAL { ?pp void:triples ?triples }
        OPTIONAL { ?prop rdfs:label ?propLabel }
        OPTIONAL { ?prop rdfs:comment ?propComment }
        OPTIONAL {
          {
            ?pp  void:classPartition [ void:class ?objectClass ] .
            OPTIONAL { ?objectClass rdfs:label ?objectClassLabel }
            OPTIONAL { ?objectClass rdfs:comment ?objectClassComment }
          } UNION {
            ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] .
          }
        }
      } UNION {
        ?linkset void:subjectsTarget [ void:class ?subjectClass ] ;
          void:linkPredicate ?prop ;
          void:objectsTarget [ void:class ?objectClass ] .
      }
} ORDER BY ?subjectClass ?objectClass ?objectDatatype ?graph ?triples"""


def ask(client: FlaskClient, query: str) -> list[dict[str, str]]:
    reply = client.get("/sparql", query_string={"query": query})
    assert reply.status_code == 200, reply.text
    rows = json.loads(reply.data)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


def table(client: FlaskClient, query: str) -> list[list[str]]:
    headers = {"Accept": "text/csv"}
    reply = client.get("/sparql", query_string={"query": PROLOGUE + query}, headers=headers)
    assert reply.status_code == 200, reply.text
    return list(csv.reader(io.StringIO(reply.text)))[1:]


@pytest.fixture(scope="module")
def described(client: FlaskClient) -> Graph:
    reply = client.get("/sparql", headers={"Accept": "text/turtle"})
    return Graph().parse(data=reply.data, format="turtle")


# The dataset, by VoID


@pytest.mark.parametrize(
    ("name", "counting"),
    [
        ("triples", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"),
        ("entities", "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c }"),
        ("distinctSubjects", "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        ("distinctObjects", "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
        ("classes", "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }"),
        ("properties", "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }"),
    ],
)
def test_the_totals_are_what_the_endpoint_counts(client: FlaskClient, name: str, counting: str) -> None:
    assert table(client, f"SELECT ?n {{ <{DATASET}> void:{name} ?n }}") == table(client, counting)


@pytest.mark.parametrize(
    ("told", "counting"),
    [
        (
            "{d} void:propertyPartition ?x . ?x void:property ?k ; void:triples ?n",
            "SELECT ?k (COUNT(*) AS ?n) { ?s ?k ?o } GROUP BY ?k",
        ),
        (
            "{d} void:classPartition ?x . ?x void:class ?k ; void:entities ?n",
            "SELECT ?k (COUNT(*) AS ?n) { ?s a ?k } GROUP BY ?k",
        ),
        (
            "{d} void:subset ?k . ?k void:triples ?n",
            "SELECT ?k (COUNT(*) AS ?n) { GRAPH ?k { ?s ?p ?o } } GROUP BY ?k",
        ),
    ],
)
def test_the_parts_are_what_the_endpoint_counts(client: FlaskClient, told: str, counting: str) -> None:
    said = table(client, f"SELECT ?k ?n {{ {told.format(d=f'<{DATASET}>')} }}")
    counted = table(client, counting)
    assert len(counted) > 30
    assert sorted(said) == sorted(counted)


def test_the_properties_of_each_class_are_what_the_endpoint_counts(client: FlaskClient) -> None:
    said = table(
        client,
        """SELECT ?c ?p ?n { ?x void:class ?c ; void:propertyPartition ?y .
        ?y void:property ?p ; void:triples ?n }""",
    )
    counted = table(client, "SELECT ?c ?p (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o } GROUP BY ?c ?p")
    assert len(counted) > 300
    assert sorted(said) == sorted(counted)


def test_the_classes_that_a_property_of_a_class_leads_to_are_what_the_endpoint_counts(
    client: FlaskClient,
) -> None:
    said = table(
        client,
        """SELECT ?c ?p ?o ?n { ?x void:class ?c ; void:propertyPartition ?y .
        ?y void:property ?p ; void:classPartition ?z . ?z void:class ?o ; void:triples ?n }""",
    )
    counted = table(
        client, "SELECT ?c ?p ?o (COUNT(*) AS ?n) { ?s a ?c ; ?p ?v . ?v a ?o } GROUP BY ?c ?p ?o"
    )
    assert len(counted) > 200
    assert sorted(said) == sorted(counted)


def test_the_datatypes_that_a_property_of_a_class_leads_to_are_what_the_endpoint_counts(
    client: FlaskClient,
) -> None:
    said = table(
        client,
        """SELECT ?c ?p ?d ?n { ?x void:class ?c ; void:propertyPartition ?y .
        ?y void:property ?p ; void-ext:datatypePartition ?z . ?z void-ext:datatype ?d ; void:triples ?n }""",
    )
    counted = table(
        client,
        """SELECT ?c ?p ?d (COUNT(*) AS ?n) { ?s a ?c ; ?p ?v FILTER isLiteral(?v) BIND(DATATYPE(?v) AS ?d) }
        GROUP BY ?c ?p ?d""",
    )
    assert len(counted) > 150
    assert sorted(said) == sorted(counted)


def test_the_properties_add_up_to_all_triples(client: FlaskClient) -> None:
    parts = f"<{DATASET}> void:propertyPartition ?x . ?x void:triples ?n"
    summed = f"SELECT (SUM(?n) AS ?sum) {{ {parts} }}"
    assert table(client, summed) == table(client, f"SELECT ?n {{ <{DATASET}> void:triples ?n }}")


def test_every_part_has_a_name_of_its_own(client: FlaskClient) -> None:
    shared_names = "SELECT ?x { ?x void:class|void:property ?t } GROUP BY ?x HAVING (COUNT(*) > 1)"
    assert table(client, shared_names) == []


def test_every_class_and_property_of_the_dataset_is_declared_in_the_ontology(sources: Sources) -> None:
    kinds = {
        iri(OWL + name) for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    }
    kinds.add(iri(str(RDF.Property)))
    declared = {q.subject for q in sources.asserted if q.predicate == TYPE and q.object in kinds}
    used = {q.predicate for q in sources.dataset} | {q.object for q in sources.dataset if q.predicate == TYPE}
    assert used - declared == set()


def recount(triples: set[Triple]) -> dict[str, int]:
    return {
        "triples": len(triples),
        "distinctSubjects": len({triple.subject for triple in triples}),
        "distinctObjects": len({triple.object for triple in triples}),
        "classes": len({triple.object for triple in triples if triple.predicate == TYPE}),
        "properties": len({triple.predicate for triple in triples}),
        "entities": len({triple.subject for triple in triples if triple.predicate == TYPE}),
    }


def even_numbers(others: int) -> Sequence[Quad]:
    """A dataset in which each even number is an object already, and so many objects more."""
    objects = [literal(str(n), XSD + "integer") for n in range(0, 1000, 2)]
    objects += [iri(f"x:o{n}") for n in range(others)]
    return [Quad(iri("x:s"), iri("x:p"), each, iri(GRAPH + "x")) for each in objects]


@pytest.mark.parametrize("others", range(8))
def test_counts_that_change_by_being_told_are_right_or_left_out(others: int) -> None:
    quads = even_numbers(others)
    told = {quad.triple for quad in describe_contents(quads, ())}
    triples = told | {quad.triple for quad in quads}
    counted = recount(triples)
    said = {name: [t.object for t in told if t[:2] == (iri(DATASET), iri(VOID + name))] for name in counted}
    right = {name: [literal(str(count), XSD + "integer")] for name, count in counted.items()}
    assert said in (right, {**right, "distinctObjects": []})
    parts = Counter(triple.predicate for triple in triples)
    for part in (t for t in told if t.predicate == iri(VOID + "property") and "#property-" in t.subject):
        number = literal(str(parts[part.object]), XSD + "integer")
        assert Triple(part.subject, iri(VOID + "triples"), number) in told


def test_a_number_that_can_be_true_is_told_and_one_that_cannot_is_not() -> None:
    """Both happen above, so that neither case is right because it never occurs."""
    told = [describe_contents(even_numbers(others), ()) for others in range(8)]
    count = iri(VOID + "distinctObjects")
    assert {any(quad.predicate == count for quad in quads) for quads in told} == {True, False}


def test_a_count_that_a_file_states_and_makes_false_is_refused_in_a_sentence() -> None:
    """A triple that both say is one, so that there is one less as soon as it is derived too."""
    quads, graph = even_numbers(0), iri(GRAPH + "x")
    beside = {quad.triple for quad in describe_contents([*quads, Quad("<x:a>", "<x:p>", "<x:b>", graph)], ())}
    [count] = [triple for triple in beside if triple[:2] == (iri(DATASET), iri(VOID + "triples"))]
    with pytest.raises(SourceError, match="does not settle: leave the counts of VoID to be derived"):
        describe_contents([*quads, Quad(*count, graph)], ())


# What editors ask of an endpoint


def test_an_editor_finds_the_prefixes(client: FlaskClient) -> None:
    rows = ask(client, EDITOR_PREFIXES)
    assert [(row["prefix"], row["namespace"]) for row in rows] == sorted(PREFIXES.items())


def test_an_editor_finds_the_questions_in_their_words(client: FlaskClient, sources: Sources) -> None:
    found = {(row["comment"], row["query"]) for row in ask(client, EDITOR_EXAMPLES)}
    assert found == {(question.description, question.text) for question in sources.questions}


def test_an_example_of_the_editor_runs_and_its_name_leads_to_its_page(client: FlaskClient) -> None:
    rows = ask(client, EDITOR_EXAMPLES)
    for row in rows:
        assert Query.parse(row["query"]).form.value == "SELECT"
        assert client.get(row["sq"].removeprefix("https://w3id.org/almaty-process")).status_code == 200
    assert ask(client, rows[0]["query"])


def test_an_editor_finds_the_properties_of_each_class_and_where_they_lead(client: FlaskClient) -> None:
    rows = ask(client, EDITOR_VOID)
    used = ask(client, "SELECT DISTINCT ?c ?p { ?s a ?c ; ?p ?o }")
    leading = ask(client, "SELECT DISTINCT ?c ?p ?v { ?s a ?c ; ?p ?o . ?o a ?v }")
    assert {(row["subjectClass"], row["prop"]) for row in rows} == {(row["c"], row["p"]) for row in used}
    assert {
        (row["subjectClass"], row["prop"], row["objectClass"]) for row in rows if "objectClass" in row
    } == {(row["c"], row["p"], row["v"]) for row in leading}
    typed = ask(
        client, "SELECT DISTINCT ?c ?p ?d { ?s a ?c ; ?p ?o FILTER isLiteral(?o) BIND(DATATYPE(?o) AS ?d) }"
    )
    assert {
        (row["subjectClass"], row["prop"], row["objectDatatype"]) for row in rows if "objectDatatype" in row
    } == {(row["c"], row["p"], row["d"]) for row in typed}
    # It shows each with its label, in the languages that there are, and fits one answer.
    assert all(row.keys() >= {"subjectClassLabel", "propLabel", "triples"} for row in rows)
    assert len(rows) < Limits().rows


# The service (SPARQL 1.1 Service Description)


@pytest.mark.slow
@pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.name)
def test_the_endpoint_describes_itself_in_every_format_of_graphs(
    client: FlaskClient, described: Graph, form: object
) -> None:
    media_type = form.media_type  # type: ignore[attr-defined]  # a Format
    reply = client.get("/sparql", headers={"Accept": media_type})
    assert (reply.status_code, reply.mimetype) == (200, media_type)
    names = {"application/n-triples": "nt", "application/rdf+xml": "xml", "application/ld+json": "json-ld"}
    parsed = Graph()
    if media_type in ("application/n-quads", "application/trig"):
        parsed.parse(data=reply.data, format="nt" if media_type.endswith("quads") else "turtle")
    else:
        parsed.parse(data=reply.data, format=names.get(media_type, "turtle"))
    assert len(parsed) == len(described)


def test_the_description_names_the_endpoint_as_it_was_asked(client: FlaskClient) -> None:
    headers = {"Accept": "application/n-triples", "Host": "graph.example:8080"}
    text = client.get("/sparql", headers=headers).text
    assert (
        "<http://www.w3.org/ns/sparql-service-description#endpoint> <http://graph.example:8080/sparql> ."
        in text
    )
    odd = client.get("/sparql", headers={**headers, "Host": "a> <b"}).text
    assert "#endpoint> <https://w3id.org/almaty-process/sparql> ." in odd


def test_the_description_tells_what_the_service_can_do(described: Graph) -> None:
    [service] = described.subjects(RDF.type, SD.Service)
    assert list(described.objects(service, SD.supportedLanguage)) == [SD.SPARQL11Query]
    assert list(described.objects(service, SD.feature)) == [SD.UnionDefaultGraph]
    assert len(set(described.objects(service, SD.resultFormat))) == len(TABLES) + len(GRAPHS)


def test_the_description_tells_every_limit_by_a_property_with_labels(
    described: Graph, sources: Sources
) -> None:
    [service] = described.subjects(RDF.type, SD.Service)
    told = {
        str(name).removeprefix(DEF): value.toPython()  # type: ignore[attr-defined]  # a literal
        for name, value in described.predicate_objects(service)
        if str(name).startswith(DEF)
    }
    assert told == {
        "answerByteLimit": 64 << 20,
        "answerRowLimit": 100_000,
        "queryByteLimit": QUERY_BYTES,
        "queryMemoryLimit": 1 << 30,
        "queryNestingLimit": NESTING,
        "queryPatternLimit": PATTERNS,
        "queryTimeLimit": 30,
    }
    labels = Counter(quad.subject for quad in sources.asserted if quad.predicate == iri(str(RDFS.label)))
    assert {labels[iri(DEF + name)] for name in told} == {2}


def test_every_graph_of_the_release_is_named_in_the_description(described: Graph, release: Release) -> None:
    names = {str(name) for name in described.objects(None, SD.name)}
    assert names == {quad.graph[1:-1] for quad in release.record}


# The three tests of the W3C, over HTTP


def over_http(server: str) -> tuple[str, Graph]:
    """The media type and the triples of what the bare endpoint sends."""
    wanted = urllib.request.Request(f"{server}/sparql", headers={"Accept": "text/turtle"})
    with urllib.request.urlopen(wanted, timeout=20) as reply:
        return reply.headers.get_content_type(), Graph().parse(data=reply.read(), format="turtle")


def test_these_are_the_tests_of_the_w3c() -> None:
    manifest = Graph().parse(shared("suites/sparql11/service-description/manifest.ttl"))
    assert {str(name).rpartition("#")[2] for name in manifest.subjects(MANIFEST.name)} == {
        "returns-rdf",
        "has-endpoint-triple",
        "conforms-to-schema",
    }


def test_returns_rdf(server: str) -> None:
    media_type, graph = over_http(server)
    assert media_type == "text/turtle"
    assert len(graph) > 1000


def test_a_get_without_accept_returns_rdf_too(server: str) -> None:
    with urllib.request.urlopen(f"{server}/sparql", timeout=20) as reply:
        assert reply.headers.get_content_type() in {form.media_type for form in GRAPHS}


def test_has_endpoint_triple(server: str) -> None:
    _, graph = over_http(server)
    assert list(graph.subject_objects(SD.endpoint)) == [
        (URIRef(f"{server}/sparql#service"), URIRef(f"{server}/sparql"))
    ]


@pytest.mark.slow
def test_conforms_to_schema(server: str) -> None:
    _, graph = over_http(server)
    shapes = shared("suites/service-description/sd-shacl.ttl")
    conforms, _, text = pyshacl.validate(graph, shacl_graph=str(shapes))
    assert conforms, text
    # Nothing is said by a term that the vocabulary does not have.
    classes = {"Service", "Dataset", "Graph", "NamedGraph"}
    properties = {
        *("endpoint", "supportedLanguage", "feature", "resultFormat"),
        *("defaultDataset", "defaultGraph", "namedGraph", "name", "graph"),
    }
    assert {
        str(kind).removeprefix(SD) for kind in graph.objects(None, RDF.type) if str(kind).startswith(SD)
    } == classes
    assert {
        str(name).removeprefix(SD) for name in graph.predicates() if str(name).startswith(SD)
    } == properties


@pytest.mark.filterwarnings("ignore:Dataset.identifier is deprecated:DeprecationWarning")  # pySHACL's report
def test_a_description_that_is_wrong_does_not_conform(described: Graph) -> None:
    shapes = shared("suites/service-description/sd-shacl.ttl")
    [service] = described.subjects(RDF.type, SD.Service)
    wrong = Graph() + described
    wrong.remove((service, SD.endpoint, None))
    conforms, _, text = pyshacl.validate(wrong, shacl_graph=str(shapes))
    assert not conforms
    assert "A service without an endpoint IRI" in text


def test_the_page_at_the_endpoint_tells_the_limits(client: FlaskClient) -> None:
    page = client.get("/sparql", headers={"Accept": "text/html"}).text
    for words in ("30 seconds", "100,000 rows", "64 MiB"):
        assert words in page


def test_every_linkset_and_dump_is_described_at_the_endpoint_too(described: Graph, release: Release) -> None:
    kept = Graph().parse(data=release.read("description.ttl"), format="turtle")
    assert set(kept) <= set(described)


def test_json_results_are_offered_under_their_registered_name(client: FlaskClient) -> None:
    assert json.loads(client.get("/sparql?query=ASK{}").data) == {"head": {}, "boolean": True}
