"""A run on given inputs: which way it goes, and what it does in order, with the lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from source.c.ir import FunctionBody
from source.review.context import Setting, Where
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

    def decide(self, test: Term) -> bool:
        """Whether a condition holds on these inputs."""
        self.decided.append((len(self.steps), test))
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
    """A run on given inputs: its end, its steps and the conditions that it asked."""

    end: int
    steps: list[Step]
    decided: list[tuple[int, Term]]


def follow(
    setting: Setting, function: FunctionBody, valuation: Valuation, same_signature: bool
) -> Followed:
    """Runs a function on given inputs."""
    follower = Follower(valuation)
    setting.guide = follower
    try:
        outcome = Run(setting).function(function, same_signature)
    finally:
        setting.guide = None
    return Followed(valuation.number(outcome.end), follower.steps, follower.decided)
