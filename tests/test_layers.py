"""One direction of imports: who may import whom, as a table."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "almaty_graph"

# Read downwards: a module imports only from rows above its own.
LAYERS = [
    ["names", "errors"],
    ["terms", "dates", "formats", "tokens", "syntax", "wire"],
    ["turtle", "query", "questions", "shacl", "record"],
    ["sources", "worker"],
    ["report", "evidence", "description", "dumps"],
    ["rules", "answers"],
    ["check"],
    ["release", "engine"],
    ["web"],
    ["server"],
    ["cli"],
    ["__init__", "__main__"],
]
# Inside of the web: the same.
WEB_LAYERS = [["labels", "tables"], ["views"], ["documents", "endpoint", "pages"], ["__init__"]]
MODULE_LINES, FUNCTION_LINES = 260, 45


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("almaty_graph"):
            parts = node.module.split(".")[1:]
            found |= {parts[0]} if parts else {alias.name for alias in node.names}
    return found - {"__version__"}


def web_imports(path: Path) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return {
        node.module.split(".")[2] for node in nodes if (node.module or "").startswith("almaty_graph.web.")
    }


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_a_module_imports_only_from_above(path: Path) -> None:
    [row] = [n for n, names in enumerate(LAYERS) if path.stem in names]
    above = {name for names in LAYERS[:row] for name in names}
    assert imports(path) - {path.stem} <= above | ({"cli"} if path.stem == "__main__" else set())


@pytest.mark.parametrize("path", sorted((PACKAGE / "web").glob("*.py")), ids=lambda path: path.stem)
def test_the_web_imports_only_from_above(path: Path) -> None:
    [row] = [n for n, names in enumerate(WEB_LAYERS) if path.stem in names]
    assert web_imports(path) <= {name for names in WEB_LAYERS[:row] for name in names}
    below = {
        name for names in LAYERS[[("web" in names) for names in LAYERS].index(True) + 1 :] for name in names
    }
    assert not imports(path) & below


def test_every_module_has_its_row() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {"web"}
    assert modules == {name for names in LAYERS for name in names}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, node.name
