"""Decides what a site of files is made of: all that a release publishes, with rules for whoever serves it."""

import json
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from almaty_graph.box.apache import apache_files
from almaty_graph.box.caddy import caddy_files
from almaty_graph.box.crawl import Crawl
from almaty_graph.box.nginx import nginx_files
from almaty_graph.box.rules import File
from almaty_graph.box.site import NOT_FOUND, Site
from almaty_graph.errors import ExportRefused
from almaty_graph.names import BASE
from almaty_graph.release import Release
from almaty_graph.web import Serving, create_app
from almaty_graph.web.past import Unasked
from almaty_graph.web.portal.labels import languages_of
from almaty_graph.web.protocol.dates import modified_at
from almaty_graph.web.protocol.languages import DEFAULT

RECORD: Final = "export.json"
# What pages load by script, where no link leads.
_LOADED: Final = tuple(
    f"/static/{name}"
    for name in ("sparql-here-worker.js", "packages/oxigraph/web.js", "packages/oxigraph/web_bg.wasm")
)


def export(release: Release, target: Path, address: str = BASE) -> Site:
    """Write all that a release publishes into a folder, in place of an earlier export there.

    `address` is where it will be, for what names whole addresses: by default where our IRIs lead. The
    folder is whole or as it was. Raises ExportRefused where there is something else.
    """
    if target.exists() and (
        not target.is_dir() or (any(target.iterdir()) and not (target / RECORD).exists())
    ):
        raise ExportRefused(f"{target} has what no export wrote; name a new folder, or an earlier export")
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=target.parent) as making:
        made, before = Path(making) / "made", Path(making) / "before"
        site = _write(release, made / "site", address)
        for files in (nginx_files, caddy_files, apache_files):
            for name, text in files(site, target.resolve() / "site").items():
                (made / name).write_text(text, encoding="utf-8")
        told = {"release": release.name, "address": address, "files": len(site.files)}
        (made / RECORD).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        if target.exists():
            target.rename(before)
        made.rename(target)
    return site


def _write(release: Release, folder: Path, address: str) -> Site:
    languages = languages_of(release.record)
    app = create_app(release, Unasked(release.name), Serving(as_files=True))
    others = tuple(each for each in languages if each != DEFAULT)
    crawl = Crawl(app.test_client(), address, others, [f"/dump/{name}" for name in release.files])
    site = Site(folder, languages, _moment(release))
    site.add(crawl.answers())
    for path in _LOADED:
        loaded = crawl.ask(path)
        if loaded.status != HTTPStatus.OK:
            raise ExportRefused(f"{path} is missing; it comes from npm, as `make export` sets it up")
        site.add([loaded])
    missing = crawl.ask(NOT_FOUND)
    site.write(File(NOT_FOUND), missing.body, missing.headers)
    return site


def _moment(release: Release) -> float:
    """When all files of a site are from, as servers tell it: on the day of the release.

    Servers take a file for unchanged by its time and size; so the time of day differs between releases.
    """
    return modified_at(release.record).timestamp() + int(release.dataset_sha256[:8], 16) % 86400
