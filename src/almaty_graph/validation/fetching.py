"""Decides what is fetched to be judged: documents at hosts allowed by name, whole, within a size."""

import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

from almaty_graph import __version__
from almaty_graph.errors import SourceError

_SECONDS: Final = 60.0  # that a host may be silent
_BYTES: Final = 1 << 30
_ACCEPT: Final = "text/turtle, application/trig, application/n-quads, application/n-triples, */*;q=0.5"


def is_address(name: str) -> bool:
    """Whether a name is that of a document on the web."""
    return name.startswith(("http://", "https://"))


def fetch(address: str, hosts: frozenset[str], accept: str = _ACCEPT) -> tuple[bytes, str]:
    """The bytes of the document at an address, and its media type.

    Raises SourceError for a host that is not allowed, also one that the address leads on to, and for what
    does not come whole.
    """
    _prove_allowed(address, address, hosts)
    opener = urllib.request.build_opener(_Allowed(address, hosts))
    headers = {"Accept": accept, "User-Agent": f"almaty-graph/{__version__}"}
    try:
        asked = urllib.request.Request(address, headers=headers)  # noqa: S310 - http or https: see is_address
        with opener.open(asked, timeout=_SECONDS) as response:
            text: bytes = response.read(_BYTES + 1)
            media_type: str = response.headers.get_content_type()
    except (urllib.error.URLError, HTTPException, OSError) as error:
        raise SourceError(address, None, f"cannot be fetched: {getattr(error, 'reason', error)}") from error
    if len(text) > _BYTES:
        raise SourceError(address, None, f"has more than {_BYTES >> 20:,} MiB, the limit")
    return text, media_type


class _Allowed(urllib.request.HTTPRedirectHandler):
    """Follows to hosts that are allowed, and to no others."""

    def __init__(self, address: str, hosts: frozenset[str]) -> None:
        self._address, self._hosts = address, hosts

    def redirect_request(self, *given: Any) -> urllib.request.Request | None:
        """See HTTPRedirectHandler: the last that is given is where it leads."""
        _prove_allowed(self._address, given[-1], self._hosts)
        return super().redirect_request(*given)


def _prove_allowed(address: str, there: str, hosts: frozenset[str]) -> None:
    host = urlsplit(there).hostname
    if host not in hosts or not is_address(there):
        led = "" if there == address else f"leads to {there}, and "
        raise SourceError(address, None, f"{led}the host {host} is not allowed: add --allow {host}")
