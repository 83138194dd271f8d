"""Decides how parts of a query are put to the index: alone, together, and with a change, so many times.

Each question is the author's own text, cut out of the query between its prologue and its dataset.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from almaty_graph.engine.emptiness.patterns import Kind, Outline, Part, Select, Span, Unreadable
from almaty_graph.engine.language.tokens import TOKEN
from almaty_graph.errors import QueryError
from almaty_graph.names import BASE
from almaty_graph.terms import Term, literal_parts

QUESTIONS: Final = 60
COUNTED: Final = 1000
SOUGHT: Final = "?sought__"
_SCANNED: Final = 20_000  # solutions that are looked at for the values of a variable
_VALUES: Final = 1000

Ask = Callable[[str], bool]
Find = Callable[[str], list[tuple[str, ...]]]
_Reply = TypeVar("_Reply")


class Spent(Exception):
    """The index was asked as often, or for as long, as one explanation may ask."""


@dataclass(frozen=True)
class Edit:
    """A change to a query: what to write in the place of a part of its text."""

    span: Span
    text: str


@dataclass(frozen=True)
class Setting:
    """Parts of one group, and the `GRAPH <x>` around it."""

    parts: tuple[Part, ...]
    graph: Span | str | None = None

    def without(self, part: Part) -> "Setting":
        """The same without one of the parts."""
        return Setting(tuple(each for each in self.parts if each is not part), self.graph)


@dataclass(slots=True)
class Probe:
    """Puts questions about a query to the index that answered it.

    Its methods raise Spent when there may be no more of them, and Unreadable when the engine cannot read one.
    """

    query: Outline
    ask: Ask
    find: Find
    left: int = QUESTIONS

    def written(self, span: Span, edit: Edit | None = None) -> str:
        """A part of the text, with a change if the change is within it."""
        if span.stand_in:
            return span.stand_in
        text = self.query.text
        if edit and span.start <= edit.span.start and edit.span.end <= span.end:
            return text[span.start : edit.span.start] + edit.text + text[edit.span.end : span.end]
        return text[span.start : span.end]

    def shown(self, *spans: Span, edit: Edit | None = None) -> str:
        """Parts of the text in one line, as their author could write them, with a change."""
        return " ".join(filter(None, (self._line(span, edit) for span in spans)))

    def _line(self, span: Span, edit: Edit | None) -> str:
        text = self.query.text[span.start : span.end]
        if span.stand_in:
            return text if text.startswith("_:") else "[]"
        gaps = TOKEN.finditer(self.written(span, edit))
        return "".join(" " if match.lastgroup == "gap" else match[0] for match in gaps)

    def mended(self, edit: Edit) -> str:
        """The whole query with a change."""
        return self.written(Span(0, len(self.query.text)), edit)

    def variables(self, span: Span) -> list[str]:
        """The variables in a part of the text, as `?x`, and what stands for blank nodes."""
        tokens = self.query.tokens_in(span)
        found = ["?" + token.text[1:] for token in tokens if token.kind == "variable"]
        return [span.stand_in] if span.stand_in else list(dict.fromkeys(found))

    def matches(self, pattern: str, graph: Span | None) -> bool:
        """Whether a triple pattern of ours matches."""
        scope = self.written(graph) if graph else ""
        return self._ask(f"{{ {scope} {{ {pattern} }} }}")

    def has(self, setting: Setting, edit: Edit | None = None) -> bool:
        """Whether the parts together have a solution."""
        return self._ask(self._group(setting, edit), edit)

    def each_has(self, parts: Iterable[Part], graph: Span | None) -> bool:
        """Whether each of the parts has a solution on its own."""
        groups = (self._group(Setting((part,), graph), None) for part in parts)
        rows = (f"{{ SELECT (1 AS ?row{number}) {each} LIMIT 1 }}" for number, each in enumerate(groups))
        return self._ask("{ " + "\n".join(rows) + " }")

    def has_rows(self, select: Select, clauses: Iterable[str], graph: Span | None) -> bool:
        """Whether a SELECT has rows with only these of its modifiers."""
        scope = self.written(graph) if graph else ""
        return self._ask(f"{{ {scope} {{ {self._select(select, clauses, None)} }} }}")

    def answers(self, edit: Edit) -> bool:
        """Whether the whole query has rows with a change; it has none if it is no SPARQL."""
        select = self.query.select
        try:
            return self._ask(f"{{ {{ {self._select(select, select.clauses, edit)} }} }}", edit)
        except Unreadable:
            return False

    def binds(self, setting: Setting, variable: str) -> bool:
        """Whether the parts together have a solution with a value for a variable."""
        return self._ask(f"{{ {self._group(setting, None)} FILTER(BOUND({variable})) }}")

    def count(self, setting: Setting, edit: Edit) -> int:
        """How many solutions the parts have with a change, counted up to COUNTED; none if it is no SPARQL."""
        rows = f"{{ SELECT (1 AS ?row) {self._group(setting, edit)} LIMIT {COUNTED} }}"
        try:
            return int(
                literal_parts(self._find("SELECT (COUNT(*) AS ?rows)", f"{{ {rows} }}", edit)[0][0]).value
            )
        except Unreadable:
            return 0

    def values(self, setting: Setting, edit: Edit | None = None, condition: str = "") -> list[Term]:
        """The distinct values of SOUGHT, which the change or the condition names; some, if they are many.

        None if the change makes it no SPARQL: no variable stands inside of a path.
        """
        group = self._group(setting, edit) if setting.parts else ""
        rows = f"{{ SELECT {SOUGHT} {{ {group} {condition} }} LIMIT {_SCANNED} }}"
        try:
            found = self._find(f"SELECT DISTINCT {SOUGHT}", f"{{ {rows} }} LIMIT {_VALUES}", edit)
        except Unreadable:
            return []
        return [row[0] for row in found if row and row[0]]

    def _group(self, setting: Setting, edit: Edit | None) -> str:
        lines = (
            " ".join(self.written(span, edit) for span in part.spans) + " ." * (part.kind is Kind.TRIPLE)
            for part in setting.parts
        )
        group = "{ " + "\n".join(lines) + " }"
        graph = setting.graph
        return (
            f"{{ {self.written(graph, edit) if isinstance(graph, Span) else graph} {group} }}"
            if graph
            else group
        )

    def _select(self, select: Select, clauses: Iterable[str], edit: Edit | None) -> str:
        spans = [select.head, select.where.span, *(select.clauses[name] for name in clauses)]
        return "\n".join(self.written(span, edit) for span in spans) + "\n"

    def _ask(self, group: str, edit: Edit | None = None) -> bool:
        return self._put(self.ask, "ASK", group, edit)

    def _find(self, head: str, body: str, edit: Edit | None) -> list[tuple[str, ...]]:
        return self._put(self.find, head, body, edit)

    def _put(self, question: Callable[[str], _Reply], head: str, body: str, edit: Edit | None) -> _Reply:
        if not self.left:
            raise Spent
        self.left -= 1
        prologue = self.written(self.query.prologue, edit)
        dataset = self.written(self.query.select.dataset, edit)
        try:
            return question(f"BASE <{BASE}>\n{prologue}\n{head}\n{dataset}\n{body}")
        except TimeoutError:
            self.left = 0
            raise Spent from None
        except (SyntaxError, ValueError, QueryError) as error:
            raise Unreadable from error
