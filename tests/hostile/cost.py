"""Queries that cost more than they may: in time, in memory, or in the size of their answer."""

from hostile.attack import ENDED, REFUSED, Attack, get, post, request, statuses

OK = statuses(200)
P = "PREFIX x: <http://example.org/> "
CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
SOME = "?a ?b ?c . ?d ?e ?f"
COUNT = "SELECT (COUNT(*) AS ?n)"


def _values(names: str, size: int) -> str:
    numbers = " ".join(map(str, range(size)))
    return " ".join(f"VALUES ?{name} {{ {numbers} }}" for name in names)


def _doubling(function: str, times: int) -> str:
    steps = "".join(f"BIND({function.format(f'?v{n}')} AS ?v{n + 1}) " for n in range(times))
    return f'SELECT (STRLEN(?v{times}) AS ?n) {{ BIND("0123456789" AS ?v0) {steps} }}'


def _nested(function: str, times: int) -> str:
    text = '"0123456789"'
    for _ in range(times):
        text = function.format(text)
    return f"SELECT (STRLEN({text}) AS ?n) {{}}"


TEN = "0123456789" * 3
QUERIES: list[tuple[str, str, frozenset[int]]] = [
    ("cartesian count", f"{COUNT} {{ {CROSS} }}", ENDED),
    ("cartesian rows", f"SELECT * {{ {CROSS} }}", ENDED),
    ("cartesian rows, reduced", f"SELECT REDUCED * {{ {CROSS} }}", ENDED),
    ("cartesian sort", f"SELECT * {{ {CROSS} }} ORDER BY ?c ?f ?i ?l LIMIT 1", ENDED),
    ("cartesian sort by a random number", f"SELECT * {{ {CROSS} }} ORDER BY RAND() LIMIT 1", ENDED),
    ("cartesian distinct", f"SELECT DISTINCT * {{ {CROSS} }} OFFSET 2000000000", ENDED),
    ("cartesian behind a false filter", f"ASK {{ {CROSS} FILTER(STR(?c) = CONCAT(STR(?f), '~')) }}", ENDED),
    ("cartesian and a far offset", f"SELECT * {{ {CROSS} }} OFFSET 9000000000000000000 LIMIT 1", ENDED),
    ("cartesian of sub-selects", f"{COUNT} {{ {{ SELECT * {{ {SOME} }} }} {{ SELECT * {{ ?g ?h ?i . ?j ?k ?l }} }} }}", ENDED),
    ("cartesian within EXISTS", f"{COUNT} {{ ?s ?p ?o FILTER EXISTS {{ {CROSS} FILTER(?c = '~') }} }}", ENDED),
    ("cartesian within NOT EXISTS", f"ASK {{ ?s ?p ?o FILTER NOT EXISTS {{ {CROSS} FILTER(STRLEN(STR(?c)) < 0) }} FILTER(?s = '~') }}", ENDED | OK),
    ("cartesian within MINUS", f"{COUNT} {{ {SOME} MINUS {{ ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }} }}", ENDED),
    ("optional cartesian", f"{COUNT} {{ ?a ?b ?c " + "".join(f"OPTIONAL {{ ?s{n} ?p{n} ?o{n} }} " for n in range(10)) + "}", ENDED),
    ("unions that multiply", "SELECT * { " + "{ ?a ?b ?c } UNION { ?c ?b ?a } " * 20 + "}", ENDED),
    ("unions of constants that multiply", f"{COUNT} {{ " + "".join(f"{{ BIND(1 AS ?x{n}) }} UNION {{ BIND(2 AS ?x{n}) }} " for n in range(30)) + "}", ENDED),
    ("two hundred patterns at once", "SELECT * { " + " . ".join(f"?a{n} ?b{n} ?a{n + 1}" for n in range(199)) + " }", ENDED),
    ("two hundred patterns of a star", "SELECT * { " + " . ".join(f"?a ?b{n} ?c{n}" for n in range(199)) + " }", ENDED),
    ("two hundred and one patterns", "SELECT * { " + " . ".join(f"?a ?b{n} ?c{n}" for n in range(201)) + " }", REFUSED),
    ("VALUES that multiply", f"{COUNT} {{ {_values('abcd', 500)} }}", ENDED),
    ("VALUES that multiply and sort", f"SELECT * {{ {_values('abcd', 500)} }} ORDER BY ?d ?c ?b LIMIT 1", ENDED),
    ("VALUES of ten thousand", f"{COUNT} {{ {_values('a', 10_000)} }}", OK),
    ("VALUES of UNDEF", "SELECT * { VALUES (?a ?b ?c) { " + "(UNDEF UNDEF UNDEF)" * 4_000 + " } ?a ?b ?c . ?d ?e ?f }", ENDED),
    ("a list for IN of ten thousand", f"{COUNT} {{ {SOME} FILTER(STRLEN(STR(?c)) IN ({', '.join(map(str, range(10_000))) }) && ?c = ?f) }}", ENDED | OK),
    ("regex that backtracks", f"ASK {{ FILTER(REGEX('{'a' * 5_000}!', '^(a+)+$')) }}", OK),
    ("regex that backtracks over alternatives", f"ASK {{ FILTER(REGEX('{'a' * 5_000}!', '^(a|a)*$')) }}", OK),
    ("regex of a million repetitions", "ASK { FILTER(REGEX('a', '(a{1000}){1000}')) }", OK),
    ("regex of many classes", "ASK { FILTER(REGEX('a', '" + r"(\\\\p{L}{1,900})" * 300 + "')) }", OK | ENDED),
    ("regex of deep groups", f"ASK {{ FILTER(REGEX('a', '{'(' * 20_000}a{')' * 20_000}')) }}", OK | REFUSED),
    ("regex over a cartesian", f"{COUNT} {{ {SOME} FILTER(REGEX(CONCAT(STR(?c), STR(?f)), '(.*a.*){{5}}b$', 'i')) }}", ENDED),
    ("regex made of each row", f"{COUNT} {{ {SOME} FILTER(REGEX(STR(?c), CONCAT('(', ENCODE_FOR_URI(STR(?f)), ')*'))) }}", ENDED),
    ("REPLACE that multiplies", _nested('REPLACE({}, ".", "' + TEN + '")', 12), ENDED),
    ("CONCAT that doubles", _doubling("CONCAT({0}, {0})", 60), ENDED),
    ("ENCODE_FOR_URI that trebles", _nested("ENCODE_FOR_URI({})", 90).replace('"0123456789"', '"%%%%%%%%%%"'), ENDED | OK),
    ("CONCAT that doubles an IRI", _doubling("CONCAT(STR(IRI(CONCAT('x:', {0}))), {0})", 60), ENDED | OK),
    ("SHA512 over a cartesian", f"{COUNT} {{ {CROSS} FILTER(SHA512(CONCAT(STR(?c), STR(?f))) < '0') }}", ENDED),
    ("UUIDs without end", f"SELECT (COUNT(DISTINCT ?u) AS ?n) {{ {CROSS} BIND(UUID() AS ?u) }}", ENDED),
    ("blank nodes without end", f"SELECT (COUNT(DISTINCT ?u) AS ?n) {{ {CROSS} BIND(BNODE() AS ?u) }}", ENDED),
    ("GROUP_CONCAT over a cartesian", f"SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?f))) AS ?n) {{ {SOME} }}", ENDED),
    ("GROUP_CONCAT with a long separator", f'SELECT (GROUP_CONCAT(STR(?c); SEPARATOR="{"x" * 90_000}") AS ?n) {{ ?a ?b ?c }}', ENDED),
    ("distinct GROUP_CONCAT", f"SELECT (GROUP_CONCAT(DISTINCT CONCAT(STR(?a), STR(?f))) AS ?n) {{ {SOME} }}", ENDED),
    ("a group for each row", f"SELECT ?c ?f (COUNT(*) AS ?n) {{ {CROSS} }} GROUP BY ?c ?f ?i ?l", ENDED),
    ("a sum over a cartesian", f"SELECT (SUM(STRLEN(STR(?c)) * STRLEN(STR(?f))) AS ?n) {{ {CROSS} }}", ENDED),
    ("MIN and MAX over a cartesian", f"SELECT (MIN(?c) AS ?x) (MAX(?f) AS ?y) {{ {CROSS} }}", ENDED),
    ("distinct counts of expressions", f"SELECT (COUNT(DISTINCT CONCAT(STR(?a), STR(?d), STR(?f))) AS ?n) {{ {CROSS} }}", ENDED),
    ("HAVING that never holds", f"SELECT ?a {{ {CROSS} }} GROUP BY ?a HAVING(COUNT(*) < 0)", ENDED),
    ("aggregates in a hundred columns", "SELECT " + " ".join(f"(COUNT(DISTINCT ?c) AS ?n{n})" for n in range(100)) + f" {{ {CROSS} }}", ENDED),
    ("a path over all properties", f"{P}{COUNT} {{ ?a (!x:p)* ?b . ?c (!x:p)* ?d }}", ENDED),
    ("a path both ways over all properties", f"{P}{COUNT} {{ ?a (!x:p|^(!x:p))+ ?b . ?b (!x:p|^(!x:p))+ ?c }}", ENDED),
    ("a path of paths of paths", f"{P}{COUNT} {{ ?a (((((!x:p|^!x:p)*)*)+)?)* ?b . ?c (!x:q)* ?d }}", ENDED),
    ("a path of fifty steps", f"{P}{COUNT} {{ ?a " + "/".join(["(!x:p|^!x:p)"] * 50) + " ?b }", ENDED),
    ("a path of a thousand alternatives", f"{P}{COUNT} {{ ?a (" + "|".join(f"x:p{n}" for n in range(1_000)) + ")* ?b . ?c ?d ?e }", ENDED | OK),
    ("a path from everything to everything", f"{P}SELECT * {{ ?a (!x:p|^!x:p)* ?b }} ORDER BY ?b ?a", ENDED),
    ("paths in circles", f"{P}SELECT DISTINCT ?a {{ ?a (!x:p)+ ?b . ?b (!x:p)+ ?c . ?c (^!x:p)+ ?a }}", ENDED | OK),
    ("CONSTRUCT that multiplies", "CONSTRUCT { " + " . ".join(f"[] <x:p{n}> ?c" for n in range(20)) + f" }} WHERE {{ {SOME} }}", ENDED),
    ("CONSTRUCT of a cartesian", f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {CROSS} }}", ENDED),
    ("CONSTRUCT of lists", f"CONSTRUCT {{ ?a ?b ({' '.join(['?c'] * 80)}) }} WHERE {{ {SOME} }}", ENDED),
    ("DESCRIBE of all", f"DESCRIBE ?a ?d ?g {{ {CROSS} }}", ENDED),
    ("DESCRIBE of all variables", f"DESCRIBE * {{ {SOME} . ?x ?y ?z }}", ENDED),
    ("a thousand columns", "SELECT " + " ".join(f"(1 AS ?v{n})" for n in range(1_000)) + " {}", REFUSED),
    ("five thousand variables", "SELECT " + " ".join(f"?v{n}" for n in range(5_000)) + f" {{ {SOME} }}", ENDED),
    ("two thousand conditions", f"{COUNT} {{ {SOME} FILTER(" + " || ".join(f"?c = {n}" for n in range(900)) + ") }", ENDED),
    ("numbers that grow", "SELECT (" + " * ".join(["999999999999999999"] * 400) + " AS ?n) {}", OK),
    ("decimals that grow", "SELECT (" + " / ".join(["0.000000000000000001"] * 150) + " AS ?n) {}", OK),
    ("a literal of ninety thousand", f'SELECT ("{"x" * 90_000}" AS ?n) {{}}', OK),
    ("a text of comments", "ASK {} " + "#\n" * 49_000, OK),
    ("a text that is too long", "ASK {} " + "#\n" * 50_000, statuses(413)),
    ("a graph for each row", "SELECT * { GRAPH ?g { ?a ?b ?c } GRAPH ?h { ?d ?e ?f } GRAPH ?i { ?j ?k ?l } }", ENDED),
    ("nested sub-selects that count", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c { SELECT (COUNT(*) AS ?m) { ?d ?e ?f { SELECT (COUNT(*) AS ?k) { ?g ?h ?i . ?j ?k1 ?l } } } } }", ENDED),
]  # fmt: skip

ATTACKS = [
    *(Attack(name, "cost", expected, post(text)) for name, text, expected in QUERIES),
    Attack("a time limit without end", "cost", ENDED, get(QUERIES[0][1], timeout="1e300")),
    Attack("a time limit of nearly nothing", "cost", ENDED, get(QUERIES[0][1], timeout="1e-300")),
    Attack("a part of a cartesian", "cost", ENDED | OK, get(QUERIES[1][1], partial="1")),
    Attack("a far part of a cartesian", "cost", ENDED, get(QUERIES[1][1], partial="1", offset="999999999")),
    Attack("why a cartesian is empty", "cost", ENDED | OK, get(QUERIES[6][1].replace("ASK", "SELECT *"), explain="1")),
    Attack("a thousand graphs", "cost", statuses(400, 413, 414), request("POST", "/sparql", "Content-Type: application/x-www-form-urlencoded", body="query=ASK{}" + "&named-graph-uri=x:y" * 1_000)),
    Attack("a page of all there is", "cost", ENDED | OK, get("SELECT * { ?s ?p ?o . ?a ?b ?o }", "Accept: text/html")),
]  # fmt: skip
