"""Which format a client gets."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from almaty_graph.errors import NotAcceptable
from almaty_graph.formats import DOCUMENTS, GRAPHS, TABLES, Format, by_suffix, negotiate, prefers_page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
JENA = "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7,*/*;q=0.3"


@pytest.mark.parametrize(
    ("offer", "accept", "name"),
    [
        # Nothing is said, or nothing is excluded.
        (TABLES, None, "JSON"),
        (TABLES, "", "JSON"),
        (TABLES, " , ,", "JSON"),
        (TABLES, "*/*", "JSON"),
        (TABLES, "*", "JSON"),
        (TABLES, JAVA, "JSON"),
        # Names, in any case, and their aliases.
        (TABLES, "TEXT/CSV", "CSV"),
        (TABLES, "application/json", "JSON"),
        (GRAPHS, "application/json", "JSON-LD"),
        (GRAPHS, "text/plain", "N-Triples"),
        (DOCUMENTS, "application/ld+json", "JSON-LD"),
        (DOCUMENTS, BROWSER, "HTML"),
        (GRAPHS, BROWSER, "RDF/XML"),
        (GRAPHS, JENA, "Turtle"),
        # Quality, wherever and however it is written.
        (TABLES, "text/csv;q=0.5, text/tab-separated-values", "TSV"),
        (TABLES, "application/sparql-results+json;q=0.5", "JSON"),
        (TABLES, "text/csv;Q=0.1, text/tab-separated-values ; q=0.2", "TSV"),
        (TABLES, "text/csv;q=.2, text/tab-separated-values;q=.1", "CSV"),
        (TABLES, "text/csv;q=1.000, text/tab-separated-values;q=0.999", "CSV"),
        (TABLES, "text/csv;q=0.3;x=y, text/tab-separated-values;q=0.2", "CSV"),
        (TABLES, "image/png, text/csv;q=0.1", "CSV"),
        (TABLES, "text/csv;q=0.1, text/csv;q=0.9, text/tab-separated-values;q=0.5", "CSV"),
        (GRAPHS, "application/rdf+xml, text/turtle;q=0.9", "RDF/XML"),
        # At equal quality: named before let in, media type before alias, then the order of the offer.
        (TABLES, "text/csv, */*", "CSV"),
        (TABLES, "text/tab-separated-values, text/csv", "CSV"),
        (TABLES, "application/xml, application/sparql-results+json", "JSON"),
        (DOCUMENTS, "application/ld+json, text/*", "JSON-LD"),
        # Wildcards, and what is narrower than they are.
        (TABLES, "text/*", "CSV"),
        (GRAPHS, "application/*", "N-Triples"),
        (GRAPHS, "text/*, application/*;q=0.9", "Turtle"),
        (GRAPHS, "text/turtle;q=0.1, application/*;q=0.2, */*;q=0.3", "N-Triples"),
        (GRAPHS, "*/*, text/turtle;q=0.1", "N-Triples"),
        (TABLES, "*/*;q=1, application/sparql-results+json;q=0", "XML"),
        (TABLES, "text/*;q=0, text/tab-separated-values", "TSV"),
        (TABLES, "*/*;q=0, application/json", "JSON"),
        # A wildcard means what is sent, and aliases are never sent.
        (GRAPHS, "text/turtle;q=0.5, text/*", "Turtle"),
        # Parameters.
        (GRAPHS, "text/turtle;charset=utf-8", "Turtle"),
        (GRAPHS, 'text/turtle; charset="UTF-8"', "Turtle"),
        (GRAPHS, "text/turtle; profile=x", "Turtle"),
        (GRAPHS, 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted, x";q=0.9', "JSON-LD"),
        (GRAPHS, "application/rdf+xml;version=1.2, */*;q=0.1", "RDF/XML"),
        (GRAPHS, "text/turtle;profile=x;q=0, text/turtle", "Turtle"),
        (GRAPHS, "text/turtle;profile=x, text/turtle;q=0.1, application/trig;q=0.2", "TriG"),
        (GRAPHS, "text/turtle;charset=utf-8;q=0.1, text/turtle, application/trig;q=0.5", "TriG"),
        # What cannot be read is not there.
        (TABLES, "text/csv;q=abc, */*;q=0.1", "JSON"),
        (TABLES, "text/csv;q=1.5, text/csv;q=0.1", "CSV"),
        (TABLES, "text/csv;q=nan, text/tab-separated-values;q=1e-1, application/xml;q=0.1", "XML"),
        (TABLES, 'x, /, "", text/, */csv, text/csv/x, text/csv;q=0.1', "CSV"),
    ],
)
def test_the_format_that_is_liked_best_is_given(
    offer: tuple[Format, ...], accept: str | None, name: str
) -> None:
    assert negotiate(accept, offer).name == name


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "text/turtle",
        "*/*;q=0",
        "*/*;q=0.000",
        "text/csv;q=0",
        "text/csv;q=2",
        "csv",
        "*/csv",
        # The type that would be sent is excluded, whatever name it is asked for by.
        "application/sparql-results+json;q=0, application/json",
    ],
)
def test_a_client_that_accepts_nothing_on_offer_is_told_the_offer(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refusal:
        negotiate(accept, TABLES)
    assert refusal.value.offer == tuple(form.media_type for form in TABLES)
    assert repr(accept) in str(refusal.value)


def test_a_wildcard_lets_no_alias_in() -> None:
    with pytest.raises(NotAcceptable):
        negotiate("text/turtle;q=0, text/*", GRAPHS)


@given(st.text(alphabet=st.sampled_from('textcsv/*;,q=0.19 "\\\t\x00é'), max_size=60) | st.text())
@example('"')
@example("text/csv;q*=utf-8''0")
@example("text/csv;q=0" + "0" * 400)
def test_no_header_is_a_fault(accept: str) -> None:
    try:
        assert negotiate(accept, TABLES) in TABLES
    except NotAcceptable as refusal:
        assert refusal.offer == tuple(form.media_type for form in TABLES)  # noqa: PT017 - both outcomes are right
    assert prefers_page(accept) in (True, False)


@pytest.mark.parametrize("part", ["a/b,", ",", ";", '"', "\\", "*/*;q=0.1,", "a/b;c=", 'a/b;c="', "é"])
def test_a_header_of_any_length_is_read_in_proportion(part: str) -> None:
    begun = time.process_time()
    try:
        negotiate(part * (400_000 // len(part)), TABLES)
    except NotAcceptable as refusal:
        assert len(str(refusal)) < 500  # noqa: PT017 - both outcomes are right
    assert time.process_time() - begun < 1  # by the square of its length it is minutes


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("text/html;charset=utf-8, application/json;q=0.9", True),
        ("text/html;q=0.9, application/json", False),
        ("text/html, application/json", False),
        ("*/*", False),
        ("text/*", True),
        ("text/csv", False),
        ("", False),
        (None, False),
    ],
)
def test_a_page_is_for_who_likes_html_better_than_data(accept: str | None, page: bool) -> None:
    assert prefers_page(accept) is page


def test_a_suffix_names_its_format_within_the_offer_only() -> None:
    assert by_suffix("ttl", DOCUMENTS) in DOCUMENTS
    assert by_suffix("nq", DOCUMENTS) is None
    suffixes = [form.suffix for form in (*TABLES, *DOCUMENTS)]
    assert len(suffixes) == len(set(suffixes))
