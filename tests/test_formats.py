"""Which format a client gets."""

import pytest

from almaty_graph.errors import NotAcceptable
from almaty_graph.formats import DOCUMENTS, GRAPHS, TABLES, Format, by_suffix, negotiate


@pytest.mark.parametrize(
    ("offer", "accept", "name"),
    [
        (TABLES, None, "JSON"),
        (TABLES, "", "JSON"),
        (TABLES, "*/*", "JSON"),
        (TABLES, "text/*", "CSV"),
        (TABLES, "application/json", "JSON"),
        (TABLES, "text/csv;q=0.5, text/tab-separated-values", "TSV"),
        (TABLES, "*/*;q=1, application/sparql-results+json;q=0", "XML"),
        (TABLES, "image/png, text/csv;q=0.1", "CSV"),
        (GRAPHS, "application/rdf+xml, text/turtle;q=0.9", "RDF/XML"),
        (GRAPHS, "application/*", "N-Triples"),
        (GRAPHS, "text/plain", "N-Triples"),
        (DOCUMENTS, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "HTML"),
        (DOCUMENTS, "application/ld+json", "JSON-LD"),
    ],
)
def test_the_format_that_is_liked_best_is_given(
    offer: tuple[Format, ...], accept: str | None, name: str
) -> None:
    assert negotiate(accept, offer).name == name


@pytest.mark.parametrize("accept", ["image/png", "text/turtle", "*/*;q=0"])
def test_a_client_that_accepts_nothing_on_offer_is_told_the_offer(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refusal:
        negotiate(accept, TABLES)
    assert refusal.value.offer == tuple(form.media_type for form in TABLES)


def test_a_suffix_names_its_format_within_the_offer_only() -> None:
    assert by_suffix("ttl", DOCUMENTS) in DOCUMENTS
    assert by_suffix("nq", DOCUMENTS) is None
    suffixes = [form.suffix for form in (*TABLES, *DOCUMENTS)]
    assert len(suffixes) == len(set(suffixes))
