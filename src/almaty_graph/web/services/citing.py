"""Decides how an answer is cited: BibTeX, and CSL-JSON for all else that makes reference lists."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from almaty_graph.names import PROV
from almaty_graph.release.record import Record
from almaty_graph.terms import Term, iri

_DERIVED: Final = iri(PROV + "wasDerivedFrom")
_QUOTED: Final = iri(PROV + "wasQuotedFrom")
_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}


@dataclass(frozen=True)
class Reference:
    """An answer as something that is cited; `sources` are what its claims rest on, by title and address."""

    key: str
    title: str
    author: str
    published: str
    version: str
    url: str
    sha256: str
    sources: tuple[str, ...]

    @property
    def note(self) -> str:
        """What a reader needs besides, to check it: the hash of the answer, and whose words it rests on."""
        rests = f" It rests on: {'; '.join(self.sources)}." if self.sources else ""
        return f"SHA-256 of the answer: {self.sha256}.{rests}"

    def bibtex(self) -> str:
        """An entry for BibTeX."""
        rows = {
            "title": f"{{{_escaped(self.title)}}}",
            "author": f"{{{_escaped(self.author)}}}",
            "year": self.published[:4],
            "version": _escaped(self.version),
            "howpublished": rf"\url{{{self.url}}}",
            "note": _escaped(self.note),
        }
        body = "".join(f"  {name} = {{{value}}},\n" for name, value in rows.items())
        return f"@misc{{{self.key},\n{body}}}\n"

    def csl(self) -> str:
        """An item in a list of CSL-JSON."""
        day = [int(part) for part in self.published[:10].split("-")]
        item: dict[str, Any] = {
            "id": self.key,
            "type": "dataset",
            "title": self.title,
            "author": [{"literal": self.author}],
            "issued": {"date-parts": [day]},
            "version": self.version,
            "URL": self.url,
            "note": self.note,
        }
        return json.dumps([item], ensure_ascii=False, indent=1) + "\n"


def sources_of(record: Record, named: Iterable[Term]) -> list[Term]:
    """The sources that an answer touches: those that it names, and those of claims and passages in it."""
    found: set[Term] = set()
    for term in named:
        passages = {term, *record.values(term, _DERIVED)}
        found.update(source for each in passages for source in record.values(each, _QUOTED))
        if record.passages_of(term):
            found.add(term)
    return sorted(found)


def _escaped(text: str) -> str:
    return re.sub(r"[\\~^&%$#_{}]", lambda sign: _SPECIAL[sign[0]], text)
