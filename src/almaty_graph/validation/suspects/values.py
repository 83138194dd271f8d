"""Decides what each constraint component asks of a value by itself, in SPARQL (SHACL 4.1, 4.3, 4.4, 4.8)."""

import re
from collections.abc import Callable
from typing import Final

from almaty_graph.names import RDF, RDFS, SH, XSD
from almaty_graph.terms import Term, iri_value, is_iri, is_literal, literal, literal_parts
from almaty_graph.validation.exact import stored
from almaty_graph.validation.shapes import Shapes
from almaty_graph.validation.suspects.expressions import ALWAYS, UNSURE, Expressions, exactly

_KINDS: Final = {
    "IRI": "isIRI({0})",
    "BlankNode": "isBlank({0})",
    "Literal": "isLiteral({0})",
    "BlankNodeOrIRI": "!isLiteral({0})",
    "BlankNodeOrLiteral": "!isIRI({0})",
    "IRIOrLiteral": "!isBlank({0})",
}
# What Python, XPath and the engine read alike: no look-around, back-reference, or class with a name.
_ESCAPE: Final = r"\\[.\\/()\[\]{}^$*+?|sSdDwW-]"
_COMMON_PATTERN: Final = re.compile(
    rf"(?:[^\\()\[\]{{}}^$.*+?|]|{_ESCAPE}|\(|\)|[\^$.|]|[*+?]\??|\{{\d{{1,3}}(?:,\d{{0,3}})?\}}"
    rf"|\[\^?(?:[^\\\[\]&~^-]|[A-Za-z0-9]-[A-Za-z0-9]|{_ESCAPE})+-?\])*"
)
_ASCII: Final = 'REGEX(STR({0}), "^[ -~]*$")'
# Where a pattern has these, its readings differ by letters beyond ASCII, or by separators that are no space.
_GUARDS: Final = (
    (re.compile(r"\\[dDwW]"), _ASCII),
    (re.compile(r"\\[sS]"), '!REGEX(STR({0}), "[\\u001C-\\u001F]")'),
)
# Datatypes whose literals may be ill-typed, and that the engine can make of a text; and what RDFLib cannot.
_YEAR: Final = 'REGEX(STR({0}), "^[1-9][0-9]{{3}}(?:[^0-9]|$)")'
_HOUR: Final = '!CONTAINS(STR({0}), "24:")'
_CAST: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("boolean", "integer", "decimal", "double", "float"), ()),
    **dict.fromkeys(("date", "gYear", "gYearMonth"), (_YEAR,)),
    "time": (_HOUR,),
    "dateTime": (_YEAR, _HOUR),
}
_ANY_TEXT: Final = (XSD + "string", RDF + "langString", XSD + "anyURI")


Stated = tuple[Term, str, Term]  # a shape, the name of a component, its parameter
Subclasses = Callable[[Term], list[Term]]  # a class and those below it
_Component = Callable[[Shapes, Subclasses, Stated, str], Expressions]


def value_condition(shapes: Shapes, subclasses: Subclasses, stated: Stated, node: str) -> Expressions | None:
    """What a statement of a shape asks of a value, a variable; None if it asks nothing of it alone."""
    told = _COMPONENTS.get(stated[1])
    return told(shapes, subclasses, stated, node) if told else None


def _class(_: Shapes, subclasses: Subclasses, stated: Stated, node: str) -> Expressions:
    if not is_iri(stated[2]):
        return UNSURE
    return exactly(" || ".join(f"EXISTS {{ {node} a {each} }}" for each in subclasses(stated[2])))


def _datatype(_: Shapes, __: Subclasses, stated: Stated, node: str) -> Expressions:
    name = iri_value(stated[2])
    if name.startswith(RDFS):  # of which pySHACL has a reading of its own
        return UNSURE
    same = f"DATATYPE({node}) = {stated[2]}"
    other = f"!isLiteral({node}) || COALESCE(!({same}), false)"
    if not name.startswith(XSD) or name in _ANY_TEXT:
        return Expressions(f"isLiteral({node}) && ({same})", other)
    local = name.removeprefix(XSD)
    if local not in _CAST:
        return Expressions("false", other)
    certain = [f"isLiteral({node})", f"({same})", f"isLiteral(<{name}>(STR({node})))"]
    return Expressions(" && ".join([*certain, *(each.format(node) for each in _CAST[local])]), other)


def _node_kind(_: Shapes, __: Subclasses, stated: Stated, node: str) -> Expressions:
    kind = iri_value(stated[2]).removeprefix(SH)
    return exactly(_KINDS[kind].format(node)) if kind in _KINDS else UNSURE


def _compared(sign: str) -> _Component:
    def told(_: Shapes, __: Subclasses, stated: Stated, node: str) -> Expressions:
        bound = stated[2]
        if not is_literal(bound) or literal_parts(bound).datatype.endswith("uration"):
            return UNSURE  # SPARQL orders no durations, but the engine does
        holds = f"{node} {sign} {bound}"
        return Expressions(holds, f"COALESCE(isNumeric({node}) && !({holds}), false)")

    return told


def _length(sign: str) -> _Component:
    def told(_: Shapes, __: Subclasses, stated: Stated, node: str) -> Expressions:
        number = literal_parts(stated[2]).value if is_literal(stated[2]) else ""
        if not (number.isascii() and number.isdigit()):
            return UNSURE
        if int(number) == 0 and sign == ">=":
            return ALWAYS
        return exactly(f"!isBlank({node}) && STRLEN(STR({node})) {sign} {int(number)}")

    return told


def _pattern(shapes: Shapes, _: Subclasses, stated: Stated, node: str) -> Expressions:
    flags = [literal_parts(each).value for each in shapes.values(stated[0], "flags") if is_literal(each)]
    pattern = literal_parts(stated[2]).value if is_literal(stated[2]) else "\\"
    if not _COMMON_PATTERN.fullmatch(pattern) or len(flags) > 1 or not set(flags) <= {"", "i"}:
        return UNSURE
    # The engine's `i` folds more letters than Python's.
    guards = [guard.format(node) for found, guard in _GUARDS if found.search(pattern)]
    guards += [_ASCII.format(node)] if flags == ["i"] else []
    flag = ', "i"' if flags == ["i"] else ""
    matches = f"!isBlank({node}) && REGEX(STR({node}), {literal(pattern)}{flag})"
    return Expressions(" && ".join([matches, *guards]), "false")


def _language(shapes: Shapes, _: Subclasses, stated: Stated, node: str) -> Expressions:
    certain, possible = [], []
    for term in shapes.items(stated[2]):
        tag = literal_parts(term).value.lower() if is_literal(term) else ""
        if not re.fullmatch(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*", tag):
            return UNSURE
        same, narrower = f'LANG({node}) = "{tag}"', f'STRSTARTS(LANG({node}), "{tag}-")'
        # pySHACL takes a narrower tag only where the range has no subtag.
        certain += [same] if "-" in tag else [same, narrower]
        possible += [same, narrower]
    told = " || ".join(possible) or "false"
    return Expressions(" || ".join(certain) or "false", f"!isLiteral({node}) || !({told})")


def _in(shapes: Shapes, _: Subclasses, stated: Stated, node: str) -> Expressions:
    members = shapes.items(stated[2])
    if not all(is_iri(each) or is_literal(each) for each in members):
        return UNSURE
    return exactly(" || ".join(f"sameTerm({node}, {stored(each)})" for each in members) or "false")


_COMPONENTS: Final[dict[str, _Component]] = {
    "class": _class,
    "datatype": _datatype,
    "nodeKind": _node_kind,
    "minLength": _length(">="),
    "maxLength": _length("<="),
    "pattern": _pattern,
    "languageIn": _language,
    "in": _in,
    "minInclusive": _compared(">="),
    "minExclusive": _compared(">"),
    "maxInclusive": _compared("<="),
    "maxExclusive": _compared("<"),
}
