"""Holds what is asked: an index in memory, on disk, or behind somebody else's endpoint."""
