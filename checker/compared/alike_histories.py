"""Statements of histories that read the same on two kernels: their verdict is one, whatever it is.

A system is the same where its start and each of its steps, from an open state, come to one and
the same terms on both.  What is said of it is the same where the statement, and what its proof
uses, names no patch in which they differ.  Where that is not seen nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias, TypeVar

from checker.over_time.symbolic import Symbolic
from checker.over_time.ways import told_of
from checker.readings.noted import answers_alike, noting
from checker.reads.patches import NamesOf
from model.due import bare
from model.kernel import Kernel
from model.mistake import Mistake
from model.over_time.ledger import LedgerCall, ucounts_are_those_of_the_real_uid
from model.over_time.step import Machine, Step, TransitionSystem
from model.patches import PATCHES
from model.terms import open_word
from properties.over_time.claim import How, TimedProperty
from properties.over_time.ledger import ASSUMED, VIEWS

R = TypeVar("R")
Terms: TypeAlias = "list[Any]"
Parts: TypeAlias = "list[tuple[Any, Callable[[], Terms]]]"
"""A reading, part by part: what each is of, and what reads it when it is asked for."""

Reading: TypeAlias = "Callable[[Kernel, Any], Parts]"

LEDGER = ucounts_are_those_of_the_real_uid, *ASSUMED
"""What the ledger's proofs say of a kernel beside what is claimed, and what its calls add."""


class _Asking(Machine):
    """A kernel as steps see it, and the questions that they put to the rules of the single call."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(kernel)
        self.asked: dict[Callable[..., Any], tuple[Any, ...]] = {}

    def ask(self, question: Callable[..., R], *facts: Any) -> R:
        """Return what they answer."""
        self.asked[question] = facts
        return super().ask(question, *facts)


class AlikeHistories:
    """Which statements of histories read the same on two kernels."""

    def __init__(self, one: Kernel, other: Kernel) -> None:
        self._kernels = one, other
        apart = frozenset(patch for patch in PATCHES if one[patch] is not other[patch])
        self._names = NamesOf(apart)
        self._known: dict[tuple[Any, Any], bool] = {}

    def read(self, prop: TimedProperty) -> bool:
        """Return whether a statement, and each system that it is of, plainly read the same."""
        return all(self._reads(part) for part in prop.by_system)

    def _reads(self, part: TimedProperty) -> bool:
        if not self._same(_steps, part.system):
            return False
        rest = LEDGER if part.how is How.CONSERVED else ()
        said = [bare(part.statement), part.proof, part.each, *part.cases, *rest]
        if self._names.lead_to_one(said):
            return False
        if part.how is How.INDUCTIVE:
            return self._same(_comparisons, part.system)
        if part.how is How.CONSERVED:
            return all(self._same(_adds, call) for call in VIEWS[part.system.name].calls)
        return True

    def _same(self, reading: Reading, thing: Any) -> bool:
        """Return whether something is one and the same in a reading on both kernels."""
        if (reading, thing) not in self._known:
            self._known[reading, thing] = self._is_same(reading, thing)
        return self._known[reading, thing]

    def _is_same(self, reading: Reading, thing: Any) -> bool:
        """Read part by part: of who answers alike to all that a part looked up, no other is."""
        first, second = (noting(one, {}) for one in self._kernels)
        has: Any = first.known
        try:
            ones, others = reading(first, thing), reading(second, thing)
            if [of for of, _read in ones] != [of for of, _read in others]:
                return False
            for (_, one), (_, other) in zip(ones, others, strict=True):
                seen, found = has.meanwhile(one)
                if not (answers_alike(second, seen) or _are_one(found, other())):
                    return False
        except (Mistake, TypeError):  # where plain Python decides: who explores it says what
            return False
        return True


def _are_one(left: Terms, right: Terms) -> bool:
    return len(left) == len(right) and all(map(_is_one, left, right))


def _is_one(left: Any, right: Any) -> bool:
    plain = isinstance(left, int | str) and type(left) is type(right)
    return left is right or (plain and bool(left == right))


def _steps(kernel: Kernel, system: TransitionSystem) -> Parts:
    """Return where a system starts, and when each of its steps can be taken and what then is."""
    read = Symbolic(system, kernel)
    state = read.state("before")

    def made(step: Step) -> Terms:
        when, then = read.made(step, state)
        return [when, *read.terms(then)]

    begun: Parts = [(system, lambda: read.terms(system.start(read.machine)))]
    return begun + [(step, partial(made, step)) for step in read.steps]


def _comparisons(kernel: Kernel, system: TransitionSystem) -> Parts:
    """Return what the rules answer to all that a system's steps ask, of any numbers."""
    def asked() -> Terms:
        read = Symbolic(system, kernel)
        machine, state = _Asking(kernel), read.state("before")
        for step in read.steps:
            step.move(machine, state)
        width = max(leaf.width for leaf in read.leaves)
        return [
            question(kernel, *(open_word(f"number {place}", width) for place in range(len(facts))))
            for question, facts in machine.asked.items()
        ]

    return [(system, asked)]


def _adds(kernel: Kernel, call: LedgerCall) -> Parts:
    """Return when a call of the ledger can be made, and what its half-steps add."""
    def added() -> Terms:
        told = told_of(kernel, call, ucounts_are_those_of_the_real_uid)
        return [told.fits, *told.names, *told.numbers]

    return [(call, added)]
