"""The Almaty Process as a checked, queryable, citable graph, and the publisher that serves it."""

from importlib.metadata import version

__version__ = version("almaty-graph")
