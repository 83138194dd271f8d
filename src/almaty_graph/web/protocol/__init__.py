"""Speaks the protocols of machines: SPARQL, Graph Store, caching and content codings of HTTP."""
