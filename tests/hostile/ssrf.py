"""Requests that would have the server call somebody, or read a file: in the query and around it."""

from urllib.parse import quote

from canary import SPELLINGS
from hostile.attack import CANARY, HUNG_UP, REFUSED, Attack, Reply, get, post, request, statuses

URL = f"http://127.0.0.1:{CANARY}/"
OK = statuses(200)
PASSWORDS = "file:///etc/passwd"
# Each of these would call a service, if SERVICE were understood; `%s` is its address.
SERVICES: dict[str, str] = {
    "plainly": "SELECT * { SERVICE <%s> { ?s ?p ?o } }",
    "silently": "SELECT * { SERVICE SILENT <%s> { ?s ?p ?o } }",
    "in lower case": "select * { service <%s> { ?s ?p ?o } }",
    "in mixed case": "SELECT * { sErViCe sIlEnT <%s> { ?s ?p ?o } }",
    "without spaces": "SELECT*{SERVICE<%s>{?s?p?o}}",
    "after a comment": "SELECT * { SERVICE # <x:y> {\n<%s> { ?s ?p ?o } }",
    "behind a comment that ends with CR": "SELECT * { #\rSERVICE <%s> { ?s ?p ?o } }",
    "behind a comment sign in a string": "SELECT * { BIND('#' AS ?x) SERVICE <%s> { ?s ?p ?o } }",
    "behind a comment sign in an IRI": "SELECT * { ?s <x:#> ?o SERVICE <%s> { ?s ?p ?o } }",
    "behind a quote in a comment": "SELECT * { # '''\nSERVICE <%s> { ?s ?p ?o } # '''\n}",
    "behind an escaped quote": r"SELECT * { BIND('\\' AS ?x) SERVICE <%s> { ?s ?p ?o } BIND('' AS ?y) }",
    "behind long quotes": "SELECT * { BIND('''''' AS ?x) SERVICE <%s> { ?s ?p ?o } BIND('''''' AS ?y) }",
    "behind tabs and newlines": "SELECT * {\tSERVICE\t\n\r <%s>\n{ ?s ?p ?o } }",
    "glued to true": "SELECT * { ?s ?p trueSERVICE<%s>{ ?s ?p ?o } }",
    "glued to a number": "SELECT * { ?s ?p 1SERVICE<%s>{ ?s ?p ?o } }",
    "glued to a string": "SELECT * { ?s ?p ''SERVICE<%s>{ ?s ?p ?o } }",
    "glued to a variable and a bracket": "SELECT * { FILTER(?a<?b)SERVICE<%s>{?s ?p ?o#>\n} }",
    "glued to a language tag": "SELECT * { ?s ?p ''@en SERVICE<%s>{ ?s ?p ?o } }",
    "glued to a blank node": "SELECT * { ?s ?p []SERVICE<%s>{ ?s ?p ?o } }",
    "in a comparison that looks like an IRI": "SELECT * { FILTER(?a<?b)SERVICE?x#>\n{ } VALUES ?x { <%s> } }",
    "by a prefix": "PREFIX x: <%s> SELECT * { SERVICE x: { ?s ?p ?o } }",
    "by a prefix glued to it": "PREFIX x: <%s> SELECT * { SERVICEx: { ?s ?p ?o } }",
    "by a prefix of its name": "PREFIX SERVICE: <%s> SELECT * { SERVICE SERVICE: { ?s ?p ?o } }",
    "by an empty prefix": "PREFIX : <%s> SELECT * { SERVICE: { ?s ?p ?o } }",
    "by the base": "BASE <%s> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "by a variable of VALUES": "SELECT * { VALUES ?g { <%s> } SERVICE ?g { ?s ?p ?o } }",
    "by a variable of BIND": "SELECT * { BIND(IRI('%s') AS ?g) SERVICE ?g { ?s ?p ?o } }",
    "by a variable with a dollar": "SELECT * { VALUES $g { <%s> } SERVICE $g { ?s ?p ?o } }",
    "in a sub-select": "SELECT * { { SELECT * { SERVICE <%s> { ?s ?p ?o } } } }",
    "in OPTIONAL": "SELECT * { OPTIONAL { SERVICE <%s> { ?s ?p ?o } } }",
    "in UNION": "SELECT * { {} UNION { SERVICE <%s> { ?s ?p ?o } } }",
    "in MINUS": "SELECT * { ?s ?p ?o MINUS { SERVICE <%s> { ?s ?p ?o } } }",
    "in EXISTS": "ASK { FILTER EXISTS { SERVICE <%s> { ?s ?p ?o } } }",
    "in an EXISTS of BIND": "SELECT * { BIND(EXISTS { SERVICE <%s> { ?s ?p ?o } } AS ?x) }",
    "in an EXISTS of ORDER BY": "SELECT * {} ORDER BY (EXISTS { SERVICE <%s> { ?s ?p ?o } })",
    "in an EXISTS of HAVING": "SELECT (1 AS ?x) {} GROUP BY ?s HAVING(EXISTS { SERVICE <%s> { } })",
    "in GRAPH": "SELECT * { GRAPH ?g { SERVICE <%s> { ?s ?p ?o } } }",
    "in ASK": "ASK { SERVICE <%s> { ?s ?p ?o } }",
    "in CONSTRUCT": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <%s> { ?s ?p ?o } }",
    "in DESCRIBE": "DESCRIBE ?s { SERVICE <%s> { ?s ?p ?o } }",
    "in a service": "SELECT * { SERVICE <x:y> { SERVICE <%s> { ?s ?p ?o } } }",
    "in fullwidth letters": "SELECT * { \uff33\uff25\uff32\uff36\uff29\uff23\uff25 <%s> { ?s ?p ?o } }",
    "in letters that fold to others": "SELECT * { \u017fERVICE <%s> { ?s ?p ?o } }",
    "escaped in its first letter": r"SELECT * { \u0053ERVICE <%s> { ?s ?p ?o } }",
    "escaped in its last letter": r"SELECT * { SERVIC\U00000045 <%s> { ?s ?p ?o } }",
    "behind a no-break space": "SELECT * { SERVICE\u00a0<%s> { ?s ?p ?o } }",
    "behind a byte order mark": "\ufeffSELECT * { SERVICE <%s> { ?s ?p ?o } }",
    "behind a NUL": "SELECT * { ?s ?p ?o \0 SERVICE <%s> { ?s ?p ?o } }",
    "behind another query": "ASK {} SELECT * { SERVICE <%s> { ?s ?p ?o } }",
    "in a LATERAL": "SELECT * { ?s ?p ?o LATERAL { SERVICE <%s> { ?s ?p ?o } } }",
}
# Escapes that the parser undoes in an IRI, and schemes that are not HTTP.
ADDRESSES: dict[str, str] = {
    **{spelling: f"http://{spelling}:{CANARY}/" for spelling in SPELLINGS[1:]},
    "an escaped digit": rf"http://127.0.0.\u0031:{CANARY}/",
    "an escaped dot": rf"http://127\u002E0.0.1:{CANARY}/",
    "a scheme in capitals": f"HTTP://127.0.0.1:{CANARY}/",
    "https": f"https://127.0.0.1:{CANARY}/",
    "ftp": f"ftp://127.0.0.1:{CANARY}/",
    "gopher": f"gopher://127.0.0.1:{CANARY}/_GET",
    "a file": PASSWORDS,
}


def no_secret(reply: Reply) -> None:
    """No file of the machine was read."""
    assert b"root:" not in reply.body


def no_redirect(reply: Reply) -> None:
    """Nobody is sent on to the canary."""
    assert "//127.0.0.1:" not in reply.header("Location").replace(reply.header("Host"), "")


GRAPHS = {"the canary": URL, "a file": PASSWORDS, "a file, short": "file:/etc/passwd"}
NAMED: list[tuple[str, bytes]] = [
    (f"{name}, {how}", wire)
    for name, url in GRAPHS.items()
    for how, wire in (
        ("by FROM", post(f"ASK FROM <{url}> {{ ?s ?p ?o }}")),
        ("by FROM NAMED", post(f"ASK FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}")),
        ("by GRAPH", post(f"ASK {{ GRAPH <{url}> {{ ?s ?p ?o }} }}")),
        ("by DESCRIBE", post(f"DESCRIBE <{url}>")),
        ("by default-graph-uri", get("ASK { ?s ?p ?o }", default_graph_uri=url)),
        ("by named-graph-uri", get("ASK { GRAPH ?g { ?s ?p ?o } }", named_graph_uri=url)),
    )
]
CONTEXT = f'{{"@context": "{URL}", "@id": "x:y"}}'
XML = f'<!DOCTYPE x [<!ENTITY y SYSTEM "{URL}"><!ENTITY z SYSTEM "{PASSWORDS}">]><x>&y;&z;</x>'
FORM = "Content-Type: application/x-www-form-urlencoded"
AROUND: list[tuple[str, bytes, frozenset[int]]] = [
    ("LOAD", post(f"LOAD <{URL}>"), REFUSED),
    ("LOAD as an update", request("POST", "/sparql", FORM, body="update=" + quote(f"LOAD <{URL}>")), REFUSED),
    ("LOAD SILENT INTO", get(f"LOAD SILENT <{URL}> INTO GRAPH <x:g>"), REFUSED),
    ("using-graph-uri", get("ASK {}", using_graph_uri=URL), statuses(200, 400)),
    ("parameters that other servers fetch", get("ASK {}", url=URL, uri=URL, xslt=URL, to=URL, endpoint=URL), OK),
    ("a graph of the store", request("GET", "/sparql?graph=" + quote(URL)), statuses(400, 404)),
    ("a graph of the store in a file", request("GET", "/sparql?graph=" + PASSWORDS), statuses(400, 404)),
    ("a context in a body of JSON-LD", request("POST", "/sparql", "Content-Type: application/ld+json", body=CONTEXT), statuses(415)),
    ("a context in the profile of Accept", get("DESCRIBE <x:y>", f'Accept: application/ld+json;profile="{URL}"'), statuses(200, 406)),
    ("a context in a Link", get("DESCRIBE <x:y>", "Accept: application/ld+json", f'Link: <{URL}>; rel="http://www.w3.org/ns/json-ld#context"'), OK),
    ("a context in a literal", post(f"CONSTRUCT {{ <x:y> <x:@context> '{URL}' }} {{}}", "Accept: application/ld+json"), OK),
    ("an entity in a body of XML", request("POST", "/sparql", "Content-Type: application/rdf+xml", body=XML), statuses(415)),
    ("an entity in a query as XML", post(XML), REFUSED),
    ("a description of the canary", request("GET", f"/doc/http://127.0.0.1:{CANARY}/"), statuses(301, 308, 404)),
    ("an address after two slashes", request("GET", f"//127.0.0.1:{CANARY}/sparql"), statuses(301, 308, 400, 404)),
    ("an address after the names of things", request("GET", f"/id//127.0.0.1:{CANARY}/"), statuses(301, 303, 308, 404)),
    ("an address after a backslash", request("GET", f"/id/\\\\127.0.0.1:{CANARY}/"), statuses(301, 303, 308, 400, 404)),
    ("a file above the pages", request("GET", "/static/../../../../../../etc/passwd"), statuses(400, 404)),
    ("a file above the pages, escaped", request("GET", "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), statuses(400, 404)),
    ("a file above the dumps", request("GET", "/dump/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd"), statuses(400, 404)),
    ("a file above the dumps, escaped twice", request("GET", "/dump/%252e%252e%252fmanifest.json"), statuses(400, 404)),
    ("a file above the documents", request("GET", "/doc/..%2f..%2f..%2fetc/passwd.ttl"), statuses(400, 404)),
    ("a file behind a NUL", request("GET", "/dump/dataset.nq%00.ttl"), statuses(400, 404)),
    ("another host", f"GET /id/state/kyrgyzstan HTTP/1.1\r\nHost: 127.0.0.1:{CANARY}\r\nConnection: close\r\n\r\n".encode(), statuses(303)),
    ("another host by a proxy's word", request("GET", "/id/state/kyrgyzstan", f"X-Forwarded-Host: 127.0.0.1:{CANARY}", f"Forwarded: host=127.0.0.1:{CANARY}"), statuses(303)),
    ("another host by an absolute address", request("GET", URL + "sparql?query=ASK%7B%7D"), statuses(200, 400, 404)),
    ("a tunnel", request("CONNECT", f"127.0.0.1:{CANARY}"), statuses(HUNG_UP, 400, 404, 405, 501)),
    ("a referrer, an origin and a callback", get("ASK {}", f"Referer: {URL}", f"Origin: {URL}", callback=URL), OK),
]  # fmt: skip

ATTACKS = [
    *(
        Attack(f"SERVICE {how}", "ssrf", REFUSED, post(text.replace("%s", URL)))
        for how, text in SERVICES.items()
    ),
    *(
        Attack(f"SERVICE at {name}", "ssrf", REFUSED, get(f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}"))
        for name, url in ADDRESSES.items()
    ),
    *(Attack(f"the graph of {name}", "ssrf", OK, wire, harmless=no_secret) for name, wire in NAMED),
    *(Attack(name, "ssrf", expected, wire, harmless=no_secret) for name, wire, expected in AROUND),
]
