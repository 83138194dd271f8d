"""Bytes that are no good HTTP: requests within requests, broken lengths, other protocols, and halves."""

from hostile.attack import HUNG_UP, NO_HTTP, Attack, Reply, request, statuses

HOST = "Host: 127.0.0.1:%(port)s\r\n"
CLOSE = "Connection: close\r\n"
INNER = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
ASK = "/sparql?query=ASK%7B%7D"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
BAD = statuses(HUNG_UP, 400)
TOO_LARGE = statuses(HUNG_UP, 400, 413, 414, 431)
NOT_HERE = statuses(HUNG_UP, 400, 404, 405, 501, 505)
OK = statuses(200)


def _get(*headers: str, target: str = ASK, version: str = "HTTP/1.1") -> str:
    return f"GET {target} {version}\r\n{HOST}" + "".join(f"{each}\r\n" for each in headers) + "\r\n"


def _post(*headers: str, body: str = "query=ASK%7B%7D") -> str:
    return (
        f"POST /sparql HTTP/1.1\r\n{HOST}{FORM}" + "".join(f"{each}\r\n" for each in headers) + f"\r\n{body}"
    )


CHUNKED = "Transfer-Encoding: chunked"
ENDED = "f\r\nquery=ASK%7B%7D\r\n0\r\n\r\n"
REQUESTS: list[tuple[str, str, frozenset[int]]] = [
    # Smuggling: the second request must never be answered as one of its own.
    ("a length beside chunks", _post("Content-Length: 6", CHUNKED, body="0\r\n\r\n" + INNER), BAD | statuses(411)),
    ("chunks beside a length", _post(CHUNKED, "Content-Length: 5", body="0\r\n\r\n" + INNER), BAD | statuses(411)),
    ("two lengths", _post("Content-Length: 15", f"Content-Length: {15 + len(INNER)}", body="query=ASK%7B%7D" + INNER), BAD),
    ("two lengths in one line", _post("Content-Length: 15, 16", body="query=ASK%7B%7D" + INNER), BAD),
    ("a length with a sign", _post("Content-Length: +15"), BAD),
    ("a length below nothing", _post("Content-Length: -1"), BAD),
    ("a length in hexadecimals", _post("Content-Length: 0xf"), BAD),
    ("a length of letters", _post("Content-Length: many"), BAD),
    ("a length that no number holds", _post("Content-Length: 99999999999999999999999999"), BAD),
    ("a length of four exabytes", _post("Content-Length: 4611686018427387904"), BAD | statuses(413)),
    ("a length with a space before the colon", _post("Content-Length : 15"), BAD | statuses(411)),
    ("a length on a line that is folded", _post("Content-Length:\r\n 15"), BAD | statuses(411)),
    ("chunks in capitals and a tab", _post("Transfer-Encoding:\tCHUNKED", body=ENDED), BAD | statuses(411)),
    ("chunks that are not the last coding", _post("Transfer-Encoding: chunked, identity", body="0\r\n\r\n" + INNER), BAD | statuses(411, 501)),
    ("a coding that nobody knows", _post("Transfer-Encoding: xchunked", body="0\r\n\r\n" + INNER), BAD | statuses(411, 501)),
    ("chunks told twice", _post(CHUNKED, CHUNKED, body=ENDED), BAD | statuses(411)),
    ("chunks in an old version", f"POST /sparql HTTP/1.0\r\n{HOST}{FORM}{CHUNKED}\r\n\r\n{ENDED}", BAD | statuses(411)),
    ("a chunk of a negative size", _post(CHUNKED, body="-1\r\n\r\n" + INNER), BAD | statuses(411)),
    ("a chunk whose size no number holds", _post(CHUNKED, body="FFFFFFFFFFFFFFFFFF\r\nx"), BAD | statuses(411, 413)),
    ("a chunk whose size is no number", _post(CHUNKED, body="zz\r\nx\r\n0\r\n\r\n"), BAD | statuses(411)),
    ("a chunk with an endless extension", _post(CHUNKED, body="1;" + "x" * 100_000 + "\r\n"), BAD | statuses(411)),
    ("chunks with endless trailers", _post(CHUNKED, body="0\r\n" + "x: y\r\n" * 20_000 + "\r\n"), BAD | statuses(411)),
    ("a chunk that ends early", _post(CHUNKED, body="ff\r\nquery"), BAD | statuses(411)),
    ("a body in a GET", _get(f"Content-Length: {len(INNER)}") + INNER, OK | BAD),
    ("a body of more than was told", _post("Content-Length: 15", "Connection: close", body="query=ASK%7B%7D" + INNER), OK),
    ("lines that end with LF only", f"GET {ASK} HTTP/1.1\nHost: x\nConnection: close\n\n", OK | BAD),
    ("lines that end with CR only", f"GET {ASK} HTTP/1.1\rHost: x\r\r", BAD),
    # Heads.
    ("a header of 1 MB", _get("X: " + "x" * 1_000_000), TOO_LARGE),
    ("a hundred thousand headers", _get(*["X: y"] * 100_000), TOO_LARGE),
    ("two hundred headers", _get(*[f"X{n}: y" for n in range(200)]), TOO_LARGE | OK),
    ("a header without a colon", _get("nonsense"), BAD),
    ("a header without a name", _get(": nothing"), BAD),
    ("a header with NUL", _get("X: a\0b"), BAD),
    ("a header with a lone CR", _get("X: a\rInjected: b"), BAD),
    ("a header of bytes beyond ASCII", _get("X-Name: \xff\xfe\x80", "Connection: close"), OK | BAD),
    ("an Accept of bytes beyond ASCII", _get("Accept: \xff\xfe\x80", "Connection: close"), statuses(200, 400, 406)),
    ("an Accept of ten thousand types", _get("Accept: " + "a/b," * 10_000, "Connection: close"), statuses(200, 400, 406, 431)),
    ("an Accept-Encoding of ten thousand codings", _get("Accept-Encoding: " + "x;q=0.1," * 10_000, "Connection: close"), statuses(200, 400, 431)),
    ("an If-None-Match of ten thousand tags", _get("If-None-Match: " + '"x",' * 10_000, "Connection: close"), statuses(200, 304, 400, 431)),
    ("a Range of ten thousand parts", _get("Range: bytes=" + "0-1," * 10_000, "Connection: close", target="/dump/dataset.nq"), statuses(200, 206, 400, 416, 431)),
    ("no host", f"GET {ASK} HTTP/1.1\r\n{CLOSE}\r\n", OK | BAD),
    ("two hosts", _get("Host: x", "Connection: close"), OK | BAD),
    ("a host with a path", f"GET {ASK} HTTP/1.1\r\nHost: x/../y\r\n{CLOSE}\r\n", OK | BAD),
    # Request lines.
    ("a target of 64 kB", _get("Connection: close", target="/sparql?query=" + "x" * 65_536), TOO_LARGE),
    ("a target of 64 kB of paths", _get("Connection: close", target="/" + "x/" * 32_768), TOO_LARGE | statuses(404)),
    ("a target of 1 MB", _get(target="/" + "x" * 1_000_000), TOO_LARGE),
    ("a target with NUL", _get(target="/\0"), BAD),
    ("a target with an escaped NUL", _get("Connection: close", target="/%00"), statuses(400, 404)),
    ("a target that is not UTF-8", _get("Connection: close", target="/%ff%fe"), statuses(400, 404)),
    ("a target with half an escape", _get("Connection: close", target="/%"), statuses(400, 404)),
    ("a target with a space", _get(target="/a b"), BAD),
    ("a target with a fragment", _get("Connection: close", target=ASK + "#x"), OK | BAD),
    ("a target of no path", _get("Connection: close", target="?query=ASK%7B%7D"), NOT_HERE | OK),
    ("a target of a star", request("OPTIONS", "*").decode(), NOT_HERE | statuses(200, 204)),
    ("an absolute target", _get("Connection: close", target="http://other.example" + ASK), NOT_HERE | OK),
    ("an absolute target of another scheme", _get("Connection: close", target="ftp://other.example/x"), NOT_HERE),
    ("a hundred steps up", _get("Connection: close", target="/" + "../" * 100 + "sparql"), statuses(400, 404)),
    ("no target", "GET HTTP/1.1\r\n\r\n", BAD),
    ("an old version", f"GET {ASK} HTTP/1.0\r\n\r\n", OK),
    ("a version of before versions", f"GET {ASK}\r\n\r\n", NOT_HERE | OK),
    ("a version of the future", f"GET {ASK} HTTP/3.0\r\n{HOST}\r\n", NOT_HERE),
    ("a version that is none", f"GET {ASK} NTTP/1.1\r\n{HOST}\r\n", BAD),
    ("a method in lower case", f"get {ASK} HTTP/1.1\r\n{HOST}{CLOSE}\r\n", NOT_HERE),
    ("a method of 64 kB", f"{'X' * 65_536} / HTTP/1.1\r\n{HOST}\r\n", TOO_LARGE | statuses(405, 501)),
    ("a method of other signs", f"G<T {ASK} HTTP/1.1\r\n{HOST}\r\n", NOT_HERE),
    ("TRACE", request("TRACE", "/sparql", "Cookie: secret").decode(), NOT_HERE),
    ("TRACK", request("TRACK", "/").decode(), NOT_HERE),
    ("CONNECT", request("CONNECT", "example.org:443").decode(), NOT_HERE),
    ("CONNECT of nothing", "CONNECT  HTTP/1.1\r\n\r\n", NOT_HERE),
    ("CONNECT of a path", request("CONNECT", "/sparql").decode(), NOT_HERE),
    # Other protocols, and halves.
    ("half a request line", "GET /spar", BAD | statuses(408)),
    ("half a head", f"GET {ASK} HTTP/1.1\r\nHos", BAD | statuses(408)),
    ("half a body", _post("Content-Length: 1000"), BAD | statuses(408)),
    ("an expectation and no body", _post("Content-Length: 15", "Expect: 100-continue", body=""), BAD | statuses(100, 408, 417)),
    ("an expectation that nobody knows", _post("Content-Length: 15", "Expect: nonsense", CLOSE.strip()), statuses(200, 417)),
    ("the preface of HTTP/2 and garbage", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\xff\0" * 500, NOT_HERE | statuses(NO_HTTP)),
    ("the preface of HTTP/2 alone", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NOT_HERE | statuses(NO_HTTP)),
    ("an upgrade to HTTP/2", _get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"), OK),
    ("an upgrade to a web socket", _get("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), OK | NOT_HERE | statuses(426)),
    ("a hello of TLS", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + "\0" * 500, BAD),
    ("NULs", "\0" * 10_000, BAD),
    ("noise", bytes(range(256)).decode("latin-1") * 40, BAD),
    ("empty lines", "\r\n" * 10_000, BAD),
    ("a word of PROXY", f"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n{_get()}", BAD),
    ("a body that is said to be packed", _post("Content-Length: 15", "Content-Encoding: gzip", CLOSE.strip()), statuses(400, 415)),
    ("a body that unpacks to much", _post("Content-Length: 15", "Content-Encoding: gzip, gzip, gzip", CLOSE.strip()), statuses(400, 415)),
]  # fmt: skip


def alone(reply: Reply) -> None:
    """Not the answer to a request within another."""
    assert b"/smuggled" not in reply.body


ATTACKS = [
    Attack(name, "framing", expected, text.encode("latin-1"), harmless=alone)
    for name, text, expected in REQUESTS
]
