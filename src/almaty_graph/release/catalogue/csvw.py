"""Decides how tables are described, so that a program reads them as they are meant: CSV on the Web."""

import json
from collections.abc import Iterable
from typing import Any, Final

from almaty_graph.names import DEF, XSD
from almaty_graph.release.catalogue.tables import SEPARATOR, Column, Table
from almaty_graph.terms import iri_value

METADATA: Final = "csv-metadata.json"


def describe_tables(tables: Iterable[Table], about: dict[str, Any]) -> bytes:
    """The metadata of a group of tables (Metadata Vocabulary for Tabular Data), with what is said of them."""
    group = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], **about}
    described = {**group, "tables": [_table(table) for table in tables]}
    return (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode()


def _table(table: Table) -> dict[str, Any]:
    return {
        "url": f"{table.name}.csv",
        "dc:title": table.title,
        "tableSchema": {
            "aboutUrl": "{+iri}",
            "primaryKey": "iri",
            "columns": [_column(column) for column in table.columns],
        },
    }


def _column(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {"name": column.name, "titles": column.name}
    if column.name == "iri":
        return told | {"datatype": "anyURI", "required": True, "suppressOutput": True}
    told |= {"datatype": _datatype(column), "separator": SEPARATOR}
    if not column.property or column.name.endswith("_label"):
        return told | {"suppressOutput": True}
    told["propertyUrl"] = iri_value(column.property)
    return told | ({"lang": column.language} if column.language else {})


def _datatype(column: Column) -> object:
    """A datatype of XSD by its name, one of ours as text; dates of any precision as they are."""
    if column.is_link:
        return "anyURI"
    if column.datatype.startswith(DEF):
        return {"base": "string", "@id": column.datatype}
    return column.datatype.removeprefix(XSD) if column.datatype.startswith(XSD) else "string"
