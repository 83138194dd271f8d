"""Looks after the running server: who is connected, what is counted and written down, whether it is well."""
