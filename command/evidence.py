"""Calls and histories that were saved: read back, of a property that is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from checker.ground.problems import Problem
from command.kernels_asked import model_named
from command.names import history_named, property_named


def call_in(file: Path) -> Any:
    """Return the counterexample in a file; raise :class:`Problem` if it is none."""
    from checker.calls.counterexample import load

    found = load(file)
    property_named(found.property)
    return found


def is_call(file: Path) -> bool:
    """Return whether a file holds a saved call; what cannot be read is left to its reader."""
    from checker.ground.json_text import load

    try:
        with file.open("rb") as stream:
            if b'"cloneproof"' not in stream.read(256):
                return False
        document = load(file)
    except (OSError, Problem):
        return False
    return isinstance(document, dict) and {"cloneproof", "property", "call"} <= set(document)


def is_trace(file: Path) -> bool:
    """Return whether a file holds a history; what cannot be read is left to the loader."""
    from checker.ground.json_text import load

    try:
        document = load(file)
    except Problem:
        return False
    call = document.get("call") if isinstance(document, dict) else None
    return isinstance(call, dict) and "history" in call


def trace_in(file: Path, kernel: str | None = None) -> Any:
    """Return the history in a file, run again, on another kernel if one is named.

    Raises :class:`Problem` if it is none, or cannot be taken there.
    """
    from checker.ground.json_text import load
    from checker.over_time.trace import traced

    document = load(file)
    if kernel is not None and isinstance(document, dict):
        model_named(kernel)
        document = {**document, "kernel": kernel}
        document.pop("patches", None)
    try:
        return traced(document, history_named)
    except Problem as problem:
        raise Problem(f"{file}: {problem}") from None
