"""Decides what can be validated: files, folders and standard input, in any RDF format, compressed or not."""

import gzip
import io
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

import pyoxigraph as ox
import zstandard

from almaty_graph.errors import SourceError
from almaty_graph.validation.fetching import fetch, is_address

# The formats whose parser reads line by line, so that a triple has a place.
PLACED: Final = (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS)
_SUFFIXES: Final = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdf": ox.RdfFormat.RDF_XML,
    "owl": ox.RdfFormat.RDF_XML,
    "xml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "json": ox.RdfFormat.JSON_LD,
}
FORMATS: Final = tuple(_SUFFIXES)
_UNREADABLE: Final = (OSError, EOFError, zstandard.ZstdError)
_ENTITY: Final = re.compile(rb"<!ENTITY\\s+[^\\s\"']+\\s+[\"']([^>]*?)[\"']\\s*>".replace(b"\\\\", b"\\"))
_EXPANDED: Final = 100_000_000  # bytes that entities may make
_PREFIX: Final = re.compile(r"^(?:Parser error.*?: )?(?:Parser error at line .*?: )?", re.DOTALL)


@dataclass(frozen=True)
class Document:
    """One document of RDF: what it is called, its format, and where its bytes are."""

    name: str
    form: ox.RdfFormat
    path: Path | None = None
    text: bytes = b""

    def open(self) -> IO[bytes]:
        """Its bytes, decompressed."""
        stream = io.BytesIO(self.text) if self.path is None else self.path.open("rb")
        if self.name.endswith(".gz"):
            return cast("IO[bytes]", gzip.open(stream))
        if self.name.endswith(".zst"):
            return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream))
        return stream

    def read(self) -> bytes:
        """All its bytes, decompressed; SourceError for what cannot be read."""
        try:
            with closing(self.open()) as stream:
                return stream.read()
        except _UNREADABLE as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> SourceError:
        return SourceError(self.name, None, f"cannot be read: {error}")

    def parse(self, stream: Any, prefixes: dict[str, str] | None = None) -> Iterator[ox.Quad]:
        """Its quads in order, blank nodes its own; SourceError with the place for what cannot be read.

        Nothing is fetched: neither imports nor contexts elsewhere. `prefixes` takes those that it declares.
        """
        base = self.path.absolute().as_uri() if self.path else None
        if self.form == ox.RdfFormat.RDF_XML:
            stream = io.BytesIO(_prove_bounded(stream.read(), self.name))
        try:
            parser = ox.parse(input=stream, format=self.form, base_iri=base, rename_blank_nodes=True)
            yield from parser
        except SyntaxError as error:
            message = str(error.args[0]).rpartition(": ")[2] if error.lineno is None else str(error.args[0])
            told = f"not {self.form.name}: {_PREFIX.sub('', message)}"
            raise SourceError(self.name, error.lineno, told, error.offset) from error
        except _UNREADABLE as error:
            raise self._unreadable(error) from error
        except MemoryError as error:  # of the parser's own: a term may have 16 MiB
            raise SourceError(self.name, None, f"has a term that is too long: {error}") from error
        if prefixes is not None:
            prefixes.update(parser.prefixes)


def _prove_bounded(text: bytes, name: str) -> bytes:
    """XML whose entities make it no longer than it may be: each would be put in wherever it is named."""
    entities = _ENTITY.findall(text)
    nested = any(b"&" in value.replace(b"&#", b"") for value in entities)
    longest = max(map(len, entities), default=0)
    if nested or longest * text.count(b"&") > _EXPANDED:
        raise SourceError(
            name, None, "its XML entities name each other, or make more than 100 MB: write it without"
        )
    return text


def find_documents(
    names: Iterable[str], form: str | None = None, hosts: frozenset[str] = frozenset()
) -> list[Document]:
    """The documents that names stand for: files, folders with all of RDF in them, and `-` for standard input.

    Addresses of documents at these `hosts` are names too. Raises SourceError for what is not there, and for a
    file whose suffix does not tell its format.
    """
    found = []
    for name in names:
        path = Path(name)
        if name == "-":
            known = _SUFFIXES[form or "ttl"]
            found.append(Document("<stdin>", known, text=sys.stdin.buffer.read()))
        elif is_address(name):
            found.append(_fetched(name, hosts))
        elif path.is_dir():
            inside = [each for each in sorted(path.rglob("*")) if each.is_file() and format_of(each.name)]
            if not inside:
                raise SourceError(name, None, f"has no file of RDF: none that ends in {', '.join(FORMATS)}")
            found += [_document(each) for each in inside]
        elif path.is_file():
            found.append(_document(path, form))
        else:
            raise SourceError(name, None, "is not there")
    return found


def _fetched(address: str, hosts: frozenset[str]) -> Document:
    text, media_type = fetch(address, hosts)
    form = format_of(address.partition("?")[0].rpartition("/")[2]) or ox.RdfFormat.from_media_type(media_type)
    if form is None:
        raise SourceError(address, None, f"is {media_type}, which is no RDF that is known here")
    return Document(address, form, text=text)


def _document(path: Path, form: str | None = None) -> Document:
    known = _SUFFIXES[form] if form else format_of(path.name)
    if known is None:
        raise SourceError(
            str(path),
            None,
            f"its name does not tell its format: end it in {', '.join(FORMATS)}, or name that with --format",
        )
    return Document(str(path), known, path)


def format_of(name: str) -> ox.RdfFormat | None:
    """The format that the name of a file tells."""
    suffixes = [each for each in name.split(".")[1:] if each not in ("gz", "zst")]
    return _SUFFIXES.get(suffixes[-1]) if suffixes else None
