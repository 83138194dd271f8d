"""Our Turtle: exact, canonical, and one change is one line."""

import pytest

from almaty_graph.errors import SourceError
from almaty_graph.names import PREFIXES
from almaty_graph.terms import Quad, Triple, iri, literal
from almaty_graph.turtle import parse, write, write_trig

THING = iri("https://w3id.org/almaty-process/id/state/iran")
OTHER = iri("https://w3id.org/almaty-process/id/state/china")
LABEL = iri("http://www.w3.org/2004/02/skos/core#prefLabel")


def triples(text: str) -> set[Triple]:
    return {triple for triple, _ in parse(text.encode(), "test.ttl")}


CANONICAL = '''\
PREFIX def: <https://w3id.org/almaty-process/def#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX shapes: <https://w3id.org/almaty-process/shapes#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX state: <https://w3id.org/almaty-process/id/state/>

state:iran
    a def:State ;
    rdfs:seeAlso <https://example.org/a/b> ;
    skos:prefLabel "Iran"@en ;
    skos:prefLabel "Иран"@ru ;
.

shapes:Claim
    a sh:NodeShape ;
    sh:in ( 1 "one" state:iran ) ;
    sh:select """SELECT $this
WHERE { $this ?p "a" }""" ;
.
'''


def test_a_canonical_document_is_written_as_it_stands() -> None:
    assert write(triples(CANONICAL), PREFIXES) == CANONICAL


def test_one_added_triple_is_one_added_line() -> None:
    before = write(triples(CANONICAL), PREFIXES).splitlines()
    added = triples(CANONICAL) | {Triple(THING, LABEL, literal("Eron", language="uz"))}
    after = write(added, PREFIXES).splitlines()
    assert [line for line in after if line not in before] == ['    skos:prefLabel "Eron"@uz ;']
    assert len(after) == len(before) + 1


@pytest.mark.parametrize(
    "written",
    [
        '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        '"007"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>',
        '"2020-01-01T00:00:00+00:00"^^<http://www.w3.org/2001/XMLSchema#dateTime>',
        '"01"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"1"^^<http://www.w3.org/2001/XMLSchema#boolean>',
        '"tekst"@nl-BE',
        '"a \\"quote\\", a \\\\ and a tab\\t"',
        '"two\\nlines, \\"quoted\\" at the end\\""',
        '"three \\"\\"\\" in\\na row"',
        '"\\u0001 and 😀 and \u202bعربي"',
    ],
)
def test_a_literal_survives_reading_and_writing_letter_for_letter(written: str) -> None:
    read = triples(f"<http://example.org/s> <http://example.org/p> {written} .")
    assert [triple.object for triple in read] == [written]
    assert triples(write(read, PREFIXES)) == read


def test_a_language_tag_written_in_two_ways_is_refused_with_its_line() -> None:
    with pytest.raises(SourceError, match=r"test.ttl:2: language tag @nl-be is written @nl-BE elsewhere"):
        triples('<http://e.x/s> <http://e.x/p> "a"@nl-BE ;\n <http://e.x/p> "b"@nl-be .')


def test_malformed_turtle_is_refused_with_its_line() -> None:
    with pytest.raises(SourceError, match=r"^test.ttl:2: not Turtle: "):
        triples("<http://e.x/s>\n <http://e.x/ p> 1 .")


def test_a_blank_node_outside_a_list_is_refused() -> None:
    with pytest.raises(ValueError, match="a blank node that is not a list"):
        write(triples("<http://e.x/s> <http://e.x/p> [ <http://e.x/q> 1 ] ."), PREFIXES)


def test_each_triple_knows_the_line_on_which_it_ends() -> None:
    text = '<http://e.x/s> <http://e.x/p>\n 1 ,\n\n 2 ;\n <http://e.x/q> """a\nb""" .\n'
    assert [line for _, line in parse(text.encode(), "x")] == [2, 4, 6]


def test_trig_has_a_block_for_each_graph() -> None:
    quads = [
        Quad(THING, LABEL, literal("Iran"), iri("https://w3id.org/almaty-process/graph/register")),
        Quad(OTHER, LABEL, literal("China"), iri("https://w3id.org/almaty-process/graph/a")),
    ]
    assert write_trig(quads, PREFIXES).partition("\n\n")[2] == (
        'graph:a {\nstate:china\n    skos:prefLabel "China" ;\n.\n}\n\n'
        'graph:register {\nstate:iran\n    skos:prefLabel "Iran" ;\n.\n}\n'
    )
