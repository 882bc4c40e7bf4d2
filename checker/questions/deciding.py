"""Calls that rules decide: the least of each, as they were found before.

Believed by nobody: each is evaluated on plain values, and that no smaller one is there is what
the solver says.  A wrong or damaged file costs time only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from checker.ground.problems import Problem
from checker.record.hints import hints, lines
from checker.smallest.cost import Values, place_of
from checker.smallest.first_guess import call_of_word
from model.kernel import Kernel
from model.patches import BY_NAME
from model.revisions import REVISIONS
from properties.claim import Subject

TABLE = "rules.md"
"""The kept table of the least call that each rule decides."""

COLUMN = "least call that it decides"
SUCCESS = "success"
"""Stands for the rule where none refuses."""


def line_of(subject: Subject, rule: str) -> str:
    """Return the name of the line that keeps the calls of a subject which a rule decides."""
    return f"{subject.name.lower()}: {rule}"


def decided_by(outcome: Any) -> str:
    """Return the name of the rule that decides a call, on plain values, or :data:`SUCCESS`."""
    return next((row.name for row, first in outcome.hits if first is True), SUCCESS)


@dataclass(frozen=True)
class Decided:
    """A call of a subject that a rule decides on a kernel (:data:`SUCCESS`: none refuses it)."""

    subject: Subject
    rule: str
    values: Values
    kernel: Kernel


@cache
def kept_decided(subject: Subject) -> dict[str, list[Decided]]:
    """Return the kept calls of a subject by the rule that decides them, the least first.

    A call is told of the latest kernel of which it is kept; nothing of a file that cannot be read.
    """
    found: dict[str, list[Decided]] = {}
    before = line_of(subject, "")
    for line in lines(TABLE, COLUMN):
        if line.startswith(before):
            rule = line.removeprefix(before)
            latest = {word: kernel for kernel, word in hints(TABLE, COLUMN, line).items()}
            calls = [_decided(subject, rule, *item) for item in latest.items()]
            found[rule] = sorted(filter(None, calls), key=lambda one: place_of(one.values))
    return found


def _decided(subject: Subject, rule: str, word: str, name: str) -> Decided | None:
    """Return what a word of a kernel keeps; ``None`` for what cannot be read."""
    _call, mark, names = word.partition(",on=")
    try:
        kernel = _set_of(names.split("+")) if mark else REVISIONS[name].kernel
        return Decided(subject, rule, call_of_word(word), kernel)
    except (Problem, ValueError, KeyError):
        return None


def _set_of(names: list[str]) -> Kernel:
    return Kernel.of("a set of patches", frozenset(BY_NAME[name] for name in names))
