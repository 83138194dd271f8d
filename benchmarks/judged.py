"""Decides how our pages are judged by Lighthouse: in Chromium of the distribution, with no other host."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from almaty_graph.release.building import build
from almaty_graph.sources import Sources, repository_root
from benchmarks.engines import program
from benchmarks.pages import ours

_FOLDER: Final = Path(__file__).with_name("lighthouse")
_PROGRAM: Final = _FOLDER / "node_modules/lighthouse/cli/index.js"
_PAGES: Final = {"home": "/", "a thing": "/doc/state/kyrgyzstan", "SPARQL": "/sparql"}
_CHROMIUM: Final = (
    "--headless=new --no-sandbox --disable-background-networking --disable-component-update "
    "--host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'"
)
# What of a report is told: where it stands in it, and in which unit.
_METRICS: Final = {
    "first-contentful-paint": "first paint, ms",
    "largest-contentful-paint": "largest paint, ms",
    "total-blocking-time": "blocked, ms",
    "total-byte-weight": "bytes",
}
Judged = Mapping[str, list[dict[str, Any]]]


def judge_pages(rounds: int) -> Judged:
    """The reports on each page, one for each round."""
    _install()
    with TemporaryDirectory() as scratch:
        release = build(Sources.at(repository_root()), Path(scratch) / "releases")
        with ours(release.folder, Path(scratch)) as server:
            return {
                name: [_judge(f"http://127.0.0.1:{server.port}{path}") for _ in range(rounds)]
                for name, path in _PAGES.items()
            }


def tell_judged(judged: Judged) -> list[str]:
    """A table in Markdown of medians, and below it whatever is less than whole."""
    first = next(iter(judged.values()))[0]
    titles = [each["title"].lower() for each in first["categories"].values()]
    columns = ["page", *titles, *_METRICS.values()]
    lines = [
        "# Pages, as Lighthouse judges them",
        "",
        f"`python -m benchmarks lighthouse`: Lighthouse {first['lighthouseVersion']} with its defaults, "
        "which imitate a slow phone; `almaty-graph serve`, each page in a new browser. Of 100; medians of "
        f"{len(next(iter(judged.values())))} runs.",
        "",
        f"| {' | '.join(columns)} |",
        f"|---|{'---:|' * (len(columns) - 1)}",
    ]
    for name, reports in judged.items():
        scores = [
            median(each["categories"][key]["score"] * 100 for each in reports) for key in first["categories"]
        ]
        numbers = [median(each["audits"][key]["numericValue"] for each in reports) for key in _METRICS]
        lines.append(f"| {name} | {' | '.join(f'{number:,.0f}' for number in [*scores, *numbers])} |")
    faults = sorted({fault for reports in judged.values() for report in reports for fault in _faults(report)})
    return [*lines, "", *(f"- {fault}" for fault in faults)]


def _faults(report: dict[str, Any]) -> list[str]:
    """What takes something off a score that is no measurement of time."""
    return [
        f"{category['title']}: {report['audits'][each['id']]['title']}"
        for key, category in report["categories"].items()
        for each in category["auditRefs"]
        if key != "performance" and each["weight"] and report["audits"][each["id"]]["score"] == 0
    ]


def _judge(address: str) -> dict[str, Any]:
    command = [
        program("node", "node"), str(_PROGRAM), address, "--quiet", "--output=json", "--output-path=stdout",
        "--no-enable-error-reporting", f"--chrome-flags={_CHROMIUM}",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": program("chromium", "chromium of Debian")}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    report: dict[str, Any] = json.loads(run.stdout)
    return report


def _install() -> None:
    """Lighthouse by its lock file; no program of a package runs meanwhile."""
    if not _PROGRAM.exists():
        npm = [program("npm", "npm"), "ci", "--prefix", str(_FOLDER), "--silent", "--ignore-scripts"]
        subprocess.run([*npm, "--no-audit", "--no-fund"], check=True)
