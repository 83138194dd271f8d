"""Decides what an editor of queries completes: prefixes, terms and things, by their names and labels."""

import json
import re

from flask import Response

from almaty_graph.names import ID, OWL, PREFIXES, RDF, RDFS, SKOS
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, is_iri
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.routes import Routes

_CLASSES = (iri(OWL + "Class"), iri(RDFS + "Class"))
# A prefixed name that needs no escapes (SPARQL 1.1, 19.8).
_SHORT = re.compile(r"[a-z][a-z-]*:[A-Za-z0-9][A-Za-z0-9_-]*")
_NAME = iri(SKOS + "prefLabel")


class Completions:
    """What can be named in a query."""

    def __init__(self, record: Record) -> None:
        self.record, self.labels = record, Labels(record)

    def listed(self) -> Response:
        """As JSON: `prefixes`, and `terms` with `name`, `label` and `kind` (property, class, thing)."""
        kinds = dict.fromkeys({quad.predicate for quad in self.record} - {iri(RDF + "type")}, "property")
        classes = {quad.object for quad in self.record if quad.predicate == TYPE}
        declared = {term for kind in _CLASSES for term in self.record.subjects(TYPE, kind)}
        kinds |= dict.fromkeys(classes | declared, "class")
        named = {quad.subject for quad in self.record if quad.predicate == _NAME}
        kinds |= {term: "thing" for term in named if term.startswith(f"<{ID}")}
        rows = [self._row(term, kind) for term, kind in kinds.items() if is_iri(term)]
        told = {"prefixes": dict(PREFIXES), "terms": sorted(filter(None, rows), key=lambda row: row["name"])}
        return Response(json.dumps(told, ensure_ascii=False), content_type="application/json")

    def _row(self, term: Term, kind: str) -> dict[str, str] | None:
        """What is offered for a term; nothing for one that no prefix shortens."""
        name = self.labels.compact(term)
        label = self.labels.of(term)
        is_short = _SHORT.fullmatch(name)
        return {"name": name, "label": "" if label == name else label, "kind": kind} if is_short else None


def completion_routes(record: Record) -> Routes:
    """The route of what an editor completes."""
    return {"/completions.json": Completions(record).listed}
