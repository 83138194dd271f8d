"""Decides which files tell the graph in tables: CSV with its metadata, and Parquet, side by side."""

from typing import Any, Final

from almaty_graph.names import DATASET
from almaty_graph.release.catalogue.csvw import METADATA, describe_tables
from almaty_graph.release.catalogue.facts import Facts
from almaty_graph.release.catalogue.parquet import write_parquet
from almaty_graph.release.catalogue.tables import make_tables
from almaty_graph.sources import Sources

FOLDER: Final = "tables/"


def table_files(sources: Sources) -> dict[str, bytes]:
    """The tables of a repository by file name."""
    tables, facts = make_tables(sources.dataset, sources.shapes, sources.context), Facts.of(sources.dataset)
    about: dict[str, Any] = {
        "@id": f"{DATASET}#tables",
        "dc:title": facts.title,
        "dc:license": {"@id": facts.license},
    }
    files = {f"{FOLDER}{METADATA}": describe_tables(tables, about)}
    for table in tables:
        files[f"{FOLDER}{table.name}.csv"] = table.as_csv()
        files[f"{FOLDER}{table.name}.parquet"] = write_parquet(table)
    return files
