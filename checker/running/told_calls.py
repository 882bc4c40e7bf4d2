"""A history of system calls, told as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.calls.story import fitted
from checker.over_time.trace import FactChange
from checker.running.processes import (
    ABOUT,
    LEFT_OUT,
    Calling,
    CallMade,
    CannotCall,
    errno_of,
)
from checker.running.refused import word
from checker.running.told import INDENT

Done = CallMade | CannotCall
SYSTEM = "processes"


def beginning(calling: Calling) -> Iterator[str]:
    """Yield what the history is about."""
    yield f"on {calling.kernel.name}, {ABOUT}; task 1 is of uid {calling.uid}:"


def ending() -> Iterator[str]:
    """Yield what the history leaves out."""
    yield from fitted(LEFT_OUT)


def told(number: int, done: Done) -> Iterator[str]:
    """Yield the lines of one call."""
    if isinstance(done, CannotCall):
        yield f"  {number}. {done.name}"
        yield from fitted(f"{INDENT}cannot be made: {done.reason}")
        return
    yield from fitted(f"  {number}. {_headline(done)}")
    if not done.errno:
        lines = [_change(one) for one in done.changes] or ["nothing changes"]
    else:
        lines = [_change(one) for one in done.changes]
    for line in lines:
        yield from fitted(f"{INDENT}{line}")


def _headline(done: CallMade) -> str:
    who = f"task {done.who}: " if done.who else ""
    if not done.errno:
        return f"{who}{done.name}"
    return f"{who}{done.name} → -{errno_of(done.errno)}: {done.rule}    [{done.at}]"


def _change(one: FactChange) -> str:
    if one.before == "none":
        return f"{one.fact}: {word(one.after)}"
    return f"{one.fact}: {word(one.before)} → {word(one.after)}"


def next_lines(found: list[Done]) -> Iterator[str]:
    """Yield what typical calls would come to now."""
    yield "what typical calls would come to next:"
    for one in found:
        if isinstance(one, CannotCall):
            yield from fitted(f"  {one.name}: cannot be made: {one.reason}")
        elif one.errno:
            yield from fitted(f"  {one.name}: -{errno_of(one.errno)}: {one.rule}    [{one.at}]")
        else:
            yield f"  {one.name}: success"


def document(calling: Calling, done: list[Done], following: list[Done] | None) -> dict[str, Any]:
    """Return a history as JSON writes it; ``next`` is there where it was asked for."""
    made: dict[str, Any] = {
        "kernel": calling.kernel.name,
        "system": SYSTEM,
        "about": f"{ABOUT}; {LEFT_OUT}",
        "also_in": [],
        "steps": [_step(one) for one in done],
        "call": {"history": [one.typed for one in done if isinstance(one, CallMade)]},
    }
    if following is not None:
        made["next"] = [_step(one) for one in following]
    return made


def _step(done: Done) -> dict[str, Any]:
    made: dict[str, Any] = {"typed": done.typed, "step": done.name}
    if isinstance(done, CannotCall):
        return {**made, "at": "", "taken": False, "reason": done.reason}
    return {
        **made,
        "at": done.at,
        "taken": True,
        "by": done.who,
        "errno": errno_of(done.errno) if done.errno else None,
        "reason": done.rule,
        "changes": [vars_of(one) for one in done.changes],
    }


def vars_of(one: FactChange) -> dict[str, Any]:
    """Return a change as JSON writes it."""
    return {"fact": one.fact, "doc": one.doc, "before": one.before, "after": one.after}
