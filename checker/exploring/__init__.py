"""Counterexamples to explore: each distinct way to break a statement, under what one assumes."""
