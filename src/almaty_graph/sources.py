"""Decides what a repository is: its files, the graph each belongs to, and where a triple stands."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from almaty_graph import turtle
from almaty_graph.contents import describe_contents
from almaty_graph.derivation import Rule, derive, read_rules
from almaty_graph.errors import SourceError
from almaty_graph.names import DEF, GRAPH, SCHEMA, SOURCE, prefixes_for
from almaty_graph.places import Place
from almaty_graph.questions import Question, read_question
from almaty_graph.terms import Quad, Term, Triple, iri, literal, text_of

_ROLES = ("ontology/*.ttl", "data/register/*.ttl", "data/sources/*.ttl", "data/links/*.ttl", "shapes/*.ttl")
_OPTIONAL = {"data/links/*.ttl"}


@dataclass(frozen=True)
class TurtleFile:
    """One Turtle file: its path in the repository, its bytes, and the line of each of its triples."""

    path: str
    text: bytes
    lines: dict[Triple, int] = field(repr=False)

    @property
    def folder(self) -> str:
        """What the file is for: the last folder of its path."""
        return self.path.split("/")[-2]

    @property
    def slug(self) -> str:
        """The name of the file without folder and suffix."""
        return self.path.rpartition("/")[2].removesuffix(".ttl")

    @property
    def graph(self) -> Term:
        """The named graph of its triples: each source has its own, any other folder one."""
        return iri(GRAPH + (self.slug if self.folder == "sources" else self.folder))

    def canonical(self) -> str:
        """The file as the formatter writes it; SourceError for a blank node that is not a list."""
        slug = self.slug if self.folder == "sources" else None
        try:
            return turtle.write(self.lines, prefixes_for(slug))
        except ValueError as error:
            raise SourceError(self.path, None, str(error)) from error


@dataclass(frozen=True)
class Sources:
    """The files of a repository, each read once; every triple is traceable to its file and line."""

    root: Path
    files: tuple[TurtleFile, ...]
    questions: tuple[Question, ...]
    rules: tuple[Rule, ...]
    context: dict[str, Any] = field(repr=False)

    @classmethod
    def at(cls, root: Path) -> "Sources":
        """The repository in a folder; SourceError if a file cannot be read or a part is missing."""
        files = tuple(read_turtle(path, root) for path in turtle_paths(root))
        queries = sorted((root / "queries").glob("*.rq"))
        if not queries:
            raise SourceError("queries", None, "holds no .rq file: a repository has recorded questions")
        questions = tuple(read_question(path, path.relative_to(root).as_posix()) for path in queries)
        return cls(root, files, questions, read_rules(root), _read_context(root))

    def of(self, folder: str) -> tuple[TurtleFile, ...]:
        """The files in a folder of that name."""
        return tuple(file for file in self.files if file.folder == folder)

    @cached_property
    def asserted(self) -> frozenset[Quad]:
        """Every quad that stands in a file: all files but the shapes, each in its graph."""
        published = (file for file in self.files if file.folder != "shapes")
        return frozenset(Quad(*triple, file.graph) for file in published for triple in file.lines)

    @cached_property
    def dataset(self) -> tuple[Quad, ...]:
        """Every quad that is published, sorted: what is asserted, what rules derive, what tells of both."""
        known = self.asserted | derive(self.asserted, self.rules)
        return tuple(sorted(known | describe_contents(known, self.questions)))

    @cached_property
    def shapes(self) -> tuple[Triple, ...]:
        """The triples of all shapes."""
        return tuple(triple for file in self.of("shapes") for triple in file.lines)

    def locate(self, subject: Term, predicate: Term | None = None, value: Term | None = None) -> Place | None:
        """Where a statement stands: the triple if it is found, else the subject's first line, else None.

        What is derived stands in the rule that derived it.
        """
        rows = self._rows.get(subject, [])
        exact = [place for triple, place in rows if triple.predicate == predicate and triple.object == value]
        near = [place for triple, place in rows if triple.predicate == predicate]
        return next(iter(exact or near or [place for _, place in rows]), None) or self._origins.get(subject)

    @cached_property
    def _rows(self) -> dict[Term, list[tuple[Triple, Place]]]:
        rows: dict[Term, list[tuple[Triple, Place]]] = defaultdict(list)
        for file in self.files:
            for triple, line in file.lines.items():
                rows[triple.subject].append((triple, Place(file.path, line)))
        return rows

    @cached_property
    def _origins(self) -> dict[Term, Place]:
        paths = {rule.name: Place(rule.path) for rule in self.rules}
        made = (quad for quad in self.dataset if quad.predicate == iri(DEF + "byRule"))
        return paths | {quad.subject: paths[quad.object] for quad in made}


def turtle_paths(root: Path) -> Iterator[Path]:
    """The Turtle files of a repository by role; SourceError if a role has none."""
    for role in _ROLES:
        paths = sorted(root.glob(role))
        if not paths and role not in _OPTIONAL:
            raise SourceError(role, None, f"no such file below {root}: is this a repository of this layout?")
        yield from paths


def read_turtle(path: Path, root: Path) -> TurtleFile:
    """A Turtle file of the repository; SourceError with the line if it is malformed."""
    name, text = path.relative_to(root).as_posix(), path.read_bytes()
    lines: dict[Triple, int] = {}
    for triple, line in turtle.parse(text, name):
        lines.setdefault(triple, line)
    return TurtleFile(name, text, lines)


def _read_context(root: Path) -> dict[str, Any]:
    path = root / "ontology" / "context.jsonld"
    try:
        context = json.loads(path.read_bytes())["@context"]
    except FileNotFoundError as error:
        raise SourceError("ontology/context.jsonld", None, "is missing") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError("ontology/context.jsonld", None, f"is not a JSON-LD context: {error}") from error
    if not isinstance(context, dict):
        raise SourceError("ontology/context.jsonld", None, "is not a JSON-LD context: @context is no object")
    return context


def repository_root() -> Path:
    """The repository that came with the package: in a wheel beside the code, in a checkout above it."""
    package = Path(__file__).parent
    packed = package / "repository"
    return packed if packed.is_dir() else package.parents[1]


def find_source(sources: Sources, text: bytes, slug: str | None = None) -> TurtleFile:
    """The file of the source that a text is a copy of: the one named, or of that digest, or the only."""
    files = {file.slug: file for file in sources.of("sources")}
    if slug is not None:
        if slug not in files:
            raise SourceError("data/sources", None, f"no source {slug!r}; there are {', '.join(files)}")
        return files[slug]
    digest = literal(hashlib.sha256(text).hexdigest())
    for name, file in files.items():
        if (
            Quad(iri(SOURCE + name), iri(SCHEMA + "sha256"), digest, iri(GRAPH + "register"))
            in sources.dataset
        ):
            return file
    if len(files) != 1:
        message = f"no source has SHA-256 {text_of(digest)}: name it with --source, one of {', '.join(files)}"
        raise SourceError("data/sources", None, message)
    return next(iter(files.values()))
