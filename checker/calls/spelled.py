"""A call spelled by options, as a line of ``predict``: an entry point, flags, facts PATH=VALUE."""

from __future__ import annotations

from typing import Any

from checker.calls.documents import leaves_by_path
from checker.ground.json_text import short
from checker.ground.problems import Problem
from model.records import BOOL

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def fact(said: str) -> dict[str, Any]:
    """Return a fact as nested objects; raise :class:`Problem` for what is no PATH=VALUE."""
    path, mark, value = said.partition("=")
    if not mark:
        raise Problem(f"a fact is PATH=VALUE, not {short(said)}")
    made: Any = _value(path, value)
    for name in reversed(path.split(".")):
        made = {name: made}
    found: dict[str, Any] = made
    return found


def _value(path: str, said: str) -> Any:
    leaf = leaves_by_path().get(path)
    if leaf is not None and leaf.width == BOOL:
        return _TRUTHS.get(said.lower(), said)
    return said


def line(entry: str, flags: str | None, facts: tuple[str, ...]) -> dict[str, Any]:
    """Return a line of ``predict``; raise :class:`Problem` where two facts do not go together."""
    request = {"entry": entry} if flags is None else {"entry": entry, "flags": flags}
    made: dict[str, Any] = {"request": request}
    for one in facts:
        _join(made, fact(one))
    return made


def _join(into: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        known = into.setdefault(name, value)
        if known is value:
            continue
        if not isinstance(known, dict) or not isinstance(value, dict):
            raise Problem(f"{short(name)} is given twice")
        _join(known, value)
