"""Decides whether engines answer alike: the same rows or triples, whatever their order and way of writing."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from http.client import HTTPException
from typing import Any, Final

import pyoxigraph as ox

from benchmarks.engines import GRAPH, TABLE, Server
from benchmarks.queries import Template

_NUMBERS: Final = {"integer", "decimal", "int", "long", "nonNegativeInteger"}
Found = Counter[object]


@dataclass(frozen=True)
class Check:
    """How an engine answered a query: how much, and what differs from the first engine's, if anything."""

    engine: str
    query: str
    amount: int
    difference: str = ""


def check(servers: Mapping[str, Server], template: Template, query: str) -> list[Check]:
    """The answer of each engine held against that of the first."""
    answers = {name: _answer(server, template, query) for name, server in servers.items()}
    reference = next(iter(answers.values()))
    return [
        Check(name, template.name, 0, found)
        if isinstance(found, str)
        else Check(name, template.name, found.total(), _difference(found, reference, template))
        for name, found in answers.items()
    ]


def _answer(server: Server, template: Template, query: str) -> Found | str:
    """What an engine answers, or what went wrong."""
    try:
        status, body = server.ask(query, GRAPH if template.is_graph else TABLE)
        if status != 200:
            return f"status {status}: {body[:80].decode(errors='replace')}"
        return _triples(body) if template.is_graph else _rows(json.loads(body))
    except (OSError, HTTPException, ValueError, SyntaxError, KeyError) as error:
        return f"{error!r}" if isinstance(error, KeyError) else str(error)[:100]


def _triples(body: bytes) -> Found:
    form = (
        ox.RdfFormat.RDF_XML if body.startswith(b"<?xml") else ox.RdfFormat.TURTLE
    )  # which N-Triples are too
    return Counter(ox.parse(body, format=form))


def _rows(answer: Mapping[str, Any]) -> Found:
    if "boolean" in answer:
        return Counter([answer["boolean"]])
    if "__ASK_RETVAL" in answer["head"]["vars"]:
        raise ValueError("a table in place of a boolean")
    rows = answer["results"]["bindings"]
    return Counter(frozenset((name, _term(value)) for name, value in row.items()) for row in rows)


def _term(value: Mapping[str, str]) -> tuple[object, ...]:
    """A term as a value: numbers by their value, and language tags in small letters."""
    datatype = value.get("datatype", "").rpartition("#")[2]
    if datatype in _NUMBERS:
        try:
            return ("number", Decimal(value["value"]))
        except InvalidOperation:
            pass
    kind = "iri" if value["type"] == "uri" else "literal"
    return kind, value["value"], "" if datatype == "string" else datatype, value.get("xml:lang", "").lower()


def _difference(found: Found, reference: Found | str, template: Template) -> str:
    if isinstance(reference, str):
        return "nothing to compare with"
    if found.total() != reference.total():
        return f"{found.total()} instead of {reference.total()}"
    other = (found - reference).total()
    return f"{other} of {found.total()} differ" if other and not template.rows_only else ""
