"""Decides how a path finds its answer: a table of rules, the same kind for everything that is only read."""

from collections.abc import Mapping

from flask import Flask
from flask.typing import RouteCallable

Routes = Mapping[str, RouteCallable]


def register(app: Flask, routes: Routes) -> None:
    """Answer GET and HEAD at each rule of the table."""
    for rule, view in routes.items():
        app.get(rule)(view)
