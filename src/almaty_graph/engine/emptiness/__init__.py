"""Explains a query without rows: the part that is to blame, and what would mend it."""
