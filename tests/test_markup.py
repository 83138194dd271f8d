"""Markup: every kind of page against the checker of HTML that W3C runs (vnu), all in one run of it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from almaty_graph.engine.client import Engine
from almaty_graph.release import Release
from almaty_graph.web import create_app
from conftest import ROOT
from test_validate_command import BAD, SHAPES
from test_validation_service import Answer, post_form, send
from visits import ALL_PAGES

pytestmark = pytest.mark.slow

CHECKER = ROOT / "frontend/node_modules/vnu-jar/build/dist/vnu.jar"
OTHERS = {
    "searched": "/search?q=chair&limit=3",
    "found-nothing": "/search?q=zzzzzz",
    "chosen": "/disagreements?class=boundary-shift&source=iom-profile",
    "concept": "/doc/role/chair",
    "organization": "/doc/organization/unhcr",
    "no-day": "/doc/state/kyrgyzstan?asOf=never",
    "card": "/reconcile/preview?id=state/iran",
}
PICTURES = [
    *(f"/{name}.svg" for name in ("timeline", "meetings", "map", "matrix", "network")),
    "/static/icon.svg",
]
# Told to take files of CSS as such, the checker numbers the lines of all files one too low.
STYLE = '<!DOCTYPE html><html lang="en"><title>Style</title><style>{}</style>'


def java() -> str:
    """Of Debian; without it, skips, and fails where CI must have it."""
    found = shutil.which("java")
    if found is None:
        reason = "needs java, of the Debian package default-jre-headless"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def page_at(server: str, path: str) -> Answer:
    """The page that a reader gets there, wherever that leads."""
    answer = send(server, "GET", path, Accept="text/html")
    if location := answer.headers.get("Location"):
        return page_at(server, location.removeprefix(server))
    return answer


def faults(folder: Path) -> list[str]:
    """What the checker finds in the files of a folder: file and line, what is wrong, and where it stands."""
    assert CHECKER.exists(), "the packages of npm are not there: make .venv/packages"
    options = ["--also-check-svg", "--no-langdetect", "--format", "json", "--stdout"]
    command = [java(), "-jar", str(CHECKER), *options, str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [
        f"{Path(each['url']).name}:{each.get('lastLine')}: {each['type']}: {each['message']} "
        f"in {' '.join(each.get('extract', '').split())}"
        for each in json.loads(told)["messages"]
    ]


def test_the_checker_finds_nothing_on_any_kind_of_page(
    server: str, release: Release, given_up_release: Release, engine: Engine, tmp_path: Path
) -> None:
    answers = {
        f"{name}.html": page_at(server, path.format(release=release.name))
        for name, path in (ALL_PAGES | OTHERS).items()
    }
    answers["report.html"] = post_form(server, "text/html", data=BAD, shapes=SHAPES)
    answers["kept.html"] = post_form(server, "text/html", data="", shapes=SHAPES)
    for name, answer in answers.items():
        assert answer.media_type == "text/html", name
        (tmp_path / name).write_bytes(answer.body)
    for path in PICTURES:
        (tmp_path / Path(path).name).write_bytes(send(server, "GET", path).body)
    style = send(server, "GET", "/static/style.css").body.decode()
    (tmp_path / "style.css.html").write_text(STYLE.format(style), encoding="utf-8")
    given_up = create_app(given_up_release, engine).test_client()
    gone = given_up.get("/doc/state/atlantis", headers={"Accept": "text/html"})
    assert gone.status_code == 410
    (tmp_path / "gone.html").write_bytes(gone.data)
    assert faults(tmp_path) == []


def test_the_checker_says_where_a_fault_is(tmp_path: Path) -> None:
    start = '<!DOCTYPE html>\n<html lang="en"><title>A</title>\n'
    spoilt = {
        "page.html": f"{start}<p id=a><p id=a>",
        "picture.svg": "<svg xmlns='http://www.w3.org/2000/svg'>\n<p/></svg>",
        "style.css.html": STYLE.format("p { color: red }\np { colour: red }\n"),
    }
    for name, text in spoilt.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = {each.partition(": error: ")[0] for each in faults(tmp_path) if ": error: " in each}
    assert found == {"page.html:3", "picture.svg:2", "style.css.html:2"}
