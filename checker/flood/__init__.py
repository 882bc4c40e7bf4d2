"""Floods of random calls: every statement and reading held against all of them, no solver."""
