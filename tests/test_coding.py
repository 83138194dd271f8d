"""How replies are compressed."""

import gzip
import hashlib
import io
import time
from collections.abc import Callable, Iterator

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from almaty_graph.web.protocol.coding import (
    BROTLI,
    CODINGS,
    GZIP,
    ZSTD,
    CodedBody,
    Coding,
    choose,
    choose_for,
    is_worthwhile,
    refuse_coded_body,
)


def unzstd(data: bytes) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)) as reader:
        read = reader.read()
        assert isinstance(read, bytes)
        return read


DECODERS: dict[Coding, Callable[[bytes], bytes]] = {
    ZSTD: unzstd,
    BROTLI: brotli.decompress,
    GZIP: gzip.decompress,
}
CODING = pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.name)


@pytest.mark.parametrize(
    ("accept_encoding", "name"),
    [
        (None, None),
        ("", None),
        (" , ", None),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate", "gzip"),
        ("GZip", "gzip"),
        ("deflate, compress, snappy", None),
        ("*", "zstd"),
        ("identity", None),
        # Quality.
        ("zstd;q=0.1, br;q=0.2, gzip;q=0.3", "gzip"),
        ("zstd;q=0, br, gzip;q=0.5", "br"),
        ("zstd;q=0, *", "br"),
        ("*;q=0.5, gzip", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.001", "gzip"),
        # Identity: against what is named, and where it is excluded.
        ("identity, gzip", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.4, gzip;q=0.5", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0, *", "zstd"),
        ("*;q=0, br", "br"),
        ("*;q=0, identity", None),
        ("*;q=0, identity;q=0.1", None),
        # What cannot be read is not there.
        ("gzip;q=x, br;q=0.1", "br"),
        ("gzip;q=2", None),
        ('"', None),
        ("gzip" + ", deflate" * 100_000, "gzip"),
    ],
)
def test_the_coding_that_is_liked_best_is_chosen(accept_encoding: str | None, name: str | None) -> None:
    coding = choose(accept_encoding)
    assert (coding and coding.name) == name


@pytest.mark.parametrize("accept_encoding", ["identity;q=0", "*;q=0", "deflate, identity;q=0"])
def test_a_client_that_takes_nothing_gets_the_body_as_it_is(accept_encoding: str) -> None:
    assert choose(accept_encoding) is None
    assert choose_for(accept_encoding, 10, "text/html") is None


def test_an_offer_of_fewer_codings_is_all_there_is_to_choose_from() -> None:
    assert choose("gzip, br, zstd", (GZIP,)) is GZIP
    assert choose("br", (GZIP,)) is None


@given(st.text(alphabet=st.sampled_from('gzipbr*;,q=0.19 "\\\t\x00é'), max_size=60) | st.text())
def test_no_header_is_a_fault(accept_encoding: str) -> None:
    assert choose(accept_encoding) in (*CODINGS, None)


@pytest.mark.parametrize(
    ("content_type", "size", "worth"),
    [
        ("text/html; charset=utf-8", 999, False),
        ("text/html; charset=utf-8", 1000, True),
        ("application/sparql-results+json", 76_000, True),
        ("application/n-triples", None, True),
        ("image/svg+xml", 5000, True),
        ("image/png", 5000, False),
        ("font/woff2", 5000, False),
        ("application/gzip", 5000, False),
        ("application/gzip", None, False),
    ],
)
def test_a_body_is_compressed_where_it_is_worth_it(content_type: str, size: int | None, worth: bool) -> None:
    assert is_worthwhile(size, content_type) is worth
    assert choose_for("gzip", size, content_type) is (GZIP if worth else None)
    assert choose_for("gzip, identity;q=0", size, content_type) is GZIP
    assert choose_for(None, size, content_type) is None


@CODING
@given(chunks=st.lists(st.binary(max_size=5000), max_size=10))
def test_what_is_encoded_decodes_to_the_same(coding: Coding, chunks: list[bytes]) -> None:
    data = b"".join(chunks)
    assert DECODERS[coding](coding.encode(data)) == data
    assert DECODERS[coding](b"".join(coding.encode_stream(chunks))) == data


@CODING
def test_the_same_data_are_the_same_bytes(coding: Coding, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = [b"<http://example.org/%d> " % number for number in range(5000)]
    data, begun = b"".join(chunks), time.time()
    first = coding.encode(data), list(coding.encode_stream(chunks))
    monkeypatch.setattr(time, "time", lambda: begun + 86_400)
    assert (coding.encode(data), list(coding.encode_stream(chunks))) == first
    assert len(first[0]) < len(data) / 4


@CODING
def test_a_stream_is_encoded_as_it_comes(coding: Coding) -> None:
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        for taken in range(4000):
            yield hashlib.shake_256(bytes(taken)).digest(10_000)

    next(coding.encode_stream(chunks()))
    assert taken < 1000


def test_every_coding_has_a_tag_of_its_own() -> None:
    assert [coding.tag("abc") for coding in CODINGS] == ["abc-zstd", "abc-br", "abc-gzip"]


@pytest.mark.parametrize("content_encoding", [None, "", "identity", "Identity", "identity, "])
def test_a_body_as_it_is_is_taken(content_encoding: str | None) -> None:
    refuse_coded_body(content_encoding)


@pytest.mark.parametrize("content_encoding", ["gzip", "identity, br", "zstd, gzip", "nonsense", "x" * 9999])
def test_a_compressed_body_is_refused_with_what_would_be_taken(content_encoding: str) -> None:
    with pytest.raises(CodedBody) as refusal:
        refuse_coded_body(content_encoding)
    assert refusal.value.code == 415
    assert ("Accept-Encoding", "identity") in refusal.value.get_headers()
    assert len(refusal.value.description or "") < 250
