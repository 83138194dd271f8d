"""The notebooks in docs/notebooks, executed; run as a script, serves a release and writes them there."""

import base64
import os
import re
import tempfile
from pathlib import Path

import matplotlib.font_manager  # noqa: F401 - makes its list of fonts now, else a notebook would tell of it
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from almaty_graph.release.building import build
from almaty_graph.sources import Sources
from conftest import ROOT, serving

ADDRESS = "http://127.0.0.1:8000"
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
_TELLING = (b"tEXt", b"zTXt", b"iTXt", b"tIME")  # what a PNG says of who made it, and when
_RELEASE = re.compile(r"\b\d+\.\d+\.\d+-[0-9a-f]{12}\b")
_YEAR = re.compile(r"(?<=year = )\{\d{4}\}")


def executed(path: Path, address: str) -> NotebookNode:
    """A notebook after a run against the server at an address, without what changes from run to run."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    runner = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # not that loopback is not encrypted
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    with tempfile.TemporaryDirectory() as profile:
        runner.execute(env={**os.environ, "ALMATY_GRAPH": address, "IPYTHONDIR": profile})
    for output in outputs(notebook):
        _settle(output, address)
    notebook.metadata.language_info = NotebookNode(name="python", file_extension=".py")
    return notebook


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    """What the cells gave, in order."""
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def images(notebook: NotebookNode) -> list[bytes]:
    """The plots of a notebook."""
    plots = [output.data for output in outputs(notebook) if "image/png" in output.get("data", ())]
    return [base64.b64decode(data["image/png"]) for data in plots]


def told(notebook: NotebookNode) -> list[str]:
    """What the cells gave as text, whichever release they asked, and whenever it was published."""
    texts = [
        text
        for output in outputs(notebook)
        for form, text in [("text/plain", output.get("text", "")), *sorted(output.get("data", {}).items())]
        if form.startswith("text/") and text
    ]
    return [_YEAR.sub("{YEAR}", _RELEASE.sub("RELEASE", text)) for text in texts]


def _settle(output: NotebookNode, address: str) -> None:
    """Put the usual address in the place of that of this run, and nothing but pixels into plots."""
    if "text" in output:
        output.text = output.text.replace(address, ADDRESS)
    for form, text in output.get("data", {}).items():
        if form.startswith("text/"):
            output.data[form] = text.replace(address, ADDRESS)
        elif form == "image/png":
            output.data[form] = base64.b64encode(_pixels(base64.b64decode(text))).decode()


def _pixels(png: bytes) -> bytes:
    """A PNG without the chunks that tell of something else than the picture (PNG, 11.3)."""
    kept, at = [png[:8]], 8
    while at < len(png):
        chunk = png[at : at + 12 + int.from_bytes(png[at : at + 4])]
        kept += [] if chunk[4:8] in _TELLING else [chunk]
        at += len(chunk)
    return b"".join(kept)


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as kept,
        serving(build(Sources.at(ROOT), Path(kept)).folder) as (running, _),
    ):
        for each in NOTEBOOKS:
            nbformat.write(executed(each, running), each)
