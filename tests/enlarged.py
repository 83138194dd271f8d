"""A release with more in its record: ten thousand claims on one thing, and labels as nobody writes them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from almaty_graph.names import GRAPH, ID, PREFIXES, SOURCE
from almaty_graph.release import MANIFEST, RECORD, Release
from almaty_graph.release.building import seal, write
from almaty_graph.terms import Quad, Term, iri, literal, n_quads, read_n_quads

MANY = 10_000
LABELS = {
    "script": "<script>alert(1)</script>",
    "end": "</title></script></textarea>--><h1>&lt;b&gt; &amp;amp; \"two\" 'one' {{ 7 * 7 }}",
    "right-to-left": "روند آلماتی (2011)",
    "mixed": "Almaty, الماتي, and שלום!",
    "long": "A label of many words " * 45 + "ends here",
    "unbroken": "x" * 1000,
}
_SPACES = PREFIXES | {"id": ID, "graph": GRAPH, "source": SOURCE}


def enlarged(release: Release, quads: Iterable[Quad], target: Path) -> Release:
    """The release with more quads in its record, and nothing else changed."""
    files = {name: release.read(name) for name in release.files if name != MANIFEST}
    files[RECORD] = n_quads([*read_n_quads(files[RECORD].decode()), *quads]).encode()
    return write(seal(files), target)


def said(graph: str, subject: str, **values: str | list[str]) -> Iterator[Quad]:
    """Statements about a thing: names are prefixed, with _ for :, a value in quotes is a literal."""
    for name, value in values.items():
        for each in [value] if isinstance(value, str) else value:
            obj = each if each.startswith('"') else term(each)
            yield Quad(term(subject), term(name.replace("_", ":", 1)), obj, term(graph))


def term(name: str) -> Term:
    prefix, _, local = name.partition(":")
    return iri(_SPACES[prefix] + local)


def many() -> Iterator[Quad]:
    """What has ten thousand claims: a process, a state, a source, a passage, a conclusion, a disagreement."""
    label = '"Many"@en'
    yield from said("graph:register", "id:process/many", rdf_type="def:Process", skos_prefLabel=label)
    for state in ("many", *(f"m{number}" for number in range(50))):
        yield from said("graph:register", f"id:state/{state}", rdf_type="def:State", skos_prefLabel=label)
    for source in ("long", "brief"):
        yield from said("graph:register", f"source:{source}", rdf_type="def:Source", skos_prefLabel=label)
    yield from passage("brief", "all", "of all of them")
    claims = [f"id:claim/long/c{number}" for number in range(MANY)]
    for number, claim in enumerate(claims):
        cited = f"source:long#p{number}"
        yield from passage("long", f"p{number}", f"the words of claim {number}", number + 1)
        yield from said("graph:long", claim, **chair("many", f"m{number % 50}"), prov_wasDerivedFrom=cited)
        yield from said("graph:bounds", claim, def_latestStart='"2016-10-31"', def_earliestEnd='"2018-10-01"')
        yield from said(
            "graph:brief", f"id:claim/brief/s{number}", rdf_type="def:Statement", rdf_subject="id:state/many",
            rdf_predicate="skos:altLabel", rdf_object=f'"Name {number}"',
            prov_wasDerivedFrom="source:brief#all",
        )  # fmt: skip
    yield from concluded("many", label, claims)


def chair(process: str, state: str) -> dict[str, str]:
    return {
        "rdf_type": "def:Participation", "org_member": f"id:state/{state}", "org_role": "id:role/observer",
        "org_organization": f"id:process/{process}",
    }  # fmt: skip


def passage(source: str, anchor: str, words: str, line: int = 1) -> Iterator[Quad]:
    yield from said(
        f"graph:{source}", f"source:{source}#{anchor}", rdf_type="def:Passage", oa_exact=literal(words),
        def_firstLine=f'"{line}"', def_lastLine=f'"{line}"', prov_wasQuotedFrom=f"source:{source}",
    )  # fmt: skip


def concluded(name: str, label: str, claims: list[str]) -> Iterator[Quad]:
    """A conclusion that all of these claims support, and a disagreement that all of them take part in."""
    yield from said(
        "graph:view", f"id:conclusion/{name}", **chair(name, name) | {"rdf_type": "def:Conclusion"},
        skos_prefLabel=label, def_about=[f"id:process/{name}", f"id:state/{name}"], def_supportedBy=claims,
    )  # fmt: skip
    yield from said(
        "graph:disagreements", f"id:disagreement/{name}", rdf_type="def:Disagreement", skos_prefLabel=label,
        def_about=f"id:process/{name}", def_involves=claims, def_property="org:role",
        dcterms_type="id:disagreement-class/contradiction",
    )  # fmt: skip


def strange() -> Iterator[Quad]:
    """For each label a state, a process, a source with its words, a claim, and what follows from it."""
    for name, text in LABELS.items():
        label, claim = literal(text, language="en"), f"id:claim/{name}/c"
        for kind, cls in (("id:state/", "State"), ("id:process/", "Process"), ("source:", "Source")):
            yield from said("graph:register", kind + name, rdf_type=f"def:{cls}", skos_prefLabel=label)
        names = [literal(text), literal(text, language="fa"), literal("Латын " + text, language="ru")]
        yield from said("graph:register", f"id:state/{name}", skos_altLabel=names, skos_definition=label)
        yield from passage(name, "p", text)
        yield from said(
            f"graph:{name}", claim, **chair(name, name) | {"org_role": "id:role/chair"},
            def_holderKind=literal(text), prov_wasDerivedFrom=f"source:{name}#p", skos_note=literal(text),
            schema_startDate='"2016"',
        )  # fmt: skip
        yield from concluded(name, label, [claim])
