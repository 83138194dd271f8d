"""Decides what there is to be written: whatever is reached from the sitemap, as an application answers it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import unquote, urldefrag, urlsplit

from werkzeug.test import Client

from almaty_graph.names import BASE

_SEEDS: Final = (
    "/sitemap.xml",
    "/robots.txt",
    "/.well-known/void",
    "/context.jsonld",
    "/release/current",
    "/completions.json",
)
# What tells of pages of its own by whole addresses.
_FEEDS: Final = ("/activities", "/changes.atom", "/ldes", "/sitemap")
_LINK: Final = re.compile(r"<([^>]*)>; rel=")
_HREF: Final = re.compile(r'(?:href|src)="([^"]*)"')
_LANGUAGE: Final = "Accept-Language"
# It answers any query, so its page is the same whatever is asked.
_ONE_PAGE: Final = "/sparql"


@dataclass(frozen=True)
class Answer:
    """What is answered at an address: a path, a query if it has one, and a language if it has several."""

    path: str
    query: str
    language: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people."""
        return self.media_type == "text/html"


class Crawl:
    """All answers of an application at an address (`https://…/`) that are reached from some seeds."""

    def __init__(
        self, client: Client, address: str, languages: tuple[str, ...], seeds: Iterable[str]
    ) -> None:
        self.client, self.address, self.languages = client, address, languages
        self._waiting = [*_SEEDS, *seeds]
        self._known = set(self._waiting)

    def answers(self) -> Iterator[Answer]:
        """Each of them, pages in every language in which they differ."""
        while self._waiting:
            asked = self._waiting.pop()
            answer = self.ask(asked)
            self._follow(answer)
            yield answer
            if answer.is_page and _LANGUAGE in answer.headers.get("Vary", ""):
                others = (self.ask(asked, language) for language in self.languages)
                yield from (other for other in others if other.body != answer.body)

    def ask(self, asked: str, language: str = "") -> Answer:
        """What is answered to a browser."""
        headers = {"Accept": "text/html, */*;q=0.5"} | ({_LANGUAGE: language} if language else {})
        reply = self.client.get(asked, base_url=self.address, headers=headers)
        parts = urlsplit(asked)
        path = unquote(parts.path)  # as files are named
        return Answer(path, parts.query, language, reply.status_code, dict(reply.headers), reply.get_data())

    def _follow(self, answer: Answer) -> None:
        found = [*_LINK.findall(answer.headers.get("Link", "")), answer.headers.get("Location", "")]
        if answer.is_page:
            found += map(unescape, _HREF.findall(answer.body.decode()))
        elif answer.path.startswith(_FEEDS):
            found += re.findall(re.escape(self.address) + r"[^\s<>\"]*", answer.body.decode())
        for link in found:
            asked = urldefrag(self._local(link))[0]
            asked = _ONE_PAGE if asked.startswith(_ONE_PAGE + "?") else asked
            if asked.startswith("/") and asked not in self._known:
                self._known.add(asked)
                self._waiting.append(asked)

    def _local(self, link: str) -> str:
        for place in (self.address, BASE):
            if link.startswith(place):
                return "/" + link.removeprefix(place)
        return link
