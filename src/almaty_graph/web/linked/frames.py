"""Decides how JSON-LD is framed for each class: a thing on top, and inside of it whatever speaks of it."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from werkzeug.exceptions import BadRequest

from almaty_graph.names import DEF, RDFS
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, iri_value

_SUBCLASS = iri(RDFS + "subClassOf")


class Frames:
    """The frames of the classes of a record, by the name that a class has in our vocabulary."""

    def __init__(self, record: Record, context: Mapping[str, Any]) -> None:
        self.record, self.context = record, context
        self._kept = lru_cache(None)(self._frame)

    def frame(self, name: str, term: Term) -> dict[str, Any]:
        """The frame of a class for the document about a term, which is on top alone if it is of the class."""
        frame = self._kept(name)
        types = {iri_value(kind) for kind in self.record.values(term, TYPE)}
        return frame | {"@id": iri_value(term)} if types.intersection(frame["@type"]) else frame

    def _frame(self, name: str) -> dict[str, Any]:
        """The frame of a class; BadRequest if nothing is of it.

        It asks for whatever is of the class or of one below, and by `@reverse` for what names such a thing
        in any property in which the record does so.
        """
        classes = _below(self.record, iri(DEF + name))
        things = [thing for each in classes for thing in self.record.subjects(TYPE, each)]
        if not things:
            raise BadRequest(
                f"nothing is a def:{name}: a frame is named by a class, for example ?frame=State"
            )
        naming = {quad.predicate for thing in things for quad in self.record.mentions(thing)}
        return {
            "@context": self.context,
            "@type": [iri_value(each) for each in classes],
            "@omitDefault": True,
            "@reverse": {iri_value(predicate): {} for predicate in sorted(naming)},
        }


def _below(record: Record, top: Term) -> list[Term]:
    """A class and all below it, sorted."""
    found: set[Term] = set()
    open_classes: Iterable[Term] = [top]
    while open_classes:
        found.update(open_classes)
        open_classes = [
            c for each in open_classes for c in record.subjects(_SUBCLASS, each) if c not in found
        ]
    return sorted(found)
