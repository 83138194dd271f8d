"""Decides what is drawn of the graph: pictures that answer a question, each with its data beside it."""
