"""The README's table of modules, made of the modules themselves; run as a script, writes it there."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "almaty_graph"
BEGIN, END = "<!-- modules: `make format` writes this table -->\n", "<!-- /modules -->\n"


def module_table() -> str:
    """One row a module: its name, its lines, and the one thing it decides, by its docstring."""
    rows = ["| module | lines | decides |", "|---|---:|---|"]
    for path in sorted(PACKAGE.rglob("*.py"), key=lambda path: (len(path.relative_to(PACKAGE).parts), path)):
        text = path.read_text()
        says = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
        if not says.startswith("Decides "):
            continue
        name = path.relative_to(PACKAGE).as_posix().removesuffix("/__init__.py")
        rows.append(f"| `{name}` | {len(text.splitlines())} | {says.removeprefix('Decides ').rstrip('.')} |")
    return "\n".join(rows) + "\n"


def with_table(readme: str) -> str:
    """The README with the table as it should be."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n{module_table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text()))
