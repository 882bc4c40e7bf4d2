"""Kept tables of what breaks each property: ``counterexamples.md`` and ``traces.md``.

The least call, or the shortest history, is written out so that a change of it can be read,
and ends in its digest, so that no change is missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.record.kept_words import one_word
from checker.record.result import Result
from reports.calls import facts_of, plain
from reports.kept import kept_table


def least(result: Result) -> str:
    """Return what breaks a property as one word, its digest last; nothing if nothing does."""
    shown = result.counterexample
    if not shown:
        return ""
    how = id(shown["call"]), shown.get("smallest", True), *shown.get("patches", ())
    known = _KNOWN.get(how)
    if known is None:
        known = _KNOWN[how] = shown["call"], _word(result)
    return known[1]


_KNOWN: dict[tuple[Any, ...], tuple[Any, str]] = {}
"""The word of each call or history, which is kept as well: kernels have the very same."""


def _word(result: Result) -> str:
    shown = result.counterexample
    call = shown["call"]
    told = one_word("→".join(call["history"])) if "history" in call else call_word(call)
    with_patches = f",on={'+'.join(shown['patches'])}" if "patches" in shown else ""
    return f"{told}{with_patches}#{result.digest}"


def call_word(call: Mapping[str, Any]) -> str:
    """Return a saved call as one word: ``clone3,request.flags=CLONE_VM+CLONE_FS``."""
    facts = dict(facts_of(plain(call)))
    entry = facts.pop("request.entry", "fork")
    return one_word(",".join([str(entry), *(f"{path}={one}" for path, one in facts.items())]))


def counterexamples(results: list[Result]) -> str:
    """Return the table of the least call that breaks each property, by kernels."""
    return kept_table(results, "Least counterexamples", "least call", least)


def traces(results: list[Result]) -> str:
    """Return the table of the shortest history that breaks each property, by kernels."""
    return kept_table(results, "Shortest histories", "shortest history", least)
