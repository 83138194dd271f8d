"""Decides the rules about files: what a shape cannot see, because it sees triples only.

A rule is a function from the sources to findings; being decorated is what makes it one.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from rdflib import URIRef
from rdflib.namespace import SH as SH_TERMS

from almaty_graph.check.evidence import SourceGraph, find_gaps
from almaty_graph.check.report import Finding, Severity
from almaty_graph.dates import DAY, MONTH, YEAR, is_partial_date
from almaty_graph.errors import SourceError
from almaty_graph.names import BASE, CLAIM, DEF, OWL, RDF, RDFS, SH, SHAPES, SOURCE, XSD
from almaty_graph.places import Place
from almaty_graph.sources import Sources
from almaty_graph.terms import TYPE, Term, Triple, iri, iri_value, is_iri, is_literal, literal_parts, text_of

Rule = Callable[[Sources], Iterator[Finding]]
RULES: list[Rule] = []

_VERSION = iri(OWL + "versionInfo")
_DECLARING = {iri(OWL + "Class"), iri(RDF + "Property")} | {
    iri(OWL + kind) for kind in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
}
_NAMING_CLASSES = {iri(SH + name) for name in ("targetClass", "class")} | {iri(RDFS + "subClassOf")}
_NAMING_PROPERTIES = {iri(SH + name) for name in ("path", "targetSubjectsOf", "targetObjectsOf", "disjoint")}
_NAMING_TERMS = {TYPE, iri(RDF + "predicate")}
_OUR_TERM = re.compile(rf"{re.escape(DEF)}[A-Za-z0-9_-]*|\bdef:[A-Za-z][A-Za-z0-9_-]*")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LEXICAL = {
    XSD + "string": re.compile(r".*\Z", re.DOTALL),
    RDF + "langString": re.compile(r".*\Z", re.DOTALL),
    XSD + "boolean": re.compile(r"(?:true|false|0|1)\Z"),
    XSD + "integer": re.compile(r"[+-]?\d+\Z"),
    XSD + "nonNegativeInteger": re.compile(r"\+?\d+\Z|-0+\Z"),
    XSD + "positiveInteger": re.compile(r"\+?0*[1-9]\d*\Z"),
    XSD + "decimal": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)\Z"),
    XSD + "dateTime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?\Z"),
    XSD + "anyURI": re.compile(r"[a-z][a-z0-9+.-]*:\S+\Z"),
    XSD + "duration": re.compile(r"P(?=\d)(?:\d+Y)?(?:\d+M)?(?:\d+D)?\Z"),
    DEF + "isoAlpha2": re.compile(r"[A-Z]{2}\Z"),
    DEF + "isoAlpha3": re.compile(r"[A-Z]{3}\Z"),
    DEF + "isoSubdivision": re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}\Z"),
    DEF + "m49": re.compile(r"[0-9]{3}\Z"),
    XSD + "hexBinary": re.compile(r"(?:[0-9A-Fa-f]{2})*\Z"),
}


def rule(function: Rule) -> Rule:
    """The function, counted among the rules."""
    RULES.append(function)
    return function


def _error(name: str, place: Place | None, focus: Term, message: str) -> Finding:
    return Finding(name, Severity.VIOLATION, place, text_of(focus), message)


@rule
def canonical_form(sources: Sources) -> Iterator[Finding]:
    """Every Turtle file is written as the formatter writes it."""
    for file in sources.files:
        try:
            canonical = file.canonical().encode()
        except SourceError as error:
            yield _error("canonical-form", Place(file.path), "", error.message)
            continue
        if file.text != canonical:
            pairs = zip(file.text.splitlines(), canonical.splitlines(), strict=False)
            line = next((n for n, (a, b) in enumerate(pairs, start=1) if a != b), len(canonical.splitlines()))
            message = "is not in canonical form: run 'almaty-graph format'"
            yield _error("canonical-form", Place(file.path, line), "", message)


@rule
def declared_terms(sources: Sources) -> Iterator[Finding]:
    """Every class and property that is used is declared in the ontology, ours or reused."""
    declared = {q.subject for q in sources.dataset if q.predicate == TYPE and q.object in _DECLARING}
    name = "declared-terms"
    for file in sources.files:
        for triple, line in file.lines.items():
            if file.folder == "shapes":
                used = _named_by_shape(triple)
            else:
                used = [triple.predicate] + [triple.object] * (triple.predicate in _NAMING_TERMS)
            for term in used:
                if term not in declared:
                    message = f"{text_of(term)} is not declared in ontology/: is it misspelt?"
                    yield _error(name, Place(file.path, line), triple.subject, message)
    yield from _undeclared_in_text(sources, declared)


def _named_by_shape(triple: Triple) -> list[Term]:
    named = triple.predicate in _NAMING_CLASSES | _NAMING_PROPERTIES and is_iri(triple.object)
    return [triple.object] if named else []


def _undeclared_in_text(sources: Sources, declared: set[Term]) -> Iterator[Finding]:
    """Terms of ours in queries and in the SPARQL of shapes, where no parser of RDF looks."""
    texts = [(Place(f"queries/{question.slug}.rq"), question.text) for question in sources.questions]
    texts += [(Place(rule.path), rule.text) for rule in sources.rules]
    for file in sources.of("shapes"):
        texts += [
            (Place(file.path, line), text_of(triple.object))
            for triple, line in file.lines.items()
            if triple.predicate in (iri(SH + "select"), iri(SH + "ask"))
        ]
    for place, text in texts:
        for match in _OUR_TERM.finditer(text):
            term = iri(DEF + match[0].removeprefix(DEF).removeprefix("def:"))
            if term not in declared and term != iri(DEF):
                message = f"{match[0]} is not declared in ontology/: is it misspelt?"
                yield _error("declared-terms", place, "", message)


@rule
def shacl_terms(sources: Sources) -> Iterator[Finding]:
    """Shapes use terms of SHACL 1.0 only: pySHACL ignores any other in silence."""
    for file in sources.of("shapes"):
        for triple, line in file.lines.items():
            for term in triple:
                if term.startswith(f"<{SH}") and URIRef(iri_value(term)) not in SH_TERMS:
                    message = (
                        f"{text_of(term)} is not a term of SHACL 1.0 and would be ignored: is it misspelt?"
                    )
                    yield _error("shacl-terms", Place(file.path, line), triple.subject, message)


@rule
def lexical_forms(sources: Sources) -> Iterator[Finding]:
    """Every literal is well-formed for its datatype; RDFLib never notices a malformed xsd:gYearMonth."""
    for file in sources.files:
        for triple, line in file.lines.items():
            if not is_literal(triple.object):
                continue
            value, datatype, _ = literal_parts(triple.object)
            if found := _NOT_XML.search(value):
                message = f"has the character U+{ord(found[0]):04X}, which RDF/XML cannot carry"
                yield _error("lexical-forms", Place(file.path, line), triple.subject, message)
            if datatype in (YEAR, MONTH, DAY):
                good = is_partial_date(value, datatype)
            elif datatype in _LEXICAL:
                good = _LEXICAL[datatype].match(value) is not None
            else:
                message = f"datatype {datatype} is none of those this publisher can check"
                yield _error("lexical-forms", Place(file.path, line), triple.subject, message)
                continue
            if not good:
                kind = datatype.rpartition("#")[2]
                yield _error(
                    "lexical-forms", Place(file.path, line), triple.subject, f"{value!r} is no xsd:{kind}"
                )


@rule
def described_things(sources: Sources) -> Iterator[Finding]:
    """Every IRI of ours that is referred to is described: no link leads nowhere."""
    described = {iri_value(quad.subject) for quad in sources.dataset} | {BASE + "shapes"}
    for file in sources.files:
        for triple, line in file.lines.items():
            target = text_of(triple.object)
            ours = is_iri(triple.object) and target.startswith(BASE) and not target.startswith(SHAPES)
            if ours and target not in described and triple.predicate != iri(OWL + "versionIRI"):
                message = f"refers to {target}, which no file describes"
                yield _error("described-things", Place(file.path, line), triple.subject, message)


@rule
def graph_discipline(sources: Sources) -> Iterator[Finding]:
    """A source's file holds its own claims and passages and nothing else; no other file holds any."""
    registered = {quad.subject for quad in sources.dataset if quad.graph == iri(BASE + "graph/register")}
    for file in sources.files:
        if file.folder == "sources":
            own = (f"<{CLAIM}{file.slug}/", f"<{SOURCE}{file.slug}#")
            strange = {t.subject: line for t, line in file.lines.items() if not t.subject.startswith(own)}
            message = f"is not a claim or passage of {file.slug}: the register is the place for things"
            if iri(SOURCE + file.slug) not in registered:
                text = f"no source/{file.slug} in data/register/: describe the source there"
                yield _error("graph-discipline", Place(file.path), iri(SOURCE + file.slug), text)
        else:
            alike = (f"<{CLAIM}", f"<{SOURCE}")
            strange = {
                t.subject: line
                for t, line in file.lines.items()
                if t.subject.startswith(alike) and ("#" in t.subject or t.subject.startswith(alike[0]))
            }
            message = "is a claim or a passage: its place is the file of its source in data/sources/"
        for subject, line in strange.items():
            yield _error("graph-discipline", Place(file.path, line), subject, message)


@rule
def one_graph_a_triple(sources: Sources) -> Iterator[Finding]:
    """No triple stands in two graphs: the engine's union of graphs would count it twice."""
    graphs: dict[Triple, set[Term]] = defaultdict(set)
    for quad in sources.dataset:
        graphs[quad.triple].add(quad.graph)
    for triple, names in graphs.items():
        if len(names) > 1:
            listed = " and ".join(sorted(text_of(name) for name in names))
            yield _error(
                "one-graph-a-triple", sources.locate(*triple), triple.subject, f"is said alike in {listed}"
            )


@rule
def one_version(sources: Sources) -> Iterator[Finding]:
    """Ontology, shapes and dataset carry one version."""
    versions: dict[str, list[tuple[Place, Term]]] = defaultdict(list)
    for file in sources.files:
        for triple, line in file.lines.items():
            if triple.predicate == _VERSION:
                versions[text_of(triple.object)].append((Place(file.path, line), triple.subject))
    if len(versions) > 1:
        most = max(versions, key=lambda version: len(versions[version]))
        for version in sorted(versions.keys() - {most}):
            for place, subject in versions[version]:
                yield _error("one-version", place, subject, f"is version {version}, the rest is {most}")


@rule
def context_terms(sources: Sources) -> Iterator[Finding]:
    """The JSON-LD context has a name for every property in use."""
    for predicate in sorted({quad.predicate for quad in sources.dataset} - {TYPE}):
        if iri_value(predicate) not in _context_iris(sources.context):
            message = f"has no term in ontology/context.jsonld: add one for {iri_value(predicate)}"
            yield _error("context-terms", Place("ontology/context.jsonld"), predicate, message)


def _context_iris(context: dict[str, object]) -> Iterable[str]:
    for definition in context.values():
        name = definition.get("@id") if isinstance(definition, dict) else None
        if isinstance(name, str):
            prefix, _, local = name.partition(":")
            namespace = context.get(prefix)
            yield f"{namespace}{local}" if isinstance(namespace, str) else name


@rule
def evidence(sources: Sources) -> Iterator[Finding]:
    """Dates, numbers and names of a claim stand in its quotes; a passage is named for its lines."""
    for file in sources.of("sources"):
        for gap in find_gaps(SourceGraph(sources, file)):
            yield _error("evidence", gap.place, gap.focus, gap.message)
