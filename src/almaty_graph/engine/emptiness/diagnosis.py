"""Decides which part of a query leaves it without rows, by questions to the index that answered it.

First what matches nothing on its own; if each part matches, the first that no longer joins with those before
it; then the FILTERs; then what is done to the rows. OPTIONAL, MINUS and NOT EXISTS need nothing to match.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from almaty_graph.engine.emptiness.patterns import Group, Kind, Part, Select, Span
from almaty_graph.engine.emptiness.probe import Edit, Probe, Setting, Spent
from almaty_graph.engine.emptiness.writing import Constant, Prefixes
from almaty_graph.names import RDF

_NEEDED: Final = frozenset(
    (Kind.TRIPLE, Kind.UNION, Kind.GROUP, Kind.GRAPH, Kind.VALUES, Kind.SELECT, Kind.EXISTS)
)
_FILTERS: Final = frozenset((Kind.FILTER, Kind.EXISTS))
_PARTNERS: Final = 6
_TYPE: Final = f"<{RDF}type>"


@dataclass(frozen=True)
class Blame:
    """A reason for no rows, as a sentence; what to show of the query; and the offset of the fault.

    The parts of the setting have no solution together; `targets` are those of them that a change could mend,
    `unknown` the constants that occur nowhere. `edits` are changes that mend it whatever the data.
    """

    reason: str
    shown: str
    offset: int
    setting: Setting
    targets: tuple[Part, ...] = ()
    unknown: tuple[Constant, ...] = ()
    edits: tuple[tuple[Edit, str], ...] = ()


@dataclass(slots=True)
class Diagnosis:
    """Finds the reasons; `unseen` says what there was no question left for."""

    probe: Probe
    prefixes: Prefixes
    unseen: list[str] = field(default_factory=list)

    def of_query(self) -> list[Blame]:
        """The reasons: one for each branch of a UNION, otherwise one; none if nothing is to blame.

        Raises Unreadable if the engine does not read what was cut out of the query, and Spent.
        """
        return self._of_select(self.probe.query.select, None)

    def _of_select(self, select: Select, graph: Span | None) -> list[Blame]:
        where = Setting(select.where.parts, graph)
        limit = select.clauses.get("LIMIT")
        if limit and self._number(limit) == 0:
            edit = Edit(limit, "LIMIT 100"), "without LIMIT 0 there are rows"
            return [Blame("LIMIT 0 asks for no rows", "LIMIT 0", limit.start, where, edits=(edit,))]
        kept = [name for name in ("GROUP",) if name in select.clauses]
        # An aggregate has a row even of nothing, and HAVING may take that away.
        emptied = "HAVING" in select.clauses or not self.probe.has_rows(select, kept, graph)
        if emptied and (found := self._of_group(select.where, graph)):
            return found
        for name in ("HAVING", "VALUES", "OFFSET"):
            if span := select.clauses.get(name):
                kept = [each for each in select.clauses if each in {*kept, name}]
                if not self.probe.has_rows(select, kept, graph):
                    return [self._of_clause(name, span, where)]
        return []

    def _of_clause(self, name: str, span: Span, where: Setting) -> Blame:
        shown = self.probe.shown(span)
        if name == "VALUES":
            part = Part(Kind.VALUES, (span,))
            setting = Setting((*where.parts, part), where.graph)
            return Blame("no value of VALUES is among the rows", shown, span.start, setting, (part,))
        if name == "OFFSET":
            edit = Edit(span, "OFFSET 0"), "from the first row on there are rows"
            return Blame("OFFSET begins after the last row", shown, span.start, where, edits=(edit,))
        return Blame("HAVING removes every group", shown, span.start, where)

    def _number(self, span: Span) -> int:
        token = self.probe.query.tokens_in(span)[-1].text
        return int(token) if token.isdecimal() else -1

    def _of_group(self, group: Group, graph: Span | None) -> list[Blame]:
        """The reasons why a group has no solution; none if it has one."""
        everything = Setting(group.parts, graph)
        if self.probe.has(everything):
            return []
        needed = [part for part in group.parts if part.kind in _NEEDED]
        lonely = _first(needed, lambda parts: self.probe.each_has(parts, graph))
        if lonely is not None:
            return self._of_part(needed[lonely], graph)
        binding = [part for part in group.parts if part.kind not in _FILTERS]
        if (
            number := _first(binding, lambda parts: self.probe.has(Setting(tuple(parts), graph)))
        ) is not None:
            return [self._of_join(binding[: number + 1], graph)]
        return [self._of_filters(binding, [part for part in group.parts if part.kind in _FILTERS], graph)]

    def _of_part(self, part: Part, graph: Span | None) -> list[Blame]:
        """The reasons why a part has no solution on its own."""
        if part.kind is Kind.TRIPLE:
            return [self._of_triple(part, graph)]
        if part.select:
            found = self._of_select(part.select, graph)
        elif part.graph and not self.probe.matches("?s__ ?p__ ?o__", part.graph):
            setting = Setting(part.groups[0].parts, part.graph)
            shown = self.probe.shown(part.graph)
            return [Blame(f"there is nothing in {shown}", shown, part.start, setting)]
        else:
            found = self._of_branches(part.groups, part.graph or graph)
        shown = self.probe.shown(*part.spans)
        return found or [
            Blame(f"{part.kind.value} has no solution", shown, part.start, Setting((part,), graph), (part,))
        ]

    def _of_branches(self, groups: Sequence[Group], graph: Span | None) -> list[Blame]:
        found: list[Blame] = []
        for number, group in enumerate(groups):
            try:
                found += self._of_group(group, graph)
            except Spent:
                if not found:
                    raise
                self.unseen.append(f"{len(groups) - number} of {len(groups)} branches of UNION")
                break
        return found

    def _of_triple(self, part: Part, graph: Span | None) -> Blame:
        """Which terms of a pattern that matches nothing are in no other triple either."""
        unknown, reasons, known = list[Constant](), list[str](), False
        for index, question, sentence in self._roles(part):
            for constant in self.prefixes.in_place(self.probe.query, part, index):
                name = self.probe.shown(constant.span)
                if self.probe.matches(question.format(name), graph):
                    known = True
                else:
                    unknown.append(constant)
                    reasons.append(sentence.format(name))
        otherwise = "its terms occur, but in no triple together" if known else "no triple matches it"
        reason = " and ".join(reasons) or otherwise
        if place := graph or (self.probe.query.select.dataset if self._has_dataset() else None):
            reason += f" in {self.probe.shown(place)}"
        offset = unknown[0].span.start if unknown else part.spans[1].start
        shown = self.probe.shown(*part.spans)
        return Blame(reason, shown, offset, Setting((part,), graph), (part,), tuple(unknown))

    def _has_dataset(self) -> bool:
        dataset = self.probe.query.select.dataset
        return dataset.end > dataset.start

    def _roles(self, part: Part) -> Iterable[tuple[int, str, str]]:
        """The places of a pattern, how to ask for a constant there, and what to say if there is none."""
        yield 1, "?s__ {} ?o__", "no triple has the property {}"
        verb = self.prefixes.in_place(self.probe.query, part, 1)
        if self.probe.shown(part.spans[1]) == "a" or [each.term for each in verb] == [_TYPE]:
            yield 2, "?s__ a {}", "nothing is of the class {}"
        else:
            yield 2, "?s__ ?p__ {}", "no triple has the object {}"
        yield 0, "{} ?p__ ?o__", "no triple has the subject {}"

    def _of_join(self, parts: Sequence[Part], graph: Span | None) -> Blame:
        """The last of these parts matches, but not together with all before it."""
        *earlier, last = parts
        setting, shown = Setting(tuple(parts), graph), self.probe.shown(*last.spans)
        if last.kind is Kind.MINUS:
            return Blame("MINUS takes every row away", shown, last.start, setting)
        variables = self._variables(last)
        sharing = [part for part in earlier if variables & self._variables(part)]
        for partner in sharing[-_PARTNERS:]:
            if not self.probe.has(Setting((partner, last), graph)):
                names = " and ".join(sorted(variables & self._variables(partner)))
                reason = (
                    f"it matches, and so does {self.probe.shown(*partner.spans)}, but never the same {names}"
                )
                return Blame(reason, shown, last.start, Setting((partner, last), graph), (last, partner))
        reason = "it matches, but nothing that fits what comes before it"
        return Blame(reason, shown, last.start, setting, (last, *sharing))

    def _variables(self, part: Part) -> set[str]:
        return {name for span in part.spans for name in self.probe.variables(span)}

    def _of_filters(self, binding: Sequence[Part], filters: Sequence[Part], graph: Span | None) -> Blame:
        def hold(some: Sequence[Part]) -> bool:
            return self.probe.has(Setting((*binding, *some), graph))

        number = _first(filters, hold) or 0
        last = filters[number]
        alone = not number or not hold([last])
        setting = Setting((*binding, *([last] if alone else filters[: number + 1])), graph)
        reason = "this FILTER removes every row" + ("" if alone else " that others leave")
        for name in self._variables(last) if "EXISTS" not in self.probe.shown(*last.spans).upper() else ():
            if not self.probe.binds(setting.without(last), name):
                reason += f": {name} never has a value"
        return Blame(reason, self.probe.shown(*last.spans), last.start, setting, (last,))


def _first(parts: Sequence[Part], hold: Callable[[Sequence[Part]], bool]) -> int | None:
    """The first part with which those up to it no longer hold, by bisection; None if all of them hold."""
    if not parts or hold(parts):
        return None
    low, high = 0, len(parts)  # the first `low` hold, the first `high` do not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if hold(parts[:middle]) else (low, middle)
    return high - 1
