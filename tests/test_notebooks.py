"""The notebooks run against a real server, and what is kept of them is what they say today."""

from pathlib import Path

import nbformat
import pytest

from notebooks import NOTEBOOKS, executed, images, outputs, told

pytestmark = pytest.mark.slow


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["chairs-and-attendance", "who-meets-whom"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_what_it_says_today(path: Path, server: str) -> None:
    kept, fresh = nbformat.read(path, as_version=4), executed(path, server)
    assert {output.output_type for output in outputs(fresh)} <= {"stream", "display_data", "execute_result"}
    assert [output.text for output in outputs(fresh) if output.get("name") == "stderr"] == []
    assert len(images(fresh)) == len(images(kept)) >= 2
    assert told(fresh) == told(kept), "run `make notebooks`"
    assert str(Path.home()) not in path.read_text()
