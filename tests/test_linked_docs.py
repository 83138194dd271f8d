"""What docs/linked-data.md shows is what a server answers."""

import re
import subprocess

import pytest

from conftest import ROOT

TEXT = (ROOT / "docs" / "linked-data.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```\n\$ (curl [^\n]*)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == TEXT.count("$ curl") >= 8


@pytest.mark.parametrize(("command", "printed"), EXAMPLES, ids=[command[-40:] for command, _ in EXAMPLES])
def test_an_example_prints_what_is_shown(server: str, command: str, printed: str) -> None:
    told = command.replace(ADDRESS, server)
    done = subprocess.run(["bash", "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.replace(server, ADDRESS).replace("\r", "") == printed
