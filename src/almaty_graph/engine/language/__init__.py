"""Reads queries: their tokens, their form, what they may hold, and what is wrong with them."""
