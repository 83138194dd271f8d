"""Decides what a release has besides its graph: tables, a research object, and how it is cited."""
