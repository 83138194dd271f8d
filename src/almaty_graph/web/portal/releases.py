"""Decides how kept releases are shown: listed, file by file, and how any two of them differ."""

import json
from functools import lru_cache
from typing import Any, Final

from flask import Response, render_template, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from almaty_graph.errors import NotFound
from almaty_graph.formats import CSV, HTML, JSON, content_type_of, negotiate
from almaty_graph.names import PREFIXES
from almaty_graph.release import MANIFEST
from almaty_graph.release.archive import Archive
from almaty_graph.release.differences import Difference
from almaty_graph.release.log import Publication
from almaty_graph.turtle import Writer
from almaty_graph.web.protocol.replies import FOREVER
from almaty_graph.web.routes import Routes

_BETWEEN: Final = ".."
_PATCH: Final = "application/rdf-patch"
_COMPARED: Final = 16
_SHOWN: Final = 500  # statements on a page; the patch has all


class Releases:
    """The pages and files of the releases that are kept."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._compare = lru_cache(_COMPARED)(self._difference)

    def listed(self) -> Response:
        """All kept releases, the newest first, as a page or as JSON."""
        rows = [self._row(publication) for publication in reversed(self.archive.kept)]
        form = negotiate(request.headers.get("Accept"), (HTML, JSON))
        if form == HTML and not request.path.endswith(".json"):
            reply = Response(render_template("releases.html", rows=rows))
        else:
            reply = Response(json.dumps(rows, indent=1) + "\n", content_type="application/json")
        reply.vary.add("Accept")
        return reply

    def one(self, name: str) -> BaseResponse:
        """The page of a release, or how two differ: `older..newer`, with `.csv` or `.rdfp` as a file."""
        if _BETWEEN in name:
            return self._between(name)
        release = self.archive.release(name)
        before = self.archive.before(name)
        published = self.archive.publication(name).at
        page = render_template("release.html", kept=release, published=published, before=before)
        return Response(page)

    def file(self, name: str, file: str) -> Response:
        """One file of a kept release."""
        release = self.archive.release(name)
        if file not in {MANIFEST, *release.files}:
            raise NotFound(f"release {name} has no file {file}")
        media_type = release.files[file].media_type if file in release.files else "application/json"
        return _forever(release.read(file), content_type_of(media_type))

    def latest(self) -> BaseResponse:
        """The release that is served."""
        return redirect(f"/release/{self.archive.newest.name}", 302)

    def _between(self, name: str) -> Response:
        stem, _, suffix = name.rpartition(".")
        is_file = suffix in {"csv", "rdfp"}
        older, _, newer = (stem if is_file else name).partition(_BETWEEN)
        difference = self._compare(older, newer)
        if not is_file:
            written = Writer(PREFIXES).term
            page = render_template("difference.html", difference=difference, most=_SHOWN, written=written)
            return Response(page)
        if suffix == "csv":
            return _forever(difference.table(), CSV.content_type)
        return _forever(difference.patch(), _PATCH)

    def _difference(self, older: str, newer: str) -> Difference:
        return Difference(self.archive.release(older), self.archive.release(newer))

    def _row(self, publication: Publication) -> dict[str, Any]:
        name, before = publication.release, self.archive.before(publication.release)
        facts = self.archive.facts(name)
        return {
            "release": name,
            "published": publication.moment,
            **{fact: facts[fact] for fact in ("version", "quads", "datasetSha256")},
            "manifest": f"/release/{name}/{MANIFEST}",
            "difference": before and f"/release/{before}{_BETWEEN}{name}",
        }


def _forever(data: bytes, content_type: str) -> Response:
    return Response(data, content_type=content_type, headers={"Cache-Control": FOREVER})


def release_routes(archive: Archive) -> Routes:
    """The routes of kept releases."""
    releases = Releases(archive)
    return {
        "/release": releases.listed,
        "/release.json": releases.listed,
        "/release/current": releases.latest,
        "/release/<name>": releases.one,
        "/release/<name>/<path:file>": releases.file,
    }
