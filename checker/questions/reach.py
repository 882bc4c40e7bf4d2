"""Which rules can decide a call at all: a witness for each, or a proof that none exists."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from checker.calls.documents import to_document
from checker.engines.sat import Answer, Constraint
from checker.questions.controls import Controls
from checker.questions.decide import Decider, decider, kernel_of
from checker.questions.deciding import Decided, kept_decided
from checker.readings.concrete import outcome_on
from checker.readings.space import space
from checker.readings.subjects import RANGES
from checker.smallest.shrink import found_in
from model.algebra import Truth
from model.due import as_truth
from model.evaluate import Outcome
from model.kernel import Kernel
from model.revisions import REVISIONS
from model.rows import Rejection
from model.words import errno_name
from properties.claim import Subject

TABLED = (Subject.CREATE, Subject.UNSHARE, Subject.SETNS)
"""The subjects whose outcome goes down one table."""


@dataclass(frozen=True)
class Reached:
    """A rule and a small call that it alone decides, or ``None`` with a proof of absence."""

    subject: Subject
    rule: Rejection
    status: str
    values: dict[str, Any] | None = None
    kernel: Kernel | None = None


def reached(subject: Subject, tool: Callable[[], Decider]) -> list[Reached]:
    """Return a :class:`Reached` per rejection of a subject's table, in its order.

    ``status`` is ``reachable``, ``unreachable`` (proved for every admissible kernel) or the
    solver's reason for not knowing.  A kept call that a rule decides, read on plain values, shows
    that it can be reached; only for what no kept call reaches ``tool`` is asked for a solver.
    """
    outcome: Outcome = RANGES[subject].outcome(space().call)
    return [
        _seen(subject, row) or _sought(subject, row, as_truth(first), tool())
        for row, first in outcome.walk.hits
    ]


def _seen(subject: Subject, row: Rejection) -> Reached | None:
    """Return a rule with a kept call that it decides, as plain values show."""
    for one in kept_decided(subject).get(row.name, []):
        outcome = outcome_on(one.kernel, one.values, subject)
        admissible = one.kernel.name in REVISIONS or one.kernel.admissible() is True
        if admissible and outcome is not None and outcome.rejected_by is row:
            return Reached(subject, row, "reachable", one.values, one.kernel)
    return None


def _sought(subject: Subject, row: Rejection, first: Truth, tool: Decider) -> Reached:
    wanted = tool.all_of(as_truth(RANGES[subject].holds_for(space().start)), first)
    named = tool.any_of(list(REVISIONS.values()))
    open_kernel = tool.all_of(as_truth(space().kernel.admissible()))
    return _look(subject, row, wanted, (named, open_kernel), tool)


def all_told() -> list[dict[str, Any]]:
    """Return what is told of each rejection; a solver that was asked answers a control question."""
    rows: list[dict[str, Any]] = []
    for subject in TABLED:
        tool = lru_cache(maxsize=1)(Decider)
        rows += [told(one) for one in reached(subject, tool)]
        if tool.cache_info().currsize:
            Controls(tool()).ask(subject)
    return rows


def _look(
    subject: Subject,
    row: Rejection,
    wanted: Constraint,
    scopes: tuple[Constraint, ...],
    tool: Decider,
) -> Reached:
    for scope in scopes:
        answer = tool.engine.ask(wanted, scope)
        if answer.values is not None:
            return _witness(subject, row, answer)
        if answer.status != "unsat":
            return Reached(subject, row, answer.reason)
    return Reached(subject, row, "unreachable")


def _witness(subject: Subject, row: Rejection, answer: Answer) -> Reached:
    kernel = kernel_of(answer.patches)

    def still(values: dict[str, Any]) -> bool:
        outcome = outcome_on(kernel, values, subject)
        return outcome is not None and outcome.rejected_by is row

    values = found_in(answer, still)
    if values is None:
        return Reached(subject, row, "the two readings disagree")
    return Reached(subject, row, "reachable", values, kernel)


def on_sets(known: list[Decided]) -> list[Decided]:
    """Return a call for each rule that decides none on a kernel of the list, on a set of patches.

    ``known`` are those that are decided there.
    """
    here = {(one.subject, one.rule) for one in known}
    return [
        Decided(subject, one.rule.name, one.values or {}, one.kernel)
        for subject in TABLED
        for one in reached(subject, decider)
        if one.kernel is not None and (subject, one.rule.name) not in here
    ]


def told(one: Reached) -> dict[str, Any]:
    """Return a reached rule as JSON writes it, and as a table row."""
    row = one.rule
    return {
        "about": one.subject.name.lower(),
        "rule": row.name,
        "errno": errno_name(int(row.errno)) if isinstance(row.errno, int) else "any",
        "status": one.status,
        "on": one.kernel.name if one.kernel else None,
        "call": json.dumps(to_document(one.values or {})),
    }
