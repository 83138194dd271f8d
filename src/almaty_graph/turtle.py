"""Decides how our Turtle is read and written: exactly, and one change to a graph is one line of difference.

Canonical form: used prefixes only, sorted; subjects by IRI; `a` first, then predicates by name; one statement
a line; no blank nodes but RDF lists; no comments. Measured against RDFLib's writers in DECISIONS.md.
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from almaty_graph.errors import SourceError
from almaty_graph.lines import Lines
from almaty_graph.names import RDF, XSD
from almaty_graph.terms import TYPE, Quad, Term, Triple, iri, is_literal, literal, literal_parts

_FIRST, _REST, _NIL = iri(RDF + "first"), iri(RDF + "rest"), iri(RDF + "nil")
_LOCAL_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\Z")
# Strings with the tag that may follow them; IRIs and comments, so that quotes in those are none.
_STRINGS = re.compile(
    r'''(?:"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|'''
    r"""'''(?:[^'\\]|\\.|'(?!''))*'''|'(?:[^'\\\n]|\\.)*')"""
    r"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*))?|<[^<>\s]*>|#[^\n]*",
    re.DOTALL,
)
_BARE = {
    XSD + "integer": re.compile(r"(?:0|-?[1-9][0-9]*)\Z"),
    XSD + "boolean": re.compile(r"(?:true|false)\Z"),
}


def parse(text: bytes, path: str) -> Iterator[tuple[Triple, int]]:
    """The triples of a Turtle document, each with the line on which it ends.

    Raises SourceError with the line for malformed Turtle, and for a language tag written in two ways in one
    document: the parser lower-cases tags, so their case is taken from the text, where it must be unambiguous.
    """
    tags = _language_tags(text.decode(errors="replace"), path)
    lines = Lines(io.BytesIO(text))
    try:
        for quad in ox.parse(input=lines, format=ox.RdfFormat.TURTLE):
            yield (
                Triple(str(quad.subject), str(quad.predicate), _object_term(quad.object, tags)),
                lines.number,
            )
    except SyntaxError as error:
        message = re.sub(r"^Parser error.*?: ", "", error.args[0], count=1)
        raise SourceError(path, error.lineno, f"not Turtle: {message}") from error


def _language_tags(text: str, path: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for match in _STRINGS.finditer(text):
        if not match[1]:
            continue
        written = tags.setdefault(match[1].lower(), match[1])
        if written != match[1]:
            line = text.count("\n", 0, match.start()) + 1
            message = f"language tag @{match[1]} is written @{written} elsewhere in this file: choose one"
            raise SourceError(path, line, message)
    return tags


def _object_term(term: object, tags: Mapping[str, str]) -> Term:
    if not isinstance(term, ox.Literal):
        return str(term)
    if term.language:
        return literal(term.value, language=tags.get(term.language, term.language))
    return literal(term.value, term.datatype.value)


class Writer:
    """Writes terms under a table of prefixes, and remembers which of them it used."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.namespaces = sorted(prefixes.items(), key=lambda item: -len(item[1]))
        self.used: dict[str, str] = {}
        self._names: dict[Term, str] = {}

    def name(self, term: Term) -> str:
        """An IRI term as a prefixed name where one fits, else in angle brackets."""
        if term not in self._names:
            self._names[term] = self._shorten(term)
        return self._names[term]

    def _shorten(self, term: Term) -> str:
        for prefix, namespace in self.namespaces:
            if term.startswith(namespace, 1) and _LOCAL_NAME.match(local := term[1 + len(namespace) : -1]):
                self.used[prefix] = namespace
                return f"{prefix}:{local}"
        return term

    def term(self, term: Term) -> str:
        """A term as Turtle: literals keep their lexical form, long ones their lines."""
        if not is_literal(term):
            return self.name(term)
        value, datatype, language = literal_parts(term)
        if datatype in _BARE and _BARE[datatype].match(value):
            return value
        text = _long(value) if "\n" in value else literal(value)
        if language:
            return f"{text}@{language}"
        return text if datatype == XSD + "string" else f"{text}^^{self.name(iri(datatype))}"

    def header(self) -> str:
        """The prefix declarations of the names written so far."""
        return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in sorted(self.used.items()))

    def statements(self, triples: Iterable[Triple]) -> str:
        """The triples in canonical order, a block a subject; ValueError for a blank node outside a list."""
        tree = _Tree(triples)
        blocks = []
        for subject in sorted(tree.subjects):
            rows = sorted(
                (
                    predicate != TYPE,
                    "a" if predicate == TYPE else self.name(predicate),
                    self._object(obj, tree),
                )
                for predicate, obj in tree.subjects[subject]
            )
            body = "".join(f"    {name} {written} ;\n" for _, name, written in rows)
            blocks.append(f"{self.name(subject)}\n{body}.\n")
        return "\n".join(blocks)

    def _object(self, term: Term, tree: "_Tree") -> str:
        if term.startswith("_:") or term == _NIL:
            return "( " + "".join(f"{self._object(item, tree)} " for item in tree.items(term)) + ")"
        return self.term(term)


class _Tree:
    """Triples by subject, with RDF lists set apart."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.subjects: dict[Term, set[tuple[Term, Term]]] = defaultdict(set)
        self.cells: dict[Term, dict[Term, Term]] = defaultdict(dict)
        for subject, predicate, obj in triples:
            if not subject.startswith("_:"):
                self.subjects[subject].add((predicate, obj))
            elif predicate in (_FIRST, _REST):
                self.cells[subject][predicate] = obj
            else:
                raise ValueError(f"a blank node that is not a list has {predicate}: give it an IRI")

    def items(self, head: Term) -> Iterator[Term]:
        while head != _NIL:
            cell = self.cells.get(head)
            if cell is None or cell.keys() != {_FIRST, _REST}:
                raise ValueError("a blank node that is not a list: give it an IRI")
            yield cell[_FIRST]
            head = cell[_REST]


def _long(value: str) -> str:
    """A string in triple quotes, its lines as they are; only quotes that would end it are escaped."""
    lines = (literal(line)[1:-1] for line in value.split("\n"))
    text = re.sub(r"\\(.)", lambda m: '"' if m[1] == '"' else m[0], "\n".join(lines))
    return '"""' + re.sub(r'"(?="|\Z)', r"\"", text) + '"""'


def write(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> str:
    """The triples as canonical Turtle."""
    writer = Writer(prefixes)
    body = writer.statements(triples)
    header = writer.header()
    return f"{header}\n{body}" if header and body else header + body


def write_trig(quads: Iterable[Quad], prefixes: Mapping[str, str]) -> str:
    """The quads as TriG: a block for each graph, by name, its inside as canonical Turtle."""
    writer = Writer(prefixes)
    graphs: dict[Term, list[Triple]] = defaultdict(list)
    for quad in quads:
        graphs[quad.graph].append(quad.triple)
    blocks = [f"{writer.name(name)} {{\n{writer.statements(graphs[name])}}}\n" for name in sorted(graphs)]
    return "\n".join([writer.header(), *blocks])
