"""The record's terms: canonical N-Triples text."""

import pyoxigraph as ox
import pytest

from almaty_graph.names import XSD
from almaty_graph.terms import Quad, iri, literal, literal_parts, n_quads, read_n_quads

ODD = ["", "plain", 'a "b"', "back\\slash", "line\nfeed\rreturn\ttab\b\f", "\x01\x7f", "😀 مرحبا", "\\u0041"]


@pytest.mark.parametrize("value", ODD)
def test_a_value_comes_back_out_of_its_literal(value: str) -> None:
    assert literal_parts(literal(value)) == (value, XSD + "string", None)
    assert literal_parts(literal(value, language="nl-BE"))[::2] == (value, "nl-BE")
    assert literal_parts(literal(value, "http://example.org/type"))[:2] == (value, "http://example.org/type")


@pytest.mark.parametrize("value", ODD)
def test_a_literal_is_read_alike_by_another_parser(value: str) -> None:
    [quad] = ox.parse(input=f"<a:s> <a:p> {literal(value)} .", format=ox.RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, ox.Literal)
    assert quad.object.value == value


def test_canonical_n_quads_are_sorted_and_hold_no_line_twice() -> None:
    b, a = (Quad(iri("a:s"), iri("a:p"), literal(x), iri("a:g")) for x in "ba")
    text = n_quads([b, a, b])
    assert text == '<a:s> <a:p> "a" <a:g> .\n<a:s> <a:p> "b" <a:g> .\n'
    assert list(read_n_quads(text)) == [a, b]


def test_a_line_that_is_not_canonical_is_named() -> None:
    with pytest.raises(ValueError, match="line 2 is not a canonical N-Quads statement"):
        list(read_n_quads('<a:s> <a:p> "a" <a:g> .\n<a:s>  <a:p> "b" <a:g> .\n'))
