"""Decides which terms are alike, and how a term differs from the one that was meant, in a sentence."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher, get_close_matches
from typing import Final

from almaty_graph.engine.emptiness.writing import Prefixes, local_name
from almaty_graph.names import XSD
from almaty_graph.terms import Term, iri_value, is_iri, is_literal, literal, literal_parts, text_of

_ALIKE: Final = 0.7  # of 1, by the longest common parts
_MISSPELT: Final = 0.85
_CLOSE: Final = 4
_PART: Final = 3  # characters of a name that count as a part of another
_NUMBERS: Final = frozenset(XSD + name for name in ("integer", "decimal", "double", "float"))
_DATES: Final = {XSD + "gYear": 4, XSD + "gYearMonth": 7, XSD + "date": 10}


def name_in(term: Term) -> str:
    """What a term is called: the local name of an IRI, or the text of a literal."""
    return local_name(iri_value(term)).strip("/#:") if is_iri(term) else text_of(term)


def unlikeness(one: Term, other: Term) -> int:
    """0 for terms of one name, whatever their case, language, datatype or namespace; 1 for a slip; else 2."""
    if _key(one) == _key(other):
        return 0
    return 1 if SequenceMatcher(None, _key(one), _key(other)).ratio() >= _MISSPELT else 2


def alike(wanted: Term, values: Iterable[Term]) -> list[Term]:
    """Those of the values that may have been meant, likelier ones first."""
    key, named = _key(wanted), dict[str, list[Term]]()
    for value in values:
        if value != wanted:
            named.setdefault(_key(value), []).append(value)
    same = named.pop(key, [])
    parts = sorted((each for each in named if _is_part(key, each)), key=len)
    # 2018 is not nearly 2013.
    close = [] if key[:1].isdigit() else get_close_matches(key, named, _CLOSE, _ALIKE)
    return [*same, *(value for name in dict.fromkeys([*close, *parts[:_CLOSE]]) for value in named[name])]


def _key(term: Term) -> str:
    name = name_in(term)
    if is_literal(term) and literal_parts(term).datatype in _NUMBERS:
        try:
            name = f"{Decimal(name).normalize():f}"
        except InvalidOperation:
            return name
    return "".join(character for character in name.casefold() if character.isalnum()) or name


def _is_part(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= _PART and (one in other or other in one)


def typed(old: Term, values: Iterable[Term]) -> list[Term]:
    """A literal with each other datatype that the values have, cut to its length if that is of a date."""
    if not is_literal(old):
        return []
    text, own, _ = literal_parts(old)
    datatypes = {literal_parts(value).datatype: None for value in values if is_literal(value)}
    named = [each for each in datatypes if each.startswith(XSD) and each != own]
    return [literal(text[: _DATES.get(datatype)], datatype) for datatype in named]


def difference(old: Term, new: Term, prefixes: Prefixes) -> str:
    """How the term in the data differs from the one in the query."""
    shown = prefixes.write(new)
    if is_iri(old) != is_iri(new):
        return f"the data has {'a thing' if is_iri(new) else 'a text'} there: {shown}"
    if _key(old) != _key(new):
        return f"the data has {shown}"
    name = local_name(iri_value(new)) if is_iri(new) else text_of(new)
    if name != (local_name(iri_value(old)) if is_iri(old) else text_of(old)):
        return f"the data has it written {shown}"
    if is_iri(new):
        return f"the data has {name} in the namespace <{iri_value(new).removesuffix(name)}>"
    language, was = literal_parts(new).language, literal_parts(old).language
    if language == was:
        return f"the data has it with the datatype {prefixes.write(f'<{literal_parts(new).datatype}>')}"
    return f"the data has it {f'in the language {language}' if language else 'without a language'}"
