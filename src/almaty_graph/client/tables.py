"""Decides what a program gets of an answer to a SELECT: values of Python, and tables of pandas and polars."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from almaty_graph.names import XSD

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Value = str | int | float | bool | Decimal | date | datetime | None
_INTEGERS: Final = ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger")
_READ: Final[Mapping[str, Callable[[str], Value]]] = {
    **{XSD + name: int for name in _INTEGERS},
    XSD + "decimal": Decimal,
    XSD + "double": float,
    XSD + "float": float,
    XSD + "boolean": lambda text: text in ("true", "1"),
    XSD + "date": date.fromisoformat,
    XSD + "dateTime": datetime.fromisoformat,
}


class Table:
    """The answer to a SELECT: rows by name of column, values of Python where a datatype has some, else text.

    `bindings` are the same rows as the server sent them (SPARQL 1.1 Query Results JSON Format, 3.2.2).
    """

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.columns: tuple[str, ...] = tuple(answer["head"]["vars"])
        self.bindings: list[dict[str, dict[str, str]]] = answer["results"]["bindings"]
        self.rows = [{name: _value(row.get(name)) for name in self.columns} for row in self.bindings]

    def __iter__(self) -> Iterator[dict[str, Value]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def to_pandas(self) -> "pd.DataFrame":
        """The table for pandas, which has to be installed."""
        import pandas as pd  # noqa: PLC0415 - not everybody has it

        return pd.DataFrame(self.rows, columns=list(self.columns), dtype=object)

    def to_polars(self) -> "pl.DataFrame":
        """The table for polars, which has to be installed; a column of several types is one of text."""
        import polars as pl  # noqa: PLC0415 - not everybody has it

        columns = {name: [row[name] for row in self.rows] for name in self.columns}
        return pl.DataFrame({name: _uniform(values) for name, values in columns.items()})


def _value(found: Mapping[str, str] | None) -> Value:
    """The value of a binding; the text of one that is not what its datatype says."""
    if found is None:
        return None
    try:
        return _READ.get(found.get("datatype", ""), str)(found["value"])
    except (ValueError, ArithmeticError):
        return found["value"]


def _uniform(values: list[Value]) -> list[Value]:
    kinds = {type(value) for value in values if value is not None}
    return values if len(kinds) < 2 else [None if value is None else str(value) for value in values]
