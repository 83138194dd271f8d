"""HTTP in earnest: raw requests over a socket to the real server, held to RFC 9110 and 9112."""

import gzip
import io
import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from typing import Any, cast
from urllib.parse import quote, urlencode

import brotli
import pytest
import zstandard
from flask.testing import FlaskClient

from almaty_graph.engine.client import Engine
from almaty_graph.formats import GRAPHS, TABLES, Format
from almaty_graph.names import GRAPH, ID
from almaty_graph.release import Release
from almaty_graph.terms import iri
from almaty_graph.web import create_app

FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
SELECT = f"SELECT ?p ?o {{ <{ID}state/kyrgyzstan> ?p ?o }} ORDER BY ?p ?o"
ALL = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 300"
QUERIES = {
    "ASK": f"ASK {{ <{ID}state/kyrgyzstan> ?p ?o }}",
    "SELECT": SELECT,
    "CONSTRUCT": f"CONSTRUCT WHERE {{ <{ID}state/kyrgyzstan> ?p ?o }}",
    "DESCRIBE": f"DESCRIBE <{ID}state/kyrgyzstan>",
}
SHOWN = f"/sparql?query={quote(SELECT)}"
LONG = f"/sparql?query={quote(ALL)}"
# What some routes take besides what all do.
TAKEN = {
    "/sparql": {"POST", "QUERY"},
    **{path: {"POST"} for path in ("/validate", "/reconcile", "/crosswalk", "/links")},
}
# One of each kind of route, and what it is asked for with.
ROUTES = [
    ("/", "text/html"),
    ("/sparql", "text/html"),
    ("/sparql", "text/turtle"),
    (SHOWN, "*/*"),
    (SHOWN, "text/html"),
    ("/sparql?query=nonsense", "*/*"),
    ("/store?default", "text/turtle"),
    (f"/store?graph={GRAPH}register", "application/rdf+xml"),
    ("/id/state/kyrgyzstan", "*/*"),
    ("/doc/state/kyrgyzstan", "text/html"),
    ("/doc/state/kyrgyzstan", "text/turtle"),
    ("/doc/state/kyrgyzstan.nt", "*/*"),
    ("/source/iom-almaty-process", "text/turtle"),
    ("/source", "text/html"),
    ("/graph/register", "application/n-triples"),
    ("/dataset", "text/turtle"),
    ("/dataset.ttl", "*/*"),
    ("/def", "application/ld+json"),
    ("/def.ttl", "*/*"),
    ("/def/diagram.svg", "*/*"),
    ("/shapes", "text/html"),
    ("/shapes.ttl", "*/*"),
    ("/validate", "text/html"),
    (f"/validate?focus={ID}state/kyrgyzstan", "*/*"),
    ("/validate?from=nowhere", "*/*"),
    ("/search?q=almaty", "text/html"),
    ("/search?q=almaty", "application/json"),
    ("/search.json?q=almaty", "*/*"),
    ("/search/suggest?q=almaty", "*/*"),
    ("/reconcile", "*/*"),
    ("/reconcile/suggest/entity?prefix=kyr", "*/*"),
    ("/crosswalk?iri=KZ", "text/csv"),
    ("/crosswalk.json", "*/*"),
    ("/crosswalk.csv", "*/*"),
    ("/crosswalk.sssom.tsv", "*/*"),
    (f"/links?iri={ID}state/kyrgyzstan", "*/*"),
    ("/report", "*/*"),
    ("/quality", "text/html"),
    ("/quality.ttl", "*/*"),
    ("/context.jsonld", "*/*"),
    ("/disagreements", "text/html"),
    ("/questions", "text/html"),
    ("/def/State", "text/html"),
    ("/def/State.ttl", "*/*"),
    ("/questions/chairs.ttl", "*/*"),
    ("/doc/state/kyrgyzstan.linkset-json", "*/*"),
    ("/.well-known/void", "*/*"),
    ("/sitemap.xml", "*/*"),
    ("/sitemap-1.xml", "*/*"),
    ("/robots.txt", "*/*"),
    ("/dump", "text/html"),
    ("/completions.json", "*/*"),
    *((f"/{slug}", "text/html") for slug in ("timeline", "meetings", "map", "matrix", "network")),
    *((f"/{slug}.svg", "*/*") for slug in ("timeline", "meetings", "map", "matrix", "network")),
    *((f"/{slug}.csv", "*/*") for slug in ("timeline", "meetings", "map", "matrix", "network")),
    ("/network.json", "*/*"),
    ("/timeline?lang=ru", "text/html"),
    ("/release", "text/html"),
    ("/release", "application/json"),
    ("/release.json", "*/*"),
    ("/changes.atom", "*/*"),
    ("/activities", "*/*"),
    ("/ldes", "*/*"),
    ("/meetings.ics", "*/*"),
    ("/timegate/doc/state/iran", "*/*"),
    ("/timemap/doc/state/iran", "*/*"),
    ("/pinned?query=ASK%7B%7D", "*/*"),
    ("/dump/dataset.nq", "*/*"),
    ("/dump/dataset.nq.gz", "*/*"),
    ("/static/style.css", "*/*"),
    ("/healthz", "*/*"),
    ("/nowhere", "*/*"),
]
KINDS = pytest.mark.parametrize(("target", "accept"), ROUTES)
ERRORS = ("/nowhere", "/sparql?query=nonsense", "/validate?from=nowhere")
LEADING = ("/id/state/kyrgyzstan", "/.well-known/void", "/timegate/doc/state/iran", "/pinned?query=ASK%7B%7D")
KEPT = [route for route in ROUTES if route[0] not in (*ERRORS, "/healthz", *LEADING)]
ANSWERED = pytest.mark.parametrize(("target", "accept"), KEPT)
# The server states the time of each reply by itself.
CHANGES = {"date", "transfer-encoding", "server"}


@dataclass(frozen=True)
class Reply:
    """One reply as it came over the wire."""

    status: int
    headers: Message
    body: bytes

    def known(self) -> dict[str, str]:
        """The headers that are the same at any time."""
        return {key.lower(): value for key, value in self.headers.items() if key.lower() not in CHANGES}

    def vary(self) -> set[str]:
        """The headers that the reply depends on."""
        return {name.strip().lower() for name in self.headers.get("Vary", "").split(",")}


class Wire:
    """A socket whose replies are read one after the other."""

    def __init__(self, server: str) -> None:
        host, port = server.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=15)
        self.stream = self.socket.makefile("rb")

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return cast("io.BufferedReader", _Kept(self.stream))

    def receive(self, method: str = "GET") -> Reply:
        response = HTTPResponse(cast("socket.socket", self), method=method)
        response.begin()
        return Reply(response.status, response.headers, response.read())


class _Kept:
    """A stream that stays open for the next reply."""

    def __init__(self, stream: Any) -> None:
        self.readline, self.read, self.readinto = stream.readline, stream.read, stream.readinto
        self.read1, self.peek = stream.read1, stream.peek

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def raw(server: str, data: bytes) -> bytes:
    """Everything that comes back until the server closes the connection."""
    with Wire(server) as wire:
        wire.send(data)
        try:
            return wire.stream.read()
        except ConnectionResetError:
            return b""


def ask(server: str, target: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
    """The reply to one request; headers are named with underscores."""
    fields = {"Host": "example.org", "Connection": "close", **headers}
    if body is not None:
        fields["Content-Length"] = str(len(body))
    lines = [f"{method} {target} HTTP/1.1", *(f"{k.replace('_', '-')}: {v}" for k, v in fields.items())]
    with Wire(server) as wire:
        wire.send("\r\n".join([*lines, "", ""]).encode() + (body or b""))
        return wire.receive(method)


def problem(reply: Reply, *statuses: int) -> str:
    assert reply.status in statuses, reply.body[:500]
    assert reply.headers["Content-Type"] == "application/problem+json"
    said = json.loads(reply.body)
    assert said["status"] == reply.status
    return str(said["detail"])


@pytest.fixture(autouse=True)
def still_answering(server: str) -> Any:
    """Whatever a test did, the server answers after it."""
    yield
    assert json.loads(ask(server, "/sparql?query=ASK%7B%7D").body) == {"head": {}, "boolean": True}


# Every kind of route


def test_every_kind_of_route_is_in_the_table(client: FlaskClient) -> None:
    kinds = {re.split("[/<]", rule.rule)[1] for rule in client.application.url_map.iter_rules()}
    asked = {re.split("[/?]", target)[1] for target, _ in ROUTES}
    assert {kind for kind in kinds if not any(each.startswith(kind) for each in asked)} == {
        "readyz",
        "metrics",
    }


@pytest.mark.slow
@KINDS
def test_head_is_get_without_the_body(server: str, target: str, accept: str) -> None:
    fresh = target + ("&" if "?" in target else "?") + "x=head"  # nobody has asked for it before
    head = ask(server, fresh, method="HEAD", Accept=accept)
    got = ask(server, fresh, Accept=accept)
    again = ask(server, fresh, method="HEAD", Accept=accept)
    assert (head.status, head.known(), head.body) == (got.status, got.known(), b"")
    assert (again.status, again.known(), again.body) == (got.status, got.known(), b"")
    assert int(got.headers["Content-Length"]) == len(got.body) > 0


@KINDS
def test_scripts_of_any_origin_may_read_every_reply(server: str, target: str, accept: str) -> None:
    reply = ask(server, target, Accept=accept, Origin="https://example.org")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in reply.headers
    exposed = {name.strip() for name in reply.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed == {"*"} or {"ETag", "Link", "Retry-After", "Content-Location"} <= exposed


@KINDS
def test_every_reply_says_what_it_depends_on(server: str, target: str, accept: str) -> None:
    assert {"accept", "accept-encoding"} <= ask(server, target, Accept=accept).vary()


@KINDS
def test_text_says_that_it_is_utf_8(server: str, target: str, accept: str) -> None:
    reply = ask(server, target, Accept=accept)
    content_type = reply.headers["Content-Type"]
    reply.body.decode() if "gzip" not in content_type else None
    assert not content_type.startswith("text/") or content_type.endswith("; charset=utf-8")


@pytest.mark.parametrize(("target", "accept"), [route for route in ROUTES if route[0][:6] != "/dump/"])
def test_a_range_is_ignored_but_for_dumps(server: str, target: str, accept: str) -> None:
    whole, part = ask(server, target, Accept=accept), ask(server, target, Accept=accept, Range="bytes=0-9")
    assert (part.status, part.known(), part.body) == (whole.status, whole.known(), whole.body)
    assert "Content-Range" not in part.headers


def test_a_range_of_what_was_never_sent_is_ignored_too(release: Release, engine: Engine) -> None:
    reply = create_app(release, engine).test_client().get("/static/style.css", headers={"Range": "bytes=0-9"})
    assert (reply.status_code, reply.data.startswith(b":root")) == (200, True)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@KINDS
def test_what_is_only_read_says_so_to_every_other_method(
    server: str, target: str, accept: str, method: str
) -> None:
    reply = ask(server, target, method=method, body=b"x", Accept=accept, Content_Type="text/nothing")
    taken = TAKEN.get(target.partition("?")[0], set())
    assert reply.status == (404 if target == "/nowhere" else 415 if method in taken else 405)
    if reply.status == 405:
        allowed = {name.strip() for name in reply.headers["Allow"].split(",")}
        assert allowed == {"GET", "HEAD", "OPTIONS"} | taken


@pytest.mark.parametrize(("target", "accept"), [route for route in ROUTES if route[0] != "/nowhere"])
def test_options_tell_the_methods(server: str, target: str, accept: str) -> None:
    reply = ask(server, target, method="OPTIONS", Accept=accept)
    assert reply.status in (200, 204)
    assert {"GET", "HEAD", "OPTIONS"} <= {name.strip() for name in reply.headers["Allow"].split(",")}
    assert reply.body == b""


@pytest.mark.parametrize(
    ("target", "methods"),
    [
        ("/sparql", {"GET", "HEAD", "OPTIONS", "POST", "QUERY"}),
        ("/store?default", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_preflight_lets_a_browser_ask(server: str, target: str, methods: set[str]) -> None:
    reply = ask(
        server,
        target,
        method="OPTIONS",
        Origin="https://example.org",
        Access_Control_Request_Method="GET",
        Access_Control_Request_Headers="accept, if-none-match",
    )
    headers = reply.headers
    assert (reply.status, reply.body, headers["Access-Control-Allow-Origin"]) == (204, b"", "*")
    assert "Access-Control-Allow-Credentials" not in headers
    assert {name.strip() for name in headers["Access-Control-Allow-Methods"].split(",")} == methods
    allowed = {name.strip().lower() for name in headers["Access-Control-Allow-Headers"].split(",")}
    assert {"accept", "if-none-match"} <= allowed
    assert ("content-type" in allowed) is ("POST" in methods)
    assert 0 < int(headers["Access-Control-Max-Age"]) <= 86_400


# Entity tags


CONDITIONS: list[tuple[Callable[[str], str], int]] = [
    (lambda tag: tag, 304),
    (lambda tag: f"W/{tag}", 304),
    (lambda tag: f'"other", {tag}', 304),
    (lambda tag: f'W/"a,b" ,{tag},"c"', 304),
    (lambda _: "*", 304),
    (lambda _: '"other"', 200),
    (lambda tag: tag.strip('"'), 200),
    (lambda tag: f'"{tag[1:4]}"', 200),
    (lambda _: "", 200),
    (lambda _: '"', 200),
]


@ANSWERED
def test_what_a_client_has_is_not_sent_again(server: str, target: str, accept: str) -> None:
    first = ask(server, target, Accept=accept)
    etag = first.headers["ETag"]
    assert first.status == 200
    assert etag.startswith('"')
    for method in ("GET", "HEAD"):
        second = ask(server, target, method=method, Accept=accept, If_None_Match=etag)
        assert (second.status, second.body) == (304, b"")
        known = first.known()
        of_the_body = ("content-type", "content-length", "content-encoding")
        assert second.known() == {k: v for k, v in known.items() if k not in of_the_body}


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_a_condition_is_read_as_the_standard_has_it(server: str, number: int) -> None:
    write, status = CONDITIONS[number]
    etag = ask(server, SHOWN).headers["ETag"]
    assert ask(server, SHOWN, If_None_Match=write(etag)).status == status


def test_every_format_and_coding_has_a_tag_of_its_own(server: str) -> None:
    tags = [
        ask(server, LONG, Accept=form.media_type, Accept_Encoding=coding).headers["ETag"]
        for form in TABLES
        for coding in ("identity", "gzip", "br", "zstd")
    ]
    assert len(set(tags)) == len(tags)


def test_a_condition_is_for_what_is_safe(server: str) -> None:
    """A condition that does not hold makes of a POST a 412, and never a 304 (RFC 9110, 13.1.2)."""
    etag = ask(server, SHOWN).headers["ETag"]
    reply = ask(
        server, "/sparql", method="POST", body=SELECT.encode(), Content_Type=DIRECT, If_None_Match=etag
    )
    assert reply.status in (200, 412)


# Content coding


def unzstd(data: bytes) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)) as reader:
        return bytes(reader.read())


DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": unzstd,
}


@pytest.mark.parametrize("coding", DECODERS)
@pytest.mark.parametrize("target", [LONG, "/doc/state/kyrgyzstan", "/store?default", "/dump/dataset.nq"])
def test_a_long_reply_comes_in_the_coding_that_is_asked_for(server: str, target: str, coding: str) -> None:
    plain, coded = ask(server, target), ask(server, target, Accept_Encoding=coding)
    assert "Content-Encoding" not in plain.headers
    assert coded.headers["Content-Encoding"] == coding
    assert DECODERS[coding](coded.body) == plain.body
    assert len(coded.body) < len(plain.body) / 2
    assert coded.headers["ETag"] != plain.headers["ETag"]
    assert "accept-encoding" in coded.vary() & plain.vary()
    assert ask(server, target, method="HEAD", Accept_Encoding=coding).known() == coded.known()
    again = ask(server, target, Accept_Encoding=coding, If_None_Match=coded.headers["ETag"])
    assert (again.status, again.headers["ETag"]) == (304, coded.headers["ETag"])


@pytest.mark.parametrize(
    ("target", "accept_encoding"),
    [
        ("/sparql?query=ASK%7B%7D", "gzip, br, zstd"),
        ("/dump/dataset.nq.gz", "gzip, br, zstd"),
        (LONG, "identity"),
        (LONG, ""),
        (LONG, "deflate, snappy"),
        (LONG, "zstd;q=0, br;q=0, gzip;q=0"),
        (LONG, '"'),
    ],
)
def test_a_reply_comes_as_it_is_where_nothing_else_helps(
    server: str, target: str, accept_encoding: str
) -> None:
    plain, coded = ask(server, target), ask(server, target, Accept_Encoding=accept_encoding)
    assert (coded.status, coded.known(), coded.body) == (200, plain.known(), plain.body)
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("accept_encoding", ["identity;q=0", "*;q=0"])
def test_a_client_that_takes_no_coding_is_answered_all_the_same(server: str, accept_encoding: str) -> None:
    for target in (LONG, "/sparql?query=nonsense", "/nowhere"):
        assert ask(server, target, Accept_Encoding=accept_encoding).status == ask(server, target).status


def test_a_compressed_body_is_refused_with_what_would_be_taken(server: str) -> None:
    for body in (gzip.compress(b"ASK {}"), gzip.compress(b" " * 100_000_000 + b"ASK {}")):
        reply = ask(server, "/sparql", method="POST", body=body, Content_Type=DIRECT, Content_Encoding="gzip")
        assert "gzip" in problem(reply, 415)
        assert reply.headers["Accept-Encoding"] == "identity"


# Queries


def ways(query: str, **parameters: str) -> list[tuple[str, str, bytes | None, str | None]]:
    """Method, target, body and Content-Type of each way in which a query may be sent."""
    form, rest = urlencode({"query": query, **parameters}), urlencode(parameters)
    target = "/sparql" + (rest and f"?{rest}")
    return [
        ("GET", f"/sparql?{form}", None, None),
        ("POST", "/sparql", form.encode(), FORM),
        ("POST", target, query.encode(), DIRECT),
        ("POST", target, query.encode(), f"{DIRECT};charset=UTF-8"),
        ("QUERY", "/sparql", form.encode(), FORM),
        ("QUERY", target, query.encode(), DIRECT),
    ]


def answers(server: str, query: str, accept: str, **parameters: str) -> list[Reply]:
    replies = []
    for method, target, body, kind in ways(query, **parameters):
        headers = {"Accept": accept} | ({"Content_Type": kind} if kind else {})
        replies.append(ask(server, target, method=method, body=body, **headers))
    return replies


FORMATS = [(form, offered) for form in ("ASK", "SELECT") for offered in TABLES] + [
    (form, offered) for form in ("CONSTRUCT", "DESCRIBE") for offered in GRAPHS
]


@pytest.mark.parametrize(("form", "offered"), FORMATS, ids=lambda value: getattr(value, "name", value))
def test_every_form_comes_in_every_format_by_every_way(server: str, form: str, offered: Format) -> None:
    replies = answers(server, QUERIES[form], offered.media_type)
    assert {reply.status for reply in replies} == {200}, [reply.body for reply in replies]
    assert {reply.headers["Content-Type"] for reply in replies} == {offered.content_type}
    [body] = {reply.body for reply in replies}
    assert b"kyrgyzstan" in body or form in ("ASK", "SELECT")
    head = ask(server, f"/sparql?query={quote(QUERIES[form])}", method="HEAD", Accept=offered.media_type)
    assert (head.status, head.headers["Content-Type"], head.body) == (200, offered.content_type, b"")
    assert int(head.headers["Content-Length"]) == len(body)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (["text/csv", "application/sparql-results+xml;q=0.5"], "text/csv"),
        (["text/csv;q=0.5", "application/sparql-results+xml"], "application/sparql-results+xml"),
        (["image/png", "text/tab-separated-values", "*/*;q=0.1"], "text/tab-separated-values"),
    ],
)
def test_several_lines_of_accept_are_one_header(server: str, accept: list[str], media_type: str) -> None:
    lines = "".join(f"Accept: {line}\r\n" for line in accept)
    data = f"GET {SHOWN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n"
    with Wire(server) as wire:
        wire.send(data.encode())
        assert wire.receive().headers.get_content_type() == media_type


def test_a_query_that_nothing_on_offer_can_carry_is_told_the_offer(server: str) -> None:
    for reply, offer in (
        (ask(server, SHOWN, Accept="text/turtle"), TABLES),
        (ask(server, f"/sparql?query={quote(QUERIES['DESCRIBE'])}", Accept="text/csv"), GRAPHS),
    ):
        problem(reply, 406)
        assert {form.media_type for form in offer} <= set(json.loads(reply.body)["offer"])


@pytest.mark.parametrize("size", [8_000, 32_000, 60_000])
def test_a_long_address_is_read_whole(server: str, size: int) -> None:
    values = " ".join(f"({number})" for number in range(size // 12))
    query = f"SELECT (COUNT(*) AS ?n) {{ VALUES (?v) {{ {values} }} }}"
    target = "/sparql?query=" + quote(query, safe=" ()").replace(" ", "+")
    target += "&x=" + "y" * (size - len(target))
    reply = ask(server, target)
    assert (len(target) >= size, reply.status) == (True, 200)
    assert json.loads(reply.body)["results"]["bindings"][0]["n"]["value"] == str(size // 12)


@pytest.mark.parametrize(
    ("written", "value"),
    [("a+b", "a b"), ("a%2Bb", "a+b"), ("a%252Bb", "a%2Bb"), ("%D0%90", "А"), ("a%26b", "a&b")],
)
def test_a_parameter_is_decoded_once(server: str, written: str, value: str) -> None:
    encoded = f"query=SELECT+(%22{written}%22+AS+%3Fv)+%7B%7D"
    for reply in (
        ask(server, f"/sparql?{encoded}"),
        ask(server, "/sparql", method="POST", body=encoded.encode(), Content_Type=FORM),
        ask(server, "/sparql", method="QUERY", body=encoded.encode(), Content_Type=FORM),
    ):
        assert json.loads(reply.body)["results"]["bindings"][0]["v"]["value"] == value


def test_a_query_in_any_script_arrives_as_it_was_sent(server: str) -> None:
    for reply in answers(server, 'SELECT ("Алматы 阿拉木图 🏔" AS ?v) {}', "*/*"):
        assert json.loads(reply.body)["results"]["bindings"][0]["v"]["value"] == "Алматы 阿拉木图 🏔"


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_a_query_in_another_charset_is_refused(server: str, encoding: str) -> None:
    body = 'SELECT ("é" AS ?v) {}'.encode(encoding)
    for method in ("POST", "QUERY"):
        declared = f"{DIRECT}; charset={encoding}"
        assert problem(ask(server, "/sparql", method=method, body=body, Content_Type=declared), 415)
        assert problem(ask(server, "/sparql", method=method, body=body, Content_Type=DIRECT), 400)


def test_none_or_two_queries_are_refused(server: str) -> None:
    for parameters in ("x=y", "query=ASK{}&query=ASK{}"):
        assert problem(ask(server, f"/sparql?{parameters}"), 400)
        for method in ("POST", "QUERY"):
            reply = ask(server, "/sparql", method=method, body=parameters.encode(), Content_Type=FORM)
            assert problem(reply, 400)
    for method in ("POST", "QUERY"):
        reply = ask(server, "/sparql?query=ASK%7B%7D", method=method, body=b"ASK {}", Content_Type=DIRECT)
        assert problem(reply, 400)


def test_parameters_that_nobody_knows_change_nothing(server: str) -> None:
    plain = answers(server, SELECT, "*/*")
    more = answers(server, SELECT, "*/*", format="xml", output="csv", should_sponge="soft", callback="alert")
    assert [reply.body for reply in more] == [reply.body for reply in plain]
    assert {reply.headers["Content-Type"] for reply in more} == {"application/sparql-results+json"}


@pytest.mark.parametrize("method", ["POST", "QUERY"])
@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/json", "multipart/form-data; boundary=x", "nonsense", "a/b/c;;="],
)
def test_a_body_of_another_type_is_refused(server: str, method: str, content_type: str) -> None:
    headers = {"Content_Type": content_type} if content_type else {}
    detail = problem(ask(server, "/sparql", method=method, body=b"ASK {}", **headers), 415)
    assert FORM in detail
    assert DIRECT in detail


def test_the_graphs_that_a_request_names_are_the_dataset(server: str, release: Release) -> None:
    def counted(query: str, **parameters: str) -> set[str]:
        replies = answers(server, f"SELECT (COUNT(*) AS ?n) {query}", "*/*", **parameters)
        return {json.loads(reply.body)["results"]["bindings"][0]["n"]["value"] for reply in replies}

    register, name = release.record.graph(iri(f"{GRAPH}register")), f"{GRAPH}register"
    everything = len({quad.triple for quad in release.record})
    here, anywhere = "{ ?s ?p ?o }", "{ GRAPH ?g { ?s ?p ?o } }"
    assert counted(here) == {str(everything)}
    assert counted(here, **{"default-graph-uri": name}) == {str(len(register))}
    assert counted(anywhere, **{"default-graph-uri": name}) == {"0"}
    assert counted(anywhere, **{"named-graph-uri": name}) == {str(len(register))}
    assert counted(here, **{"named-graph-uri": name}) == {"0"}
    assert counted(here, **{"default-graph-uri": f"{GRAPH}nobody"}) == {"0"}
    assert counted(f"FROM <{GRAPH}view> {here}", **{"default-graph-uri": name}) == {str(len(register))}
    for reply in answers(server, "ASK {}", "*/*", **{"default-graph-uri": "not an IRI"}):
        problem(reply, 400)


# Doors that are shut


UPDATES = [
    "INSERT DATA { <urn:s> <urn:p> <urn:o> }",
    "# ASK {}\nPREFIX x: <urn:x> INSERT DATA { <urn:s> <urn:p> <urn:o> }",
    "DELETE WHERE { ?s ?p ?o }",
    "DELETE { ?s ?p ?o } INSERT { <urn:s> <urn:p> <urn:o> } WHERE { ?s ?p ?o }",
    "LOAD <http://127.0.0.1:9/data.ttl>",
    "CLEAR ALL",
    "DROP ALL",
    f"CREATE GRAPH <{GRAPH}new>",
    f"COPY <{GRAPH}register> TO <{GRAPH}new>",
    f"MOVE <{GRAPH}register> TO <{GRAPH}new>",
    f"ADD <{GRAPH}register> TO <{GRAPH}new>",
    "ASK {} ; DROP ALL",
]
TURTLE = b"<urn:s> <urn:p> <urn:o> ."
WRITERS = ["POST", "PUT", "PATCH", "DELETE", "COPY", "MOVE", "MKCOL", "PROPPATCH", "LOCK", "MERGE", "LINK"]
DOORS = [
    "/sparql?default",
    f"/sparql?graph={GRAPH}register",
    "/store?default",
    f"/store?graph={GRAPH}register",
    f"/store?graph={GRAPH}new",
    "/graph/register",
    "/graph/new",
    "/dump/dataset.nq",
    "/sparql/update",
    "/update",
    "/statements",
    "/data",
]


@pytest.fixture
def unchanged(server: str) -> Any:
    """After the test the data are what they were before it."""
    sizes = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
    before = ask(server, f"/sparql?query={quote(sizes)}").body
    yield
    assert ask(server, f"/sparql?query={quote(sizes)}&x=after").body == before
    written = ask(server, f"/sparql?query={quote('ASK { <urn:s> ?p ?o }')}&x=after")
    assert json.loads(written.body) == {"head": {}, "boolean": False}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("update", UPDATES)
def test_an_update_finds_no_door(server: str, update: str) -> None:
    for parameter in ("update", "query"):
        form = urlencode({parameter: update, "using-graph-uri": f"{GRAPH}register"})
        problem(ask(server, f"/sparql?{form}"), 400)
        for method in ("POST", "QUERY"):
            for target, body, kind in (
                ("/sparql", form.encode(), FORM),
                ("/sparql", form.encode(), f"{FORM}; charset=utf-8"),
                (f"/sparql?{form}", b"ASK {}", DIRECT),
                (f"/sparql?{form}", b"query=ASK%7B%7D", FORM),
            ):
                problem(ask(server, target, method=method, body=body, Content_Type=kind), 400)
    for method in ("POST", "QUERY", "PUT", "PATCH", "DELETE"):
        for content_type in ("application/sparql-update", "text/plain", "application/json", DIRECT):
            reply = ask(server, "/sparql", method=method, body=update.encode(), Content_Type=content_type)
            problem(reply, 400, 405, 415)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("method", WRITERS)
def test_no_method_writes_anywhere(server: str, method: str) -> None:
    for target in DOORS:
        for content_type in ("text/turtle", "application/n-quads", "application/sparql-update"):
            reply = ask(server, target, method=method, body=TURTLE, Content_Type=content_type)
            problem(reply, 400, 404, 405, 415)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_makes_another_method_of_one(server: str, header: str) -> None:
    target = f"/store?graph={GRAPH}register"
    lines = f"Host: x\r\nConnection: close\r\n{header}: DELETE\r\n"
    with Wire(server) as wire:
        wire.send(f"GET {target}&_method=DELETE HTTP/1.1\r\n{lines}\r\n".encode())
        reply = wire.receive()
    assert (reply.status, reply.body) == (200, ask(server, target).body)


# Framing

GET = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
CLOSE = b"Connection: close\r\n"
TRUE = b'{"head":{},"boolean":true}'


def test_http_1_0_is_answered_and_the_connection_closed(server: str) -> None:
    for headers in (b"", b"Host: x\r\n"):
        reply = raw(server, b"GET /sparql?query=ASK%7B%7D HTTP/1.0\r\n" + headers + b"\r\n")
        head, _, body = reply.partition(b"\r\n\r\n")
        assert (head.split(b" ")[1], body) == (b"200", TRUE)
        assert b"transfer-encoding" not in head.lower()


def test_a_connection_is_closed_for_who_asks(server: str) -> None:
    reply = raw(server, GET + CLOSE + b"\r\n" + GET + b"\r\n")
    assert reply.count(b"HTTP/1.1 ") == 1
    assert b"\r\nconnection: close\r\n" in reply.lower()


def test_pipelined_requests_are_answered_in_their_order(server: str) -> None:
    with Wire(server) as wire:
        values = list(range(10))
        wire.send(b"".join(
            b"GET /sparql?query=SELECT(%d+AS+%%3Fv)%%7B%%7D HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in values
        ) + POST + b"Content-Length: 6\r\n\r\nASK {}" + GET + b"\r\n")  # fmt: skip
        replies = [json.loads(wire.receive().body) for _ in range(12)]
    assert [int(reply["results"]["bindings"][0]["v"]["value"]) for reply in replies[:10]] == values
    assert [reply["boolean"] for reply in replies[10:]] == [True, True]


def test_a_connection_lives_on_after_an_error(server: str) -> None:
    with Wire(server) as wire:
        for status, data in (
            (400, b"GET /sparql?query=nonsense HTTP/1.1\r\nHost: x\r\n\r\n"),
            (404, b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"),
            (415, b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nASK {}"),
            (405, b"DELETE /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nASK {}"),
            (200, GET + b"\r\n"),
        ):
            wire.send(data)
            assert wire.receive().status == status


def test_a_client_that_asks_whether_to_go_on_is_told_to(server: str) -> None:
    with Wire(server) as wire:
        wire.send(POST + CLOSE + b"Expect: 100-continue\r\nContent-Length: 6\r\n\r\n")
        assert wire.stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert wire.stream.readline() == b"\r\n"
        wire.send(b"ASK {}")
        assert wire.receive().body == TRUE


@pytest.mark.parametrize("authority", ["http://example.org", "http://127.0.0.1:9", "https://x"])
def test_an_address_in_absolute_form_is_one_of_ours(server: str, authority: str) -> None:
    reply = ask(server, f"{authority}/sparql?query=ASK%7B%7D")
    assert (reply.status, reply.body) == (200, TRUE)


BODY = POST + CLOSE
FRAMES = {
    # What may be read in one way only is answered ...
    "same length twice": (BODY + b"Content-Length: 6\r\nContent-Length: 6\r\n\r\nASK {}", {200, 400}),
    "lines end in a line feed": (b"GET /healthz HTTP/1.1\nHost: x\nConnection: close\n\n", {200, 400}),
    "body of a GET": (GET + CLOSE + b"Content-Length: 5\r\n\r\nhello", {200, 400}),
    "an unknown expectation": (BODY + b"Expect: miracles\r\nContent-Length: 6\r\n\r\nASK {}", {200, 417}),
    "an empty line before": (b"\r\n" + GET + CLOSE + b"\r\n", {200}),
    # ... a body whose length is not known before it ends is not ...
    "chunks": (BODY + b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n", {411}),
    "chunks of no size": (BODY + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nASK {}\r\n0\r\n\r\n", {400, 411}),
    "chunks of any size": (BODY + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nA", {400, 411}),
    "chunks and a length": (
        BODY + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n", {400, 411}
    ),
    # ... and neither is what two readers may read in two ways.
    "two lengths": (BODY + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\nASK {}", {400}),
    "a list of lengths": (BODY + b"Content-Length: 6, 7\r\n\r\nASK {}", {400}),
    "a length below zero": (BODY + b"Content-Length: -6\r\n\r\nASK {}", {400}),
    "a length with a sign": (BODY + b"Content-Length: +6\r\n\r\nASK {}", {400}),
    "a length in hexadecimal": (BODY + b"Content-Length: 0x6\r\n\r\nASK {}", {400}),
    "a length of twenty digits": (BODY + b"Content-Length: 99999999999999999999\r\n\r\nASK {}", {400, 413}),
    "a length of terabytes": (BODY + b"Content-Length: 9999999999999\r\n\r\nASK {}", {413}),
    "another transfer coding": (BODY + b"Transfer-Encoding: gzip\r\n\r\nASK {}", {400, 501}),
    "nearly chunked": (BODY + b"Transfer-Encoding: xchunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n", {400, 501}),
    "a folded header": (GET + CLOSE + b"Accept: text/csv,\r\n text/html\r\n\r\n", {400}),
    "NUL in a header": (GET + CLOSE + b"Accept: a\x00b\r\n\r\n", {400}),
    "a bare CR in a header": (GET + CLOSE + b"Accept: text\r/csv\r\n\r\n", {400}),
    "NUL in the address": (b"GET /a\x00b HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n", {400}),
    "space before the colon": (GET + CLOSE + b"Accept : text/csv\r\n\r\n", {400}),
    "no Host": (b"GET /healthz HTTP/1.1\r\n" + CLOSE + b"\r\n", {400}),
    "two Hosts": (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n" + CLOSE + b"\r\n", {400}),
    "another version": (b"GET /healthz HTTP/9.9\r\nHost: x\r\n" + CLOSE + b"\r\n", {400, 505}),
    "no version": (b"GET /healthz\r\n\r\n", {400}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
    "a tunnel": (b"CONNECT 127.0.0.1:9 HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n", {400, 404, 405, 501}),
    "an echo": (b"TRACE / HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n", {405, 501}),
    "a method in lower case": (GET.replace(b"GET", b"get") + CLOSE + b"\r\n", {405, 501}),
    "500 headers": (GET + CLOSE + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n", {400, 431}),
    "a header of 1 MB": (GET + CLOSE + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n", {400, 431}),
    "an address of 100 kB": (GET.replace(b"ASK", b"ASK" + b"+" * 100_000) + CLOSE + b"\r\n", {400, 414, 431}),
    "an Accept of 10 kB": (GET + CLOSE + b"Accept: " + b"a/b," * 2_500 + b"*/*;q=0.1\r\n\r\n", {200, 406}),
    "an Accept that is no text": (GET + CLOSE + b"Accept: \xff\xfe\r\n\r\n", {200, 400, 406}),
}  # fmt: skip


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_read_in_one_way_or_refused(server: str, name: str) -> None:
    data, statuses = FRAMES[name]
    reply = raw(server, data)
    if reply or not statuses & {400, 431}:  # a server may cut off what it has refused to read on
        assert int(reply.split(b" ", 2)[1]) in statuses
    assert b"Traceback" not in reply


@pytest.mark.parametrize(
    "head",
    [
        POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
        b"DELETE /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s",
        b"GET /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
        b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s",
    ],
)
def test_a_body_that_is_not_read_is_not_taken_for_a_request(server: str, head: bytes) -> None:
    inner = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    reply = raw(server, head % (len(inner), inner) + GET + CLOSE + b"\r\n")
    assert reply.count(b"HTTP/1.1 ") <= 2
    assert b"\r\n\r\nok\n" not in reply
    assert reply.count(b"HTTP/1.1 ") == 1 or reply.endswith(TRUE)
