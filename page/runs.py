"""Other runs, of which somebody has a JSON report: what the page tells of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from checker.ground.json_text import load
from checker.ground.problems import Problem

MOST = 100
"""Entries of a list that are told; of the rest it is said how many there are."""
_SOUND = ("noticed", "kept", "equivalent", "agree")
"""Words of an entry that need nobody's eye."""
_WIDE = 300


def run_in(file: Path) -> dict[str, Any]:
    """Return the title and the lines of a run's report; raise :class:`Problem` for none."""
    made = load(file)
    if not isinstance(made, dict | list) or not made:
        raise Problem(f"{file} is no report: it has neither names nor entries")
    title = file.stem.replace("-", " ").replace("_", " ")
    return {"title": title, "lines": _of_object(made) if isinstance(made, dict) else _rows(made)}


def _of_object(made: dict[str, Any]) -> list[str]:
    """Return a line for each plain value, and for each entry of the lists."""
    lines = []
    for name, value in made.items():
        words = name.replace("_", " ")
        if isinstance(value, list):
            shown = [one for one in value if not _is_sound(one)]
            lines += [f"{words}: {len(value)}", *_rows(shown)]
        elif _said(value):
            lines.append(f"{words}: {_said(value)}")
    return lines


def _is_sound(entry: Any) -> bool:
    return isinstance(entry, dict) and str(entry.get("fate", entry.get("verdict"))) in _SOUND


def _rows(entries: list[Any]) -> list[str]:
    more = [f"and {len(entries) - MOST} more"] if len(entries) > MOST else []
    return [f"· {_said(one)}" for one in entries[:MOST] if _said(one)] + more


def _said(value: Any) -> str:
    """Return what a value says in a line; of an object its plain values by their names."""
    if isinstance(value, dict):
        plain = {name: one for name, one in value.items() if not isinstance(one, dict | list)}
        lists = {name: len(one) for name, one in value.items() if isinstance(one, list) and one}
        parts = [f"{name.replace('_', ' ')} {one}" for name, one in {**plain, **lists}.items()]
        return ", ".join(parts)[:_WIDE]
    return "" if isinstance(value, list) else str(value)[:_WIDE]
