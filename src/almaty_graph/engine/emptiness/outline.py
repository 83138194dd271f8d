"""Decides how a query is taken apart: by tokens and brackets, in one pass.

The engine has read the text before, so its outline is all that is sought here.
"""

from dataclasses import dataclass, field
from typing import Final

from almaty_graph.engine.emptiness.patterns import Group, Kind, Outline, Part, Select, Span, Token, Unreadable
from almaty_graph.engine.language.tokens import TOKEN

_CLAUSES: Final = frozenset(("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"))
_PROLOGUE: Final = frozenset(("PREFIX", "BASE", "VERSION"))
_PRIMARY: Final = frozenset(("iri", "name"))
_NODES: Final = frozenset(("variable", "iri", "name"))
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")


def take_apart(text: str) -> Outline:
    """The parts of a SELECT.

    Raises Unreadable for what is none, for SERVICE, and for what SPARQL 1.1 does not have.
    """
    found = (Token(match.lastgroup or "", match[0], match.start()) for match in TOKEN.finditer(text))
    tokens = tuple(token for token in found if token.kind != "gap")
    reader = _Reader(tokens)
    end = reader.skip_prologue()
    select = reader.read_select()
    if reader.here.kind:
        raise Unreadable
    return Outline(text, tokens, Span(0, end), select)


@dataclass(slots=True)
class _Reader:
    tokens: tuple[Token, ...]
    index: int = 0
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def here(self) -> Token:
        return self.tokens[self.index] if self.index < len(self.tokens) else Token("", "", 0)

    @property
    def word(self) -> str:
        """The punctuation or keyword that comes next."""
        return self.here.text.upper() if self.here.kind == "word" else self.here.text

    def take(self, *words: str) -> Token:
        token = self.here
        if not token.kind or (words and self.word not in words):
            raise Unreadable
        self.index += 1
        return token

    def skip_to_brackets(self) -> None:
        while self.here.text not in {"{", "("}:
            self.take()

    def skip_brackets(self) -> int:
        """The offset after the bracket that closes the one that comes next."""
        depth = 0
        while True:
            token = self.take()
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
            if depth <= 0:
                return token.end

    def skip_quoted(self) -> int:
        """The offset after the `>>` of the quoted triple that comes next (SPARQL 1.2)."""
        depth = 0
        while True:
            token = self.take()
            depth += (token.text == "<<") - (token.text == ">>")
            if depth <= 0:
                return token.end

    def skip_prologue(self) -> int:
        end = 0
        while self.word in _PROLOGUE or (end and self.here.kind in {"name", "iri", "string"}):
            end = self.take().end
        return end

    def read_select(self) -> Select:
        start = end = self.take("SELECT").start
        while self.word not in {"FROM", "WHERE", "{"}:
            end = self.skip_brackets()
        head = Span(start, end)
        first = last = self.here.start
        while self.word not in {"WHERE", "{"}:  # FROM, NAMED and IRIs
            last = self.take().end
        if self.word == "WHERE":
            self.take()
        where, clauses = self.read_group(), dict[str, Span]()
        while self.here.kind and self.here.text != "}":
            clause = self.take(*_CLAUSES)
            end = clause.end
            while self.here.kind and self.word not in _CLAUSES and self.here.text != "}":
                end = self.skip_brackets()
            clauses[clause.text.upper()] = Span(clause.start, end)
        return Select(head, Span(first, last), where, clauses)

    def read_group(self) -> Group:
        start, parts = self.take("{").start, list[Part]()
        if self.word == "SELECT":
            begin, select = self.here.start, self.read_select()
            parts.append(Part(Kind.SELECT, (Span(begin, self.tokens[self.index - 1].end),), select=select))
        while self.here.text != "}":
            parts += self.read_parts()
        return Group(Span(start, self.take().end), tuple(parts))

    def read_parts(self) -> list[Part]:
        start, word = self.here.start, self.word
        if word == ".":
            self.take()
            return []
        if word == "{":
            part = self.read_union()
        elif word == "GRAPH":
            self.take()
            graph = Span(start, self.take().end)
            part = Part(Kind.GRAPH, (), (self.read_group(),), graph)
        elif word in {"OPTIONAL", "MINUS", "VALUES", "BIND"}:
            self.skip_to_brackets()
            if word == "VALUES" and self.here.text == "(":  # its variables
                self.skip_brackets()
            self.skip_brackets()
            part = Part(Kind(word), ())
        elif word == "FILTER":
            part = self.read_filter()
        else:
            return self.read_triples()
        spans = (Span(start, self.tokens[self.index - 1].end),)
        return [Part(part.kind, spans, part.groups, part.graph)]

    def read_union(self) -> Part:
        groups = [self.read_group()]
        while self.word == "UNION":
            self.take()
            groups.append(self.read_group())
        return Part(Kind.UNION if groups[1:] else Kind.GROUP, (), tuple(groups))

    def read_filter(self) -> Part:
        self.take()
        if self.word == "EXISTS":
            self.take()
            return Part(Kind.EXISTS, (), (self.read_group(),))
        self.skip_to_brackets()  # after NOT EXISTS, or the name of a function
        self.skip_brackets()
        return Part(Kind.FILTER, ())

    def read_triples(self) -> list[Part]:
        found: list[Part] = []
        subject = self.read_node(found)
        self.read_properties(subject, found)
        if not found:
            raise Unreadable
        return found

    def read_properties(self, subject: Span, found: list[Part]) -> None:
        while self.word in {"A", "^", "!", "("} or self.here.kind in _NODES:
            verb = self.read_path()
            while True:
                place = len(found)  # what stands in the brackets of the object comes after it
                found.insert(place, Part(Kind.TRIPLE, (subject, verb, self.read_node(found))))
                if self.here.text != ",":
                    break
                self.take()
            while self.here.text == ";":
                self.take()

    def read_path(self) -> Span:
        start = self.here.start
        if self.here.kind == "variable":
            return Span(start, self.take().end)
        while True:
            while self.here.text in {"^", "!"}:
                self.take()
            if self.here.text == "(":
                end = self.skip_brackets()
            elif self.here.kind in _PRIMARY or self.word == "A":
                end = self.take().end
            else:
                raise Unreadable
            while self.here.text in {"*", "+", "?"} and self.here.start == end:
                end = self.take().end
            if self.here.text not in {"/", "|"}:
                return Span(start, end)
            self.take()

    def read_node(self, found: list[Part]) -> Span:
        token, start = self.here, self.here.start
        if token.text in {"(", "<<"}:
            return Span(start, self.skip_brackets() if token.text == "(" else self.skip_quoted())
        if token.text == "[":
            self.take()
            stand_in = f"?blank__{start}"
            self.read_properties(Span(start, start, stand_in), found)
            return Span(start, self.take("]").end, stand_in)
        if token.text in {"-", "+"}:
            self.take()
        node = self.take()
        if node.kind == "blank":
            stand_in = self.labels.setdefault(node.text, f"?label__{len(self.labels)}")
            return Span(start, node.end, stand_in)
        if node.kind == "string" and self.here.kind == "typed":
            self.take()
            return Span(start, self.take().end)
        if node.kind == "string" and self.here.kind == "tag":
            return Span(start, self.take().end)
        if node.kind not in {*_NODES, "string", "number"} and node.text.upper() not in {"TRUE", "FALSE"}:
            raise Unreadable
        return Span(start, node.end)
