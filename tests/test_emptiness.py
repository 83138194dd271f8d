import pyoxigraph as ox
import pytest

from almaty_graph.engine.emptiness.explanation import Explanation, explain
from almaty_graph.engine.emptiness.probe import QUESTIONS
from almaty_graph.names import BASE, GRAPH, PREFIXES
from almaty_graph.release import Release

UNREADABLE = Explanation("this query could not be taken apart, so nothing is said of why it has no rows")
ROWS = Explanation("nothing in the query is to blame: asked again, it has rows")
USED = ("def", "dcterms", "graph", "oa", "org", "process", "role", "schema", "skos", "state", "void", "xsd")
PROLOGUE = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in USED)
VIEW = f"<{GRAPH}view>"


class Asked:
    """A dataset that counts what it is asked, and may be told to answer so often only."""

    def __init__(self, store: ox.Store, patience: int | None = None) -> None:
        self.store, self.patience, self.questions = store, patience, list[str]()

    def explain(self, text: str) -> Explanation:
        self.questions = []
        return explain(text, self.ask, self.find)

    def ask(self, text: str) -> bool:
        self._count(text)
        return bool(self.store.query(text))

    def find(self, text: str) -> list[tuple[str, ...]]:
        self._count(text)
        rows = self.store.query(text)
        assert isinstance(rows, ox.QuerySolutions)
        return [tuple("" if term is None else str(term) for term in row) for row in rows]

    def _count(self, text: str) -> None:
        self.questions.append(text)
        if self.patience is not None and len(self.questions) > self.patience:
            raise TimeoutError


def has_rows(store: ox.Store, text: str) -> bool:
    solutions = store.query(text, base_iri=BASE)
    assert isinstance(solutions, ox.QuerySolutions)
    return next(solutions, None) is not None


@pytest.fixture(scope="session")
def graphs(release: Release) -> ox.Store:
    """The release with its description, in named graphs only."""
    store = ox.Store()
    store.load(path=release.folder / "dataset.nq", format=ox.RdfFormat.N_QUADS)
    described = ox.NamedNode(GRAPH + "description")
    store.load(path=release.folder / "description.ttl", format=ox.RdfFormat.TURTLE, to_graph=described)
    return store


@pytest.fixture(scope="session")
def store(graphs: ox.Store) -> ox.Store:
    """The same, and the merge of all graphs as the default graph."""
    merged = ox.Store()
    merged.extend(graphs)
    merged.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    return merged


@pytest.fixture
def asked(store: ox.Store) -> Asked:
    return Asked(store)


# What people get wrong: the query after its prefixes, the reason, the part at fault, what is offered for it.
MISTAKES: dict[str, tuple[str, str, str, list[str]]] = {
    "property misspelt": (
        "SELECT * { ?c org:rol role:chair }",
        "no triple has the property org:rol",
        "?c org:rol role:chair",
        ["?c org:role role:chair"],
    ),
    "property in other case": (
        "SELECT * { ?c org:member/skos:preflabel ?l ; org:role role:chair }",
        "no triple has the property skos:preflabel",
        "?c org:member/skos:preflabel ?l",
        ["?c org:member/skos:prefLabel ?l"],
    ),
    "class misspelt": (
        "SELECT * { ?c a def:Participant ; org:role role:chair }",
        "nothing is of the class def:Participant",
        "?c a def:Participant",
        ["?c a def:Participation"],
    ),
    "class as a string": (
        'SELECT * { ?c a "Participation" }',
        'nothing is of the class "Participation"',
        '?c a "Participation"',
        ["?c a def:Participation"],
    ),
    "property of another vocabulary": (
        "SELECT * { ?c schema:member ?m }",
        "no triple has the property schema:member",
        "?c schema:member ?m",
        [f"PREFIX schema: <{PREFIXES['org']}>", "?c org:member ?m"],
    ),
    "no language tag": (
        'SELECT * { ?s skos:prefLabel "Kazakhstan" }',
        "its terms occur, but in no triple together",
        '?s skos:prefLabel "Kazakhstan"',
        ['?s skos:prefLabel "Kazakhstan"@en'],
    ),
    "another language": (
        'SELECT * { ?s skos:prefLabel "Kazakhstan"@de }',
        'no triple has the object "Kazakhstan"@de',
        '?s skos:prefLabel "Kazakhstan"@de',
        ['?s skos:prefLabel "Kazakhstan"@en'],
    ),
    "value in other case": (
        'SELECT * { ?s skos:prefLabel "kazakhstan"@en }',
        'no triple has the object "kazakhstan"@en',
        '?s skos:prefLabel "kazakhstan"@en',
        ['?s skos:prefLabel "Kazakhstan"@en'],
    ),
    "value misspelt": (
        'SELECT * { ?s skos:prefLabel "Kazahkstan"@en }',
        'no triple has the object "Kazahkstan"@en',
        '?s skos:prefLabel "Kazahkstan"@en',
        ['?s skos:prefLabel "Kazakhstan"@en'],
    ),
    "year as a string": (
        'SELECT * { ?c schema:startDate "2018" }',
        'no triple has the object "2018"',
        '?c schema:startDate "2018"',
        ['?c schema:startDate "2018"^^xsd:gYear'],
    ),
    "year as an integer": (
        "SELECT * { ?c schema:startDate 2018 }",
        "no triple has the object 2018",
        "?c schema:startDate 2018",
        ['?c schema:startDate "2018"^^xsd:gYear'],
    ),
    "boolean as a string": (
        "SELECT * { ?s def:provisional 'true' }",
        "no triple has the object 'true'",
        "?s def:provisional 'true'",
        ['?s def:provisional "true"^^xsd:boolean'],
    ),
    "integer as a decimal": (
        "SELECT * { ?p def:firstLine 42.0 }",
        "no triple has the object 42.0",
        "?p def:firstLine 42.0",
        ["?p def:firstLine 42"],
    ),
    "the other way round": (
        "SELECT * { state:kazakhstan org:member ?claim }",
        "its terms occur, but in no triple together",
        "state:kazakhstan org:member ?claim",
        ["?claim org:member state:kazakhstan"],
    ),
    "the other way round in a join": (
        "SELECT * { ?c org:member ?m . ?m org:role role:chair }",
        "it matches, and so does ?c org:member ?m, but never the same ?m",
        "?m org:role role:chair",
        ["?m org:member ?c"],
    ),
    "thing in other case": (
        "SELECT * { state:Kazakhstan skos:prefLabel ?l }",
        "no triple has the subject state:Kazakhstan",
        "state:Kazakhstan skos:prefLabel ?l",
        ["state:kazakhstan skos:prefLabel ?l"],
    ),
    "thing of another data set, linked": (
        "SELECT * { ?c org:member <http://www.wikidata.org/entity/Q232> }",
        "its terms occur, but in no triple together",
        "?c org:member <http://www.wikidata.org/entity/Q232>",
        ["?c org:member state:kazakhstan"],
    ),
    "thing by a name given up": (
        "SELECT * { ?c org:member state:Turkey }",
        "no triple has the object state:Turkey",
        "?c org:member state:Turkey",
        ["?c org:member state:turkiye"],
    ),
    "thing by its name": (
        'SELECT * { ?c org:member "Kazakhstan" }',
        "its terms occur, but in no triple together",
        '?c org:member "Kazakhstan"',
        ["?c org:member state:kazakhstan"],
    ),
    "concept misspelt in a list of properties": (
        "SELECT * { ?c org:member ?m ; org:role role:chairman . ?m skos:prefLabel ?l }",
        "no triple has the object role:chairman",
        "?c org:role role:chairman",
        ["?c org:role role:chair"],
    ),
    "inside of brackets": (
        'SELECT * { [] org:role role:chair ; org:member [ skos:prefLabel "Kazakhstan" ] }',
        "its terms occur, but in no triple together",
        '[] skos:prefLabel "Kazakhstan"',
        ['[] skos:prefLabel "Kazakhstan"@en'],
    ),
    "two mistakes in a pattern": (
        "SELECT * { ?c org:rol role:Chair }",
        "no triple has the property org:rol and no triple has the object role:Chair",
        "?c org:rol role:Chair",
        ["?c org:rol role:chair", "?c org:role role:Chair"],
    ),
    "filter without a language": (
        'SELECT * { ?m skos:prefLabel ?l FILTER(?l = "Kazakhstan") }',
        "this FILTER removes every row",
        'FILTER(?l = "Kazakhstan")',
        ['FILTER(?l = "Kazakhstan"@en)'],
    ),
    "filter for an unknown language": (
        'SELECT * { ?m skos:prefLabel ?l FILTER(LANG(?l) = "eng") }',
        "this FILTER removes every row",
        'FILTER(LANG(?l) = "eng")',
        ['FILTER(LANG(?l) = "en")'],
    ),
    "filter by an expression in other case": (
        'SELECT * { ?m skos:prefLabel ?l FILTER REGEX(?l, "kazakh") }',
        "this FILTER removes every row",
        'FILTER REGEX(?l, "kazakh")',
        ['FILTER REGEX(?l, "kazakh", "i")', 'FILTER REGEX(?l, "Kazakh")'],
    ),
    "filter by a part in other case": (
        "SELECT * { ?m skos:prefLabel ?l FILTER(CONTAINS(STR(?l), 'kazakh')) }",
        "this FILTER removes every row",
        "FILTER(CONTAINS(STR(?l), 'kazakh'))",
        ['FILTER(CONTAINS(STR(?l), "Kazakh"))'],
    ),
    "filter compares a year with an integer": (
        "SELECT * { ?c schema:startDate ?d FILTER(?d > 2018) }",
        "this FILTER removes every row",
        "FILTER(?d > 2018)",
        ['FILTER(?d > "2018"^^xsd:gYear)'],
    ),
    "filter with another datatype": (
        'SELECT * { ?c schema:startDate ?d FILTER(?d > "2018-01-01"^^xsd:dateTime) }',
        "this FILTER removes every row",
        'FILTER(?d > "2018-01-01"^^xsd:dateTime)',
        ['FILTER(?d > "2018-01-01"^^xsd:date)'],
    ),
    "filter by an unknown thing": (
        "SELECT * { ?c org:role ?role FILTER(?role IN (role:Chair)) }",
        "this FILTER removes every row",
        "FILTER(?role IN (role:Chair))",
        ["FILTER(?role IN (role:chair))"],
    ),
    "variable misspelt": (
        "SELECT * { ?c org:role ?role FILTER($rol = role:chair) }",
        "this FILTER removes every row: ?rol never has a value",
        "FILTER($rol = role:chair)",
        ["FILTER(?role = role:chair)"],
    ),
    "filter of what is optional and nowhere": (
        "SELECT * { ?c org:role role:chair OPTIONAL { ?c org:nothing ?x } FILTER(?x = 1) }",
        "this FILTER removes every row: ?x never has a value",
        "FILTER(?x = 1)",
        [],
    ),
    "filters that exclude each other": (
        "SELECT * { ?c org:role ?r FILTER(?r = role:chair) FILTER(?r = role:observer) }",
        "this FILTER removes every row that others leave",
        "FILTER(?r = role:observer)",
        [],
    ),
    "NOT EXISTS": (
        "SELECT * { ?c a def:Participation FILTER NOT EXISTS { ?c org:member ?m } }",
        "this FILTER removes every row",
        "FILTER NOT EXISTS { ?c org:member ?m }",
        [],
    ),
    "EXISTS": (
        "SELECT * { ?c a def:Participation FILTER EXISTS { ?c org:membr ?m } }",
        "no triple has the property org:membr",
        "?c org:membr ?m",
        ["?c org:member ?m"],
    ),
    "MINUS": (
        "SELECT * { ?c a def:Participation MINUS { ?c org:member ?m } }",
        "MINUS takes every row away",
        "MINUS { ?c org:member ?m }",
        [],
    ),
    "VALUES without a language": (
        'SELECT * { VALUES ?n { "Kazakhstan" } ?s skos:prefLabel ?n }',
        'it matches, and so does VALUES ?n { "Kazakhstan" }, but never the same ?n',
        "?s skos:prefLabel ?n",
        ['VALUES ?n { "Kazakhstan"@en }'],
    ),
    "VALUES after the query": (
        "SELECT * { ?c org:role ?r } VALUES (?r) { (role:Chair) }",
        "no value of VALUES is among the rows",
        "VALUES (?r) { (role:Chair) }",
        ["VALUES (?r) { (role:chair) }"],
    ),
    "VALUES without values": (
        "SELECT * { ?c org:role ?r VALUES ?r { } }",
        "VALUES has no solution",
        "VALUES ?r { }",
        [],
    ),
    "BIND without a language": (
        'SELECT * { BIND("Kazakhstan" AS ?n) ?s skos:prefLabel ?n }',
        'it matches, and so does BIND("Kazakhstan" AS ?n), but never the same ?n',
        "?s skos:prefLabel ?n",
        ['BIND("Kazakhstan"@en AS ?n)'],
    ),
    "graph that is not there": (
        "SELECT * { GRAPH <graph/views> { ?s a def:Conclusion } }",
        "there is nothing in GRAPH <graph/views>",
        "GRAPH <graph/views>",
        ["GRAPH graph:view", "?s a def:Conclusion"],
    ),
    "another graph": (
        "SELECT * { GRAPH graph:register { ?s a def:Conclusion } }",
        "nothing is of the class def:Conclusion in GRAPH graph:register",
        "?s a def:Conclusion",
        ["GRAPH graph:view", "?s a def:Conclusion"],
    ),
    "no one graph": (
        "SELECT * { GRAPH ?g { ?c a def:Participation . ?c def:concerns ?x } }",
        "it matches, and so does ?c a def:Participation, but never the same ?c",
        "?c def:concerns ?x",
        ["?c a def:Participation . ?c def:concerns ?x"],
    ),
    "nested graphs": (
        "SELECT * { GRAPH ?g { ?g void:triples ?n . GRAPH graph:view { ?c org:rol ?r } } }",
        "no triple has the property org:rol in GRAPH graph:view",
        "?c org:rol ?r",
        ["?c org:role ?r"],
    ),
    "FROM another graph": (
        f"SELECT * FROM <{GRAPH}register> {{ ?c a def:Conclusion }}",
        f"nothing is of the class def:Conclusion in FROM <{GRAPH}register>",
        "?c a def:Conclusion",
        ["?c a def:Conclusion", "FROM graph:view"],
    ),
    "FROM for FROM NAMED": (
        f"SELECT * FROM {VIEW} {{ GRAPH graph:view {{ ?c a def:Conclusion }} }}",
        "there is nothing in GRAPH graph:view",
        "GRAPH graph:view",
        ["?c a def:Conclusion", "FROM NAMED graph:view"],
    ),
    "FROM NAMED for FROM": (
        f"SELECT * FROM NAMED {VIEW} {{ ?c a def:Conclusion }}",
        f"nothing is of the class def:Conclusion in FROM NAMED {VIEW}",
        "?c a def:Conclusion",
        ["?c a def:Conclusion", "FROM graph:view", "GRAPH graph:view { ?c a def:Conclusion }"],
    ),
    "LIMIT 0": (
        "SELECT * { ?c a def:Participation } LIMIT 0",
        "LIMIT 0 asks for no rows",
        "LIMIT 0",
        ["LIMIT 100"],
    ),
    "OFFSET beyond the end": (
        "SELECT * { ?c a def:Participation } ORDER BY ?c LIMIT 10 OFFSET 100000",
        "OFFSET begins after the last row",
        "OFFSET 100000",
        ["OFFSET 0"],
    ),
    "HAVING": (
        "SELECT ?r (COUNT(*) AS ?n) { ?c org:role ?r } GROUP BY ?r HAVING (COUNT(*) > 100000)",
        "HAVING removes every group",
        "HAVING (COUNT(*) > 100000)",
        [],
    ),
    "HAVING of nothing": (
        "SELECT (COUNT(*) AS ?n) { ?c org:rol ?r } HAVING (?n > 0)",
        "no triple has the property org:rol",
        "?c org:rol ?r",
        ["?c org:role ?r", "?c def:describedRole ?r"],
    ),
    "UNION": (
        "SELECT * { { ?c org:rol ?r } UNION { ?c a def:Participaton } }",
        "no branch of UNION has a solution: ?c org:rol ?r: no triple has the property org:rol; "
        "?c a def:Participaton: nothing is of the class def:Participaton",
        "?c org:rol ?r",
        ["?c org:role ?r", "?c a def:Participation"],
    ),
    "subquery": (
        "SELECT * { ?c a def:Participation { SELECT ?c (COUNT(*) AS ?n) { ?c org:rol ?r } GROUP BY ?c } }",
        "no triple has the property org:rol",
        "?c org:rol ?r",
        ["?c org:role ?r"],
    ),
    "path of a property misspelt": (
        "SELECT * { ?c ^org:member/org:rol ?r . ?r a def:Role }",
        "no triple has the property org:rol",
        "?c ^org:member/org:rol ?r",
        ["?c ^org:member/org:role ?r"],
    ),
    "path that matches by its other branch": (
        "SELECT * { ?c ^def:concerns/(org:role|org:rol)/skos:broader+ ?r . ?r a def:Rolle }",
        "nothing is of the class def:Rolle",
        "?r a def:Rolle",
        ["?r a def:Role"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_people_get_wrong_is_named_and_mended(asked: Asked, name: str) -> None:
    query, reason, pattern, replacements = MISTAKES[name]
    found = asked.explain(PROLOGUE + query)
    assert (found.reason, found.pattern) == (reason, pattern)
    assert [suggestion.replacement for suggestion in found.suggestions] == replacements
    assert len(asked.questions) <= QUESTIONS


SEVERAL = {"two mistakes in a pattern", "HAVING of nothing"}  # no one change mends them


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_said_to_mend_a_query_does(store: ox.Store, asked: Asked, name: str) -> None:
    text = PROLOGUE + MISTAKES[name][0]
    found = asked.explain(text)
    assert not has_rows(store, text)
    for suggestion in found.suggestions:
        assert suggestion.matches > 0
        assert has_rows(store, suggestion.query) is suggestion.answers
    assert not found.suggestions or found.suggestions[0].answers or name in SEVERAL
