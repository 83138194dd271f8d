"""Decides what kind of file each file of a release is, by its name."""

from typing import Final

from almaty_graph.formats import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE
from almaty_graph.release.catalogue.crate import CRATE
from almaty_graph.release.catalogue.csvw import METADATA

DUMPS: Final = (N_QUADS, TRIG, TURTLE, N_TRIPLES, RDF_XML, JSON_LD)
_MEDIA_TYPES: Final = {form.suffix: form.media_type for form in DUMPS} | {
    "cff": "application/yaml",
    "csv": "text/csv",
    "gz": "application/gzip",
    "json": "application/json",  # but for those that have a type of their own
    "parquet": "application/vnd.apache.parquet",
    "rq": "application/sparql-query",
    "zst": "application/zstd",
}
_BY_NAME: Final = {CRATE: JSON_LD.media_type, METADATA: "application/csvm+json"}


def media_type_of(name: str) -> str:
    """The media type of a file of a release, by its name or else by its suffix."""
    return _BY_NAME.get(name.rpartition("/")[2]) or _MEDIA_TYPES[name.rpartition(".")[2]]
