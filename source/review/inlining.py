"""Which functions are read in turn, and which stay calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache

from source.c.ir import (
    Assembly,
    Assign,
    Call,
    Convert,
    Do,
    FunctionBody,
    FunctionName,
    Global,
    Inside,
    Loop,
    Return,
    Step,
    Strange,
    Unread,
)
from source.review.atomics import known, today
from source.review.layout import Unit
from source.review.nodes import called, cleanups, nodes

SMALL = 40
"""Nodes of a function that is read wherever it is called, if it does nothing but compute."""

ROUNDS = 12
"""How often what is read is looked through for what it calls."""

_DOES = (Assign, Step, Loop, Assembly, Strange, Unread, Inside, Global)


def small(unit: Unit, name: str, depth: int = 0) -> bool:
    """Whether a function is so small and pure that it is always read in turn."""
    function = unit.function(name) if depth < 4 else None
    if function is None or function.troubles or len(function.body.body) > 2:
        return False
    if not all(isinstance(s, Return) or _void(s) for s in function.body.body):
        return False
    found = list(nodes(function.body))
    if len(found) > SMALL or any(isinstance(n, _DOES) for n in found):
        return False
    return all(
        isinstance(n.callee, FunctionName)
        and (n.callee.name == "__builtin_expect" or small(unit, n.callee.name, depth + 1))
        for n in found
        if isinstance(n, Call)
    )


def _void(statement: object) -> bool:
    return (
        isinstance(statement, Do)
        and isinstance(statement.value, Convert)
        and statement.value.type.kind == "void"
    )


def to_read(
    base: FunctionBody, head: FunctionBody, units: tuple[Unit, Unit]
) -> tuple[frozenset[str], frozenset[str]]:
    """The functions that each side reads in turn.

    Those that only one side calls, or more often than the other, and those whose text is not
    the same on both sides.  One that was read on one side before the other's was found inside of
    what that side reads is no longer read once both sides call it as often.
    """
    read: list[set[str]] = [set(), set()]
    dropped: set[str] = set()
    differs = cache(lambda name: changed(units, name))
    for _ in range(ROUNDS):
        calls = [
            _calls(f, unit, names, differs)
            for f, unit, names in zip((base, head), units, read, strict=True)
        ]
        more = [
            {
                name
                for name in mine
                if name not in names
                and (differs(name) or (mine[name] != other[name] and _tells(unit, name)))
            }
            for mine, other, names, unit in (
                (calls[0], calls[1], read[0], units[0]),
                (calls[1], calls[0], read[1], units[1]),
            )
        ]
        if not any(more):
            early = {
                name
                for name in (read[0] ^ read[1]) - dropped
                if calls[0][name] == calls[1][name] and not differs(name)
            }
            if not early:
                break
            dropped |= early
            read[0] -= early
            read[1] -= early
        read[0] |= more[0]
        read[1] |= more[1]
    return frozenset(read[0]), frozenset(read[1])


def changed(units: tuple[Unit, Unit], name: str) -> bool:
    """Whether both sides have a function and it does not read the same."""
    if units[1].unchanged(name):
        return False
    base, head = (unit.digest(name) for unit in units)
    return base is not None and head is not None and base != head


def readable(unit: Unit, name: str) -> bool:
    """Whether the unit has a function's body, without troubles."""
    function = unit.function(name)
    return function is not None and not function.troubles


def _tells(unit: Unit, name: str) -> bool:
    """Whether a function's body says more than its name does."""
    return not known(name) and readable(unit, name)


def _calls(
    function: FunctionBody, unit: Unit, read: set[str], differs: Callable[[str], bool]
) -> Counter[str]:
    """How often functions are called in a function and those that are read in turn.

    What a cleanup calls counts twice: it is called wherever its scope is left, not where a text
    stands, so that a call of the same function elsewhere is no equal of it.
    """
    found: Counter[str] = Counter()
    waiting, seen = [(function, 1)], {function.name}
    while waiting:
        caller, times = waiting.pop()
        own = cleanups(caller)
        for said in called(caller):
            name = said if differs(said) else today(said)
            found[name] += times
            inner = unit.function(name) if name in read else None
            if inner is not None and name not in seen:
                seen.add(name)
                waiting.append((inner, 2 if name in own else times))
    return found
