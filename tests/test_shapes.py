"""The shapes judge as they say: valid examples conform, and each invalid one breaks the rule in its name."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from almaty_graph import turtle
from almaty_graph.check import check_shapes, shacl
from almaty_graph.names import DEF, PREFIXES, RDFS, SH, SHAPES
from almaty_graph.sources import Sources
from almaty_graph.terms import TYPE, Term, Triple, iri, is_iri, literal_parts, text_of
from almaty_graph.validation.report import Result
from almaty_graph.validation.shapes import ShapesError

EXAMPLES = Path(__file__).parent / "shapes"
VALID = sorted((EXAMPLES / "valid").glob("*.ttl"))
INVALID = sorted((EXAMPLES / "invalid").glob("*.ttl"))
SHAPE_FILES = sorted((Path(__file__).parents[1] / "shapes").glob("*.ttl"))
SEVERITIES = {iri(SH + name) for name in ("Violation", "Warning", "Info")}

WRONG = re.compile(r"[/#]wrong(?:-\d+)?>\Z")

Triples = tuple[Triple, ...]


def read(*paths: Path) -> Triples:
    return tuple(triple for path in paths for triple, _ in turtle.parse(path.read_bytes(), path.name))


SHAPE_TRIPLES = read(*SHAPE_FILES)


def values(subject: Term, name: str) -> list[Term]:
    return [t.object for t in SHAPE_TRIPLES if t.subject == subject and t.predicate == iri(SH + name)]


def subjects(name: str, value: Term | None = None) -> set[Term]:
    return {
        t.subject
        for t in SHAPE_TRIPLES
        if t.predicate == iri(SH + name) and (value is None or t.object == value)
    }


def local_name(term: Term) -> str:
    return text_of(term).removeprefix(SHAPES)


# A rule has a message; what has none is a part of a rule, or only gathers rules.
RULES = {local_name(subject) for subject in subjects("message")}
QUERIES = sorted(subjects("select"))


@pytest.fixture(scope="module")
def base(sources: Sources) -> Triples:
    ontology = tuple(triple for file in sources.of("ontology") for triple in file.lines)
    return ontology + read(EXAMPLES / "valid" / "base.ttl")


@pytest.fixture
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same judgement, but for that of the shapes themselves, which the test of the repository has."""
    monkeypatch.setattr(shacl, "_shapes_of_shapes", lambda: ())


quickly = pytest.mark.usefixtures("_quickly")


def broken(results: tuple[Result, ...]) -> set[str]:
    return {local_name(shacl.rule_of(result)) for result in results}


def test_there_are_examples_of_both_kinds() -> None:
    assert EXAMPLES / "valid" / "base.ttl" in VALID
    assert len(VALID) > 1
    assert INVALID


@pytest.mark.slow
@quickly
@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_example_conforms(path: Path, base: Triples) -> None:
    assert shacl.validate(base + read(path), SHAPE_TRIPLES) == ()


@pytest.mark.slow
@quickly
@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_example_breaks_the_rule_in_its_name_and_no_other(path: Path, base: Triples) -> None:
    example = read(path)
    results = shacl.validate(base + example, SHAPE_TRIPLES)
    assert broken(results) == {path.stem.partition("--")[0]}
    # What is wrong in several ways has a name for each: none of them may slip through behind another.
    wrong = {triple.subject for triple in example if WRONG.search(triple.subject)}
    assert wrong <= {result.focus for result in results} | {result.value for result in results}
    # pySHACL drops the language of a message with variables: what is shown must still be the English one.
    assert all(result.messages[0][0].isascii() for result in results)
    assert not any("{" in result.messages[0] for result in results)


def test_every_rule_has_an_invalid_example() -> None:
    assert {path.stem.partition("--")[0] for path in INVALID} == RULES


def test_everything_that_a_result_can_name_is_a_rule() -> None:
    named = {local_name(name) for name in shacl.named_constraints(SHAPE_TRIPLES)}
    assert named <= RULES
    assert {local_name(name) for name in QUERIES} <= named


# Sources of which a part is lost to us: how many holders of a role are announced, and how many are named.
INCOMPLETE = {"iom-almaty-process": (7, 1), "iom-kz-global-meeting-2015": (7, 6)}


@pytest.mark.slow
def test_the_repository_breaks_one_rule_only_where_a_part_of_a_source_is_lost(sources: Sources) -> None:
    claim = "https://w3id.org/almaty-process/id/claim/{}/participating-count"
    findings = {finding.focus: finding for finding in check_shapes(sources)}
    assert {finding.rule for finding in findings.values()} == {"RoleDescription-count-named"}
    assert findings.keys() == {claim.format(source) for source in INCOMPLETE}
    for source, (announced, named) in INCOMPLETE.items():
        message = f"announces {announced} holders of this role but names {named}"
        assert message in findings[claim.format(source)].message


@quickly
def test_the_shapes_say_of_themselves_what_a_vocabulary_must(base: Triples) -> None:
    header = tuple(t for t in SHAPE_TRIPLES if not t.subject.startswith(f"<{SHAPES}"))
    assert {text_of(t.subject) for t in header} >= {"https://w3id.org/almaty-process/shapes"}
    assert shacl.validate(base + header, SHAPE_TRIPLES) == ()


ILL_FORMED = {
    "text-for-a-number": 'sh:property shapes:Y . shapes:Y sh:path def:modality ; sh:minCount "1"',
    "property-without-path": "sh:property shapes:Y . shapes:Y sh:minCount 1",
    "unknown-kind-of-node": "sh:nodeKind sh:Iri",
    "query-without-text": "sh:sparql shapes:Y . shapes:Y a sh:SPARQLConstraint",
    "query-with-minus": 'sh:sparql shapes:Y . shapes:Y sh:select "SELECT $this { $this a ?x MINUS { } }"',
}


@pytest.mark.slow
@pytest.mark.parametrize("body", ILL_FORMED.values(), ids=ILL_FORMED)
def test_an_ill_formed_shape_is_an_error_and_not_a_judgement(body: str) -> None:
    prefixes = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
    text = f"{prefixes} shapes:X a sh:NodeShape ; sh:targetClass def:Role ; {body} ."
    shapes = tuple(triple for triple, _ in turtle.parse(text.encode(), "ill-formed.ttl"))
    role = Triple("<x:role>", TYPE, iri(DEF + "Role"))
    with pytest.raises(ShapesError, match="the shapes are ill-formed"):
        shacl.validate([role], shapes)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_has_one_message_in_each_language_and_a_severity(rule: str) -> None:
    name = iri(SHAPES + rule)
    messages = {literal_parts(m).language: text_of(m) for m in values(name, "message")}
    assert len(values(name, "message")) == 2
    assert messages.keys() == {"en", "ru"}
    assert messages["en"][0].isascii()
    assert not messages["ru"][0].isascii()
    # In SHACL 1.0 the severity of a SPARQL constraint is that of its shape (2.1.4).
    holders = subjects("sparql", name) or {name}
    assert all(set(values(holder, "severity")) < SEVERITIES for holder in holders)
    assert all(len(values(holder, "severity")) == 1 for holder in holders)


def test_only_parts_of_rules_are_named_in_small_letters() -> None:
    shapes = {t.subject for t in SHAPE_TRIPLES if t.subject.startswith(f"<{SHAPES}")}
    parts = {name for name in shapes if local_name(name)[0].islower()}
    assert not parts & {iri(SHAPES + rule) for rule in RULES}
    assert not any(values(part, "targetClass") for part in parts)


def test_every_class_and_property_in_a_shape_is_declared_in_the_ontology(sources: Sources) -> None:
    declared = {t.subject for file in sources.of("ontology") for t in file.lines if t.predicate == TYPE}
    naming = ("targetClass", "targetSubjectsOf", "targetObjectsOf", "class", "path", "equals", "disjoint")
    named = {t.object for t in SHAPE_TRIPLES if t.predicate in {iri(SH + name) for name in naming}}
    assert {term for term in named if is_iri(term)} - declared == set()


@pytest.mark.parametrize("query", QUERIES, ids=local_name)
def test_a_query_judges_alike_in_the_engine(query: Term, base: Triples) -> None:
    examples = [path for path in INVALID if path.stem.partition("--")[0] == local_name(query)]
    assert not found_by_engine(query, base)
    assert all(found_by_engine(query, base + read(path)) for path in examples)


def ask(store: ox.Store, query: str, **focus: ox.NamedNode) -> list[ox.QuerySolution]:
    answer = store.query(query, substitutions={ox.Variable(name): node for name, node in focus.items()})
    assert isinstance(answer, ox.QuerySolutions)
    return list(answer)


def found_by_engine(query: Term, data: Triples) -> bool:
    """Whether the query of a constraint has a solution for any focus node of its shape, by Oxigraph."""
    store = ox.Store()
    store.load("".join(f"{' '.join(triple)} .\n" for triple in data), format=ox.RdfFormat.N_TRIPLES)
    (shape,), (text,) = subjects("sparql", query), values(query, "select")
    patterns = [f"?focus a/<{RDFS}subClassOf>* {kind}" for kind in values(shape, "targetClass")]
    patterns += [f"?focus {predicate} ?any" for predicate in values(shape, "targetSubjectsOf")]
    targets = [row["focus"] for pattern in patterns for row in ask(store, f"SELECT ?focus {{ {pattern} }}")]
    assert targets
    return any(ask(store, declarations() + text_of(text), this=target) for target in targets)


def declarations() -> str:
    """The prefixes that the header of the shapes declares for their queries."""
    return "".join(
        f"PREFIX {text_of(values(name, 'prefix')[0])}: <{text_of(values(name, 'namespace')[0])}>\n"
        for name in subjects("prefix")
    )
