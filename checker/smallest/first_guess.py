"""First guesses: calls that are likely to be the answer, taken from what is kept of the last run.

A guess is believed by nobody.  It is evaluated on plain values like any call, and the solver
must prove that no smaller one breaks the property; a wrong or damaged file costs time only.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from checker.calls.documents import leaves_by_path
from checker.calls.naming import number
from checker.ground.problems import Problem
from checker.record.kept_words import KeptError, listed, read_kept, table_path
from checker.smallest.cost import Values, place_of
from model.records import BOOL

TABLE, COLUMN = "counterexamples.md", "least call"
WITNESSES = "witnesses.md"


def kept_calls(identity: str) -> list[Values]:
    """Return the calls that are kept for a property, the least first; none that cannot be read."""
    return sorted(_readable(_words().get(identity, ())), key=place_of)


def kept_witnesses() -> list[Values]:
    """Return the calls that showed premises, in the order to be tried; none that cannot be read."""
    try:
        words = listed(table_path(WITNESSES).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return []
    return _readable(words)


def _readable(words: Iterable[str]) -> list[Values]:
    found = []
    for word in words:
        try:
            found.append(_call(word))
        except (Problem, ValueError, KeyError):
            continue
    return found


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[str, ...]]:
    try:
        kept = read_kept(table_path(TABLE).read_text(encoding="utf-8"), COLUMN)
    except (OSError, KeptError, UnicodeDecodeError):
        return {}
    found: dict[str, dict[str, None]] = {}
    for (identity, _kernel), word in kept.words.items():
        found.setdefault(identity, {})[word] = None
    return {identity: tuple(words) for identity, words in found.items()}


def _call(word: str) -> Values:
    """Return the call in a word of the table: ``clone3,request.flags=A+B,…#digest``."""
    entry, *facts = word.partition("#")[0].split(",")
    values = {"request.entry": _value("request.entry", entry)}
    for fact in facts:
        path, _, said = fact.partition("=")
        if path != "on":
            values[path] = _value(path, said)
    return {path: value for path, value in values.items() if value != _default(path)}


def _default(path: str) -> int | bool:
    return leaves_by_path()[path].default


def _value(path: str, said: str) -> int | bool:
    leaf = leaves_by_path()[path]
    if leaf.width == BOOL:
        return {"True": True, "False": False}[said]
    return number(leaf, said.replace("all_but_", "all but ").replace("+", "|"))
