"""Decides what is said of rules: what each shape asks, and which of them a thing keeps."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from almaty_graph import turtle
from almaty_graph.names import DCTERMS, PREFIXES, RDFS, SH, SHAPES
from almaty_graph.release import Release
from almaty_graph.terms import TYPE, Term, iri, literal_parts
from almaty_graph.validation.sentences import Rule, Told, tell_shapes
from almaty_graph.validation.shapes import Shapes
from almaty_graph.web.protocol.languages import DEFAULT

_SUBCLASS, _FOCUS = iri(RDFS + "subClassOf"), iri(SH + "focusNode")
_RULE, _MESSAGE = iri(DCTERMS + "identifier"), iri(SH + "resultMessage")


@dataclass(frozen=True)
class Outcome:
    """A rule that a thing is held against, and what the check of the release found: nothing if it is kept."""

    rule: Rule
    found: tuple[str, ...]


class Rules:
    """The shapes of a release in words, and its report by thing."""

    def __init__(self, release: Release) -> None:
        self.release, self.record = release, release.record
        self._told: dict[str, list[Told]] = {}

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes."""
        parsed = turtle.parse(self.release.read("shapes.ttl"), "shapes.ttl")
        return Shapes(triple for triple, _ in parsed)

    def told(self, language: str) -> list[Told]:
        """What each of them asks, in a language."""
        if language not in self._told:
            self._told[language] = tell_shapes(self.shapes, PREFIXES, language)
        return self._told[language]

    def sentences(self, language: str) -> dict[Term, str]:
        """What each rule asks, by its name."""
        return {rule.name: rule.sentence for shape in self.told(language) for rule in shape.rules}

    def broken(self, language: str) -> list[tuple[Rule, int]]:
        """The rules that something breaks, and how many results there are."""
        counts = Counter(rule for found in self._found.values() for rule in found for _ in found[rule])
        rules = {rule.name: rule for shape in self.told(language) for rule in shape.rules}
        return [(rules[name], number) for name, number in counts.most_common() if name in rules]

    def of(self, thing: Term, language: str = DEFAULT) -> list[Outcome]:
        """Each rule that a thing is held against, those that it breaks first."""
        found, asking = self._found.get(thing, {}), self._aimed_at(thing)
        rules = {
            rule.name: rule for each in self.told(language) if each.name in asking for rule in each.rules
        }.values()
        outcomes = [Outcome(rule, tuple(found.get(rule.name, ()))) for rule in rules]
        broken = sorted((each for each in outcomes if each.found), key=lambda each: each.rule.severity.rank)
        return [*broken, *(each for each in outcomes if not each.found)]

    def _aimed_at(self, thing: Term) -> set[Term]:
        """The shapes that have a thing among the nodes of a target (SHACL 2.1.3)."""
        targets = [("targetNode", thing), *(("targetClass", kind) for kind in self._classes(thing))]
        targets += [("targetSubjectsOf", quad.predicate) for quad in self.record.of(thing)]
        found = {shape for target in targets for shape in self._by_target.get(target, ())}
        for (kind, predicate), shapes in self._by_target.items():
            if kind == "targetObjectsOf" and self.record.subjects(predicate, thing):
                found |= set(shapes)
        return found

    @cached_property
    def _by_target(self) -> dict[tuple[str, Term], list[Term]]:
        """The shapes, but for those switched off, by what they aim at."""
        found: dict[tuple[str, Term], list[Term]] = defaultdict(list)
        for shape in self.shapes.aimed:
            for target in self.shapes.targets(shape):
                found[target].append(shape)
        return found

    def _classes(self, thing: Term) -> Iterator[Term]:
        left, seen = self.record.values(thing, TYPE), set[Term]()
        while left:
            kind = left.pop()
            if kind not in seen:
                seen.add(kind)
                yield kind
                left += self.record.values(kind, _SUBCLASS)

    @cached_property
    def _found(self) -> dict[Term, dict[Term, list[str]]]:
        """The messages of the report, by thing and rule."""
        rows: dict[Term, dict[Term, Term]] = defaultdict(dict)
        for triple, _ in turtle.parse(self.release.read("report.ttl"), "report.ttl"):
            rows[triple.subject][triple.predicate] = triple.object
        found: dict[Term, dict[Term, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in rows.values():
            if _FOCUS in row:
                rule = iri(SHAPES + literal_parts(row[_RULE]).value)
                found[row[_FOCUS]][rule].append(literal_parts(row[_MESSAGE]).value)
        return found
