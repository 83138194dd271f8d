"""`/validate` on a real server: what it tells, what it refuses, and what no client can do to it."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from email.message import Message
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
import rdflib

from almaty_graph.formats import TURTLE
from almaty_graph.release import Release
from almaty_graph.validation.output import OUTPUTS
from canary import Canary
from conftest import serving
from process_tree import children, command_line, tree, wait_until
from test_validate_command import BAD, GOOD, SHAPES

RDF = {"Content-Type": TURTLE.media_type}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BACKTRACKING = (
    "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix x: <http://example.org/> .\n"
    'x:S a sh:NodeShape ; sh:targetClass x:P ; sh:property [ sh:path x:name ; sh:pattern "^(a+)+$" ] .'
)
ENDLESS = {"data": GOOD.replace("'A'", f"'{'a' * 60}!'"), "shapes": BACKTRACKING}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def validating(release: Release) -> Iterator[tuple[str, int]]:
    """The address of a server whose validations have two seconds, and its process."""
    with serving(release.folder, "--seconds", "2", "--workers", "2") as (address, process):
        yield address, process.pid


class Answer(NamedTuple):
    """A reply, read to its end."""

    status: int
    headers: Message
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get_content_type()


def send(address: str, method: str, path: str, body: bytes | str = b"", **headers: str) -> Answer:
    parts = urlsplit(address)
    with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=30)) as connection:
        with suppress(BrokenPipeError):  # refused before it was all sent
            connection.request(method, path, body.encode() if isinstance(body, str) else body, headers)
        reply = connection.getresponse()
        return Answer(reply.status, reply.headers, reply.read())


def post(address: str, body: bytes | str, headers: dict[str, str], path: str = "/validate") -> Answer:
    return send(address, "POST", path, body, **headers)


def post_form(address: str, accept: str = "application/json", **fields: str) -> Answer:
    return post(address, urlencode(fields), FORM | {"Accept": accept})


def mine(holder: str) -> str:
    return (
        "@prefix org: <http://www.w3.org/ns/org#> .\n@prefix def: <https://w3id.org/almaty-process/def#> .\n"
        f"<http://example.org/claim> a def:Participation ;\n  org:member <{holder}> .\n"
    )


def test_data_alone_are_held_against_our_shapes_and_each_result_has_its_line(
    validating: tuple[str, int],
) -> None:
    nobody = "https://w3id.org/almaty-process/id/state/nowhere"
    reply = post(validating[0], mine(nobody), RDF | {"Accept": "application/json"})
    report = json.loads(reply.body)
    by_shape = {each["shape"].rpartition("#")[2]: each for each in report["results"]}
    assert by_shape["Participation-member>"]["place"] == {"file": "data.ttl", "line": 4, "column": 14}
    assert {each["focus"] for each in report["results"]} == {"<http://example.org/claim>"}
    told = ", ".join(f"{name}={number}" for name, number in report["counts"].items())
    assert reply.headers["Validation"] == f"conforms=?0, {told}"
    known = nobody.replace("nowhere", "kyrgyzstan")
    kept = json.loads(post(validating[0], mine(known), RDF | {"Accept": "application/json"}).body)
    assert "Participation-member>" not in {each["shape"].rpartition("#")[2] for each in kept["results"]}


def test_nothing_sent_breaks_nothing(validating: tuple[str, int]) -> None:
    reply = post(validating[0], "", RDF)
    assert reply.headers["Validation"] == "conforms=?1, violations=0, warnings=0, infos=0"
    assert reply.body == b"Conforms: 0 violations, 0 warnings, 0 infos.\n"


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_comes_by_name_and_by_its_media_type(validating: tuple[str, int], name: str) -> None:
    wished = OUTPUTS[name]
    named = post_form(validating[0], data=BAD, shapes=SHAPES, output=name)
    assert (named.status, named.media_type) == (200, wished.media_type)
    assert b"three" in named.body
    if name != "github":  # which is text too
        accepted = post_form(validating[0], wished.media_type, data=BAD, shapes=SHAPES)
        assert accepted.media_type == wished.media_type
        assert b"three" in accepted.body


def test_the_report_as_rdf_is_a_validation_report(validating: tuple[str, int]) -> None:
    reply = post_form(validating[0], "text/turtle", data=BAD, shapes=SHAPES)
    graph = rdflib.Graph().parse(data=reply.body, format="turtle")
    results = set(graph.subjects(rdflib.RDF.type, rdflib.SH.ValidationResult))
    assert {str(graph.value(each, rdflib.SH.focusNode)) for each in results} == {
        "http://example.org/a",
        "http://example.org/b",
    }


def test_files_are_taken_as_browsers_send_them(validating: tuple[str, int]) -> None:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="data"; filename="bad.ttl"\r\n\r\n{BAD}\r\n',
        f'--x\r\nContent-Disposition: form-data; name="shapes"; filename="s.ttl"\r\n\r\n{SHAPES}\r\n',
        '--x\r\nContent-Disposition: form-data; name="severity"\r\n\r\nviolation\r\n--x--\r\n',
    ]
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": "text/html"}
    page = post(validating[0], "".join(parts), headers).body.decode()
    assert 'id="bad.ttl-3" class="marked"' in page
    assert "2 violations" in page


# What is sent, its headers and parameters; the status, and what is said.
REFUSED: dict[str, tuple[str | bytes, dict[str, str], str, int, str]] = {
    "no RDF": (GOOD, {"Content-Type": "text/foo"}, "", 415, "found text/foo; send text/turtle"),
    "no type": (GOOD, {}, "", 415, "found no Content-Type"),
    "malformed": ("x:a ,", RDF, "", 400, "data.ttl:1:1: not Turtle"),
    "no such output": (GOOD, RDF, "?output=pdf", 400, "found output='pdf'"),
    "no such severity": (GOOD, RDF, "?severity=bad", 400, "found severity='Bad'"),
    "none at most": (GOOD, RDF, "?max=0", 400, "found max='0'"),
    "no such shape": (GOOD, RDF, "?shape=x:none", 400, "no shape <x:none> aims at anything"),
    "no data": ("shapes=x", FORM, "", 400, "found no data"),
    "no such format": ("data=x&format=doc", FORM, "", 400, "found the format 'doc'"),
    "malformed shapes": (
        urlencode({"data": GOOD, "shapes": "x"}),
        FORM,
        "",
        400,
        "shapes.ttl:1:1: not Turtle",
    ),
    "malformed form": (b"--x", {"Content-Type": "multipart/form-data"}, "", 400, "the form cannot be read"),
    "too large": (b" " * 9_000_000, RDF, "", 413, "the body is larger than 8,388,608 bytes"),
    "without end": (urlencode(ENDLESS), FORM, "", 504, "more than 2 seconds"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_validated_is_told_in_one_problem(validating: tuple[str, int], case: str) -> None:
    body, headers, query, status, detail = REFUSED[case]
    reply = post(validating[0], body, headers, f"/validate{query}")
    problem = json.loads(reply.body)
    assert (reply.status, reply.media_type, problem["status"]) == (status, "application/problem+json", status)
    assert detail in problem["detail"]


def test_the_place_of_a_syntax_error_stands_in_the_problem(validating: tuple[str, int]) -> None:
    problem = json.loads(post(validating[0], "@prefix x: <x:> .\nx:a x:b ,, x:c .", RDF).body)
    assert (problem["line"], problem["column"]) == (2, 9)


def test_whatever_is_sent_nobody_is_called(validating: tuple[str, int]) -> None:
    with Canary() as canary:
        there = f"http://127.0.0.1:{canary.port}/"
        select = f"SELECT $this {{ $this ?p ?o . SERVICE <{there}> {{ ?a ?b ?c }} }}"
        sparql = BACKTRACKING.partition("sh:property")[0] + f'sh:sparql [ sh:select "{select}" ] .'
        ontology = f"<x:o> <http://www.w3.org/2002/07/owl#imports> <{there}> ."
        entity = f'<!DOCTYPE r [<!ENTITY e SYSTEM "{there}">]><x:r xmlns:x="x:">&e;</x:r>'
        context = json.dumps({"@context": there, "@id": "x:a", "p": 1})
        statuses = [
            post_form(validating[0], data=GOOD, shapes=sparql).status,
            post_form(validating[0], data=ontology, shapes=ontology + SHAPES).status,
            post(validating[0], context, {"Content-Type": "application/ld+json"}).status,
            post(validating[0], entity, {"Content-Type": "application/rdf+xml"}).status,
        ]
        assert canary.calls == []
    assert statuses == [400, 200, 400, 400]


def test_many_endless_validations_keep_nobody_else_waiting(validating: tuple[str, int]) -> None:
    address = validating[0]
    with ThreadPoolExecutor(12) as pool:
        begun = [pool.submit(lambda: post_form(address, **ENDLESS).status) for _ in range(12)]
        time.sleep(0.5)
        asked = time.monotonic()
        assert send(address, "GET", "/sparql?query=ASK%7B%7D").status == 200
        assert time.monotonic() - asked < 2
        assert {each.result() for each in begun} <= {504, 429, 503}
    assert post(address, "", RDF).status == 200


def waiting(server: int) -> int:
    """The process of a server that has others validate."""
    [found] = [each for each in children(server) if "validation.service" in command_line(each)]
    return found


def test_a_client_that_hangs_up_ends_its_validation(release: Release) -> None:
    with serving(release.folder, "--seconds", "60") as (address, process):
        parts, body = urlsplit(address), urlencode(ENDLESS).encode()
        head = f"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['Content-Type']}\r\n"
        with socket.create_connection((parts.hostname, parts.port)) as client:
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            wait_until(lambda: len(tree(waiting(process.pid))) == 3, 5)
        wait_until(lambda: len(tree(waiting(process.pid))) == 1, 5)


def test_a_validator_that_is_killed_is_replaced(validating: tuple[str, int]) -> None:
    address, pid = validating
    os.kill(waiting(pid), signal.SIGKILL)

    def is_back() -> bool:
        reply = post(address, "", RDF)
        assert reply.status in (200, 503)
        return reply.status == 200

    wait_until(is_back, 5)


def test_other_origins_may_send_their_data(validating: tuple[str, int]) -> None:
    reply = send(validating[0], "OPTIONS", "/validate", Origin="https://portal.example")
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in reply.headers["Access-Control-Allow-Headers"]
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
