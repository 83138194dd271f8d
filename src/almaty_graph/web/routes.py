"""Decides how a path finds its answer: a table of rules, and how addresses of ours are told."""

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask
from flask.typing import RouteCallable

from almaty_graph.names import BASE

Routes = Mapping[str, RouteCallable]
_HOST: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def register(app: Flask, routes: Routes, *methods: str) -> None:
    """Answer GET and HEAD, and these methods, at each rule of the table."""
    for rule, view in routes.items():
        # Views of two classes may have one name.
        endpoint = view.__qualname__.replace(".", ":")
        app.add_url_rule(rule, endpoint, view, methods=["GET", *methods])


def origin_of(environ: Mapping[str, Any]) -> str:
    """The address of this server as its client has it, `/` last; the base IRI if that is no address."""
    host = environ.get("HTTP_HOST", "")
    return f"{environ['wsgi.url_scheme']}://{host}/" if _HOST.fullmatch(host) else BASE
