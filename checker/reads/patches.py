"""Which patches a thing can look up of a kernel: those that it names, and all that it leads to.

What is followed is what a verdict's key follows (:mod:`checker.reads.parts`).  A question that is
asked of the rules of the single call looks up what its answer depends on.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Any, NamedTuple

from checker.reads.answers import looked_up
from checker.reads.parts import ANYTHING, PLAIN, Parts, codes, function_parts, is_a_question, parts
from checker.reads.whole import is_followed_module
from model.patch import Patch
from model.patches import BY_NAME

_KERNELS = {"kernel", "machine"}
_ASKS_MORE = {"admissible", "name", "patches"}
"""What may be asked of a kernel beside its patches, one by one."""


class _Thing(NamedTuple):
    """A thing, the patches that it names itself (``None``: perhaps any), and what else it names."""

    thing: Any
    patches: frozenset[Patch] | None
    names: list[Any]


class NamesOf:
    """Whether things lead to one of some patches; what one names is looked at once."""

    def __init__(self, patches: frozenset[Patch]) -> None:
        self._patches = patches
        self._known: dict[int, _Thing] = {}
        self._free: set[int] = set()
        """Things of which it is known that they lead to none."""

    def lead_to_one(self, things: Iterable[Any]) -> bool:
        """Return whether some things lead to one of the patches, or may lead to any."""
        left = [one for one in things if id(one) not in self._free]
        met = set(map(id, left))
        while left:
            thing = left.pop()
            known = self._known.get(id(thing)) or self._look(thing)
            if known.patches is None or known.patches & self._patches:
                return True
            for one in known.names:
                if id(one) not in met and id(one) not in self._free:
                    met.add(id(one))
                    left.append(one)
        self._free |= met
        return False

    def _look(self, thing: Any) -> _Thing:
        known = self._known[id(thing)] = _Thing(thing, *_told(thing))
        return known


def _told(thing: Any) -> tuple[frozenset[Patch] | None, list[Any]]:
    if isinstance(thing, Patch):
        return frozenset([thing]), []
    if thing is ANYTHING or _asks_more(thing):
        return None, []
    names, found = _question(thing) if _is_a_question(thing) else (frozenset(), parts(thing))
    left = [one for one in (*found.names, *found.unordered) if type(one) not in PLAIN]
    return frozenset(BY_NAME[name] for name in names), left


def _is_a_question(thing: Any) -> bool:
    return isinstance(thing, FunctionType) and is_a_question(thing)


def _question(question: FunctionType) -> tuple[frozenset[str], Parts]:
    """Return the names of the patches that its answer depends on, and what it names itself."""
    asked = looked_up(question)
    return asked or frozenset(), function_parts(question, None if asked is None else "")


def _asks_more(thing: Any) -> bool:
    """Return whether a function may ask a kernel for more than single patches."""
    if not isinstance(thing, FunctionType) or not is_followed_module(thing.__module__):
        return False
    return any(
        _ASKS_MORE & set(code.co_names)
        and _KERNELS & {*code.co_names, *code.co_varnames, *code.co_freevars}
        for code in codes(thing.__code__)
    )
