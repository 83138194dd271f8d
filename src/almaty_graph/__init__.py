"""The Almaty Process as a checked, queryable, citable graph, and the publisher that serves it."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from almaty_graph.client import Client

__all__ = ["Client", "__version__"]
__version__ = version("almaty-graph")


def __getattr__(name: str) -> Any:
    """The client, when it is asked for: commands that ask nobody do not wait for it."""
    if name != "Client":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from almaty_graph.client import Client  # noqa: PLC0415 - it loads RDFLib

    return Client
