"""Figures: what our endpoint and its peers answer, how fast, and what it costs them."""
