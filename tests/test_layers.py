"""One direction of imports: who may import whom, as a table."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "almaty_graph"

# Read downwards: a module imports only from rows above its own.
LAYERS = [
    ["names", "errors"],
    ["terms", "dates", "formats", "engine.tokens", "engine.wire", "engine.isolation"],
    ["turtle", "questions", "engine.lexical", "engine.syntax", "engine.dataset", "engine.virtuoso"],
    ["contents", "derivation", "check.search", "engine.query", "engine.disk", "engine.exchange"],
    ["sources", "engine.remote"],
    ["engine.index"],
    ["engine.patterns"],
    ["engine.outline"],
    ["engine.probe", "engine.writing"],
    ["engine.diagnosis", "engine.likeness"],
    ["engine.candidates"],
    ["engine.suggestions"],
    ["engine.emptiness"],
    ["engine.evaluation"],
    ["engine.worker"],
    ["engine.line", "engine.loop", "engine.queue", "check.report", "check.evidence", "check.shacl"],
    ["engine.lines"],
    ["engine.pool", "engine.client", "check.rules", "check.answers"],
    ["engine.supervisor", "engine.embedded", "check"],
    ["release.record", "release.description", "release.service", "release.dumps"],
    ["release"],
    ["release.store"],
    ["release.publishing", "settings"],
    [
        "web.labels",
        "web.tables",
        "web.routes",
        "web.claims",
        "web.replies",
        "web.coding",
        "web.clients",
        "web.metrics",
        "web.peers",
    ],
    ["web.disagreements", "web.conclusions", "web.periods", "web.bodies", "web.connections", "web.accesslog"],
    ["web.views", "web.callers"],
    ["web.watch", "web.endpoint"],
    ["web.telemetry"],
    ["web.documents", "web.pages", "web.graphstore", "web.operations", "web.problems", "web.fastpath"],
    ["web"],
    ["curation.register", "curation.template"],
    ["curation.draft"],
    ["curation.holders", "curation.events", "curation.checks"],
    ["curation.sentences", "curation.forms"],
    ["curation.page", "curation.entry"],
    ["curation.commands"],
    ["server", "console"],
    ["commands.repository"],
    ["commands.serve", "commands.publish"],
    ["cli"],
    ["", "__main__", "engine", "curation", "commands"],
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
