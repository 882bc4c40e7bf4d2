"""A run on given inputs: which way it goes, and what it does in order, with the lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from source.c.ir import FunctionBody
from source.review.context import Setting, TooLong, Where
from source.review.run import Run
from source.review.terms import HISTORY, Term
from source.review.valuation import Valuation, Value

SEEN = frozenset({"call", "once", "asm", "strange", "end", "opaque", "loop"})
"""The steps that others see; writes are seen with the next of them."""


@dataclass(frozen=True)
class Step:
    """A step of a run: what kind, the node of C, where, and the terms that it is about."""

    kind: str
    node: object
    where: Where
    terms: tuple[Term, ...]
    values: tuple[Value, ...]

    @property
    def path(self) -> str:
        """The file of the step."""
        return self.where.path

    @property
    def line(self) -> int:
        """The line of the step; 0 where it has none."""
        return self.where.line

    @property
    def key(self) -> tuple[object, ...]:
        """What two steps share that others see as the same."""
        if self.kind == "write":
            return ("write", getattr(self.node, "cells", ""), *self.values)
        if self.kind == "end" or not self.terms or self.terms[0].op != "call":
            return (self.kind, *self.values)
        name, count, _ = self.terms[0].payload
        return (name, count, *self.values[1:])


@dataclass
class Follower:
    """Decides by a valuation, and keeps the steps."""

    valuation: Valuation
    steps: list[Step] = field(default_factory=list)
    decided: list[tuple[int, Term]] = field(default_factory=list)
    wholes: dict[int, tuple[int, Term]] = field(default_factory=dict)
    _whole: tuple[int, Term, tuple[Term, ...]] | None = None

    def count(self) -> int:
        """How many conditions were decided."""
        return len(self.decided)

    def as_one(self, first: int, whole: Term, last: tuple[Term, Term]) -> None:
        """Keep that the conditions from one on were the parts of this one.

        The ``last`` part, or what denies it, is one of them if it is decided next.
        """
        if len(self.decided) > first:
            self.wholes[first] = len(self.decided), whole
            self._whole = first, whole, last

    def decide(self, test: Term) -> bool:
        """Whether a condition holds on these inputs."""
        self.decided.append((len(self.steps), test))
        if self._whole is not None and test in self._whole[2]:
            self.wholes[self._whole[0]] = len(self.decided), self._whole[1]
        self._whole = None
        return bool(self.valuation.value(test))

    def note(self, kind: str, node: object, where: Where, terms: tuple[Term, ...]) -> None:
        """Keep a step of the run."""
        if terms and terms[0].op == "call":
            given = terms[0].args[1 : terms[0].payload[1] + 1]
            terms = (terms[0], *given)
        values = tuple(
            t.id if at and t.sort == HISTORY else self.valuation.value(t)
            for at, t in enumerate(terms)
        )
        self.steps.append(Step(kind, node, where, terms, values))


@dataclass(frozen=True)
class Followed:
    """A run on given inputs: its end, its steps and the conditions that it asked.

    One that takes too many rounds of a loop has no end: what it did up to there was done.
    ``wholes`` are conditions by the first of those that were asked of their parts, with the end
    of these.
    """

    end: int | None
    steps: list[Step]
    decided: list[tuple[int, Term]]
    wholes: dict[int, tuple[int, Term]] = field(default_factory=dict)


def follow(
    setting: Setting, function: FunctionBody, valuation: Valuation, same_signature: bool
) -> Followed:
    """Runs a function on given inputs."""
    follower = Follower(valuation)
    setting.guide = follower
    try:
        end = valuation.number(Run(setting).function(function, same_signature).end)
    except TooLong:
        end = None
    finally:
        setting.guide = None
    return Followed(end, follower.steps, follower.decided, follower.wholes)


def apart(base: Followed, head: Followed) -> tuple[Followed, Followed] | None:
    """Two runs on the same inputs up to where they part; nothing where they are not seen to."""
    if base.end is not None and head.end is not None:
        return None if base.end == head.end else (base, head)
    for one, two in zip(_done(base), _done(head), strict=False):
        if one[1] != two[1]:
            return _until(base, one[0]), _until(head, two[0])
    return None


def _done(run: Followed) -> list[tuple[int, Value]]:
    """What was done in order: at which step, and all that was done up to there as a value."""
    return [
        (at, step.values[0])
        for at, step in enumerate(run.steps)
        if step.kind in SEEN and step.terms and step.terms[0].sort == HISTORY
    ]


def _until(run: Followed, at: int) -> Followed:
    return Followed(None, run.steps[: at + 1], [(n, t) for n, t in run.decided if n <= at])
