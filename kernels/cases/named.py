"""How a caller must have a fact that a counterexample names, in both readings.

Most facts must be the very same.  What only has to be big enough, or is free, has a row here.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from checker.calls.documents import leaves_by_path
from checker.smallest.cost import Values
from model import words
from model.algebra import Truth, at_most, no, same


class Must(Enum):
    """What is asked of a fact that a counterexample names."""

    BE = "be the same"
    BE_GIVEN = "be an address, or none, as it is"
    REACH = "be as much, or more"
    BE_ANY = "be any number that will do"


_ADDRESSES = ("stack", "pidfd", "parent_tid", "child_tid", "set_tid", "cgroup")
_GIVEN = tuple(f"request.{name}" for name in _ADDRESSES)
_LEVEL = "current.pid_ns.level"
"""The probe begins in a pid namespace of its own."""
_NUMBERS = (
    *(".uid", ".euid", ".nproc_max", ".nproc_max_parent", ".rlim_nproc", ".pids", ".pids_max"),
    *(".owners_owned", ".owners_outside", ".set_tid_size"),
)
_NUMBER_GROUPS = ("request.tid", "system.", "current.real_cred.ucounts", "current.cred.")
_ARGUMENTS = tuple(
    f"request.{name}" for name in ("flags", "exit_signal", "stack_size", "usize", "tail")
)
_NEEDED = {
    "request.pidfd": words.PIDFD,
    "request.parent_tid": words.PIDFD | words.PARENT_SETTID,
    "request.cgroup": words.INTO_CGROUP,
}
"""Flags with which an address may be given that the counterexample does not."""
_CALLER = ("chance.", "current.", "system.")
_WHO = tuple(f"current.real_cred.{name}" for name in ("uid", "euid", "cap_effective"))


def is_a_number(path: str) -> bool:
    """Return whether a fact is a number that only has to be big enough, small enough or free."""
    return path.endswith(_NUMBERS) or path.startswith(_NUMBER_GROUPS)


def must(path: str) -> Must:
    """Return what is asked of a fact."""
    if is_a_number(path):
        return Must.BE_ANY
    if path in _GIVEN:
        return Must.BE_GIVEN
    return Must.REACH if path == _LEVEL else Must.BE


def had(path: str, is_so: Any, named: int | bool) -> Truth:
    """Return whether a caller has a fact as it is named, by what the caller has."""
    asked = must(path)
    if asked is Must.BE_ANY:
        return True
    if asked is Must.BE_GIVEN:
        return no(is_so == 0) if named else _is_just(is_so, 0)
    return at_most(named, is_so) if asked is Must.REACH else _is_just(is_so, named)


def _is_just(is_so: Any, named: int | bool) -> Truth:
    truth: Truth = same(is_so, named) if isinstance(named, bool) else is_so == named
    return truth


def as_named(values: Values, named: Values) -> Iterator[tuple[str, Truth]]:
    """Yield each fact that is named, and whether a situation, leaf by leaf, has it."""
    for path, value in named.items():
        yield path, had(path, _of(values, path), value)


def _of(values: Values, path: str) -> Any:
    return values.get(path, leaves_by_path()[path].default)


def the_call(values: Values) -> Values:
    """Return the facts that a counterexample names, and the arguments that its call leaves."""
    known = leaves_by_path()
    flags = int(values.get("request.flags", 0))
    left = (path for path in (*_ARGUMENTS, *_GIVEN) if not flags & _NEEDED.get(path, 0))
    return {path: known[path].default for path in left} | values


def wishes(values: Values, named: Values) -> Iterator[Truth]:
    """Yield that the facts that are named are the very ones, and all others an ordinary caller's.

    Who the caller is comes after what the caller has.  Numbers that are free come last: no caller
    is prepared for their sake.
    """
    known = leaves_by_path()
    ordinary = {path: known[path].default for path in values if path.startswith(_CALLER)}
    wished = {**ordinary, **named}
    for path in sorted(wished, key=lambda path: (_rank(path), path not in named)):
        yield _is_just(_of(values, path), wished[path])


def _rank(path: str) -> int:
    return 2 if path in _WHO else 3 if is_a_number(path) else 1
