"""Decides what may be asked of the reconciliation service: queries and extensions in JSON, within limits."""

from math import isfinite
from typing import Any, Final

from werkzeug.exceptions import BadRequest

from almaty_graph.search.text import MOST
from almaty_graph.terms import Term
from almaty_graph.web.services.matching import Query
from almaty_graph.web.services.properties import Properties, Property, Wanted
from almaty_graph.web.services.requests import expect, expect_only, read_json
from almaty_graph.web.services.things import Things

QUERIES: Final = 100  # of a batch
IDS: Final = 500  # of an extension
COMPARED: Final = 500  # values of properties in a batch
LIMIT: Final = 50  # candidates of a query
_DEFAULT_LIMIT: Final = 10
_VALUES: Final = 20  # of a property, and properties and classes of a query
_STRICTNESS: Final = ("any", "should", "all")


class Reader:
    """Reads what is asked; BadRequest says what is wrong with it, and where."""

    def __init__(self, things: Things, properties: Properties) -> None:
        self.things, self.properties = things, properties

    def queries(self, text: str) -> dict[str, Query]:
        """The queries of a batch, by the names that they have in it."""
        batch = expect(read_json(text, "the batch of queries"), dict, "the batch of queries", QUERIES)
        queries = {name: self._query(query, f"query {name!r}") for name, query in batch.items()}
        values = sum(len(values) for query in queries.values() for _, values in query.wanted)
        if values > COMPARED:
            raise BadRequest(f"the batch has {values:,} values of properties; at most {COMPARED:,} are taken")
        return queries

    def extension(self, text: str) -> tuple[list[str], list[tuple[Property, int]]]:
        """The ids of an extension, and its properties, each with how many values are wished for (0: all)."""
        asked = expect(read_json(text, "the extension"), dict, "the extension")
        expect_only(asked, ("ids", "properties"), "the extension")
        ids = expect(asked.get("ids"), list, "'ids' of the extension", IDS)
        wanted = expect(asked.get("properties"), list, "'properties' of the extension", _VALUES)
        for each in ids:
            expect(each, str, "an id of the extension", MOST)
        return ids, [self._setting(each) for each in wanted]

    def _setting(self, wanted: object) -> tuple[Property, int]:
        given = expect(wanted, dict, "a property of the extension")
        expect_only(given, ("id", "settings"), "a property of the extension")
        settings = expect(given.get("settings") or {}, dict, "'settings' of a property")
        expect_only(settings, ("limit",), "'settings' of a property")
        limit = settings.get("limit") or 0
        # Clients write numbers of forms as text.
        limit = int(limit) if isinstance(limit, str) and limit.isascii() and limit.isdigit() else limit
        limit = int(limit) if isinstance(limit, float) and limit.is_integer() else limit
        return self.property(given.get("id"), "a property of the extension"), max(
            0, expect(limit, int, "the setting 'limit'")
        )

    def property(self, name: object, where: str) -> Property:
        """The property of an id."""
        found = self.properties.find(expect(name, str, f"the id of {where}", MOST))
        if found is None:
            known = ", ".join(list(self.properties.all)[:20])
            raise BadRequest(f"{where} is {name!r}, which is no property here; there are {known} …")
        return found

    def kind(self, name: object, where: str) -> Term:
        """The class of an id."""
        found = self.things.find_class(expect(name, str, where, MOST))
        if found is None:
            known = ", ".join(self.things.tell(each)["id"] for each in self.things.classes)
            raise BadRequest(f"{where} is {name!r}, which is no class here; there are {known}")
        return found

    def _query(self, query: object, where: str) -> Query:
        given = expect(query, dict, where)
        expect_only(given, ("query", "type", "limit", "properties", "type_strict"), where)
        text = given.get("query")
        if text is not None:
            expect(text, str, f"'query' of {where}", MOST)
        wanted = expect(given.get("properties") or [], list, f"'properties' of {where}", _VALUES)
        if text is None and not wanted:
            raise BadRequest(f"{where} has neither 'query' nor 'properties'; one of them is needed")
        strictness = given.get("type_strict", "any")
        if strictness not in _STRICTNESS:
            raise BadRequest(f"'type_strict' of {where} is {strictness!r}; any, should or all is needed")
        return Query(
            text=text,
            kinds=tuple(self.kind(each, f"'type' of {where}") for each in _several(given.get("type"), where)),
            strictness=strictness,
            wanted=tuple(self._constraint(each, where) for each in wanted),
            limit=_limit(given.get("limit"), where),
        )

    def _constraint(self, wanted: object, where: str) -> tuple[Property, tuple[Wanted, ...]]:
        where = f"a property of {where}"
        given = expect(wanted, dict, where)
        expect_only(given, ("pid", "v"), where)
        if "v" not in given:
            raise BadRequest(f"{where} has no 'v', the value to compare")
        values = _several(given["v"], where) if isinstance(given["v"], list) else [given["v"]]
        return self.property(given.get("pid"), where), tuple(_value(each, where) for each in values)


def _several(value: object, where: str) -> list[Any]:
    if value is None:
        return []
    return expect(value, list, where, _VALUES) if isinstance(value, list) else [value]


def _value(value: object, where: str) -> Wanted:
    if isinstance(value, dict):
        expect(value.get("id"), str, f"'id' of a value of {where}", MOST)
    elif isinstance(value, str):
        expect(value, str, f"a value of {where}", MOST)
    if isinstance(value, dict | str | bool | int | float):
        return Wanted.of(value)
    raise BadRequest(f"a value of {where} is {str(value)[:60]!r}; text, a number, or an entity is needed")


def _limit(value: Any, where: str) -> int:
    if value is None:
        return _DEFAULT_LIMIT
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not is_number or value < 1 or value != int(value):
        raise BadRequest(f"'limit' of {where} is {str(value)[:60]!r}; a whole number from 1 on is needed")
    return min(int(value), LIMIT)
