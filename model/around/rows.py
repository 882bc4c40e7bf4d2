"""Rows of a call round task creation: it is refused, or takes a step; in the kernel's order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from model.algebra import Truth, both, no
from model.around.task import Around, Asking
from model.call import choose
from model.patch import ALWAYS, NEVER, Patches
from model.rows import sentence
from model.words import Errno

Facts: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """A way of saying no: the errno, where the C does so, when, and on which kernels."""

    name: str
    doc: str
    errno: Errno
    at: str
    condition: Callable[[Asking], Truth]
    where: Patches = ALWAYS


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What a call does to its task: the facts that change, and where."""

    name: str
    doc: str
    at: str
    change: Callable[[Asking], Facts]


Row: TypeAlias = Refusal | Step


@dataclass(frozen=True, slots=True)
class Came:
    """What a call came to: the errno (0 is success), the row that refuses, the task it leaves."""

    errno: Any
    row: Refusal | None
    task: Around


def refuses(
    errno: Errno, *, at: str, since: Patches = ALWAYS, until: Patches = NEVER
) -> Callable[[Callable[[Asking], Truth]], Refusal]:
    """Declare a refusal; the decorated function is its condition."""

    def made(condition: Callable[[Asking], Truth]) -> Refusal:
        return Refusal(sentence(condition), _doc(condition), errno, at, condition, since & ~until)

    return made


def changes(*, at: str) -> Callable[[Callable[[Asking], Facts]], Step]:
    """Declare a step; the decorated function returns the facts of the task that it changes."""

    def made(change: Callable[[Asking], Facts]) -> Step:
        return Step(sentence(change), _doc(change), at, change)

    return made


def _doc(function: Callable[..., Any]) -> str:
    return " ".join((function.__doc__ or "").split())


def outcome(rows: tuple[Row, ...], call: Asking) -> Came:
    """Return what a call comes to whose facts are plain: the first refusal ends it.

    Steps that come before that refusal stay.
    """
    for row in rows:
        if isinstance(row, Step):
            call = call.but(**row.change(call))
        elif call.kernel.stands(row.where) is True and row.condition(call):
            return Came(int(row.errno), row, call.task)
    return Came(0, None, call.task)


def in_general(rows: tuple[Row, ...], call: Asking) -> tuple[dict[Refusal, Truth], Around]:
    """Return the same of facts that are open: when each refusal decides, and what is left."""
    decides: dict[Refusal, Truth] = {}
    passed: Truth = True
    for row in rows:
        if isinstance(row, Step):
            after = call.but(**row.change(call))
            call = replace_task(call, choose(passed, after.task, call.task))
        else:
            says = both(call.kernel.stands(row.where), row.condition(call))
            decides[row] = both(passed, says)
            passed = both(passed, no(says))
    return decides, call.task


def replace_task(call: Asking, task: Around) -> Asking:
    """Return the call with another state of its task."""
    return Asking(call.kernel, task, call.asked, call.given, call.before)
