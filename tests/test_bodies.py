"""Parameters: the quick way to read one of them finds what the standard library finds."""

from collections.abc import Callable
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest

from almaty_graph.web.protocol.bodies import Parameters, read_parameters


def read(text: str) -> Parameters:
    environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": text}
    return read_parameters(environ, lambda *_: b"")


@given(st.text(), st.sampled_from([quote, quote_plus]))
def test_a_query_comes_as_it_was_written(query: str, coded: Callable[..., str]) -> None:
    try:
        text = f"query={coded(query, safe='')}"
    except UnicodeEncodeError:
        return
    assert read(text) == [("query", query)]


@given(st.text(alphabet="ab=&+%4aF_ \t.;#", max_size=30), st.sampled_from(["query=", "q", ""]))
@settings(max_examples=2_000)
def test_any_query_string_is_read_as_the_standard_library_reads_it(rest: str, start: str) -> None:
    try:
        expected = parse_qsl(start + rest, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(BadRequest, match="not UTF-8"):
            read(start + rest)
        return
    assert read(start + rest) == expected
