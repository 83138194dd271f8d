"""Decides how earlier releases answer: with `?release=` everything is as it was then."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from werkzeug.http import http_date

from almaty_graph.engine.client import Answer, Wish
from almaty_graph.engine.language.query import Query
from almaty_graph.errors import AlmatyError, EngineBusy, NotFound, ReleaseGone
from almaty_graph.formats import Format
from almaty_graph.release import Release
from almaty_graph.release.archive import Archive
from almaty_graph.release.log import Publication
from almaty_graph.web.mementos import RELEASE, Environ, links_of, with_release
from almaty_graph.web.operations.telemetry import OUTCOME
from almaty_graph.web.protocol.fastpath import ENDPOINT
from almaty_graph.web.protocol.replies import NOT_MODIFIED, Headers, header

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

_MADE: Final = 4
_PATIENCE: Final = 2.0  # seconds that a request waits for another that opens a release


class Unasked:
    """The engine of a release that is kept but not queried."""

    def __init__(self, name: str) -> None:
        self.name = name

    def answer(self, _query: Query, _form: Format, _wish: Wish | None = None) -> Answer:
        """Raises ReleaseGone."""
        raise ReleaseGone(f"release {self.name} is not queried here; /release/{self.name} has its dataset")

    def status(self) -> Mapping[str, float]:
        """Nothing: there is nobody whose figures these would be."""
        return {}


class Past:
    """The WSGI application (PEP 3333) in front of that of the newest release: it asks those of earlier ones.

    `make` makes the application of an earlier release, or raises ReleaseError.
    """

    def __init__(
        self,
        newest: "WSGIApplication",
        archive: Archive,
        make: Callable[[Release], "WSGIApplication"],
    ) -> None:
        self.newest, self.archive, self._make = newest, archive, make
        self._made: dict[str, WSGIApplication] = {}
        self._making = threading.Lock()

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """The body of the reply: of an earlier release if one is asked for, else of the newest."""
        if f"{RELEASE}=" not in environ["QUERY_STRING"]:
            return self.newest(environ, start_response)
        name = parse_qs(environ["QUERY_STRING"]).get(RELEASE, [""])[-1]
        try:
            app, publication = self._app(name), self.archive.publication(name)
        except NotFound as error:
            if environ["PATH_INFO"].rstrip("/") == ENDPOINT:
                return self.newest(environ, start_response)  # which says that the release is gone
            return self._tell(error, environ, start_response)
        except AlmatyError as error:
            return self._tell(error, environ, start_response)
        return app(environ, _telling(environ, publication, start_response))

    def _tell(self, error: AlmatyError, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """The error, as every error is told: at an address of which nothing can be sent instead."""
        return self.newest(environ | {"PATH_INFO": "/release/-", OUTCOME: error}, start_response)

    def _app(self, name: str) -> "WSGIApplication":
        """The application of a release; one request at a time makes one, and others do not wait for long."""
        if name == self.archive.newest.name:
            return self.newest
        if made := self._made.get(name):
            return made
        release = self.archive.release(name)
        if not self._making.acquire(timeout=_PATIENCE):
            raise EngineBusy("another release is being opened: ask again")
        try:
            if name not in self._made:
                all_made = {**self._made, name: self._make(release)}
                self._made = {each: all_made[each] for each in list(all_made)[-_MADE:]}
            return self._made[name]
        finally:
            self._making.release()


def _telling(environ: Environ, publication: Publication, start_response: "StartResponse") -> "StartResponse":
    """Says of what is found that it is a memento, and of when (RFC 7089, 2.1); leads on within a release."""

    def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
        told = {name: header(headers, name) for name in ("Link", "Location")}
        if status.startswith("2") or status == NOT_MODIFIED:
            known, own = told["Link"] or "", links_of(environ["PATH_INFO"], environ)
            # A document leads to its timegate by itself.
            own = own.partition(", ")[0] if 'rel="timegate"' in known else own
            told["Link"] = f"{known}, {own}" if known else own
            told["Memento-Datetime"] = http_date(publication.at)
        if told["Location"] and told["Location"].startswith("/"):
            told["Location"] = with_release(told["Location"], publication.release)
        mine = [(name, value) for name, value in told.items() if value]
        return start_response(status, [each for each in headers if each[0] not in told] + mine, *error)

    return start
