"""Mutation: small changes of the model as data, and which of them a verdict notices."""

ROOMS = (
    "rejections",
    "takings",
    "effects",
    "ladders",
    "assumptions",
    "premises",
    "patches",
    "steps",
)
"""What a mutant may change."""
