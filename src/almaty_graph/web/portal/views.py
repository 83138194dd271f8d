"""Decides what a page about a thing says: what follows from the claims, and each with its evidence."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from flask import render_template
from markupsafe import Markup

from almaty_graph.formats import DOCUMENTS, HTML
from almaty_graph.names import BASE, CLAIM, DCTERMS, DEF, GRAPH, RDF, RDFS, SH, SKOS, SOURCE, VOID
from almaty_graph.release import Release
from almaty_graph.release.archive import Archive
from almaty_graph.release.quality import FILE as QUALITY_FILE
from almaty_graph.release.quality import history, read_quality
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Quad, Term, iri, literal_parts, text_of
from almaty_graph.web.linked.vocabulary import NAMING, Vocabulary
from almaty_graph.web.pictures.gallery import Gallery
from almaty_graph.web.portal.claims import OBJECT, PERIOD, SAYS, SUBJECT
from almaty_graph.web.portal.glossary import Glossary
from almaty_graph.web.portal.labels import languages_of, mark
from almaty_graph.web.portal.lists import Lists
from almaty_graph.web.portal.parts import Parts
from almaty_graph.web.portal.rules import Rules
from almaty_graph.web.protocol.languages import DEFAULT, choose_language, liked_languages, page_language

_DEFINITION, _QUERY = iri(SKOS + "definition"), iri(SH + "construct")
_LABELS = (iri(SKOS + "prefLabel"), iri(RDFS + "label"))
_NAMES = (*_LABELS, _DEFINITION)
_VIEW = iri(GRAPH + "view")
_LINK, _RULE = iri(DEF + "Link"), iri(DEF + "Rule")
_VERIFIED_IN, _CONCERNS = iri(DEF + "verifiedIn"), iri(DEF + "concerns")
_Linked = tuple[Term, Term, Term, list[Term]]
# What the dataset has hundreds of, for machines.
_PARTS = (iri(VOID + "classPartition"), iri(VOID + "propertyPartition"), iri(SH + "declare"))
_WEIGHED = {iri(DEF + "Conclusion"), iri(DEF + "Disagreement")}
# What the pages of conclusions and disagreements show in sections of their own.
_SHOWN = {
    *(TYPE, *_NAMES, *SUBJECT, *SAYS, *OBJECT, *PERIOD, iri(DCTERMS + "type")),
    *(iri(DEF + name) for name in ("about", "supportedBy", "contradictedBy", "leavesOpen", "involves")),
}


class Views:
    """The pages about things, made from the record of a release."""

    def __init__(self, release: Release) -> None:
        self.release, self.record = release, release.record
        self.lists = Lists(release.record)
        self.vocabulary, self.languages = Vocabulary(release), languages_of(release.record)
        self.claims, self.conclusions = self.lists.claims, self.lists.conclusions
        self.disagreements = self.lists.disagreements
        self.rules, self.gallery = Rules(release), Gallery(release.record)
        self.glossary = Glossary(release, self.vocabulary)

    def thing(self, term: Term, path: str, day: str | None = None) -> str:
        """The page of anything in the record, as of a day if one is given; a part of it if it is long."""
        own = [self.claims.row(term)] if self.record.evidence_of(term) else []
        language, links, parts = self.language_for(term), self._links(term), Parts.asked()
        heading, _ = self.in_language(term, language)
        parted = self.lists.of(term, day, parts)
        return render_template(
            "thing.html",
            term=term,
            path=path,
            language=language,
            heading=heading,
            types=self.record.values(term, TYPE),
            definition=self._words(term, _DEFINITION, language, page_language()),
            drawn=self.gallery.of(term),
            day=day,
            takes_day=self.lists.periods.are_of(term),
            own=own,
            bears_on=self.record.values(term, _CONCERNS),
            outcomes=self.rules.of(term, page_language()),
            links=links,
            query=self._words(term, _QUERY),
            described=[] if own else self._described(term, links),
            formats=[form for form in DOCUMENTS if form != HTML],
            parts=parts,
            **parted,
        )

    def graph(self, name: Term) -> str:
        """The page of a named graph: what kinds of things it describes, and the rules that it comes of."""
        typed = [quad for quad in self.record.having(TYPE) if quad.graph == name]
        kinds = Counter(quad.object for quad in typed)
        source = iri(SOURCE + text_of(name).removeprefix(GRAPH))
        return render_template(
            "graph.html",
            term=name,
            size=self.record.sizes[name],
            kinds=sorted(kinds.items(), key=lambda item: (-item[1], item[0])),
            source=source if self.record.describes(source) else None,
            rules=sorted(quad.subject for quad in typed if quad.object == _RULE),
            formats=[form for form in DOCUMENTS if form != HTML],
        )

    def ontology(self) -> str:
        """The page of the vocabulary: our terms, the roles and other concepts, and the terms reused."""
        term, glossary = iri(BASE + "def"), self.glossary
        sentences = self.rules.sentences(page_language())
        shown = {"glossary": glossary, "record": self.record, "views": self, "sentences": sentences}
        return render_template("ontology.html", term=term, **shown)

    def diagram(self) -> str:
        """The classes of the vocabulary and their connections as SVG."""
        return render_template("diagram.svg", diagram=self.glossary.diagram)

    def term(self, term: Term, path: str) -> str:
        """The page of a term of the vocabulary, in English or Russian."""
        language = self.language_for(term)
        place: dict[str, list[Term]] = defaultdict(list)
        for quad in self.vocabulary.naming(term):
            place[NAMING[quad.predicate]].append(quad.subject)
        label, definition = self.in_language(term, language)
        return render_template(
            "term.html",
            term=term,
            path=path,
            language=language,
            heading=label,
            definition=definition,
            said=[(p, values) for p, values in _grouped(self.record.of(term)) if p not in {TYPE, *_NAMES}],
            types=self.record.values(term, TYPE),
            place=place,
            constraints=self.vocabulary.constraints(term),
            formats=[form for form in DOCUMENTS if form != HTML],
        )

    def language_for(self, term: Term) -> str:
        """The language that a reader gets, of those that a thing is named in."""
        names = (literal_parts(name).language or "" for name in self.record.values(term, *_LABELS))
        return choose_language(liked_languages(self.languages), set(names))

    def quality(self) -> str:
        """The page of the figures of the release, beside those of releases kept with it."""
        return render_template(
            "quality.html",
            figures=read_quality(self.release.read(QUALITY_FILE)),
            kept=history(Archive(self.release).folders),
            results=self.rules.broken(page_language()),
            formats=[form for form in DOCUMENTS if form != HTML],
        )

    def in_language(self, term: Term, language: str) -> tuple[str, str]:
        """The label and the definition of a term in a language, empty where there is none."""
        label, definition = (
            next(
                (
                    p.value
                    for p in map(literal_parts, self.record.values(term, *names))
                    if p.language == language
                ),
                "",
            )
            for names in (_LABELS, (_DEFINITION,))
        )
        return label, definition

    def _described(self, term: Term, links: Iterable[_Linked]) -> list[tuple[Term, list[Term]]]:
        """What the record says of a thing besides what its page shows in sections of their own."""
        quads = self.record.of(term)
        types = {quad.object for quad in quads if quad.predicate == TYPE}
        hidden = _SHOWN if types & _WEIGHED else {TYPE, *_NAMES, _QUERY, *_PARTS}
        # What the view says of a thing that is not of the view stands in its conclusions.
        is_of_view = any(quad.graph == _VIEW for quad in quads if quad.predicate == TYPE)
        linked = {(predicate, value) for _, predicate, value, _ in links}
        return _grouped(
            quad
            for quad in quads
            if quad.predicate not in hidden
            and (quad.predicate, quad.object) not in linked
            and (is_of_view or quad.graph != _VIEW)
        )

    def _links(self, term: Term) -> list[_Linked]:
        """The links to entries elsewhere: the link, its property and value, and where it was verified."""
        names = [
            name
            for name in self.record.subjects(iri(RDF + "subject"), term)
            if not name.startswith(f"<{CLAIM}") and _LINK in self.record.values(name, TYPE)
        ]
        values = self.record.values
        return [
            (name, predicate, value, values(name, _VERIFIED_IN))
            for name in names
            for predicate in values(name, iri(RDF + "predicate"))
            for value in values(name, iri(RDF + "object"))
        ]

    def _words(self, term: Term, predicate: Term, *languages: str) -> Markup:
        """A text about a thing, in the first of some languages that there is, else in English."""
        parts = [literal_parts(value) for value in self.record.values(term, predicate)]
        ranked = (part for each in (*languages, DEFAULT, None) for part in parts if part.language == each)
        return next((mark(part.value, part.language) for part in ranked), Markup())


def _grouped(quads: Iterable[Quad]) -> list[tuple[Term, list[Term]]]:
    groups: dict[Term, list[Term]] = defaultdict(list)
    for quad in quads:
        groups[quad.predicate].append(quad.object)
    return [(predicate, sorted(values)) for predicate, values in sorted(groups.items())]


def things_by_class(record: Record, classes: Sequence[str]) -> list[tuple[Term, list[Term]]]:
    """The things of each class of our ontology that has any, in the order of the classes."""
    found = ((iri(DEF + name), record.subjects(TYPE, iri(DEF + name))) for name in classes)
    return [(cls, things) for cls, things in found if things]
