"""What statements about one call borrow from others: a second call, and who refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from model.algebra import Truth, Word, both, either, has, no, same
from model.call import Call
from model.entries import SYSCALLS, from_one_of
from model.evaluate import Outcome, outcome_of
from model.predict import call_of
from model.request import Entry, Request
from model.rows import Rejection, Taken
from model.state import Task


def twin(call: Call, *, request: Request | None = None, current: Task | None = None) -> Outcome:
    """Return the outcome of another call from the same start, differing only as told."""
    start = replace(
        call.start,
        request=call.request if request is None else request,
        current=call.current if current is None else current,
    )
    return outcome_of(call_of(call.kernel, start))


def refused_by(outcome: Outcome, rows: Iterable[Rejection]) -> Truth:
    """Return whether one of the rows is the one that refused the call."""
    names = {row.name for row in rows}
    return either(*(first for row, first in outcome.walk.hits if row.name in names))


def taken(outcome: Outcome, resource: str) -> Truth:
    """Return whether the call got as far as taking a resource."""
    call = outcome.call
    return either(
        *(
            both(alive, call.kernel.stands(row.where), row.condition(call))
            for row, alive in outcome.walk.reached
            if isinstance(row, Taken) and row.resource == resource
        )
    )


def kept(outcome: Outcome, *resources: str) -> Truth:
    """Return whether a failed call kept one of the resources or gave one back too often."""
    return either(
        *(outcome.held.get(resource, False) for resource in resources),
        *(outcome.freed_twice.get(resource, False) for resource in resources),
    )


def through(call: Call, *entries: Entry) -> Truth:
    """Return whether the call comes through one of these entry points."""
    return from_one_of(call.request, entries)


def from_user_space(call: Call) -> Truth:
    """Return whether a user task made the call: fork, vfork, clone or clone3."""
    return from_one_of(call.request, SYSCALLS)


def made(call: Call, outcome: Outcome, *entries: Entry) -> Truth:
    """Return whether a task was made, through one of these entry points."""
    return both(through(call, *entries), outcome.ok)


def failed(outcome: Outcome) -> Truth:
    """Return whether the call fails, whatever the reason."""
    return no(outcome.ok)


def same_byte(left: Word, right: Word) -> Truth:
    """Return whether two words of whatever width agree in their lowest byte."""
    return both(*(same(has(left, 1 << bit), has(right, 1 << bit)) for bit in range(8)))
