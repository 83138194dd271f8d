"""What follows from claims: bounds of partial dates, disagreements, and the view that weighs them."""

from pathlib import Path

import pytest

from almaty_graph import turtle
from almaty_graph.derivation import Rule, derive, read_rules
from almaty_graph.errors import SourceError
from almaty_graph.names import BASE, DEF, GRAPH, ID, PREFIXES, SCHEMA
from almaty_graph.sources import Sources
from almaty_graph.terms import Quad, Term, iri, iri_value, text_of

ROOT = Path(__file__).parents[1]
RULES = read_rules(ROOT)
PROCESS = "org:organization process:p"

Facts = dict[str, dict[str, list[str]]]


def derived(sources: Sources, *texts: str) -> Facts:
    """What the rules derive from those claims and our ontology: subject, property, sorted values."""
    ontology = {q for q in sources.asserted if q.graph == iri(GRAPH + "ontology")}
    head = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
    head += f"PREFIX claim: <{ID}claim/>\n"
    things = """
        process:p a def:Process ; skos:prefLabel "P"@en .
        state:a a def:State ; skos:prefLabel "A"@en . state:b a def:State ; skos:prefLabel "B"@en .
        meeting:m a def:Meeting ; skos:prefLabel "M"@en .
    """
    triples = turtle.parse((head + things + "\n".join(texts)).encode(), "test")
    asserted = {Quad(*triple, iri(GRAPH + "test")) for triple, _ in triples}
    facts: Facts = {}
    for quad in sorted(derive(ontology | asserted, RULES)):
        facts.setdefault(short(quad.subject), {}).setdefault(short(quad.predicate), []).append(
            short(quad.object)
        )
    return facts


def short(term: Term) -> str:
    text = text_of(term)
    for namespace in (ID, DEF, SCHEMA):
        text = text.removeprefix(namespace)
    return text


def source(name: str, written: str = "", kind: str = "official") -> str:
    return f"""
        source:{name} a def:Source ; dcterms:type source-kind:{kind} {"; " + written if written else ""} .
        <{BASE}source/{name}#x> a def:Passage ; prov:wasQuotedFrom source:{name} .
    """


def claim(name: str, text: str) -> str:
    """A claim named `source/claim`."""
    return f"<{ID}claim/{name}> prov:wasDerivedFrom <{BASE}source/{name.partition('/')[0]}#x> ; {text} ."


def chair(name: str, start: str = "", end: str = "", state: str = "a") -> str:
    kinds = {4: "gYear", 7: "gYearMonth", 10: "date"}
    dates = "".join(
        f' ; schema:{which} "{date}"^^xsd:{kinds[len(date)]}'
        for which, date in (("startDate", start), ("endDate", end))
        if date
    )
    return claim(
        name, f"a def:Participation ; org:member state:{state} ; org:role role:chair ; {PROCESS}{dates}"
    )


def role(name: str, role: str, more: str = "") -> str:
    return claim(name, f"a def:Participation ; org:member state:a ; org:role role:{role} ; {PROCESS}{more}")


def statement(name: str, subject: str, predicate: str, value: str) -> str:
    return claim(
        name, f"a def:Statement ; rdf:subject {subject} ; rdf:predicate {predicate} ; rdf:object {value}"
    )


def disagreements(facts: Facts) -> dict[str, tuple[str, list[str]]]:
    """Class and claims of each disagreement."""
    return {
        name.removeprefix("disagreement/"): (
            values["http://purl.org/dc/terms/type"][0].removeprefix("disagreement-class/"),
            [claim.removeprefix("claim/") for claim in values["involves"]],
        )
        for name, values in facts.items()
        if name.startswith("disagreement/")
    }


@pytest.mark.parametrize(
    ("start", "end", "bounds"),
    [
        ("2013", "2016", ("2013-01-01", "2013-12-31", "2016-01-01", "2016-12-31")),
        ("2016-02", "2018-09", ("2016-02-01", "2016-02-29", "2018-09-01", "2018-09-30")),
        ("2100-02", "2100-12", ("2100-02-01", "2100-02-28", "2100-12-01", "2100-12-31")),
        ("2000-02", "2023-02", ("2000-02-01", "2000-02-29", "2023-02-01", "2023-02-28")),
        ("2013-06-05", "2013-06-06", ("2013-06-05", "2013-06-05", "2013-06-06", "2013-06-06")),
    ],
)
def test_a_partial_date_stands_for_its_first_and_its_last_day(
    sources: Sources, start: str, end: str, bounds: tuple[str, ...]
) -> None:
    facts = derived(sources, source("s"), chair("s/c", start, end))["claim/s/c"]
    names = ("earliestStart", "latestStart", "earliestEnd", "latestEnd")
    assert tuple(facts[name][0] for name in names) == bounds


@pytest.mark.parametrize(
    ("written", "bounds"),
    [
        ('dcterms:issued "2015-09-22"^^xsd:date', ("2015-09-22", "2015-09-22")),
        ('dcterms:issued "2015"^^xsd:gYear', ("2015-12-31", "2015-01-01")),
        ('def:archivedOn "2016-10-03"^^xsd:date', ("2016-10-03", None)),
        ('def:writtenNotBefore "2023"^^xsd:gYear', (None, "2023-01-01")),
        (
            'def:writtenNotAfter "2018-10"^^xsd:gYearMonth ; def:archivedOn "2020-01-01"^^xsd:date',
            ("2018-10-31", None),
        ),
        ("", (None, None)),
    ],
)
def test_a_role_without_dates_was_held_when_its_source_was_written(
    sources: Sources, written: str, bounds: tuple[str | None, str | None]
) -> None:
    facts = derived(sources, source("s", written), role("s/c", "observer"))["claim/s/c"]
    assert (facts.get("latestStart", [None])[0], facts.get("earliestEnd", [None])[0]) == bounds


def test_a_role_with_a_beginning_only_was_held_until_its_source_was_written(sources: Sources) -> None:
    written = 'dcterms:issued "2020-05-01"^^xsd:date'
    facts = derived(sources, source("s", written), chair("s/held", "2018"), chair("s/planned", "2021"))
    assert facts["claim/s/held"]["earliestEnd"] == ["2020-05-01"]
    assert "earliestEnd" not in facts["claim/s/planned"]


def test_two_terms_of_one_state_are_two_terms(sources: Sources) -> None:
    facts = derived(
        sources,
        *map(source, "stu"),
        chair("s/first", "2013-06", "2016-11"),
        chair("t/first", "2013-06-05"),
        chair("t/second", "2025-04-24"),
        chair("u/end-of-first", end="2017"),
    )
    concerns = {name: values["concerns"][0] for name, values in facts.items() if "concerns" in values}
    assert concerns == {
        "claim/s/first": "conclusion/p-chair-a-2013",
        "claim/t/first": "conclusion/p-chair-a-2013",
        "claim/u/end-of-first": "conclusion/p-chair-a-2013",
        "claim/t/second": "conclusion/p-chair-a-2025",
    }


def test_boundaries_that_exclude_each_other_are_a_shift_and_others_differ_in_precision(
    sources: Sources,
) -> None:
    facts = derived(
        sources,
        *map(source, "stu"),
        chair("s/c", "2016", "2018-10"),
        chair("t/c", "2016-10", "2018-11"),
        chair("u/c", "2016-10", "2018"),
    )
    assert disagreements(facts) == {
        "p-chair-a-2016-start": ("date-precision", ["s/c", "t/c", "u/c"]),
        "p-chair-a-2016-end": ("boundary-shift", ["s/c", "t/c", "u/c"]),
    }


def test_a_contradicting_claim_makes_a_disagreement_and_without_it_there_is_none(sources: Sources) -> None:
    one = [source("s"), source("t"), chair("s/c", "2016-10", "2018-10"), chair("t/same", "2016-10")]
    assert disagreements(derived(sources, *one)) == {}
    other = chair("t/c", "2016-10", "2018-11")
    assert disagreements(derived(sources, *one, other)) == {
        "p-chair-a-2016-end": ("boundary-shift", ["s/c", "t/c"])
    }


def test_one_source_does_not_disagree_with_itself(sources: Sources) -> None:
    facts = derived(
        sources, source("s"), chair("s/c", "2016-10", "2018-10"), chair("s/d", "2016-10", "2018-11")
    )
    assert disagreements(facts) == {}


@pytest.mark.parametrize(
    ("predicate", "one", "other", "expected"),
    [
        ("schema:startDate", '"2011-03-14"^^xsd:date', '"2011-03-15"^^xsd:date', "boundary-shift"),
        ("schema:foundingDate", '"2011"^^xsd:gYear', '"2013"^^xsd:gYear', "contradiction"),
        ("schema:foundingDate", '"2013"^^xsd:gYear', '"2013-06"^^xsd:gYearMonth', "date-precision"),
        ("schema:location", "place:astana", "place:almaty", "contradiction"),
        ("schema:address", '"67 Tole bi"', '"67, Tole Bi Street"', "renaming"),
        ("schema:address", '"6A Zverev Street"', '"14 Mambetov Street"', "contradiction"),
        ("schema:location", "place:astana", "place:astana", None),
        ("schema:attendee", "state:a", "state:b", None),
        ("schema:location", "place:almaty", "state:kazakhstan", None),
    ],
)
def test_values_disagree_by_what_they_are(
    sources: Sources, predicate: str, one: str, other: str, expected: str | None
) -> None:
    facts = derived(
        sources,
        source("s"),
        source("t"),
        statement("s/c", "meeting:m", predicate, one),
        statement("t/c", "meeting:m", predicate, other),
        statement("s/almaty", "place:almaty", "schema:containedInPlace", "state:kazakhstan"),
    )
    assert [kind for kind, _ in disagreements(facts).values()] == [expected] * (expected is not None)


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (("participating-state", ""), ("observer", ""), "contradiction"),
        (("observer", ""), ("candidate-observer", ""), "contradiction"),
        (("observer", ""), ("guest", ""), None),
        (("participating-state", " ; def:provisional true"), ("participating-state", ""), "contradiction"),
        (
            ("participating-state", ' ; schema:endDate "2019"^^xsd:gYear'),
            ("observer", ' ; schema:startDate "2020"^^xsd:gYear'),
            None,
        ),
    ],
)
def test_roles_that_exclude_each_other_disagree_unless_their_times_are_apart(
    sources: Sources, one: tuple[str, str], other: tuple[str, str], found: str | None
) -> None:
    facts = derived(sources, source("s"), source("t"), role("s/c", *one), role("t/c", *other))
    assert [kind for kind, _ in disagreements(facts).values()] == [found] * (found is not None)


def test_an_announced_step_is_unsettled_until_a_source_tells_its_outcome(sources: Sources) -> None:
    announced = [source("s"), source("t"), role("s/c", "acceding-member")]
    assert disagreements(derived(sources, *announced)) == {"p-a-outcome": ("unsettled", ["s/c"])}
    settled = disagreements(derived(sources, *announced, role("t/c", "participating-state")))
    assert settled == {"p-a-role": ("contradiction", ["s/c", "t/c"])}


def test_sources_that_name_other_holders_of_a_function_disagree(sources: Sources) -> None:
    undated = [source("s"), source("t"), role("s/c", "secretariat")]
    other = claim("t/c", f"a def:Participation ; org:member state:b ; org:role role:secretariat ; {PROCESS}")
    assert disagreements(derived(sources, *undated, other)) == {
        "p-secretariat-holders": ("contradiction", ["s/c", "t/c"])
    }
    assert disagreements(derived(sources, *undated, other, role("t/d", "secretariat"))) == {}


WINNERS = [
    # official before news, however near
    (
        ("official", 'dcterms:issued "2024"^^xsd:gYear'),
        ("news", 'dcterms:issued "2018-09"^^xsd:gYearMonth'),
        "2018-10",
    ),
    # nearer in time before later
    (
        ("official", 'dcterms:issued "2024"^^xsd:gYear'),
        ("official", 'dcterms:issued "2018-12"^^xsd:gYearMonth'),
        "2018-11",
    ),
    # an unknown time is the last
    (("official", ""), ("official", 'dcterms:issued "2024"^^xsd:gYear'), "2018-11"),
    # nothing settles it
    (("official", ""), ("official", ""), None),
]


@pytest.mark.parametrize(("one", "other", "end"), WINNERS)
def test_the_view_believes_kind_then_nearness_and_else_leaves_open(
    sources: Sources, one: tuple[str, str], other: tuple[str, str], end: str | None
) -> None:
    facts = derived(
        sources,
        source("s", one[1], one[0]),
        source("t", other[1], other[0]),
        chair("s/c", "2016-10", "2018-10"),
        chair("t/c", "2016-10", "2018-11"),
    )
    view = facts["conclusion/p-chair-a-2016"]
    assert view.get("endDate") == ([end] if end else None)
    assert view.get("leavesOpen") == (None if end else ["http://schema.org/endDate".removeprefix(SCHEMA)])
    against = {"2018-10": "t/c", "2018-11": "s/c"}
    assert view.get("contradictedBy") == ([f"claim/{against[end]}"] if end else None)


def test_the_view_believes_the_more_precise_of_two_dates(sources: Sources) -> None:
    facts = derived(sources, source("s"), source("t"), chair("s/c", "2016"), chair("t/c", "2016-10"))
    view = facts["conclusion/p-chair-a-2016"]
    assert view["startDate"] == ["2016-10"]
    assert view["supportedBy"] == ["claim/s/c", "claim/t/c"]
    assert facts["conclusion/p-chair-a-2016-start"]["http://www.w3.org/2006/time#inXSDgYearMonth"] == [
        "2016-10"
    ]


def test_the_view_says_of_things_what_the_best_claim_says(sources: Sources) -> None:
    facts = derived(
        sources,
        source("s"),
        source("t", kind="news"),
        statement("s/c", "meeting:m", "schema:location", "place:astana"),
        statement("t/c", "meeting:m", "schema:location", "place:almaty"),
    )
    assert facts["meeting/m"]["location"] == ["place/astana"]
    view = facts["conclusion/m-location"]
    assert (view["supportedBy"], view["contradictedBy"]) == (["claim/s/c"], ["claim/t/c"])


def test_a_membership_is_contradicted_by_the_claims_of_another_role(sources: Sources) -> None:
    facts = derived(
        sources, source("s"), source("t"), role("s/c", "participating-state"), role("t/c", "observer")
    )
    view = facts["conclusion/p-participating-state-a"]
    assert (view["supportedBy"], view["contradictedBy"]) == (["claim/s/c"], ["claim/t/c"])
    assert view["leavesOpen"] == ["endDate", "startDate"]


@pytest.mark.slow
def test_every_rule_derives_something_from_the_repository_and_what_it_makes_says_so(sources: Sources) -> None:
    for stage in sorted({rule.stage for rule in RULES}):
        before = [rule for rule in RULES if rule.stage < stage]
        here = [rule for rule in RULES if rule.stage == stage]
        known = sources.asserted | derive(sources.asserted, before)
        for rule in here:
            made = {q for q in derive(known, [rule]) if q.subject != rule.name}
            assert made, f"{rule.path} derives nothing"
    named = {iri_value(q.object) for q in sources.dataset if iri_value(q.predicate) == DEF + "byRule"}
    makers = {iri_value(rule.name) for rule in RULES if "def:byRule" in rule.text}
    assert named == makers


def rule(text: str) -> Rule:
    return Rule("queries/derive/1-x/r.rq", "1-x", "r", "t", "d", text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * WHERE { ?s ?p ?o }", "is no CONSTRUCT query"),
        ("CONSTRUCT { ?s ?p }", "is not SPARQL: "),
        ("CONSTRUCT { [] ?p ?o } WHERE { ?s ?p ?o }", "a thing that is derived has an IRI"),
    ],
)
def test_what_is_no_rule_is_named_with_its_file(sources: Sources, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=r"^queries/derive/1-x/r\.rq: ") as error:
        derive(sources.asserted, [rule(text)])
    assert message in str(error.value)


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    text = "# title: t\n# description: d\n# keywords: k\nCONSTRUCT WHERE { ?s ?p ?o }"
    for stage in ("1-x", "2-y"):
        (tmp_path / "queries" / "derive" / stage).mkdir(parents=True)
        (tmp_path / "queries" / "derive" / stage / "r.rq").write_text(text)
    with pytest.raises(SourceError, match=r"2-y/r\.rq: has the name of queries/derive/1-x/r\.rq"):
        read_rules(tmp_path)
