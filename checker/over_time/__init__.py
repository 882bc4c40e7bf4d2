"""Engines for questions about histories; one file per engine."""
