"""Other runs, of which somebody has a JSON report: what the page tells of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from checker.ground.json_text import load, short
from checker.ground.problems import Problem

MOST = 200
"""Lines that are told of a run; of the rest it is said how many there are."""

_LISTS = ("disagreements", "unexpected", "survivors", "differences", "failures", "findings")
"""The names under which reports list what is to be looked at."""


def run_in(file: Path) -> dict[str, Any]:
    """Return the title and the lines of a run; raise :class:`Problem` for no report of ours."""
    made = load(file)
    if not isinstance(made, dict):
        raise Problem(f"{file} is no report: a JSON object is")
    lines = [f"{name.replace('_', ' ')}: {_plain(value)}" for name, value in made.items()
             if name not in _LISTS and _is_plain(value)]
    for name in _LISTS:
        found = made.get(name)
        if isinstance(found, list):
            lines += [f"{name}: {len(found)}", *map(short, found[:MOST])]
            lines += [f"and {len(found) - MOST} more"] if len(found) > MOST else []
    return {"title": file.stem.replace("-", " ").replace("_", " "), "lines": lines}


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(one, str | int | float | bool) for one in value.values())
    return isinstance(value, str | int | float | bool)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {one}" for name, one in value.items())
    return str(value)
