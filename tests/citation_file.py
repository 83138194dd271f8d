"""The repository's CITATION.cff, made of its data; run as a script, writes it there."""

from pathlib import Path

from almaty_graph.release.catalogue.citation import CITATION, cite
from almaty_graph.sources import Sources

ROOT = Path(__file__).parents[1]
FILE = ROOT / CITATION


def citation() -> str:
    """The file as it should be."""
    return cite(Sources.at(ROOT).asserted)


if __name__ == "__main__":
    FILE.write_text(citation(), encoding="utf-8")
