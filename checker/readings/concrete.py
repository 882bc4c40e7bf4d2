"""The concrete reading of a property: the oracle for everything that a solver says.

A call is read once for all kernels that answer alike to everything that is looked up on the
way (:mod:`checker.readings.noted`): they cannot differ.  Asked of many named kernels it is read
once for all of them, with what differs noted by kernel (:mod:`checker.readings.kernelwise`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from checker.readings.kernelwise import having
from checker.readings.named import MANY, NamedKernels, named
from checker.readings.noted import Seen, answers_alike, noting
from checker.readings.subjects import RANGES
from model.call import Call, Situation
from model.kernel import Kernel
from model.mistake import Mistake
from model.patch import Patch
from model.predict import call_of
from model.records import build
from model.wellformed import well_formed
from properties.claim import Property, Subject


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A property evaluated on one call: possible at all, premise, conclusion."""

    possible: bool
    premise: bool
    conclusion: bool

    @property
    def witness(self) -> bool:
        """Return whether the call shows that the premise can occur."""
        return self.possible and self.premise

    @property
    def violation(self) -> bool:
        """Return whether the call breaks the property."""
        return self.possible and self.premise and not self.conclusion


KEPT = 4096
"""How many calls are remembered: different properties ask about the same calls."""

_IMPOSSIBLE = Evaluation(False, False, False)

Facts = frozenset[tuple[str, Any]]


def made_on(kernel: Kernel, facts: Facts, subject: Subject) -> tuple[Call, Any] | None:
    """Return a call and its outcome, or ``None`` if it cannot be made on a kernel."""
    start = build(Situation, dict(facts))
    scope = RANGES[subject]
    if not (scope.holds_for(start) and well_formed(kernel, start)):
        return None
    call = call_of(kernel, start)
    return call, scope.outcome(call)


def claimed(prop: Property, made: tuple[Call, Any] | None) -> Evaluation:
    """Return what a property comes to on a call that was made."""
    if made is None:
        return _IMPOSSIBLE
    claim = prop.statement(*made)
    return Evaluation(True, bool(claim.premise), bool(claim.conclusion))


class _Read:
    """One call on one kernel, what was looked up of the kernel, and what properties come to."""

    def __init__(self, kernel: Kernel, facts: Facts, subject: Subject) -> None:
        self.seen: Seen = {}
        self._made = made_on(noting(kernel, self.seen), facts, subject)
        self._known: dict[Property, Evaluation] = {}

    def evaluation(self, prop: Property) -> Evaluation:
        if prop not in self._known:
            self._known[prop] = claimed(prop, self._made)
        return self._known[prop]


class _Call:
    """One call, as it was read so far: once for all kernels that answered alike."""

    def __init__(self, facts: Facts, subject: Subject) -> None:
        self._facts, self._subject = facts, subject
        self._reads: list[_Read] = []
        self._on_all: dict[NamedKernels, tuple[int, tuple[Call, Any] | None]] = {}
        self._at_once: dict[tuple[Property, NamedKernels], tuple[int, int, int] | None] = {}
        self._of: dict[Kernel, tuple[_Read, int]] = {}

    def at_once(self, prop: Property, kernels: NamedKernels) -> tuple[int, int, int] | None:
        """Return on which kernels it is possible, has the premise, has the conclusion.

        ``None`` where that cannot be read of all at once.
        """
        key = prop, kernels
        if key not in self._at_once:
            self._at_once[key] = self._read_at_once(prop, kernels)
        return self._at_once[key]

    def _read_at_once(
        self, prop: Property, kernels: NamedKernels
    ) -> tuple[int, int, int] | None:
        try:
            if kernels not in self._on_all:
                self._on_all[kernels] = _made_on_all(kernels, self._facts, self._subject)
            possible, made = self._on_all[kernels]
            if made is None:
                return 0, 0, 0
            claim = prop.statement(*made)
            return possible, having(possible, claim.premise), having(possible, claim.conclusion)
        except (Mistake, TypeError):  # where plain Python decides; a true mistake is met again
            return None

    def evaluation(self, prop: Property, kernel: Kernel) -> Evaluation:
        read, looked_up = self._of.get(kernel, (None, 0))
        if read is None or looked_up != len(read.seen):
            read = self._alike(kernel)
        before = len(read.seen)
        found = read.evaluation(prop)
        if len(read.seen) != before and not answers_alike(kernel, read.seen):
            read = self._new(kernel)
            found = read.evaluation(prop)
        self._of[kernel] = read, len(read.seen)
        return found

    def _alike(self, kernel: Kernel) -> _Read:
        known = (read for read in self._reads if answers_alike(kernel, read.seen))
        return next(known, None) or self._new(kernel)

    def _new(self, kernel: Kernel) -> _Read:
        self._reads.append(_Read(kernel, self._facts, self._subject))
        return self._reads[-1]


@lru_cache(maxsize=KEPT)
def _call(facts: Facts, subject: Subject) -> _Call:
    return _Call(facts, subject)


def _made_on_all(
    kernels: NamedKernels, facts: Facts, subject: Subject
) -> tuple[int, tuple[Call, Any] | None]:
    """Return on which kernels a call can be made, and its outcome on these at once."""
    start, scope = build(Situation, dict(facts)), RANGES[subject]
    if not scope.holds_for(start):
        return 0, None
    possible = having(kernels.every, well_formed(kernels.at_once(kernels.every), start))
    call = call_of(kernels.at_once(possible), start)
    return possible, (call, scope.outcome(call)) if possible else None


def evaluations(
    prop: Property, kernels: Sequence[Kernel], values: dict[str, Any]
) -> list[Evaluation]:
    """Return what :func:`evaluate` does, kernel by kernel."""
    known = named()
    if len(kernels) >= MANY and all(one in known.places for one in kernels):
        found = _call(frozenset(values.items()), prop.subject).at_once(prop, known)
        if found is not None:
            return [_evaluation_on(prop, one, found, known.places[one]) for one in kernels]
    return [evaluate(prop, one, values) for one in kernels]


def _evaluation_on(
    prop: Property, kernel: Kernel, found: tuple[int, int, int], place: int
) -> Evaluation:
    if not (found[0] >> place & 1 and (prop.of_patch is None or can_lack(kernel, prop.of_patch))):
        return _IMPOSSIBLE
    return Evaluation(True, bool(found[1] >> place & 1), bool(found[2] >> place & 1))


def outcome_on(kernel: Kernel, values: dict[str, Any], subject: Subject) -> Any:
    """Return the outcome of a call of a subject, or ``None`` if it cannot be made there."""
    made = made_on(kernel, frozenset(values.items()), subject)
    return None if made is None else made[1]


def evaluate(prop: Property, kernel: Kernel, values: dict[str, Any]) -> Evaluation:
    """Evaluate a property on the call whose leaves are ``values`` (absent: default)."""
    if not (prop.of_patch is None or can_lack(kernel, prop.of_patch)):
        return _IMPOSSIBLE
    facts = frozenset(values.items())
    if type(kernel) is not Kernel:  # it is not only what it answers: nobody shares its reads
        return claimed(prop, made_on(kernel, facts, prop.subject))
    return _call(facts, prop.subject).evaluation(prop, kernel)


@lru_cache(maxsize=KEPT)
def can_lack(kernel: Kernel, patch: Patch) -> bool:
    """Return whether a kernel is admissible both with and without a patch."""
    return all(bool(kernel.but(patch, there).admissible()) for there in (True, False))
