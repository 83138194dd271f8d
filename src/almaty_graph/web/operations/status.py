"""Decides what is told to those who operate a server: whether it can answer, and its figures."""

from flask import Response

from almaty_graph.engine.client import Engine, Wish
from almaty_graph.engine.language.query import Query
from almaty_graph.errors import AlmatyError, EngineError, NotFound
from almaty_graph.formats import JSON
from almaty_graph.web.operations.metrics import CONTENT_TYPE, Metrics
from almaty_graph.web.protocol.replies import NOT_KEPT
from almaty_graph.web.routes import Routes

_PATIENCE = 2.0  # seconds


def operation_routes(engine: Engine, metrics: Metrics | None) -> Routes:
    """The routes of probes and, if there are any, figures; nobody may keep what they say."""

    def alive() -> Response:
        """That this process answers, whatever becomes of the engine."""
        return Response("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": NOT_KEPT})

    def ready() -> Response:
        """Whether the engine answers; 503 otherwise."""
        try:
            engine.answer(Query.parse("ASK {}"), JSON, Wish(seconds=_PATIENCE))
        except AlmatyError as error:
            raise EngineError(f"not ready: {error}") from error
        return Response(
            "ready\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": NOT_KEPT}
        )

    def figures() -> Response:
        if metrics is None:
            raise NotFound("nothing is counted here")
        return Response(metrics.exposition(), content_type=CONTENT_TYPE, headers={"Cache-Control": NOT_KEPT})

    return {"/healthz": alive, "/readyz": ready, "/metrics": figures}
