"""Calls and values as text; a number that has a name is written by its name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from checker.record.result import EVERY_SET, Result, Verdict

_PLAIN = (str, int, bool, float, type(None))


def plain(value: Any) -> Any:
    """Return a value of a record as JSON has it; an enumeration's member is its name."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return value.name or value.value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    return value


def call_text(saved: Mapping[str, Any]) -> str:
    """Return a saved call on one line: ``request.entry=clone3 request.flags=CLONE_VM``.

    ``saved`` is the call itself, or a counterexample's document with the call inside.
    """
    call = saved.get("call", saved)
    facts = " ".join(f"{path}={_word(value)}" for path, value in facts_of(plain(call)))
    text = facts or "every argument and fact at its default"
    return f"{text} (smaller ones may exist)" if saved.get("smallest") is False else text


def facts_of(call: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and value of each fact of a saved call."""
    for name, value in call.items():
        if isinstance(value, Mapping) and value:
            yield from facts_of(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _word(value: Any) -> str:
    if isinstance(value, str) and value and not any(char.isspace() for char in value):
        return value
    return json.dumps(value, ensure_ascii=False)


def evidence(result: Result) -> str:
    """Return what shows a verdict: the call that breaks it, or why there is no answer."""
    if result.verdict is not Verdict.REFUTED:
        return result.reason
    text = call_text(result.counterexample)
    return f"on {_where(result.counterexample)}: {text}" if result.kernel == EVERY_SET else text


def _where(saved: Mapping[str, Any]) -> str:
    """Return the kernel of a counterexample that was sought among all sets of patches."""
    if "patches" in saved:
        return f"a kernel with {', '.join(saved['patches']) or 'no patches'}"
    return str(saved.get("kernel", "some set of patches"))
