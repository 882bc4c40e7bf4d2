"""One entry to every report on a run."""

from __future__ import annotations

from importlib import import_module

from checker.record.result import Result

_VIEWS = {
    "table": ("reports.table", "table"),
    "json": ("reports.json_report", "json_report"),
    "junit": ("reports.junit", "junit"),
    "markdown": ("reports.markdown", "markdown"),
    "ktap": ("reports.ktap", "ktap"),
    "sarif": ("reports.sarif", "sarif"),
    "verdicts": ("reports.verdicts", "verdicts"),
}
FORMATS = tuple(_VIEWS)
"""The names of the formats; ``verdicts`` is the table kept under version control."""


def render(results: list[Result], format: str, *, colour: bool = False) -> str:
    """Return a report as text that ends in a newline; ``colour`` concerns the table only."""
    if format not in _VIEWS:
        msg = f"unknown format {format!r}: one of {', '.join(FORMATS)}"
        raise ValueError(msg)
    module, name = _VIEWS[format]
    view = getattr(import_module(module), name)
    made: str = view(results, colour=colour) if format == "table" else view(results)
    return made
