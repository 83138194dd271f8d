"""The table of settings in docs/serving.md, made of the settings; run as a script, writes it there."""

from pathlib import Path

from almaty_graph.settings import settings_table

SERVING = Path(__file__).parents[1] / "docs" / "serving.md"
BEGIN, END = "<!-- settings: `make format` writes this table -->\n", "<!-- /settings -->\n"


def with_settings(page: str) -> str:
    """The page with the table as it should be."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{settings_table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    SERVING.write_text(with_settings(SERVING.read_text()))
