"""Answers queries: what may be asked, the processes that answer it, and endpoints elsewhere."""
