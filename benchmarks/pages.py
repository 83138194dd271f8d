"""Decides how our pages and dumps are put under load: beside nginx, that has the same as files."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from almaty_graph.box import export
from almaty_graph.release.building import build
from almaty_graph.sources import Sources, repository_root
from benchmarks.engines import Server, free_port, program, running
from benchmarks.processes import cost

_SCRIPT: Final = Path(__file__).with_name("paths.lua")
_CONNECTIONS: Final = 64
_NGINX: Final = """
daemon off; pid nginx.pid; error_log stderr warn; worker_processes auto; user {user};
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; open_file_cache max=20000;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  include {exported}/nginx-http.conf;
  server {{ listen 127.0.0.1:{port}; include {exported}/nginx-server.conf; }}
}}
"""
# What is asked for: the accepted media type, and whether a path is meant.
_ASKED: Final = {
    "pages of things": ("text/html", "/doc/"),
    "things as Turtle": ("text/turtle", "/doc/"),
    "the dump (N-Quads, gzip)": ("*/*", "/dump/dataset.nq"),
}
Found = Mapping[tuple[str, str], list[dict[str, float]]]


def measure_pages(rounds: int, seconds: int) -> Found:
    """What wrk finds for each thing asked for and each server, a list of rounds."""
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    with TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        folder.chmod(0o755)  # nginx gives up what root may do
        release = build(Sources.at(repository_root()), folder / "releases")
        site = export(release, folder / "exported")
        documents = sorted(
            {file.path.removesuffix(".ttl") for file in site.files if file.path.endswith(".ttl")}
        )
        servers = {
            "almaty-graph": stack.enter_context(ours(release.folder, folder)),
            "nginx": stack.enter_context(_nginx(folder)),
        }
        paths = folder / "paths"
        for turn in range(rounds):
            for name, (accept, start) in _ASKED.items():
                wanted = [each for each in documents if each.startswith(start)] or [start]
                paths.write_text("".join(f"{path}\n" for path in wanted))
                for server in sorted(servers, reverse=bool(turn % 2)):
                    asked = servers[server]
                    _wrk(asked.port, paths, accept, seconds=1)  # all has been asked for before it counts
                    run = _wrk(asked.port, paths, accept, seconds)
                    found.setdefault((name, server), []).append(run | {"pss": cost(asked.pid).pss})
    return found


def tell_pages(found: Found) -> list[str]:
    """A table in Markdown: medians of the rounds, and the median of the ratios within a round."""
    lines = [
        f"# Pages and dumps at {_CONNECTIONS} connections",
        "",
        "`python -m benchmarks pages`: `almaty-graph serve` with its defaults, and nginx with what "
        "`almaty-graph export` writes, on the same two processors as wrk. Requests a second, MB a second, "
        "milliseconds; medians of rounds, ratios within a round.",
        "",
        "| asked for | server | requests/s | MB/s | p50 | p99 | failures | MiB | of nginx |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for (name, server), runs in found.items():
        rates = [run["requests"] / run["seconds"] for run in runs]
        beside = [run["requests"] / run["seconds"] for run in found[name, "nginx"]]
        cells = [
            f"{median(rates):,.0f}",
            f"{median(run['bytes'] / run['seconds'] for run in runs) / 1e6:.1f}",
            *(f"{median(run[each] for run in runs):.1f}" for each in ("p50", "p99")),
            f"{sum(run['failures'] for run in runs):.0f}",
            f"{median(run['pss'] for run in runs) / 2**20:.0f}",
            f"{median(ours / theirs for ours, theirs in zip(rates, beside, strict=True)):.2f}",
        ]
        lines.append(f"| {name} | {server} | {' | '.join(cells)} |")
    return lines


def _wrk(port: int, paths: Path, accept: str, seconds: int) -> dict[str, float]:
    run = subprocess.run(
        [program("wrk", "wrk of Debian"), "--threads", "1", "--connections", str(_CONNECTIONS),
         "--duration", f"{seconds}s", "--timeout", "30s", "--script", str(_SCRIPT),
         f"http://127.0.0.1:{port}", "--", str(paths), accept],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(run.stdout.strip().rpartition("\n")[2])
    return found


@contextmanager
def ours(release: Path, folder: Path) -> Iterator[Server]:
    """`almaty-graph serve` with its defaults, of a release."""
    port = free_port()
    command = [sys.executable, "-P", "-m", "almaty_graph", "serve", "--release", str(release)]
    with running([*command, "--port", str(port)], port, "/sparql", folder) as server:
        yield server


@contextmanager
def _nginx(folder: Path) -> Iterator[Server]:
    port, told = free_port(), folder / "nginx.conf"
    user = "root" if os.geteuid() == 0 else "nobody"
    told.write_text(_NGINX.format(user=user, exported=folder / "exported", port=port))
    command = [program("nginx", "nginx-light of Debian"), "-p", str(folder), "-e", "stderr", "-c", str(told)]
    with running(command, port, "/sparql", folder) as server:
        yield server
