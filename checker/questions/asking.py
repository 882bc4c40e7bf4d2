"""A question of the model: put to the engine that all share, and if it is hard to one of its own.

The engine of its own gets the question alone, with everything put in that plainly follows from
it: which entry point, which flags, which rows.  What is then the same on both sides of a
comparison is one term, and needs no search.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from checker.engines.sat import Answer, Constraint, Sat
from checker.questions.tracked import Tracked
from checker.readings.put import put
from checker.readings.space import space
from checker.smallest.cost import Values
from checker.smallest.least import Least, least_of
from checker.smallest.order import CallOrder
from model.algebra import both, when
from model.due import as_truth
from model.node import BOOL
from model.terms import number

MANY = 3_000_000
"""Propagations after which a question is hard."""

FEW = 50_000
"""The same of a question that compares outcomes: most of it goes away in an engine of its own."""


class _Hard(Exception):
    """The engine that all share does not answer soon."""


class Question:
    """Whether constraints can hold together, and on which least call."""

    def __init__(
        self,
        model: Tracked,
        order: Callable[[], CallOrder],
        compares: bool,
        *constraints: Constraint,
    ) -> None:
        """Take what is asked, and whether it compares outcomes."""
        self._model, self._order = model, order
        self._soon = min(FEW if compares else MANY, model.engine.quick)
        self._constraints = constraints

    def answer(self) -> Answer:
        """Return whether they can hold together."""
        engine = self._model.engine
        found = engine.attempt(self._soon, *self._constraints)
        return self._alone.ask() if found is None else found

    def least(self, first: Values, found_in: Callable[[Answer], Values | None]) -> Least:
        """Return the least call on which they hold, of which one is known (:func:`least_of`)."""
        engine = self._model.engine

        def soon(bound: Constraint) -> Answer:
            found = engine.attempt(self._soon, *self._constraints, bound)
            if found is None:
                raise _Hard
            return found

        try:
            return least_of(first, self._order(), soon, found_in)
        except _Hard:
            return least_of(first, self._alone.order, self._alone.ask, found_in)

    @cached_property
    def _alone(self) -> _Alone:
        return _Alone(self._model, self._constraints)


class _Alone:
    """An engine that knows one question alone, with all that follows from it put in."""

    def __init__(self, model: Tracked, constraints: tuple[Constraint, ...]) -> None:
        self._shared = model.engine
        told = both(*(as_truth(one.truth) for one in constraints))
        told = put(told, *_effects(model))
        names, values = _decided(model, self._shared.implied(*constraints))
        known = (name == value for name, value in zip(names, values, strict=True))
        base = [put(space().well_formed, names, values), *known]
        self.engine = Sat(base, self._shared.quick, self._shared.patient)
        self._question = self.engine.constraint(put(told, names, values))

    @cached_property
    def order(self) -> CallOrder:
        """Return the order of calls, as this engine knows it."""
        return CallOrder(self.engine)

    def ask(self, *bounds: Constraint) -> Answer:
        """Return whether the question can hold, under bounds of this engine's order."""
        before = self.engine.resources, self.engine.seconds
        answer = self.engine.ask(self._question, *bounds)
        spent = self.engine.resources - before[0], self.engine.seconds - before[1]
        self._shared.charge(*spent)
        return answer


def _effects(model: Tracked) -> tuple[list[Any], list[Any]]:
    """Return the constants of effects, and what each is where its literal holds."""
    known = model.kernel.values
    values = [when(literal, value, free) for literal, free, value in known]
    return [free for _, free, _ in known], values


def _decided(model: Tracked, follows: frozenset[int]) -> tuple[list[Any], list[Any]]:
    """Return the inputs that are decided, in part at least, and what is put in their place."""
    inputs = [*space().constants.values(), *model.inputs()]
    names, values = [], []
    for name in inputs:
        bits = model.engine.blaster.inputs.get(name.name, [])
        ones = sum(1 << place for place, bit in enumerate(bits) if bit in follows)
        zeros = sum(1 << place for place, bit in enumerate(bits) if -bit in follows)
        if ones or zeros:
            names.append(name)
            values.append(_partly(name, ones, zeros))
    return names, values


def _partly(name: Any, ones: int, zeros: int) -> Any:
    """Return an input of which some bits are known."""
    if name.width == BOOL:
        return bool(ones)
    known = ones | zeros
    if known == 2**name.width - 1:
        return number(ones, name.width)
    return (name & (2**name.width - 1 - known)) | ones
