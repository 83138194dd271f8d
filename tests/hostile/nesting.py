"""Queries nested deeper than a parser can follow, in every bracket and operator that SPARQL has."""

from hostile.attack import ENDED, REFUSED, Attack, post, statuses

DEEP = 5_000
OK = statuses(200)
P = "PREFIX x: <http://example.org/> "


def _in(before: str, opening: str, middle: str, closing: str, after: str) -> str:
    depth = min(DEEP, 95_000 // max(1, len(opening) + len(closing)))
    return before + opening * depth + middle + closing * depth + after


# What is nested, by what stands before, opens, stands within, closes, and stands after.
QUERIES: list[tuple[str, str]] = [
    ("groups", _in("ASK ", "{", "", "}", "")),
    ("OPTIONAL", _in("ASK {", "OPTIONAL{", "?s ?p ?o", "}", "}")),
    ("MINUS", _in("ASK {", "?s ?p ?o MINUS{", "?s ?p ?o", "}", "}")),
    ("UNION on the left", _in("ASK {", "{", "?s ?p ?o", "}UNION{}", "}")),
    ("UNION on the right", _in("ASK {", "{}UNION{", "?s ?p ?o", "}", "}")),
    ("GRAPH", _in("ASK {", "GRAPH ?g{", "?s ?p ?o", "}", "}")),
    ("EXISTS", _in("ASK {", "FILTER EXISTS{", "?s ?p ?o", "}", "}")),
    ("NOT EXISTS", _in("ASK {", "FILTER NOT EXISTS{", "?s ?p ?o", "}", "}")),
    ("EXISTS in lower case", _in("ask {", "filter exists{", "?s ?p ?o", "}", "}")),
    ("EXISTS after comments", _in("ASK {", "FILTER#{\nEXISTS#)\n{", "?s ?p ?o", "}", "}")),
    ("sub-selects", _in("ASK ", "{SELECT*", "{}", "}", "")),
    ("sub-selects with brackets", _in("ASK ", "{{SELECT(1 AS ?x)", "{}", "}}", "")),
    ("brackets in a filter", _in("ASK {FILTER", "(", "1", ")", "}")),
    ("brackets in BIND", _in("ASK {BIND(", "(", "1", ")", " AS ?x)}")),
    ("brackets in HAVING", _in("SELECT ?s {?s ?p ?o} GROUP BY ?s HAVING", "(", "1", ")", "")),
    ("brackets in ORDER BY", _in("SELECT ?s {?s ?p ?o} ORDER BY ", "(", "1", ")", "")),
    ("brackets in GROUP BY", _in("SELECT (1 AS ?x) {?s ?p ?o} GROUP BY ", "(", "1", ")", "")),
    ("brackets in SELECT", _in("SELECT (", "(", "1", ")", " AS ?x) {}")),
    ("STR", _in("ASK {FILTER(", "STR(", "1", ")", ")}")),
    ("IF", _in("ASK {FILTER(", "IF(1,", "1", ",1)", ")}")),
    ("COALESCE", _in("ASK {FILTER(", "COALESCE(", "1", ")", ")}")),
    ("CONCAT", _in("ASK {FILTER(", "CONCAT('a',", "'b'", ")", ")}")),
    ("IN", _in("ASK {FILTER(", "1 IN(", "1", ")", ")}")),
    ("NOT IN", _in("ASK {FILTER(", "1 NOT IN(", "1", ")", ")}")),
    ("BOUND and STR", _in("ASK {FILTER(", "STR(BOUND(?x)||", "1", ")", ")}")),
    ("functions named by IRIs", _in("ASK {FILTER(", "<x:f>(", "1", ")", ")}")),
    ("functions named with a prefix", _in(P + "ASK {FILTER(", "x:f(", "1", ")", ")}")),
    ("aggregates", _in("SELECT (", "SUM(", "1", ")", " AS ?x) {}")),
    ("distinct aggregates", _in("SELECT (", "COUNT(DISTINCT ", "1", ")", " AS ?x) {}")),
    ("COUNT within ORDER BY", _in("SELECT * {} ORDER BY ", "DESC(", "1", ")", "")),
    ("not", _in("ASK {FILTER(", "!", "1", "", ")}")),
    ("not, with brackets", _in("ASK {FILTER(", "!(", "1", ")", ")}")),
    ("minus", _in("ASK {FILTER(", "- ", "1", "", ")}")),
    ("minus, with brackets", _in("ASK {FILTER(", "-(", "1", ")", ")}")),
    ("plus", _in("ASK {FILTER(", "1+", "1", "", ")}")),
    ("plus of signed numbers", _in("ASK {FILTER(1", " +1", "", "", ")}")),
    ("times", _in("ASK {FILTER(", "1*", "1", "", ")}")),
    ("divided by", _in("ASK {FILTER(", "1/", "1", "", ")}")),
    ("and", _in("ASK {FILTER(", "1&&", "1", "", ")}")),
    ("or", _in("ASK {FILTER(", "1||", "1", "", ")}")),
    ("equal", _in("ASK {FILTER(", "1=(", "1", ")", ")}")),
    ("less, as the start of an IRI", _in("ASK {FILTER(", "?a<(?b>(", "1", "))", ")}")),
    ("brackets hidden in an IRI", "ASK {FILTER(?a<" + "(" * 1_900 + "?b>?c" + ")" * 1_900 + ")}"),
    ("steps of a path", _in(P + "ASK {?s ", "x:p/", "x:p", "", " ?o}")),
    ("alternatives of a path", _in(P + "ASK {?s ", "x:p|", "x:p", "", " ?o}")),
    ("brackets of a path", _in(P + "ASK {?s ", "(", "x:p", ")", " ?o}")),
    ("repetitions of a path", _in(P + "ASK {?s ", "(", "x:p", ")*", " ?o}")),
    ("optional parts of a path", _in(P + "ASK {?s ", "(", "x:p", ")?", " ?o}")),
    ("inverses of a path", _in(P + "ASK {?s ", "^(", "x:p", ")", " ?o}")),
    ("inverses of a path without brackets", _in(P + "ASK {?s ", "^", "x:p", "", " ?o}")),
    ("negations of a path", _in(P + "ASK {?s ", "!(", "x:p", ")", " ?o}")),
    ("blank nodes", _in(P + "ASK {", "[x:p ", "1", "]", " x:p 1}")),
    ("blank nodes as objects", _in(P + "ASK {?s ?p ", "[x:p ", "1", "]", "}")),
    ("lists", _in(P + "ASK {", "(", "1", ")", " x:p 1}")),
    ("lists within blank nodes", _in(P + "ASK {?s ?p ", "[x:p (", "1", ")]", "}")),
    ("a long list", P + "ASK {?s ?p (" + "1 " * 40_000 + ")}"),
    ("reified triples", _in(P + "ASK {", "<<", "?s ?p ?o", " ?p ?o>>", " ?p ?o}")),
    ("triple terms", _in(P + "ASK {?s ?p ", "<<(?s ?p ", "?o", ")>>", "}")),
    ("annotations", _in(P + "ASK {?s ?p ?o ", "{|x:p 1 ", "", "|}", "}")),
    ("blank nodes of a template", _in(P + "CONSTRUCT {", "[x:p ", "1", "]", " x:p 1} WHERE {}")),
    ("lists of a template", _in(P + "CONSTRUCT {?s ?p ", "(", "1", ")", "} WHERE {?s ?p ?o}")),
    ("groups of VALUES", _in("ASK {VALUES (?a) {", "(", "1", ")", "}}")),
    ("groups never closed", "ASK " + "{" * 90_000),
    ("brackets never closed", "ASK {FILTER" + "(" * 90_000),
    ("blank nodes never closed", "ASK {" + "[" * 90_000),
    ("closing brackets without opening ones", "ASK {" + "}" * 90_000),
    ("brackets that cross", "ASK {" + "([{)]}" * 15_000),
    ("quotes without end", "ASK {" + "'\"" * 40_000),
    ("long quotes without end", "ASK {FILTER('" + "'''\"\"\"" * 15_000),
    ("backslashes without end", "ASK {FILTER('" + "\\" * 90_001 + "')}"),
    ("prefixes without end", "PREFIX x: <x:> " * 6_000 + "ASK {}"),
    ("bases without end", "BASE <x:> " * 9_000 + "ASK {}"),
    ("statements without end", "ASK {?s ?p ?o" + ";;" * 45_000 + "}"),
    ("objects without end", "ASK {?s ?p ?o" + ",?o" * 30_000 + "}"),
    ("FROM without end", "ASK " + "FROM <x:g> " * 8_000 + "{}"),
    ("ORDER BY without end", "SELECT * {?s ?p ?o} ORDER BY " + "?s " * 30_000),
    ("GROUP BY without end", "SELECT (1 AS ?x) {?s ?p ?o} GROUP BY " + "?s " * 30_000),
    ("VALUES without end", "ASK {VALUES (" + "?x " * 10_000 + ") {" + "}}"),
    ("a name without end", "ASK {?" + "x" * 95_000 + " ?p ?o}"),
    ("an IRI without end", "ASK {<x:" + "y" * 95_000 + "> ?p ?o}"),
    ("a number without end", "ASK {FILTER(" + "9" * 95_000 + ")}"),
    ("a language tag without end", "ASK {FILTER('x'@en" + "-x" * 45_000 + ")}"),
]
# These are long, and not deep: to answer them harms nobody.
FLAT = {
    "prefixes without end", "bases without end", "statements without end", "FROM without end",
    "ORDER BY without end", "GROUP BY without end", "VALUES without end", "a name without end",
    "a number without end", "a language tag without end",
}  # fmt: skip

ATTACKS = [
    Attack(name, "nesting", REFUSED | (OK | ENDED if name in FLAT else frozenset()), post(text))
    for name, text in QUERIES
]
