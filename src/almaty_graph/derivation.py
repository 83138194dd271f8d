"""Decides what follows from the claims: recorded CONSTRUCT queries, in stages, each stage into a graph."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyoxigraph as ox

from almaty_graph.errors import SourceError
from almaty_graph.names import BASE, DEF, GRAPH, ID, SH, SKOS
from almaty_graph.questions import read_question
from almaty_graph.terms import TYPE, Quad, Term, iri, literal

_STAGES = "queries/derive"


@dataclass(frozen=True)
class Rule:
    """A recorded CONSTRUCT query: its file, its stage such as `7-disagreements`, what it says of itself."""

    path: str
    stage: str
    slug: str
    title: str
    description: str
    text: str

    @property
    def graph(self) -> Term:
        """The named graph of what the rule derives: its stage without the number."""
        return iri(GRAPH + self.stage.partition("-")[2])

    @property
    def name(self) -> Term:
        """The IRI of the rule, to which what it derives points."""
        return iri(f"{ID}rule/{self.slug}")

    def describe(self) -> Iterator[Quad]:
        """The rule as data, beside what it derives."""
        for predicate, value in (
            (TYPE, iri(DEF + "Rule")),
            (iri(SKOS + "prefLabel"), literal(self.title, language="en")),
            (iri(SKOS + "definition"), literal(self.description, language="en")),
            (iri(SH + "construct"), literal(self.text)),
        ):
            yield Quad(self.name, predicate, value, self.graph)


def read_rules(root: Path) -> tuple[Rule, ...]:
    """The rules of a repository, in the order of their stages; none if it has none.

    SourceError if a rule does not say what it does, or two have one name.
    """
    rules: dict[str, Rule] = {}
    for path in sorted((root / _STAGES).glob("*/*.rq")):
        name = path.relative_to(root).as_posix()
        known = read_question(path, name)
        if known.slug in rules:
            raise SourceError(name, None, f"has the name of {rules[known.slug].path}: give it another")
        stage = path.parent.name
        rules[known.slug] = Rule(name, stage, known.slug, known.title, known.description, known.text)
    return tuple(rules.values())


def derive(quads: Iterable[Quad], rules: Iterable[Rule]) -> frozenset[Quad]:
    """What the rules derive from the quads, and the rules themselves.

    The rules of one stage see the merge of what was asserted and what earlier stages derived, so their order
    within it does not matter. SourceError with file and sentence for a rule that is no CONSTRUCT query.
    """
    store = ox.Store()
    _add(store, quads)
    derived: set[Quad] = set()
    for _, stage in groupby(rules, key=lambda rule: rule.stage):
        found = {quad for rule in stage for quad in (*_apply(rule, store), *rule.describe())}
        _add(store, found)
        derived |= found
    return frozenset(derived)


def _add(store: ox.Store, quads: Iterable[Quad]) -> None:
    merge = "".join(f"{' '.join(quad.triple)} .\n" for quad in quads)
    store.load(merge.encode(), format=ox.RdfFormat.N_TRIPLES)


def _apply(rule: Rule, store: ox.Store) -> Iterator[Quad]:
    try:
        answer = store.query(rule.text, base_iri=BASE)
    except SyntaxError as error:
        raise SourceError(rule.path, None, f"is not SPARQL: {error}") from error
    if not isinstance(answer, ox.QueryTriples):
        raise SourceError(rule.path, None, "is no CONSTRUCT query")
    for triple in answer:
        terms = [_term(part, rule) for part in (triple.subject, triple.predicate, triple.object)]
        yield Quad(terms[0], terms[1], terms[2], rule.graph)


def _term(part: object, rule: Rule) -> Term:
    if isinstance(part, ox.NamedNode):
        return iri(part.value)
    if isinstance(part, ox.Literal):
        return literal(part.value, part.datatype.value, part.language)
    raise SourceError(rule.path, None, f"makes {part}: a thing that is derived has an IRI")
