"""How a property of histories is declared: a sentence, its source, its verdict per kernel.

It speaks of the states of one system of :mod:`model.over_time`.  Its function gets the kernel
and a state and returns a :class:`~properties.claim.Claim`.  There are six kinds::

    @invariant("P60", of=DE_THREAD, ...)   the conclusion holds in every state with the premise
    @ends("P52", of=VHOST_WORKER, ...)   from every such state the kernel's own steps reach it
    @inductive("P33t", of=FORKERS, ...)  an invariant proved by induction, with its lemmas
    @conserved("P23", of=NESTED, ...)    an invariant proved by the ledger for any number
    @each_step("A01", of=ACCOUNTS, ...)  what every step does, seen before and after it
    @some_step("A11", of=ACCOUNTS, ...)  from every such state some step does it

The functions of the last two get the state before a step and the one after it.  ``of`` may name
several systems, of which what stands once in the world is said once: each is decided by itself.
``holds``, ``fails`` and ``vacuous`` mean what they mean for a single call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeAlias

from model.algebra import Truth
from model.due import gives_a_truth
from model.kernel import Kernel
from model.mistake import Mistake, here
from model.over_time.ledger import UcountsElement
from model.over_time.step import TransitionSystem
from properties.claim import Claim, Expectation, Kind, Stated, stated, told_by
from properties.over_time.assumed import Assumed
from properties.over_time.ledger import (
    VIEWS,
    each_charge_is_that_of_a_task_or_in_the_hand_of_a_call,
)

Statement: TypeAlias = "Callable[..., Claim]"
Lemma: TypeAlias = "Callable[[Kernel, Any], Truth]"
Each: TypeAlias = "Callable[[Kernel, UcountsElement], Truth]"
"""An invariant of one count of the ledger, any one."""


class How(Enum):
    """What kind of statement it is, and so which engine answers."""

    INVARIANT = "invariant"
    ENDS = "ends"
    INDUCTIVE = "inductive"
    CONSERVED = "conserved"
    EACH_STEP = "each step"
    SOME_STEP = "some step"

    @property
    def of_steps(self) -> bool:
        """Return whether it speaks of a step: of the state before it and the one after it."""
        return self in (How.EACH_STEP, How.SOME_STEP)


@dataclass(frozen=True, slots=True)
class Proof:
    """What an induction uses: where histories begin, what is assumed, and the lemmas.

    ``assumed`` is no help to the claim, which is proved without it.  It says only of which size
    numbers are on a machine, so that what a rule answers is the comparison that stands for it.
    """

    starts: Lemma
    assumed: tuple[Assumed, ...] = ()
    lemmas: tuple[Lemma, ...] = ()
    upto: int = 1
    """How many steps in a row the induction may look at."""

    def __post_init__(self) -> None:
        wrong = isinstance(self.assumed, Assumed) or not isinstance(self.assumed, tuple)
        if wrong or not all(isinstance(one, Assumed) for one in self.assumed):
            msg = "an assumption needs its reason: a tuple of @assumed(…) functions"
            raise Mistake(f"{here()}: {msg}")
        lemmas = tuple(gives_a_truth(lemma) for lemma in self.lemmas)
        object.__setattr__(self, "lemmas", lemmas)
        object.__setattr__(self, "starts", gives_a_truth(self.starts))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TimedProperty(Stated):
    """A declared property of histories."""

    kind: Kind = Kind.HISTORY
    system: TransitionSystem
    how: How
    proof: Proof | None
    each: Each | None
    """For the ledger: what is proved of each count, from which the statement follows."""
    cases: tuple[Any, ...] = ()
    """For steps: the statement is made of each of these, say of every task."""
    parts: tuple[TimedProperty, ...] = ()
    """Of several systems: the same of each by itself, that of ``system`` first."""

    @property
    def by_system(self) -> tuple[TimedProperty, ...]:
        """Return what is to be decided, system by system."""
        return self.parts or (self,)

    def about(self, system: str) -> TimedProperty:
        """Return what it says of one of its systems; of its first, if it does not speak of it."""
        return next((part for part in self.by_system if part.system.name == system), self)


Declared: TypeAlias = "Callable[[Statement], TimedProperty]"
Of: TypeAlias = "TransitionSystem | tuple[TransitionSystem, ...]"


@dataclass(frozen=True, slots=True)
class _Said:
    """What every declaration says beside its statement."""

    id: str
    of: Of
    source: str
    expect: Expectation
    truth: str

    @property
    def systems(self) -> tuple[TransitionSystem, ...]:
        """Return the systems that it speaks of."""
        return self.of if isinstance(self.of, tuple) else (self.of,)


def _declares(
    said: _Said,
    how: How,
    *,
    proof: Proof | None = None,
    each: Each | None = None,
    cases: tuple[Any, ...] = (),
) -> Declared:
    def make(statement: Statement) -> TimedProperty:
        parts = [
            TimedProperty(
                id=said.id,
                source=said.source,
                expect=said.expect,
                system=system,
                how=how,
                truth=said.truth,
                proof=proof,
                each=each,
                cases=cases,
                **told_by(statement),
            )
            for system in said.systems
        ]
        several = len(parts) > 1
        return stated(replace(parts[0], parts=tuple(parts)) if several else parts[0])

    return make


def invariant(
    identity: str, *, of: Of, source: str, expect: Expectation, truth: str = ""
) -> Declared:
    """Declare that the conclusion holds in every reachable state with the premise."""
    return _declares(_Said(identity, of, source, expect, truth), How.INVARIANT)


def ends(
    identity: str, *, of: Of, source: str, expect: Expectation, truth: str = ""
) -> Declared:
    """Declare that what the premise begins comes to the conclusion by the kernel's own steps.

    From every reachable state with the premise, some sequence of those steps leads to one with
    the conclusion, whatever users do or leave undone.
    """
    return _declares(_Said(identity, of, source, expect, truth), How.ENDS)


def inductive(
    identity: str,
    *,
    of: TransitionSystem,
    source: str,
    expect: Expectation,
    proof: Proof,
    truth: str = "",
) -> Declared:
    """Declare an invariant for any number of tasks, with the lemmas of its proof."""
    return _declares(_Said(identity, of, source, expect, truth), How.INDUCTIVE, proof=proof)


def conserved(
    identity: str,
    *,
    of: TransitionSystem,
    source: str,
    expect: Expectation,
    truth: str = "",
    each: Each = each_charge_is_that_of_a_task_or_in_the_hand_of_a_call,
) -> Declared:
    """Declare an invariant for any number of tasks, of a system that shows the ledger.

    ``each`` is what the ledger is to prove of each count; the statement must follow from it.
    """
    if of.name not in VIEWS:
        msg = f"{identity}: {of.name} does not show the ledger: of= one of {[*VIEWS]}"
        raise Mistake(f"{here()}: {msg}")
    said = _Said(identity, of, source, expect, truth)
    return _declares(said, How.CONSERVED, each=each)


def each_step(
    identity: str,
    *,
    of: Of,
    source: str,
    expect: Expectation,
    truth: str = "",
    cases: tuple[Any, ...] = (),
) -> Declared:
    """Declare what every step does that can be taken from a reachable state.

    Premise and conclusion speak of the states before and after it; with ``cases`` also of each
    of these.
    """
    return _declares(_Said(identity, of, source, expect, truth), How.EACH_STEP, cases=cases)


def some_step(
    identity: str,
    *,
    of: Of,
    source: str,
    expect: Expectation,
    truth: str = "",
    cases: tuple[Any, ...] = (),
) -> Declared:
    """Declare that from every reachable state with the premise some step does what is concluded.

    The premise speaks of the state before the step alone; users' steps count as well.  With
    ``cases`` there is such a step for each of these.
    """
    return _declares(_Said(identity, of, source, expect, truth), How.SOME_STEP, cases=cases)
