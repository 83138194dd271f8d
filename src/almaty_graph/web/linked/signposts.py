"""Decides which typed links lead from a document: FAIR Signposting, in headers and linksets (RFC 9264)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from almaty_graph.formats import DOCUMENTS, HTML, LINKSET, LINKSETS, Format
from almaty_graph.names import BASE, DATASET, DCTERMS, DEF, GRAPH, ID, SOURCE, document_path
from almaty_graph.release import Release
from almaty_graph.release.media import DUMPS
from almaty_graph.terms import Term, iri, iri_value
from almaty_graph.web.linked.schema_org import SCHEMA_ORG, SchemaOrg

# Where the states of an address in other releases are found, by its path (RFC 7089).
TIMEGATE: Final = "/timegate"
TIMEMAP: Final = "/timemap"
LINK_FORMAT: Final = "application/link-format"
_WHOLE: Final = "/dataset"
_VOCABULARY: Final = "/def"


@dataclass(frozen=True)
class Link:
    """A typed link (RFC 8288): an absolute IRI or a path of ours, how it is related, and what is there."""

    target: str
    relation: str
    media_type: str = ""


class Signposts:
    """The links of the documents of a release.

    In headers paths are relative, so they hold wherever the release is served; in linksets, which travel
    without their address, they are absolute. Whether they lead to states of other releases depends on whether
    these are answered.
    """

    def __init__(self, release: Release, has_past: bool = True) -> None:
        self.release, self.record, self.schema = release, release.record, SchemaOrg(release)
        self.has_past = has_past
        self.licenses = self._licenses(iri(DATASET))

    def of_document(self, path: str, term: Term, form: Format) -> list[Link]:
        """The links of a document about a term in one format: few enough for a header."""
        others = [
            Link(f"{path}.{each.suffix}", "alternate", each.media_type) for each in _DATA if each != form
        ]
        links = [Link(iri_value(term), "cite-as"), *others]
        if form == HTML:
            links += [Link(link.target, "describedby", link.media_type) for link in others]
            links += [Link(SCHEMA_ORG + name, "type") for name in ("AboutPage", *self.schema.types(term))]
            links += self._items(path)
        else:
            links += [Link(path, "alternate", HTML.media_type), Link(path, "describes", HTML.media_type)]
        links += self._licenses(term) or self.licenses
        links += [Link(f"{path}.{each.suffix}", "linkset", each.media_type) for each in LINKSETS]
        if self.has_past:
            links += [Link(TIMEGATE + path, "timegate"), Link(TIMEMAP + path, "timemap", LINK_FORMAT)]
        return links + self._collections(path)

    def of_dumps(self) -> Mapping[str, str]:
        """The header of each dump, by its file name; under no name, that of any other file."""
        about = [
            Link(_WHOLE, "collection", HTML.media_type),
            *[Link(f"{_WHOLE}.{each.suffix}", "describedby", each.media_type) for each in _DATA],
            *self.licenses,
        ]
        names = {f"dataset.{form.suffix}" for form in DUMPS}
        kind = Link(SCHEMA_ORG + "DataDownload", "type")
        return {"": print_header(about), **dict.fromkeys(names, print_header([*about, kind]))}

    def linkset(self, path: str, term: Term, form: Format) -> bytes:
        """All links of the document about a term and of each of its formats, as a linkset."""
        contexts = {path: [*self.of_document(path, term, HTML), *self._parts(path)]}
        contexts |= {f"{path}.{each.suffix}": self.of_document(path, term, each) for each in _DATA}
        contexts |= {link.target: [_collected(path)] for link in self._items(path)}
        absolute = {_absolute(anchor): links for anchor, links in contexts.items()}
        return (_text if form == LINKSET else _json)(absolute).encode()

    def _items(self, path: str) -> list[Link]:
        if path != _WHOLE:
            return []
        files = (self.release.files[f"dataset.{form.suffix}"] for form in DUMPS)
        return [Link(f"/dump/{file.name}", "item", file.media_type) for file in files]

    def _parts(self, path: str) -> list[Link]:
        """What a document collects that is too much for a header: all documents, all terms."""
        if path == _VOCABULARY:
            named = sorted({q.subject for q in self.record.graph(iri(GRAPH + "ontology"))})
            terms = [iri_value(term).removeprefix(DEF) for term in named if term.startswith(f"<{DEF}")]
            return [Link(f"{_VOCABULARY}/{name}", "item", HTML.media_type) for name in terms]
        if path != _WHOLE:
            return []
        subjects = sorted({quad.subject for quad in self.record} | set(self.record.sizes))
        paths = [document_path(iri_value(s)) for s in subjects if s.startswith(_OURS) and "#" not in s]
        return [Link(each, "item", HTML.media_type) for each in paths if each]

    def _collections(self, path: str) -> list[Link]:
        return [] if path == _WHOLE else [_collected(_VOCABULARY if path.startswith("/def/") else _WHOLE)]

    def _licenses(self, term: Term) -> list[Link]:
        return [
            Link(iri_value(value), "license") for value in self.record.values(term, iri(DCTERMS + "license"))
        ]


_DATA: Final = tuple(form for form in DOCUMENTS if form != HTML)
_OURS: Final = (f"<{ID}", f"<{SOURCE}", f"<{GRAPH}")


def print_header(links: Iterable[Link]) -> str:
    """Links as the value of a Link header (RFC 8288, 3)."""
    return ", ".join(f"<{link.target}>; {_attributes(link)}" for link in links)


def _attributes(link: Link) -> str:
    kind = f'; type="{link.media_type}"' if link.media_type else ""
    return f'rel="{link.relation}"{kind}'


def _collected(path: str) -> Link:
    return Link(path, "collection", HTML.media_type)


def _absolute(target: str) -> str:
    return BASE + target[1:] if target.startswith("/") else target


def _text(contexts: Mapping[str, list[Link]]) -> str:
    """A linkset as text (RFC 9264, 4.1)."""
    lines = [
        f'<{_absolute(link.target)}>; {_attributes(link)}; anchor="{anchor}"'
        for anchor, links in contexts.items()
        for link in links
    ]
    return ",\n".join(lines) + "\n"


def _json(contexts: Mapping[str, list[Link]]) -> str:
    """A linkset as JSON (RFC 9264, 4.2)."""
    told = []
    for anchor, links in contexts.items():
        context: dict[str, object] = {"anchor": anchor}
        for relation in dict.fromkeys(link.relation for link in links):
            context[relation] = [
                {"href": _absolute(link.target)} | ({"type": link.media_type} if link.media_type else {})
                for link in links
                if link.relation == relation
            ]
        told.append(context)
    return json.dumps({"linkset": told}, indent=1) + "\n"
