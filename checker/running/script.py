"""What somebody typed as a history: one step after the other, however it was written down.

Steps stand on lines of their own, or between ``;`` or ``→``.  What ``trace`` shows, what
``reports/traces.md`` keeps and what ``verify --save`` writes are read, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from checker.ground.json_text import decoded, short
from checker.ground.problems import Problem

MOST = 2_000
"""Steps of the longest history that is run."""

_TOLD = re.compile(r"^\s*\d+\. (?P<step>.+?)\s{2,}\[[^\]]+\]\s*$")
_NUMBERED = re.compile(r"^\d+\.\s+")
_BETWEEN = re.compile(r"[;→\n]")


@dataclass(frozen=True, slots=True)
class Script:
    """Steps as they were typed, and what a saved trace says beside them."""

    steps: tuple[str, ...]
    system: str | None = None
    kernel: dict[str, Any] | None = None
    """The document that names the kernel of a saved trace, perhaps by its patches."""


def script(text: str, name: str) -> Script:
    """Return the steps in a text; raise :class:`Problem` for what holds no history.

    ``name`` is what the text is called where something is wrong with it.
    """
    if text.lstrip().startswith("{"):
        return _saved(decoded(text, name), name)
    told = [found["step"] for line in text.splitlines() if (found := _TOLD.match(line))]
    steps = told or [one for line in text.splitlines() for one in _typed(line)]
    if len(steps) > MOST:
        raise Problem(f"{name} has {len(steps)} steps: at most {MOST} are run")
    return Script(tuple(steps))


def _typed(line: str) -> list[str]:
    """Return the steps of one line; what follows a ``#`` is a remark, or the digest of a trace."""
    parts = _BETWEEN.split(line.partition("#")[0])
    return [said for part in parts if (said := _NUMBERED.sub("", part.strip()))]


def _saved(document: Any, name: str) -> Script:
    call = document.get("call") if isinstance(document, dict) else None
    history = call.get("history") if isinstance(call, dict) else None
    if not isinstance(history, list) or not all(isinstance(one, str) for one in history):
        raise Problem(f'{name} is no history: a saved trace has "call": {{"history": []}}')
    system = document.get("system")
    if system is not None and not isinstance(system, str):
        raise Problem(f"{name}: a system is a name, not {short(system)}")
    where = document if "kernel" in document else None
    return Script(tuple(history), system, where)
