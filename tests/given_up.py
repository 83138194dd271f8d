"""A release in which one name was merged into another, and one withdrawn."""

import shutil
from pathlib import Path

from almaty_graph.check import check
from almaty_graph.names import DCTERMS, OWL
from almaty_graph.release import Release
from almaty_graph.release.building import press, write
from almaty_graph.sources import Sources, read_turtle

GIVEN_UP = """
state:atlantis
    owl:deprecated true ;
    skos:changeNote "Entered by mistake."@en ;
    skos:changeNote "Внесено по ошибке."@ru ;
.

state:persia
    dcterms:isReplacedBy state:iran ;
    owl:deprecated true ;
    skos:changeNote "The same state as state:iran."@en ;
    skos:changeNote "То же государство, что state:iran."@ru ;
.
"""


def release_with_names_given_up(root: Path, parts: list[Path], target: Path) -> Release:
    """The release of a repository made of these parts, with `state:persia` and `state:atlantis` in it."""
    for part in parts:
        shutil.copytree(part, root / part.name)
    path = root / "data" / "register" / "states.ttl"
    prefixes = "".join(f"PREFIX {p}: <{n}>\n" for p, n in (("dcterms", DCTERMS), ("owl", OWL)))
    path.write_text(prefixes + path.read_text(encoding="utf-8") + GIVEN_UP, encoding="utf-8")
    path.write_bytes(read_turtle(path, root).canonical().encode())
    sources = Sources.at(root)
    report = check(sources)
    assert [finding for finding in report.findings if finding.severity.value == "Violation"] == []
    return write(press(sources, report), target)
