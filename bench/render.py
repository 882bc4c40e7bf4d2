"""The figures as text: what must hold, then each part as a table."""

from __future__ import annotations

import os
import platform
from itertools import groupby

from tabulate import tabulate

from bench.figure import Figure, Figures, Limit, Plan

MADE, END = "<!-- made by make bench -->", "<!-- end -->"


def machine() -> str:
    """Return what the figures depend on; the load tells how idle the machine was."""
    load = os.getloadavg()[0]
    python = platform.python_version()
    return f"{os.cpu_count()} processors, Python {python}, load {load:.1f} at the end"


def render(plan: Plan, found: Figures, limits: list[Limit]) -> str:
    """Return the tables of what was measured, what was left out, and what is wrong."""
    runs = "all" if plan.full else "short ones"
    parts = [f"Medians of {plan.runs} runs in turn ({runs}; else one); {machine()}."]
    if limits:
        parts.append(_limits(sorted(limits, key=lambda one: one.number)))
    there = plan.release.name if plan.release else ""
    for part, figures in groupby(found.all, lambda one: one.part):
        parts.append(_table(part, list(figures), there))
    notes = [*found.left_out, *(f"WRONG: {line}" for line in found.wrong)]
    return "\n\n".join([*parts, *(["\n".join(f"* {line}" for line in notes)] if notes else [])])


def _limits(limits: list[Limit]) -> str:
    said = {True: "yes", False: "NO", None: "not measured"}
    rows = [
        [str(one.number), one.what, one.limit, number(one.measured), said[one.holds]]
        for one in limits
    ]
    return _github(["", "must hold", "limit", "measured", "holds"], rows)


def _table(part: str, figures: list[Figure], there: str) -> str:
    head = [part, "unit", "here", *([there, "ratio"] if there else []), ""]
    rows = [
        [
            one.what,
            one.unit,
            number(one.here),
            *([number(one.there), number(one.ratio)] if there else []),
            one.note,
        ]
        for one in figures
    ]
    return _github(head, rows)


def number(value: float | None) -> str:
    """Return a number in three digits or as it is, nothing for none."""
    if value is None:
        return ""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _github(head: list[str], rows: list[list[str]]) -> str:
    made: str = tabulate(rows, head, tablefmt="github", disable_numparse=True)
    return made
