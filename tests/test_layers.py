"""One direction of imports: who may import whom, as a table."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "almaty_graph"

# Read downwards: a module imports only from rows above its own.
LAYERS = [
    ["names", "errors", "files", "lines", "places"],
    ["validation.fetching"],
    ["terms", "dates", "formats", "owned", "engine.language.tokens", "engine.wire"],
    ["engine.isolation", "engine.moving"],
    [
        "turtle",
        "questions",
        "engine.language.lexical",
        "engine.language.syntax",
        "engine.language.dataset",
        "engine.index.virtuoso",
    ],
    [
        "engine.calls",
        "engine.language.plain",
        "bridge",
        "validation.exact",
        "validation.phrases",
        "validation.shapes",
        "validation.predicates",
    ],
    [
        "contents",
        "derivation",
        "engine.language.services",
        "engine.index.merge",
        "engine.index.exchange",
    ],
    ["sources", "engine.language.query", "engine.index.disk", "engine.index.remote"],
    ["validation.columns", "validation.paths", "validation.documents", "validation.confined"],
    ["validation.data", "validation.asking", "validation.locations"],
    ["validation.remote", "validation.constraints", "validation.report"],
    ["validation.view"],
    ["validation.suspects.certainty", "validation.suspects.comparing"],
    ["validation.suspects.conditions", "validation.suspects.expressions", "validation.suspects.knowledge"],
    ["validation.suspects.values", "validation.suspects.components", "validation.suspects.walks"],
    ["validation.suspects.patterns", "validation.suspects.masks"],
    ["validation.suspects.search"],
    ["validation.judge"],
    ["validation.validator", "validation.output.words"],
    ["validation.output.remedies", "validation.output.rdf", "validation.sentences"],
    ["validation.output.text", "validation.output.json_report", "validation.output.junit"],
    ["validation.output.github", "validation.output.html", "validation.output.sarif"],
    ["validation.output"],
    ["engine.index.opening", "engine.federation"],
    ["engine.emptiness.patterns"],
    ["engine.emptiness.outline"],
    ["engine.emptiness.probe", "engine.emptiness.writing"],
    ["engine.emptiness.diagnosis", "engine.emptiness.likeness"],
    ["engine.emptiness.candidates"],
    ["engine.emptiness.suggestions"],
    ["engine.emptiness.explanation"],
    ["engine.evaluation"],
    ["engine.worker"],
    ["engine.line", "engine.loop", "engine.queue", "check.report", "check.evidence", "check.shacl"],
    ["engine.lines"],
    ["engine.process"],
    ["engine.pool", "engine.client", "check.rules", "check.answers"],
    ["engine.supervisor", "engine.embedded", "check"],
    ["release.record", "release.description", "release.service", "release.dumps"],
    ["release.figures"],
    ["release.quality"],
    ["linking.identifiers", "search.text", "search.scoring"],
    ["linking.crosswalk", "linking.retired"],
    ["linking.health"],
    ["linking.portal"],
    ["validation.service"],
    ["search.spellings"],
    ["search.index"],
    [
        "release.catalogue.facts",
        "release.catalogue.tables",
        "release.catalogue.dcat",
        "release.catalogue.packing",
    ],
    [
        "release.catalogue.citation",
        "release.catalogue.crate",
        "release.catalogue.csvw",
        "release.catalogue.parquet",
    ],
    ["release.catalogue.sheets", "release.media"],
    ["release"],
    ["release.log", "release.hashes"],
    ["release.building"],
    ["release.store", "release.archive", "release.differences", "release.proof", "client.tables"],
    ["client"],
    ["release.publishing", "settings"],
    ["web.protocol.languages"],
    ["web.portal.translations"],
    [
        "web.linked.frames",
        "web.linked.schema_org",
        "web.linked.usage",
        "web.linked.vocabulary",
        "web.portal.labels",
        "web.portal.parts",
        "web.pictures.layers",
        "web.portal.tables",
        "web.routes",
        "web.portal.claims",
        "web.protocol.replies",
        "web.protocol.coding",
        "web.operations.clients",
        "web.operations.metrics",
        "web.operations.peers",
    ],
    [
        "web.linked.discovery",
        "web.linked.signposts",
        "web.protocol.cache",
        "web.protocol.dates",
        "web.protocol.files",
        "web.portal.disagreements",
        "web.portal.conclusions",
        "web.portal.periods",
        "web.pictures.columns",
        "web.pictures.drawings",
        "web.pictures.diagram",
        "web.portal.rules",
        "web.portal.switching",
        "web.protocol.bodies",
        "web.operations.connections",
        "web.operations.accesslog",
    ],
    [
        "web.portal.lists",
        "web.portal.glossary",
        "web.pictures.charts",
        "web.pictures.spans",
        "web.pictures.timeline",
        "web.pictures.meetings",
        "web.pictures.network",
        "web.pictures.standing",
        "web.protocol.shown",
    ],
    ["web.pictures.matrix", "web.pictures.worldmap", "web.pictures.choosing", "web.portal.incumbents"],
    ["web.pictures.gallery", "web.operations.callers"],
    ["web.portal.views"],
    ["web.operations.watch", "web.protocol.endpoint"],
    ["web.operations.telemetry", "web.services.uploads"],
    [
        "web.portal.answers",
        "web.portal.completions",
        "web.portal.documents",
        "web.portal.pages",
        "web.portal.releases",
        "web.feeds.changes",
        "web.protocol.graphstore",
        "web.operations.status",
        "web.problems",
        "web.protocol.fastpath",
        "web.services.marking",
        "web.services.parts",
        "web.services.turns",
        "web.services.requests",
        "web.services.things",
        "web.services.citing",
    ],
    ["web.services.pinned"],
    ["web.services.validation", "web.services.lists"],
    ["web.services.links", "web.services.crosswalk"],
    ["web.feeds.atom", "web.feeds.activities", "web.feeds.stream", "web.feeds.calendar"],
    ["web.feeds", "web.mementos"],
    ["web.past"],
    ["web.services.properties", "web.services.search"],
    ["web.services.matching", "web.services.suggestions", "web.services.cards"],
    ["web.services.batches"],
    ["web.services.reconciliation"],
    ["web"],
    ["box.crawl", "box.rules", "box.wishes"],
    ["box.site"],
    ["box.apache", "box.caddy", "box.nginx"],
    ["box"],
    ["curation.register", "curation.template"],
    ["curation.draft"],
    ["curation.holders", "curation.events", "curation.checks"],
    ["curation.sentences", "curation.forms"],
    ["curation.page", "curation.entry"],
    ["curation.commands"],
    ["server", "console"],
    ["commands.repository"],
    [
        "commands.export",
        "commands.serve",
        "commands.publish",
        "commands.quality",
        "commands.shapes",
        "commands.validate",
        "commands.verify",
        "commands.w3id",
    ],
    ["commands.links"],
    ["cli"],
    [
        "",
        "__main__",
        "engine",
        "engine.language",
        "engine.index",
        "engine.emptiness",
        "curation",
        "commands",
        "release.catalogue",
        "validation",
        "validation.suspects",
        "search",
        "linking",
    ],
    ["web.linked", "web.protocol", "web.pictures", "web.portal", "web.operations", "web.services"],
]
MODULE_LINES, FUNCTION_LINES = 250, 40


MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def imports(path: Path) -> set[str]:
    """The modules of ours that a module imports."""
    known, found = {dotted(module) for module in MODULES}, set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("almaty_graph"):
            parent = (node.module or "").removeprefix("almaty_graph").removeprefix(".")
            inside = {f"{parent}.{alias.name}".removeprefix(".") for alias in node.names}
            found |= (inside & known) or {parent}
    return found


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_module_imports_only_from_above(path: Path) -> None:
    [row] = [n for n, names in enumerate(LAYERS) if dotted(path) in names]
    version = {""}  # the number, which the first row of all could hold
    above = {name for names in LAYERS[:row] for name in names}
    assert imports(path) <= above | version


def test_every_module_has_its_row() -> None:
    assert {dotted(path) for path in MODULES} == {name for names in LAYERS for name in names}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, node.name
