"""Decides what kind of file each file of a release is, by its name."""

from typing import Final

from almaty_graph.formats import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE
from almaty_graph.release.catalogue.csvw import METADATA

DUMPS: Final = (N_QUADS, TRIG, TURTLE, N_TRIPLES, RDF_XML, JSON_LD)
_MEDIA_TYPES: Final = {form.suffix: form.media_type for form in DUMPS} | {
    "cff": "application/yaml",
    "csv": "text/csv",
    "gz": "application/gzip",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "rq": "application/sparql-query",
    "zst": "application/zstd",
}


def media_type_of(name: str) -> str:
    """The media type of a file of a release, by its suffix."""
    if name.endswith(METADATA):
        return "application/csvm+json"
    return _MEDIA_TYPES[name.rpartition(".")[2]]
