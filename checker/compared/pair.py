"""What differs between the calls of one subject on two kernels: cases, and that they are all.

A case is the least call that differs and is of none of the cases before it.  Calls that are
likely to be some are tried first (:mod:`checker.compared.guesses`); when there is none left the
solver is asked for one more, until it says that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checker.compared.along import Along, along
from checker.compared.comparer import Comparer
from checker.compared.path import Step, steps
from checker.compared.signature import Signature, decided_alike, has_one_of, signature_of
from checker.compared.view import KEPT, View, differ, is_alike
from checker.engines.sat import Answer, Constraint
from checker.readings.named import NamedKernels
from checker.readings.space import space
from checker.readings.subjects import ENDS, RANGES
from checker.smallest.cost import Values, place_of
from checker.smallest.least import Contradiction, least_of
from checker.smallest.shrink import found_in, not_default, shrink
from checker.smallest.sure import nothing_within
from model.algebra import Truth, both, either, never, no
from model.call import Situation
from model.entries import ending_in, from_one_of
from model.kernel import Kernel
from model.patch import Patch
from model.records import build
from properties.claim import Subject

APART = 5_000_000
"""Propagations for a part of what differs."""


@dataclass(frozen=True)
class Case:
    """A kind of difference and the smallest call that shows it.

    ``commits`` change this call on the way, the last of them makes it end as it does.
    """

    subject: Subject
    signature: Signature
    values: Values
    least: bool
    commits: tuple[Patch, ...]
    place: int
    """Of the last of them, among the commits of the way that change what calls read like."""


class Pair:
    """The calls of a subject on two kernels, and on those on the way from one to the other."""

    def __init__(self, before: Kernel, after: Kernel, subject: Subject, tool: Comparer) -> None:
        """Take the kernels, and the engine that knows every call on them."""
        self._ends = before, after
        self._subject, self._tool = subject, tool
        self._engine, self._order = tool.engine(subject)
        self._left, self._right = (tool.view(kernel, subject) for kernel in self._ends)
        self._way = list(self._changing())
        self._known: dict[int, list[Signature]] = {}
        self._kinds: dict[tuple[int, tuple[Signature, ...]], Truth] = {}
        self._changing_at: dict[frozenset[tuple[str, Any]], list[int]] = {}
        self._along: dict[frozenset[tuple[str, Any]], Along] = {}
        passed = [one for step, came_from in self._way for one in (came_from, step.after)]
        self._kernels = NamedKernels(tuple(dict.fromkeys([*self._ends, *passed])))

    def _changing(self) -> Iterator[tuple[Step, Kernel]]:
        """Yield the commits that change what calls read like, each with the kernel before it."""
        kernel = self._ends[0]
        for step in steps(*self._ends):
            (before,) = self._views(kernel)
            _all = before.terms
            if step.patch not in before.seen:
                self._tool.adopt(step.after, before)
            elif not is_alike(before, *self._views(step.after)):
                yield step, kernel
            kernel = step.after

    def _views(self, *kernels: Kernel) -> tuple[View, ...]:
        return tuple(self._tool.view(kernel, self._subject) for kernel in kernels)

    def cases(self, guesses: list[Values], unknown: list[str]) -> Iterator[Case]:
        """Yield the cases until they are all; ``unknown`` is told where the solver gives up.

        ``guesses`` are calls that may be some.
        """
        if is_alike(self._left, self._right):
            return
        ranged = RANGES[self._subject].holds_for(space().start)
        base = self._engine.constraint(both(ranged, differ(self._left, self._right)))
        likely = sorted(guesses, key=place_of)
        claimed, known = self._claimed(likely)
        covers = self._covers(base, known[-1])
        last = self._order.before(claimed[-1].values)[-1:] if claimed and not covers else []
        within = covers or (bool(last) and self._covers(base, known[-1], *last))
        sure = claimed[: self._sure(claimed, known, base, within)]
        for case in sure:
            self._note(case)
            yield case
        if len(sure) < len(claimed) or not covers:
            yield from self._others(iter(likely), base, unknown)

    def _claimed(self, likely: list[Values]) -> tuple[list[Case], list[Truth]]:
        """Return the cases if the guesses hold all, and of which calls those before each tell.

        The last of these truths is of all the cases.
        """
        found, known = [], [self._is_known()]
        for values in filter(self._is_new, likely):
            found.append(self._case_of(values, least=True))
            self._note(found[-1])
            known.append(self._is_known())
        self._known.clear()
        return found, known

    def _covers(self, base: Constraint, known: Truth, *bound: Constraint) -> bool:
        """Return whether it is proved that each call that differs is one that is ``known``.

        What becomes of calls on the first kernel is asked one by one, of those that succeed by
        where they enter: none is left out.  With a ``bound`` only of the calls within.
        """
        left, rest = self._left, self._engine.constraint(no(known))
        ends = [no(left.possible), *left.decides.values(), *self._successes()]
        for end in (*ends, no(either(*ends))):
            answer = self._engine.attempt(APART, base, rest, *bound, self._engine.constraint(end))
            if answer is None or answer.status != "unsat":
                return False
        return True

    def _successes(self) -> Iterator[Truth]:
        """Yield that a call succeeds on the first kernel, by each way that it may enter."""
        for entry in ending_in(ENDS[self._subject]):
            yield both(self._left.ok, from_one_of(space().start.request, (entry,)))

    def _sure(
        self, claimed: list[Case], known: list[Truth], base: Constraint, covers: bool
    ) -> int:
        """Return how many of the first cases are surely what they are claimed to be.

        Nothing that differs and is of none before it comes before the case.  Where the cases
        cover all that does, up to the last, it is of a first one: each is asked of its own.
        """
        bounds = []
        for case, before, after in zip(claimed, known, known[1:], strict=False):
            within = both(no(before), after) if covers else no(before)
            told = self._engine.constraint(within)
            bounds.append(self._order.both(told, *self._order.before(case.values)[-1:]))
        holds = nothing_within(self._engine, self._order, (base,), bounds)
        return holds.index(False) if False in holds else len(holds)

    def _others(
        self, likely: Iterator[Values], base: Constraint, unknown: list[str]
    ) -> Iterator[Case]:
        """Yield the cases that are not noted yet, until there is none."""
        while True:
            fresh = self._fresh()
            values = next(filter(self._is_new, likely), None)
            if values is None:
                values = self._another(base, fresh, unknown)
            if values is None:
                return
            case = self._case(values, base, fresh)
            self._note(case)
            yield case

    def _note(self, case: Case) -> None:
        self._known.setdefault(case.place, []).append(case.signature)

    def _fresh(self) -> Constraint:
        """Return that a call is of no case that was noted."""
        return self._engine.constraint(no(self._is_known()))

    def _another(
        self, base: Constraint, fresh: Constraint, unknown: list[str]
    ) -> Values | None:
        """Return a call that differs as none before it; ``None`` if the solver has none."""
        answer = self._engine.ask(base, fresh)
        if answer.values is None:
            if answer.status != "unsat":
                unknown.append(f"{self._subject.value}: {answer.reason}")
            return None
        values = found_in(answer, self._is_new)
        if values is None:
            raise Contradiction("the two readings disagree on a call that differs")
        return values

    def _is_known(self) -> Truth:
        """Return whether a call is of a case that was found."""
        return either(*(self._is_of(place, some) for place, some in self._known.items()))

    def _is_of(self, place: int, signatures: list[Signature]) -> Truth:
        """Return whether a call is of a kind that a commit of the way was seen to make."""
        key = place, tuple(signatures)
        if key not in self._kinds:
            step, came_from = self._way[place]
            changed = _changed(*self._views(came_from, step.after))
            has = has_one_of(self._left, self._right, signatures)
            self._kinds[key] = both(has, changed)
        return self._kinds[key]

    def _case(self, values: Values, base: Constraint, fresh: Constraint) -> Case:
        """Return the least case that a call leads to."""
        least = least_of(
            values,
            self._order,
            lambda bound: self._engine.ask(base, fresh, bound),
            self._as_found,
        )
        return self._case_of(least.values, least.proved)

    def _case_of(self, values: Values, least: bool) -> Case:
        signature = signature_of(*self._read(values))
        assert signature is not None
        places = self._changes(values)
        commits = tuple(self._way[at][0].patch for at in places)
        return Case(self._subject, signature, values, least, commits, places[-1])

    def _as_found(self, answer: Answer) -> Values | None:
        """Return the call in an answer without what it can do without; its numbers as they are."""
        values = not_default(answer.values or {})
        return shrink(values, self._is_new) if self._is_new(values) else None

    def _read(self, values: Values) -> tuple[View, ...]:
        """Return a call as it is at the two ends."""
        found, keep = self._all_along(values), self._tool.calls.keep
        return tuple(keep(found.on(kernel), values) for kernel in self._ends)

    def _all_along(self, values: Values) -> Along:
        """Return a call on all kernels of the way at once."""
        key = frozenset(values.items())
        if key not in self._along:
            if len(self._along) > KEPT:
                self._along.clear()
            start = build(Situation, values)
            self._along[key] = along(self._kernels, self._subject, start)
        return self._along[key]

    def _changes(self, values: Values) -> list[int]:
        """Return which commits of the way change how a call ends, or what decides it."""
        key = frozenset(values.items())
        if key not in self._changing_at:
            alike = self._all_along(values).alike
            self._changing_at[key] = [
                place for place, (step, came_from) in enumerate(self._way)
                if not alike(came_from, step.after)
            ]
        return self._changing_at[key]

    def _is_new(self, values: Values) -> bool:
        """Return whether a call differs, in a way that no case has."""
        left, right = self._read(values)
        if not RANGES[self._subject].holds_for(left.start) or differ(left, right) is not True:
            return False
        return not any(
            has_one_of(left, right, signatures) is True and place in self._changes(values)
            for place, signatures in self._known.items()
        )


def _changed(left: View, right: View) -> Truth:
    """Return whether a call ends differently, or the same by another row."""
    if left is right:
        return False
    ends = differ(left, right)
    if ends is True or never(left.possible) or never(right.possible):
        return ends
    return either(ends, both(left.possible, right.possible, no(decided_alike(left, right))))
