"""Every form of update, at every door that might be open to it."""

from urllib.parse import quote

from hostile.attack import REFUSED, Attack, get, post, request, statuses

S = "<http://example.org/hostile>"
INSERT = f"INSERT DATA {{ {S} <x:p> 1 }}"
OK = statuses(200)
FORM = "Content-Type: application/x-www-form-urlencoded"
UPDATE = "Content-Type: application/sparql-update"
QUERY = "Content-Type: application/sparql-query"
TURTLE = "Content-Type: text/turtle"
TRIPLE = f"{S} <x:p> 1 ."
# Every operation of SPARQL 1.1 Update.
UPDATES: dict[str, str] = {
    "INSERT DATA": INSERT,
    "DELETE DATA": "DELETE DATA { <x:s> <x:p> 1 }",
    "INSERT WHERE": f"INSERT {{ {S} ?p ?o }} WHERE {{ ?s ?p ?o }}",
    "DELETE WHERE": "DELETE WHERE { ?s ?p ?o }",
    "DELETE and INSERT": f"DELETE {{ ?s ?p ?o }} INSERT {{ {S} ?p ?o }} WHERE {{ ?s ?p ?o }}",
    "WITH": f"WITH <x:g> INSERT {{ {S} ?p ?o }} WHERE {{ ?s ?p ?o }}",
    "LOAD": "LOAD <x:g>",
    "CLEAR": "CLEAR ALL",
    "CREATE": "CREATE GRAPH <x:g>",
    "DROP": "DROP ALL",
    "COPY": "COPY DEFAULT TO <x:g>",
    "MOVE": "MOVE <x:g> TO DEFAULT",
    "ADD": "ADD DEFAULT TO <x:g>",
}
# An update that tries to pass for a query.
DISGUISES: dict[str, str] = {
    "in lower case": INSERT.lower(),
    "behind a prologue": f"PREFIX x: <x:> BASE <x:> {INSERT}",
    "behind a comment": f"# SELECT\n{INSERT}",
    "behind a query": f"ASK {{}} {INSERT}",
    "behind a query and a semicolon": f"ASK {{}} ; {INSERT}",
    "before a query": f"{INSERT} ; ASK {{}}",
    "in a group": f"ASK {{ {INSERT} }}",
    "in a sub-select": f"SELECT * {{ {{ {INSERT} }} }}",
    "in a FROM": f"ASK FROM <x:g> {INSERT}",
    "behind a comment that ends with CR": f"ASK {{}} #\r; {INSERT}",
    "by escaped letters": "\\u0049NSERT DATA { <x:s> <x:p> 1 }",
}
DOORS: list[tuple[str, bytes, frozenset[int]]] = [
    ("update= by GET", request("GET", "/sparql?update=" + quote(INSERT)), REFUSED),
    ("update= by POST", request("POST", "/sparql", FORM, body="update=" + quote(INSERT)), REFUSED),
    ("update= beside query=", get("ASK {}", update=INSERT), REFUSED),
    ("update= in the address of a direct query", request("POST", "/sparql?update=" + quote(INSERT), QUERY, body="ASK {}"), REFUSED),
    ("update= with another name", request("POST", "/sparql", FORM, body="Update=" + quote(INSERT)), REFUSED),
    ("request= as other servers call it", request("POST", "/sparql", FORM, body="request=" + quote(INSERT)), REFUSED),
    ("a body of SPARQL Update", request("POST", "/sparql", UPDATE, body=INSERT), statuses(415)),
    ("a body of SPARQL Update with a charset", request("POST", "/sparql", UPDATE + "; charset=utf-8", body=INSERT), statuses(415)),
    ("a body of SPARQL Update by QUERY", request("QUERY", "/sparql", UPDATE, body=INSERT), statuses(415)),
    ("an update by QUERY", request("QUERY", "/sparql", QUERY, body=INSERT), REFUSED),
    ("an update where a query is said to be", post(INSERT), REFUSED),
    ("a body of Turtle", request("POST", "/sparql", TURTLE, body=TRIPLE), statuses(415)),
    ("a body in parts", request("POST", "/sparql", "Content-Type: multipart/form-data; boundary=x", body=f"--x\r\nContent-Disposition: form-data; name=update\r\n\r\n{INSERT}\r\n--x--\r\n"), statuses(415)),
    ("a body of JSON", request("POST", "/sparql", "Content-Type: application/json", body='{"update": "DROP ALL"}'), statuses(415)),
    ("a body of no type", request("POST", "/sparql", body=INSERT), statuses(415)),
    ("a body of two types", request("POST", "/sparql", QUERY, UPDATE, body=INSERT), statuses(400, 415)),
    *((f"{method} of the endpoint", request(method, "/sparql", TURTLE, body=TRIPLE), statuses(405)) for method in ("PUT", "PATCH", "DELETE")),
    *((f"{method} of the default graph", request(method, "/sparql?default", TURTLE, body=TRIPLE), statuses(405)) for method in ("PUT", "PATCH", "DELETE")),
    ("POST to the default graph", request("POST", "/sparql?default", TURTLE, body=TRIPLE), statuses(405, 415)),
    *((f"{method} of a graph", request(method, "/sparql?graph=x:g", TURTLE, body=TRIPLE), statuses(405)) for method in ("PUT", "PATCH", "DELETE")),
    ("POST to a graph", request("POST", "/sparql?graph=x:g", TURTLE, body=TRIPLE), statuses(405, 415)),
    *((f"{method} of a page", request(method, "/graph/register", TURTLE, body=TRIPLE), statuses(404, 405)) for method in ("PUT", "POST", "PATCH", "DELETE")),
    *((f"{method} of a dump", request(method, "/dump/dataset.nq", TURTLE, body=TRIPLE), statuses(405)) for method in ("PUT", "POST", "PATCH", "DELETE")),
    *((f"{method} of a thing", request(method, "/id/state/kyrgyzstan", TURTLE, body=TRIPLE), statuses(405)) for method in ("PUT", "POST", "DELETE")),
    *((f"{method}, as file systems know it", request(method, "/sparql?query=ASK%7B%7D"), statuses(405, 501)) for method in ("MKCOL", "PROPPATCH", "MOVE", "LOCK", "PURGE", "LINK")),
    ("another method by a header", get("ASK {}", "X-HTTP-Method-Override: DELETE", "X-Method-Override: PUT"), OK),
    ("another method by a parameter", get("ASK {}", _method="DELETE"), OK),
    ("doors of other servers", request("POST", "/update", FORM, body="update=" + quote(INSERT)), statuses(404, 405)),
    ("an upload", request("POST", "/upload", TURTLE, body=TRIPLE), statuses(404, 405)),
    ("a store", request("PUT", "/store?default", TURTLE, body=TRIPLE), statuses(404, 405)),
    ("the way to stop other servers", request("POST", "/$/server/shutdown"), statuses(404, 405)),
]  # fmt: skip

ATTACKS = [
    *(Attack(f"{name} as a query", "writes", REFUSED, get(text)) for name, text in UPDATES.items()),
    *(Attack(f"an update {how}", "writes", REFUSED, post(text)) for how, text in DISGUISES.items()),
    *(Attack(name, "writes", expected, wire) for name, wire, expected in DOORS),
]
