"""Decides which changes to a query without rows are worth a try.

What might have been meant is looked up where it would stand: the values that a part would take there, the
properties and classes of the description (VoID), and what bears a label of that name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final, Self

from almaty_graph.engine.emptiness.diagnosis import Blame
from almaty_graph.engine.emptiness.likeness import alike, difference, name_in, typed, unlikeness
from almaty_graph.engine.emptiness.patterns import Kind, Part, Span, Token
from almaty_graph.engine.emptiness.probe import SOUGHT, Edit, Probe, Setting
from almaty_graph.engine.emptiness.writing import Constant, Prefixes, local_name
from almaty_graph.names import DCTERMS, DEF, OWL, RDF, RDFS, SCHEMA, SKOS, VOID
from almaty_graph.terms import Term, iri, iri_value, is_iri, is_literal, literal, text_of

_TRIED: Final = 4  # changes of one term
_FEW: Final = 2
_NAME_ALIKE: Final = 0.6
_EXPRESSIONS: Final = frozenset((Kind.FILTER, Kind.EXISTS, Kind.BIND, Kind.VALUES))
_OF_LITERALS: Final = frozenset(("LANG", "LANGMATCHES", "DATATYPE"))
_NOWHERE: Final = Setting(())
_NAMES: Final = (
    *(SKOS + name for name in ("prefLabel", "altLabel", "hiddenLabel")),
    *(RDFS + "label", SCHEMA + "name", DCTERMS + "title", DEF + "supersededName"),
)
_LABELS: Final = "|".join(f"<{name}>" for name in _NAMES)
_SAME: Final = f"<{SKOS}exactMatch>|<{SKOS}closeMatch>|<{OWL}sameAs>"
_WORDS: Final = re.compile(r"[-_+\s]+|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Candidate:
    """A change to try in a setting, what it says of the data, and how it reads; 0 is as likely as it gets."""

    edit: Edit
    sentence: str
    replacement: str
    setting: Setting
    unlikeness: int = 0


@dataclass(frozen=True)
class Candidates:
    """The changes that could mend what is to blame."""

    blame: Blame
    probe: Probe
    prefixes: Prefixes

    def all(self) -> Iterator[Candidate]:
        """All of them, each looked up when it is called for; raises Spent."""
        for edit, sentence in self.blame.edits:
            yield Candidate(edit, sentence, edit.text, self.blame.setting)
        yield from self._of_place()
        for target in self.blame.targets:
            if target.kind is Kind.TRIPLE:
                yield from self._of_triple(target)
            elif target.kind in _EXPRESSIONS:
                yield from self._of_expression(target)
        yield from self._of_graphs()

    def _of_place(self) -> Iterator[Candidate]:
        """Another graph, or none, than those that GRAPH and FROM name."""
        setting, query = self.blame.setting, self.probe.query
        graph, dataset = setting.graph, query.select.dataset
        named = self.prefixes.constants(query, graph) if isinstance(graph, Span) else []
        if isinstance(graph, Span):
            for constant in named:
                values = self.probe.values(setting, Edit(constant.span, SOUGHT))
                for term in alike(constant.term, values) or values[:2]:
                    edit = Edit(constant.span, self.prefixes.write(term))
                    shown = f"GRAPH {edit.text}"
                    yield Candidate(edit, f"it matches in {shown}", shown, setting)
            yield Candidate(Edit(graph, ""), "it matches outside of GRAPH", self._shown(setting), setting)
        if dataset.end > dataset.start:
            whole = Edit(dataset, "")
            inside = Setting(setting.parts, f"GRAPH {SOUGHT}")
            yield Candidate(whole, "it matches without FROM", self._shown(setting), setting)
            clause = "FROM NAMED" if graph else "FROM"
            for term in [constant.term for constant in named] or self.probe.values(inside, whole)[:2]:
                shown = f"{clause} {self.prefixes.write(term)}"
                edit = Edit(dataset, f"{self.probe.written(dataset)} {shown}")
                yield Candidate(edit, f"it matches with {shown} too", shown, setting)

    def _shown(self, setting: Setting) -> str:
        return " . ".join(self.probe.shown(*part.spans) for part in setting.parts)

    def _of_graphs(self) -> Iterator[Candidate]:
        """A graph around it, where the default graph is not the merge of all."""
        where, setting = self.probe.query.select.where.span, self.blame.setting
        if setting.graph is None and self.blame.targets:
            for term in self.probe.values(Setting(setting.parts, f"GRAPH {SOUGHT}"))[:2]:
                graph = f"GRAPH {self.prefixes.write(term)}"
                edit = Edit(where, f"{{ {graph} {self.probe.written(where)} }}")
                shown = f"{graph} {{ {self._shown(setting)} }}"
                inside = Setting(setting.parts, graph)
                yield Candidate(edit, "it matches in a named graph only", shown, inside)

    def _of_triple(self, target: Part) -> Iterator[Candidate]:
        query = self.probe.query
        places = [(n, each) for n in (1, 2, 0) for each in self.prefixes.in_place(query, target, n)]
        unknown = self.blame.unknown
        for index, constant in [place for place in places if place[1] in unknown or not unknown]:
            for candidate in self._with_this_fault_only(target, constant).of_term(target, index, constant):
                more = "; more is wrong in this pattern" if unknown[1:] else ""
                yield replace(candidate, sentence=candidate.sentence + more)
        subject, verb, object_ = target.spans
        path, tokens = self.probe.written(verb), query.tokens_in(verb)
        if tokens[0].kind != "variable" and path != "a":
            shown = self.probe.shown(object_, verb, subject)
            edit = Edit(verb, f"^({path})" if tokens[1:] else f"^{path}")
            yield Candidate(edit, "it matches the other way round", shown, self.blame.setting)

    def _with_this_fault_only(self, target: Part, constant: Constant) -> Self:
        """The same, with variables for the other terms of a pattern that occur nowhere."""
        others = {each.span for each in self.blame.unknown if each != constant}
        spans = [
            replace(span, stand_in=f"?free__{n}") if span in others else span
            for n, span in enumerate(target.spans)
        ]
        freed, setting = replace(target, spans=tuple(spans)), self.blame.setting
        parts = tuple(freed if part is target else part for part in setting.parts)
        return replace(self, blame=replace(self.blame, setting=replace(setting, parts=parts)))

    def of_term(self, target: Part, index: int, constant: Constant) -> Iterator[Candidate]:
        """Other terms for a constant in that place (0 to 2) of a triple pattern."""
        setting, freed = self.blame.setting, Edit(constant.span, SOUGHT)
        described = self._described(target, index, constant)
        values = described or self.probe.values(setting, freed)
        found = alike(constant.term, values)
        if index != 1 and (not found or unlikeness(constant.term, found[0])):
            key = literal(" ".join(_WORDS.split(name_in(constant.term))).casefold())
            yield from self._named(target, constant, key)
            if not described and not found:  # the values may be some of many
                contains = f"FILTER(CONTAINS(LCASE(STR({SOUGHT})), {key}))"
                found = alike(constant.term, self.probe.values(setting, freed, contains))
        for term in (found or (values if len(values) <= _FEW else []))[:_TRIED]:
            yield from self._written(target, constant, term)

    def _named(self, target: Part, constant: Constant, key: Term) -> Iterator[Candidate]:
        """What bears the name of a term, or is linked to it."""
        linked = f"UNION {{ {SOUGHT} {_SAME} {constant.term} }}" if is_iri(constant.term) else ""
        bears = f"{{ {SOUGHT} {_LABELS} ?label__ FILTER(LCASE(STR(?label__)) = {key}) }} {linked}"
        for term in self.probe.values(_NOWHERE, None, bears)[:_TRIED]:
            sentence = f"{self.prefixes.write(term)} is what has that name or link"
            yield replace(self._change(target, constant, term), sentence=sentence, unlikeness=0)

    def _constants(self, span: Span) -> list[Constant]:
        return self.prefixes.constants(self.probe.query, span)

    def _described(self, target: Part, index: int, constant: Constant) -> list[Term]:
        """All properties or classes, if any of them may stand there; else none, and a search has to tell."""
        verb, single = self.probe.shown(target.spans[1]), len(self.blame.setting.parts) == 1
        inside = index == 1 and constant.span != target.spans[1]  # a path, which takes no variable
        others = [n for n, span in enumerate(target.spans) if n != index and self._constants(span)]
        if inside or (index == 1 and single and not others):
            properties = self.probe.values(_NOWHERE, None, f"?part__ <{VOID}property> {SOUGHT}")
            return properties or self.probe.values(_NOWHERE, None, f"?s__ {SOUGHT} ?o__")
        if index == 2 and single and verb in {"a", f"<{RDF}type>", "rdf:type"} and 0 not in others:
            return self.probe.values(_NOWHERE, None, f"?part__ <{VOID}class> {SOUGHT}")
        return []

    def _written(self, target: Part, constant: Constant, term: Term) -> Iterator[Candidate]:
        """A term in the place of another; or another prefix, if that is all that was wrong."""
        old, sentence = constant.term, difference(constant.term, term, self.prefixes)
        if constant.prefix in self.prefixes.declared and is_iri(term):
            namespace, span = self.prefixes.declared[constant.prefix]
            local = local_name(iri_value(term))
            if old == iri(namespace + local):
                meant = f"<{iri_value(term).removesuffix(local)}>"
                shown = f"PREFIX {constant.prefix}: {meant}"
                yield Candidate(Edit(span, meant), sentence, shown, self.blame.setting)
        yield self._change(target, constant, term)

    def _change(self, target: Part, constant: Constant, term: Term) -> Candidate:
        edit = Edit(constant.span, self.prefixes.write(term))
        sentence = difference(constant.term, term, self.prefixes)
        shown = self.probe.shown(*target.spans, edit=edit)
        return Candidate(edit, sentence, shown, self.blame.setting, unlikeness(constant.term, term))

    def _of_expression(self, target: Part) -> Iterator[Candidate]:
        """A FILTER, BIND or VALUES: what its variables are, compared with what it has them compared with."""
        [span], rest = target.spans, self.blame.setting.without(target)
        bound = {name for part in rest.parts for each in part.spans for name in self.probe.variables(each)}
        tokens = self.probe.query.tokens_in(span)
        words = {token.text.upper() for token in tokens if token.kind == "word"}
        if "EXISTS" in words:
            return
        yield from self._of_functions(target, tokens, bound)
        for function in ("LANG", "DATATYPE", "") if words & _OF_LITERALS else ("",):
            for name in [name for name in self.probe.variables(span) if name in bound][:_FEW]:
                values = self.probe.values(rest, None, f"BIND({function}({name}) AS {SOUGHT})")
                for constant in self._constants(span)[:_TRIED]:
                    for term in self._compared(constant.term, values, function):
                        if term != constant.term:
                            yield from self._written(target, constant, term)

    def _of_functions(self, target: Part, tokens: Sequence[Token], bound: set[str]) -> Iterator[Candidate]:
        """Another variable for one that is bound nowhere, and REGEX without regard to case."""
        [span], setting = target.spans, self.blame.setting
        for name in self.probe.variables(span):
            for meant in get_close_matches(name, sorted(bound), 1, _NAME_ALIKE) if name not in bound else []:
                text = re.sub(rf"[?$]{re.escape(name[1:])}(?!\w)", meant, self.probe.written(span))
                edit, sentence = Edit(span, text), f"{name} is bound nowhere, and {meant} is"
                yield Candidate(edit, sentence, self.probe.shown(span, edit=edit), setting)
        if end := _end_of_regex(tokens):
            edit, sentence = (
                Edit(Span(end, end), ', "i"'),
                "without the flag i REGEX minds the case of letters",
            )
            yield Candidate(edit, sentence, self.probe.shown(span, edit=edit), setting)

    def _compared(self, old: Term, values: list[Term], function: str) -> Iterator[Term]:
        """What a constant could be, by the values that it is compared with."""
        close = alike(old, values)
        for term in close:
            yield term
            if is_literal(old) and is_literal(term):  # for functions of strings
                sought, value = text_of(old), text_of(term)
                at = value.casefold().find(sought.casefold())
                yield from (literal(value[at : at + len(sought)]), literal(value)) if at >= 0 else ()
        if function and not close:
            names = sorted(values, key=lambda value: text_of(value)[:1] != text_of(old)[:1])
            yield from [value for value in names if text_of(value)][:_TRIED]
        yield from typed(old, values)


def _end_of_regex(tokens: Iterable[Token]) -> int | None:
    """The offset of the bracket that closes a REGEX without flags."""
    depth = commas = 0
    inside = False
    for token in tokens:
        inside = inside or token.text.upper() == "REGEX"
        depth += inside * ((token.text == "(") - (token.text == ")"))
        commas += depth == 1 and token.text == ","
        if inside and depth == 0 and token.text == ")":
            return token.start if commas == 1 else None
    return None
