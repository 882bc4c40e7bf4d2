"""Every difference between two kernels, covered by few calls, each with the commit that makes it.

Two kernels are a way of commits apart (:mod:`checker.compared.path`).  A call that ends
differently on them ends differently before and after one of these commits, at least; the last
such commit makes it end as it does.  A case is a kind of difference and such a commit.  One is
sought after the other, until no call differs that is not of a case: the cases are all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from checker.compared.path import Step, steps
from checker.compared.signature import Signature, decided_alike, has_one_of, signature_of
from checker.compared.view import OneByOne, View, differ, every_call, is_alike
from checker.engines.sat import Answer, Constraint, Sat
from checker.readings.space import space
from checker.readings.subjects import RANGES
from checker.smallest.cost import Values
from checker.smallest.least import Contradiction, least_of
from checker.smallest.order import CallOrder
from checker.smallest.shrink import found_in, not_default, shrink
from model.algebra import Truth, both, either, never, no
from model.kernel import Kernel
from model.patch import Patch
from properties.claim import Subject


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


@dataclass
class Difference:
    """What differs between two kernels; where something is ``unknown``, that is not all."""

    before: Kernel
    after: Kernel
    cases: list[Case] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def apart(self) -> list[Patch]:
        """Return the commits in which they differ."""
        return [step.patch for step in steps(self.before, self.after)]

    @property
    def silent(self) -> list[Patch]:
        """Return the commits that make no call end differently."""
        made = {case.commits[-1] for case in self.cases}
        return [patch for patch in self.apart if patch not in made]


class Comparer:
    """An engine that knows every call on the kernels that are compared."""

    def __init__(self) -> None:
        self.engine = Sat([])
        self.order = CallOrder(self.engine)
        self.calls = OneByOne()
        self._views: dict[tuple[frozenset[Patch], Subject], View] = {}

    def view(self, kernel: Kernel, subject: Subject) -> View:
        """Return all calls of a subject on a kernel."""
        key = kernel.patches(), subject
        if key not in self._views:
            self._views[key] = every_call(kernel, subject)
        return self._views[key]

    def adopt(self, kernel: Kernel, view: View) -> None:
        """Take the calls on a kernel for those that another has, who looks up nothing else."""
        self._views[kernel.patches(), view.subject] = view


def difference(
    before: Kernel, after: Kernel, tool: Comparer, progress: Callable[[int], None] = lambda _: None
) -> Difference:
    """Return what differs between two kernels; ``progress`` is told of each subject done."""
    found = Difference(before, after)
    for subject in Subject:
        found.cases += _Pair(before, after, subject, tool).cases(found.unknown)
        progress(1)
    place = {patch: at for at, patch in enumerate(found.apart)}
    found.cases.sort(key=lambda case: place[case.commits[-1]])
    return found


class _Pair:
    """The calls of a subject on two kernels, and on those on the way from one to the other."""

    def __init__(self, before: Kernel, after: Kernel, subject: Subject, tool: Comparer) -> None:
        self._ends = before, after
        self._subject, self._tool = subject, tool
        self._left, self._right = (tool.view(kernel, subject) for kernel in self._ends)
        self._way = list(self._changing())
        self._known: dict[int, list[Signature]] = {}

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

    def cases(self, unknown: list[str]) -> Iterator[Case]:
        """Yield the cases until they are all; note in ``unknown`` where the solver gives up."""
        if is_alike(self._left, self._right):
            return
        ranged = RANGES[self._subject].holds_for(space().start)
        base = self._constraint(both(ranged, differ(self._left, self._right)))
        while True:
            fresh = self._constraint(no(self._is_known()))
            answer = self._tool.engine.ask(base, fresh)
            if answer.values is None:
                if answer.status != "unsat":
                    unknown.append(f"{self._subject.value}: {answer.reason}")
                return
            case, last = self._case(answer, base, fresh)
            self._known.setdefault(last, []).append(case.signature)
            yield case

    def _constraint(self, truth: Truth) -> Constraint:
        return self._tool.engine.constraint(truth)

    def _is_known(self) -> Truth:
        """Return whether a call is of a case that was found."""
        found = []
        for place, signatures in self._known.items():
            step, came_from = self._way[place]
            changed = _changed(*self._views(came_from, step.after))
            found.append(both(has_one_of(self._left, self._right, signatures), changed))
        return either(*found)

    def _case(self, answer: object, base: Constraint, fresh: Constraint) -> tuple[Case, int]:
        """Return a case, and the place of the last commit of the way that changes its call."""
        values = found_in(answer, self._is_new)  # type: ignore[arg-type]
        if values is None:
            raise Contradiction("the two readings disagree on a call that differs")
        least = least_of(
            values,
            self._tool.order,
            lambda bound: self._tool.engine.ask(base, fresh, bound),
            self._as_found,
        )
        signature = signature_of(*self._read(least.values, *self._ends))
        assert signature is not None
        places = [at for at in range(len(self._way)) if self._changes(least.values, at)]
        commits = tuple(self._way[at][0].patch for at in places)
        case = Case(self._subject, signature, least.values, least.proved, commits)
        return case, places[-1]

    def _as_found(self, answer: Answer) -> Values | None:
        """Return the call in an answer without what it can do without; its numbers as they are."""
        values = not_default(answer.values or {})
        return shrink(values, self._is_new) if self._is_new(values) else None

    def _read(self, values: Values, *kernels: Kernel) -> tuple[View, ...]:
        calls = self._tool.calls
        return tuple(calls.call(kernel, self._subject, values) for kernel in kernels)

    def _changes(self, values: Values, place: int) -> bool:
        """Return whether a commit of the way changes how a call ends, or what decides it."""
        step, came_from = self._way[place]
        return _changed(*self._read(values, came_from, step.after)) is True

    def _is_new(self, values: Values) -> bool:
        """Return whether a call differs, in a way that no case has."""
        left, right = self._read(values, *self._ends)
        if not RANGES[self._subject].holds_for(left.start) or differ(left, right) is not True:
            return False
        return not any(
            has_one_of(left, right, signatures) is True and self._changes(values, place)
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


@cache
def comparer() -> Comparer:
    """Return the process's engine for kernels beside one another."""
    return Comparer()
