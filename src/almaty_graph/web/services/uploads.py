"""Decides what documents of RDF a request brings: its body is one, or a form with texts and files."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from almaty_graph.validation.documents import Document
from almaty_graph.web.operations.peers import Connections, Environ
from almaty_graph.web.protocol.bodies import FORM
from almaty_graph.web.protocol.coding import refuse_coded_body

_FILES: Final = "multipart/form-data"
_PARTS: Final = 32
_READ: Final = (
    ox.RdfFormat.TURTLE,
    ox.RdfFormat.TRIG,
    ox.RdfFormat.N_TRIPLES,
    ox.RdfFormat.N_QUADS,
    ox.RdfFormat.RDF_XML,
    ox.RdfFormat.JSON_LD,
)
MEDIA_TYPES: Final = tuple(form.media_type for form in _READ)


@dataclass(frozen=True)
class Upload:
    """What a request brings: parameters, of its address first, and documents by the field they came in.

    Where a part of our graph takes their place, so many statements of that are `left_out`.
    """

    parameters: MultiDict[str, str]
    documents: Mapping[str, tuple[Document, ...]]
    left_out: int = 0


def read_upload(
    environ: Environ, connections: Connections, most: int, fields: tuple[str, ...] = ("data",)
) -> Upload:
    """What a request brings, in so many bytes at most; a body that is RDF is the first of the fields.

    Raises UnsupportedMediaType for what is neither RDF nor a form, and BadRequest for a form that cannot be
    read, or a file whose format is not told.
    """
    media_type, options = parse_options_header(environ.get("CONTENT_TYPE"))
    refuse_coded_body(environ.get("HTTP_CONTENT_ENCODING"))
    form = ox.RdfFormat.from_media_type(media_type) if media_type not in (FORM, _FILES) else None
    if form is None and media_type not in (FORM, _FILES):
        raise UnsupportedMediaType(
            f"found {media_type or 'no Content-Type'}; send {', '.join(MEDIA_TYPES)}, or a form"
        )
    body = connections.read_body(environ, most)
    if form is not None:
        document = Document(f"{fields[0]}.{form.file_extension}", form, text=body)
        return Upload(MultiDict(), {fields[0]: (document,)})
    parser = FormDataParser(silent=False, max_form_memory_size=most, max_form_parts=_PARTS)
    try:
        _, texts, files = parser.parse(io.BytesIO(body), media_type, len(body), options)
    except ValueError as error:
        raise BadRequest(f"the form cannot be read: {error}") from error
    named = texts.get("format", "ttl")
    return Upload(
        MultiDict((name, value) for name, value in texts.items(multi=True) if name not in fields),
        {
            field: (
                *(_text(field, text, named) for text in texts.getlist(field) if text.strip()),
                *(_file(each) for each in files.getlist(field) if each.filename),
            )
            for field in fields
        },
    )


def _text(field: str, text: str, named: str) -> Document:
    form = _form(named)
    # A browser ends lines as mail does.
    return Document(f"{field}.{form.file_extension}", form, text=text.replace("\r\n", "\n").encode())


def _file(file: FileStorage) -> Document:
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    return Document(name, _form(name.rpartition(".")[2]), text=file.read())


def _form(name: str) -> ox.RdfFormat:
    """The format of a file suffix or a media type."""
    form = ox.RdfFormat.from_extension(name) or ox.RdfFormat.from_media_type(name)
    if form not in _READ:
        known = ", ".join(each.file_extension for each in _READ)
        raise BadRequest(f"found the format {name[:100]!r}; one of {known} is needed, or a media type")
    return form
