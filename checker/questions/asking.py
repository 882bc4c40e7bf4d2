"""A question of the model: put to the engine that all share, or to one of its own.

The engine of its own gets the question alone, with everything put in that plainly follows from
it: which entry point, which flags, which rows.  What is then the same on both sides of a
comparison is one term, and needs no search.  So a question that compares outcomes goes there at
once, and another if it is hard.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

from checker.engines.late import LateBlaster
from checker.engines.sat import Answer, Constraint, Sat
from checker.questions.tracked import Tracked
from checker.readings.put import Putting
from checker.readings.space import space
from checker.smallest.cost import Values
from checker.smallest.least import Least, least_of, least_set
from checker.smallest.order import CallOrder
from model.algebra import Truth, both
from model.due import as_truth
from model.node import BOOL
from model.terms import number

Found = TypeVar("Found")
MANY = 1_500_000
"""Propagations after which a question is hard."""

ALONE = 2
"""Constraints of a question and its scope, under no bound of an order."""


class _Hard(Exception):
    """The engine that all share does not answer soon, or does not know the question."""


class Question:
    """Whether constraints can hold together, and on which least call."""

    def __init__(
        self,
        model: Tracked,
        order: Callable[[], CallOrder],
        asked: tuple[Constraint, ...],
        scope: tuple[Constraint, ...],
        apart: Apart,
    ) -> None:
        """Take what is ``asked``, of which kernels, and who is asked alone."""
        self._model, self._order = model, order
        self._soon = min(MANY, model.engine.quick)
        self._asked, self._scope, self._apart = asked, scope, apart

    def answer(self) -> Answer:
        """Return whether they can hold together."""
        try:
            return self._shared()
        except _Hard:
            return self._ask_alone()

    def least(self, first: Values, found_in: Callable[[Answer], Values | None]) -> Least:
        """Return the least call on which they hold, of which one is known (:func:`least_of`)."""
        return self._in_order(lambda order, ask: least_of(first, order, ask, found_in))

    def least_set(
        self, call: Values, still: Callable[[frozenset[str]], bool]
    ) -> frozenset[str]:
        """Return the least set of patches with which they hold on a call (:func:`least_set`)."""
        return self._in_order(lambda order, ask: least_set(call, order, ask, still))

    def _in_order(self, find: Callable[[CallOrder, Callable[..., Answer]], Found]) -> Found:
        """Return what is found with an order of calls and who asks under its bounds."""
        if not self._apart.at_once:
            with suppress(_Hard):
                return find(self._order(), self._shared)
        return find(self._alone.order, self._ask_alone)

    def _shared(self, *bounds: Constraint) -> Answer:
        """Return what the shared engine answers, under bounds of the shared order."""
        found = None
        if not self._apart.at_once:
            asked = *self._asked, *self._scope, *bounds
            found = self._model.engine.attempt(self._soon, *asked)
        if found is None:
            self._apart.at_once = True
            raise _Hard
        return found

    def _ask_alone(self, *bounds: Constraint) -> Answer:
        return self._alone.ask(self._scope, *bounds)

    @cached_property
    def _alone(self) -> _Alone:
        return self._apart.engine(self._asked, self._scope)


class Apart:
    """The engines of questions that have much in common, which no other question has.

    Where the engine that all share knows the questions, it is asked first, ``at_once`` no more
    after one of them was hard.
    """

    def __init__(self, model: Tracked, hint: Constraint | None = None) -> None:
        """Take a part of all the questions, where that is all that the shared engine knows."""
        self._model, self._hint = model, hint
        self._engines: dict[tuple[Any, ...], _Alone] = {}
        self.at_once = hint is not None

    def engine(self, asked: tuple[Constraint, ...], scope: tuple[Constraint, ...]) -> _Alone:
        """Return the engine that knows what is asked.

        Where the shared engine knows it, too, what follows from the scope is put in; else it is
        one for every scope.
        """
        if self._hint is None:
            return _Alone(self._model, (*asked, *scope), ())
        key = tuple(one.truth if isinstance(one.truth, bool) else id(one.truth) for one in asked)
        if key not in self._engines:
            self._engines[key] = _Alone(self._model, asked, (self._hint,))
        return self._engines[key]


class _Alone:
    """An engine that knows one question alone, with all that follows from it put in."""

    def __init__(
        self, model: Tracked, asked: tuple[Constraint, ...], hints: tuple[Constraint, ...]
    ) -> None:
        self._shared, self._model = model.engine, model
        names, values = _decided(model, self._shared.implied(*asked, *hints))
        self._known = Putting(names, values)
        known = (name == value for name, value in zip(names, values, strict=True))
        self._left = [self._known.put(space().well_formed), *known]
        self.engine = Sat([], self._shared.quick, self._shared.patient, blaster=LateBlaster)
        self._question = asked
        if not hints:
            self._learn()

    def _put(self, *constraints: Constraint) -> Truth:
        """Return that all of them hold, as a truth with what is known put in."""
        told = both(*(as_truth(one.truth) for one in constraints))
        known: Truth = self._known.put(self._model.as_decided(told))
        return known

    def _told(self, *constraints: Constraint) -> Constraint:
        return self.engine.constraint(self._put(*constraints))

    @cached_property
    def _asked(self) -> Constraint:
        return self._told(*self._question)

    @cached_property
    def order(self) -> CallOrder:
        """Return the order of calls, as this engine knows it."""
        return CallOrder(self.engine)

    def ask(self, scope: tuple[Constraint, ...], *bounds: Constraint) -> Answer:
        """Return whether the question can hold in a scope, under bounds of this engine's order."""
        before = self.engine.resources, self.engine.seconds
        answer = self._answer(self._asked, self._told(*scope), *bounds)
        spent = self.engine.resources - before[0], self.engine.seconds - before[1]
        self._shared.charge(*spent)
        return answer

    def _answer(self, *constraints: Constraint) -> Answer:
        """Return what the engine answers, asked first without what holds of all states.

        What compares outcomes often cannot be even so; the engine learns it for other questions.
        """
        if self._left and len(constraints) == ALONE:
            answer = self.engine.ask(*constraints)
            if answer.status == "unsat":
                return answer
        self._learn()
        return self.engine.ask(*constraints)

    def _learn(self) -> None:
        for truth in self._left:
            self.engine.define(truth)
        self._left = []


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
