"""Text that would do harm where it is shown: in pages, headers, tables, and errors."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from hostile.attack import Attack, Reply, exchange, get, request, statuses
from hostile.target import Target

OK, REFUSED = statuses(200), statuses(400)
HTML = "Accept: text/html"
SCRIPT = "<script>alert(1)</script>"
CRLF = "\r\nInjected: yes\r\n\r\n<script>alert(1)</script>"
PROBLEM = "application/problem+json"


class _Markup(HTMLParser):
    """Asserts that nothing in a page runs, or leads to something that runs."""

    in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: (value or "").strip() for name, value in attrs}
        assert tag not in {"iframe", "object", "embed", "base"}
        # A block of data is not run, and is one as long as JSON can read it.
        self.in_data = tag == "script" and attributes == {"type": "application/ld+json"}
        assert tag != "script" or self.in_data or attributes.get("src", "").startswith("/static/")
        assert not [name for name in attributes if name.startswith("on") or name in {"srcdoc", "style"}]
        for name in {"href", "src", "action", "formaction"} & attributes.keys():
            scheme = attributes[name].partition(":")[0].lower()
            assert scheme not in {"javascript", "data", "vbscript"}
            assert not attributes[name].startswith("//")

    def handle_data(self, data: str) -> None:
        if self.in_data:
            json.loads(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - as the library has it
        self.in_data = False


def no_script(reply: Reply) -> None:
    """Nothing of what came in is markup in what goes out as a page, and no other type is taken for one."""
    assert reply.header("X-Content-Type-Options") == "nosniff"
    if reply.header("Content-Type").startswith("text/html"):
        _Markup().feed(reply.body.decode())
        assert "default-src 'self'" in reply.header("Content-Security-Policy")


def no_header(reply: Reply) -> None:
    """No line of a header came out of what came in."""
    no_script(reply)
    assert not any(name.lower() in {"injected", "set-cookie"} for name, _ in reply.headers)
    assert all("\r" not in value and "\n" not in value for _, value in reply.headers)


def no_stranger(reply: Reply) -> None:
    """Nobody is sent, and nothing links, to a host that only a request has named."""
    no_header(reply)
    assert b"evil.example" not in reply.body
    assert "evil.example" not in str(reply.headers)


def of_one_cell(value: str | None) -> Callable[[Reply], None]:
    """The value of the one row and column `x` is this, as a parser of the format reads it."""

    def harmless(reply: Reply) -> None:
        no_header(reply)
        kind, text = reply.header("Content-Type").partition(";")[0], reply.body.decode()
        if kind == "text/csv":
            assert list(csv.reader(io.StringIO(text, newline=""), strict=True)) == [["x"], [value]]
        elif kind == "application/sparql-results+json":
            assert [row["x"]["value"] for row in json.loads(text)["results"]["bindings"]] == [value]
        elif kind == "application/sparql-results+xml":
            namespace = "{http://www.w3.org/2005/sparql-results#}"
            assert [each.text for each in ET.fromstring(text).iter(f"{namespace}literal")] == [value]  # noqa: S314 - our own answer
        else:
            assert kind == "text/tab-separated-values"
            escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            assert text == f'?x\n"{escaped}"\n'.replace("\r", "\\r").replace("\t", "\\t")

    return harmless


def problem(reply: Reply) -> None:
    """An error whose text is only ever text."""
    no_header(reply)
    assert reply.header("Content-Type") == PROBLEM
    assert json.loads(reply.body)["status"] == reply.status


def written(text: str) -> str:
    """A string of SPARQL."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(each, each) for each in text) + '"'


MARKUP: dict[str, str] = {
    "a script": SCRIPT,
    "a script that ends the text area": f"</textarea>{SCRIPT}",
    "a script that ends the title": f"</title>{SCRIPT}",
    "a script that ends a comment": f"-->{SCRIPT}<!--",
    "a script in an attribute": '" onmouseover="alert(1)',
    "a script in an attribute of single quotes": "' autofocus onfocus='alert(1)",
    "an image": "<img src=x onerror=alert(1)>",
    "a drawing": "<svg/onload=alert(1)>",
    "a frame": "<iframe srcdoc='<script>alert(1)</script>'>",
    "a template": "{{ 7 * 7 }}{% import os %}${7*7}",
    "entities": "&lt;script&gt;alert(1)&#x3c;/script>",
    "UTF-7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
}
IRIS: dict[str, str] = {
    "of a script": "javascript:alert(1)",
    "of a script in capitals": "JaVaScRiPt:alert(1)",
    "of data": "data:text/html,alert(1)",
    "of another script": "vbscript:alert(1)",
    "of a host without a scheme": "https://w3id.org/almaty-process//evil",
    "that ends an attribute": "http://example.org/'onclick='alert(1)",
}
CELLS: dict[str, str] = {
    "a line break": "a\r\nInjected: yes",
    "quotes": '"a",""b""',
    "commas and semicolons": "a,b;c",
    "a tab": "a\tb",
    "backslashes": "\\n\\\\",
    "a formula": "=HYPERLINK(1)",
    "a formula that calls": "@SUM(1)+cmd|' /C calc'!A0",
    "markup": f"]]>{SCRIPT}&amp;",
    "separators of lines in JSON": "a\u2028b\u2029c",
    "characters that turn the text": "a\u202eb\u2066c",
    "characters that are not shown": "a\u200bb\ufeffc",
    "emoji": "\U0001f600",
}
FORMATS = {
    "CSV": "text/csv",
    "TSV": "text/tab-separated-values",
    "JSON": "application/sparql-results+json",
    "XML": "application/sparql-results+xml",
}
# In which formats a control character can go out: XML has none, and says so.
CONTROLS = {"NUL": "\\u0000", "escape": "\\u001B", "no character": "\\uFFFF"}
GRAPHS = (
    "text/turtle",
    "application/n-triples",
    "application/ld+json",
    "application/rdf+xml",
    "application/trig",
)
AROUND: list[tuple[str, bytes, frozenset[int], Callable[[Reply], None]]] = [
    ("markup in an error", get(SCRIPT), REFUSED, problem),
    ("markup in an error on a page", get(SCRIPT, HTML), REFUSED, no_script),
    ("markup in the name of a page", request("GET", f"/{SCRIPT}".replace("<", "%3C").replace(">", "%3E"), HTML), statuses(404), no_script),
    ("markup in the name of a thing", request("GET", "/id/state/%3Cscript%3Ealert(1)%3C/script%3E", HTML), statuses(404), no_script),
    ("markup in the name of a file", request("GET", "/dump/%22%3E%3Cimg src=x onerror=alert(1)%3E".replace(" ", "%20"), HTML), statuses(404), no_script),
    ("markup in a time limit", get("ASK {}", HTML, timeout=SCRIPT), REFUSED, no_script),
    ("markup in an offset", get("SELECT * {}", HTML, partial="1", offset=SCRIPT), REFUSED, no_script),
    ("markup in the name of a release", get("SELECT * {}", HTML, release=SCRIPT), statuses(200, 400, 409, 410), no_script),
    ("markup in a graph", get("ASK {}", HTML, default_graph_uri=SCRIPT), REFUSED, no_script),
    ("markup in a search", request("GET", "/?q=%3Cscript%3Ealert(1)%3C/script%3E", HTML), OK, no_script),
    ("markup in Accept", get("ASK {}", f"Accept: {SCRIPT}"), statuses(406), problem),
    ("markup in Accept beside HTML", get("ASK {}", f"Accept: x/{SCRIPT}, text/html;q=0.1"), statuses(200, 400, 406), no_script),
    ("markup in Content-Type", request("POST", "/sparql", f"Content-Type: {SCRIPT}", body="x"), statuses(415), problem),
    ("markup in a charset", request("POST", "/sparql", f"Content-Type: application/sparql-query; charset={SCRIPT}", body="ASK {}"), statuses(200, 400, 415), no_header),
    ("markup in a method", request("SCRIPT", "/sparql", HTML), statuses(405, 501), no_script),
    ("markup in a variable", get(f"SELECT ?{SCRIPT} {{}}", HTML), REFUSED, no_script),
    ("a name for JSONP", get("ASK {}", callback="alert"), OK, no_header),
    ("a stylesheet for XML", get("ASK {}", "Accept: application/sparql-results+xml", stylesheet="javascript:alert(1)"), OK, no_header),
    ("another form of output", get(f"SELECT ('{SCRIPT}' AS ?x) {{}}", output="html", format="text/html"), OK, of_one_cell(SCRIPT)),
    ("lines in a time limit", get("ASK {}", timeout=f"1{CRLF}"), REFUSED, problem),
    ("lines in an offset", get("SELECT * {}", partial="1", offset=f"1{CRLF}"), REFUSED, problem),
    ("lines in a graph", get("ASK {}", default_graph_uri=f"x:y{CRLF}"), REFUSED, problem),
    ("lines in a release", get("SELECT * {}", release=f"x{CRLF}"), statuses(200, 400, 409, 410), no_header),
    ("lines in a part that has a next one", get("SELECT * { ?a ?b ?c . ?d ?b ?e }", partial="1", x=f'>; rel="x"{CRLF}'), statuses(200, 504, 507), no_header),
    ("lines in a query that has a next part", get(f"SELECT * {{ ?a ?b ?c . ?d ?b ?e }} #{CRLF}", partial="1"), statuses(200, 400, 504, 507), no_header),
    ("lines in the name of a thing", request("GET", "/id/state/kyrgyzstan%0d%0aSet-Cookie:%20a=b"), statuses(400, 404), no_header),
    ("lines in the name of a page", request("GET", "/%0d%0aSet-Cookie:%20a=b"), statuses(400, 404), no_header),
    ("lines in a term to be described", request("GET", "/id/state/kyrgyzstan?x=%0d%0aSet-Cookie:%20a=b"), statuses(303, 404), no_header),
    ("lines in Accept", get("ASK {}", "Accept: text/csv%0d%0aInjected: yes"), statuses(200, 406), no_header),
    ("a host that is another's", b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nAccept: text/html\r\n\r\n", statuses(200, 400), no_stranger),
    ("a host that is another's, of a thing", b"GET /id/state/kyrgyzstan HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", statuses(303, 400), no_stranger),
    ("a host by a proxy's word", request("GET", "/", HTML, "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: javascript", "X-Forwarded-Prefix: //evil.example"), OK, no_stranger),
    ("an origin", get("ASK {}", "Origin: https://evil.example"), OK, no_stranger),
    ("half a surrogate pair", get('SELECT ("\\uD800" AS ?x) {}'), REFUSED, problem),
    ("an IRI with a line break", get("SELECT (<x:y\\u000Az> AS ?x) {}"), statuses(200, 400), no_header),
]  # fmt: skip


def _two_hosts(target: Target) -> Iterable[int]:
    """The endpoint's own description names the host that was asked; never that of an earlier request."""
    turtle = request("GET", "/sparql", "Accept: text/turtle")
    for wire in (turtle.replace(b"127.0.0.1", b"evil.example"), turtle):
        [reply] = exchange(target, wire)
        yield reply.status
    assert b"evil.example" not in reply.body


ATTACKS = [
    Attack("a host that is another's, before ours", "injection", OK, campaign=_two_hosts),
    *(
        Attack(f"{name} in a cell of a page", "injection", OK, get(f"SELECT ({written(text)} AS ?x) {{}}", HTML), harmless=no_script)
        for name, text in MARKUP.items()
    ),
    *(
        Attack(f"an IRI {name} in a cell of a page", "injection", OK, get(f"SELECT (IRI({written(iri)}) AS ?x) {{}}", HTML), harmless=no_script)
        for name, iri in IRIS.items()
    ),
    *(
        Attack(f"{name} in a cell of {form}", "injection", OK, get(f"SELECT ({written(text)} AS ?x) {{}}", f"Accept: {media_type}"), harmless=of_one_cell(text))
        for name, text in CELLS.items()
        for form, media_type in FORMATS.items()
    ),
    *(
        Attack(f"{name} in a cell of {form}", "injection", REFUSED if form == "XML" else OK, get(f'SELECT ("a{text}" AS ?x) {{}}', f"Accept: {media_type}"), harmless=no_header)
        for name, text in CONTROLS.items()
        for form, media_type in {**FORMATS, "a page": "text/html"}.items()
    ),
    *(
        Attack(f"{name} in a graph as {form}", "injection", REFUSED if form.endswith("xml") else OK, get(f'CONSTRUCT {{ <x:s> <x:p> "a{text}" }} {{}}', f"Accept: {form}"), harmless=no_header)
        for name, text in CONTROLS.items()
        for form in GRAPHS
    ),
    *(Attack(name, "injection", expected, wire, harmless=harmless) for name, wire, expected, harmless in AROUND),
]  # fmt: skip
