"""Decides what identifies a thing elsewhere: schemes, and which spellings of an identifier are one.

`http://www.wikidata.org/entity/Q813`, `https://www.wikidata.org/wiki/Q813`, `wikidata:Q813` and, where a
scheme is named, `Q813` are the same. What a scheme is called and where it lies is a table; which entries
there are is in the data.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from almaty_graph.names import BASE, DEF, PREFIXES
from almaty_graph.terms import Term, iri_value, is_iri, literal_parts

_SCHEME: Final = re.compile(r"https?://(www\.)?", re.IGNORECASE)
_END: Final = re.compile(r"[/?#]")  # what may follow is a page about the entry, in some language


@dataclass(frozen=True)
class Scheme:
    """A set of identifiers: its name, which is its prefix too, and where its entries lie.

    `spaces` are what stands before the local part in an IRI, without `https://www.`; the first is that of our
    data. `datatype` is that of codes.
    """

    name: str
    title: str
    spaces: tuple[str, ...] = ()
    datatype: str | None = None

    def local(self, key: str) -> str | None:
        """The local part of a key in this scheme; nothing if it has none."""
        space = next((each for each in self.spaces if key.startswith(each)), None)
        return _END.split(key[len(space) :], maxsplit=1)[0] if space is not None else None


SCHEMES: Final = (
    Scheme("wikidata", "Wikidata", ("wikidata.org/entity/", "wikidata.org/wiki/")),
    Scheme("geonames", "GeoNames", ("sws.geonames.org/", "geonames.org/")),
    Scheme("ror", "Research Organization Registry", ("ror.org/",)),
    Scheme("isni", "ISNI", ("isni.org/isni/", "isni.org/")),
    Scheme("eurovoc", "EuroVoc", ("eurovoc.europa.eu/",)),
    Scheme(
        "eu-country",
        "Countries of the European Union's list",
        ("publications.europa.eu/resource/authority/country/",),
    ),
    Scheme("iso-alpha2", "ISO 3166-1 alpha-2", datatype=DEF + "isoAlpha2"),
    Scheme("iso-alpha3", "ISO 3166-1 alpha-3", datatype=DEF + "isoAlpha3"),
    Scheme("iso-subdivision", "ISO 3166-2", datatype=DEF + "isoSubdivision"),
    Scheme("m49", "UN M49", datatype=DEF + "m49"),
)
_BY_NAME: Final = {scheme.name: scheme for scheme in SCHEMES}
_BY_DATATYPE: Final = {scheme.datatype: scheme for scheme in SCHEMES if scheme.datatype}


@dataclass(frozen=True)
class Identifier:
    """What identifies a thing elsewhere: its scheme if known, its local part, and how data has it."""

    scheme: Scheme | None
    local: str
    value: str

    @property
    def curie(self) -> str:
        """The identifier with its prefix, or its IRI where the scheme is not known."""
        return f"{self.scheme.name}:{self.local}" if self.scheme else self.value


def identify(term: Term) -> Identifier:
    """The identifier that a term of a link is: an entry elsewhere, or a code."""
    if is_iri(term):
        value = iri_value(term)
        key = _key(value)
        for scheme in SCHEMES:
            if local := scheme.local(key):
                return Identifier(scheme, local, value)
        return Identifier(None, key, value)
    code = literal_parts(term)
    return Identifier(_BY_DATATYPE.get(code.datatype), code.value, code.value)


def keys_of(identifier: Identifier) -> tuple[str, ...]:
    """The keys under which an identifier is looked up: with its prefix, and without."""
    if identifier.scheme is None:
        return (identifier.local.casefold(),)
    return identifier.curie.casefold(), identifier.local.casefold()


def key_for(text: str) -> str:
    """The key of an identifier as somebody writes it: an IRI, a prefixed name, or a local part by itself."""
    key = _key(text.strip())
    for scheme in SCHEMES:
        if local := scheme.local(key):
            return f"{scheme.name}:{local}".casefold()
    prefix, colon, local = key.partition(":")
    if colon and prefix.lower() in _BY_NAME:
        return f"{prefix}:{local.strip()}".casefold()
    return key.casefold()


def expand(text: str) -> str:
    """The IRI of ours that a text names, in whatever way: whole, by prefix, or by the path of its page."""
    text = text.strip()
    prefix, colon, local = text.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        text = PREFIXES[prefix] + local
    if text.startswith("http://" + BASE.partition("//")[2]):
        text = "https" + text[4:]
    return text.replace(BASE + "doc/", BASE + "id/", 1)


def schemes_of(identifiers: Iterable[Identifier]) -> list[Scheme]:
    """The schemes that identifiers are of, in the order of the table."""
    found = {identifier.scheme for identifier in identifiers}
    return [scheme for scheme in SCHEMES if scheme in found]


def _key(text: str) -> str:
    """A web address without what may be written one way or another; other text as it is."""
    if not _SCHEME.match(text):
        return text
    host, slash, path = _SCHEME.sub("", text, count=1).partition("/")
    return (host.lower() + slash + path).rstrip("/")
