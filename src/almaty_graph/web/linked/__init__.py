"""Decides how the IRIs of a release are linked data: links, frames, schema.org, terms, names given up."""
