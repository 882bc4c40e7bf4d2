"""A call in one line, for tables."""

from __future__ import annotations

from typing import Any

from checker.calls.documents import leaves_by_path
from checker.calls.naming import spoken
from model.request import Entry
from model.words import flag_names


def brief(values: dict[str, Any]) -> str:
    """Return a call in one line: ``clone3(CLONE_VM), current.signal.rlim_nproc = 0``."""
    entry = Entry(values.get("request.entry", Entry.FORK)).name.lower()
    flags = values.get("request.flags", 0)
    told = [f"{entry}({flag_names(flags) if flags else ''})"]
    for path, value in values.items():
        if path not in ("request.entry", "request.flags"):
            leaf = leaves_by_path()[path]
            told.append(f"{path.removeprefix('request.')} = {spoken(leaf, value)}")
    return ", ".join(told)
