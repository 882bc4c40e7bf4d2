"""A history of one's own, told as text and as JSON: each step, and only what it changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.calls.story import fitted
from checker.over_time.trace import FactChange
from checker.running.fitting import Fit
from checker.running.history import Next, NotTaken, Running, TakenStep
from checker.running.refused import Refusal, word
from model.words import errno_name

Done = TakenStep | NotTaken
INDENT = "       "


def beginning(running: Running, others: list[Fit]) -> Iterator[str]:
    """Yield what a history is about, and in which other systems it could be."""
    system = running.system
    yield f"on {running.kernel.name}, {system.about}:"
    yield from fitted(f"  system {system.name}: {system.tasks}")
    if others:
        names = ", ".join(fit.system.name for fit in others)
        yield from fitted(f"  these steps are also in {names}: --system says which is meant")


def told(number: int, done: Done) -> Iterator[str]:
    """Yield the lines of one step."""
    yield f"  {number}. {done.step.name}    [{done.step.at}]"
    if isinstance(done, NotTaken):
        for line in refusal_lines(done.refusal):
            yield from fitted(f"{INDENT}{line}")
        return
    if done.errno:
        yield f"{INDENT}→ -{errno_name(done.errno)}"
    yield from (f"{INDENT}{line}" for line in changes(done.changes))


def changes(found: tuple[FactChange, ...]) -> list[str]:
    """Return what a step changes, fact by fact."""
    lines = [f"{one.fact}: {word(one.before)} → {word(one.after)}" for one in found]
    return lines or ["nothing changes"]


def refusal_lines(refusal: Refusal) -> list[str]:
    """Return why a step is not taken, and what the step's own sentence says of it."""
    says = [f"the step: {refusal.step.doc}"] if refusal.step.doc else []
    return [f"cannot be taken: {refusal.reason}", *says]


def next_lines(found: list[Next]) -> Iterator[str]:
    """Yield what may come next, and why the other steps cannot."""
    can = [one for one in found if one.refusal is None]
    cannot = [one for one in found if one.refusal is not None]
    yield f"what may come next ({len(can)} of {len(found)} steps):"
    for one in can:
        yield f"  {one.step.name}    [{one.step.at}]"
        yield from (f"{INDENT}{line}" for line in changes(one.changes))
    if cannot:
        yield "what cannot, and why:"
    for one in cannot:
        assert one.refusal is not None
        yield from fitted(f"  {one.step.name}: {one.refusal.reason}")


def document(
    running: Running, done: list[Done], others: list[Fit], following: list[Next] | None
) -> dict[str, Any]:
    """Return a history as JSON writes it; ``next`` is there where it was asked for."""
    system = running.system
    made: dict[str, Any] = {
        "kernel": running.kernel.name,
        "system": system.name,
        "about": system.about,
        "also_in": [fit.system.name for fit in others],
        "steps": [_step(one) for one in done],
        "call": {"history": [step.name for step in running.steps]},
    }
    if following is not None:
        made["next"] = [_next(one) for one in following]
    return made


def _step(done: Done) -> dict[str, Any]:
    made = {"typed": done.typed, "step": done.step.name, "at": done.step.at}
    if isinstance(done, NotTaken):
        return {**made, "taken": False, **_why(done.refusal)}
    errno = errno_name(done.errno) if done.errno else None
    return {**made, "taken": True, "errno": errno, "changes": [vars(one) for one in done.changes]}


def _why(refusal: Refusal) -> dict[str, Any]:
    errno = errno_name(refusal.errno) if refusal.errno else None
    return {"errno": errno, "reason": refusal.reason, "needs": list(refusal.needs)}


def _next(one: Next) -> dict[str, Any]:
    made: dict[str, Any] = {"step": one.step.name, "at": one.step.at}
    if one.refusal is not None:
        return {**made, "taken": False, **_why(one.refusal)}
    return {**made, "taken": True, "changes": [vars(change) for change in one.changes]}

